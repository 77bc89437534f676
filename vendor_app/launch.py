"""How the commands begin: whose settings, a port of their own, a database that is these partners'."""

import sys
from collections.abc import Mapping

from vendor_app.config import Config, ConfigError
from vendor_app.demo_settings import DATABASE_VARIABLE, settings_of_last_run
from vendor_app.server.listening import listen, port_of
from vendor_app.store import StoreUnavailable
from vendor_app.usecases.collaborators import Collaborators


def settings_of(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Those given; where there are none at all, those of the last `make run` in this folder, which is said on stderr."""
    if any(name.startswith("VENDOR_") and name != DATABASE_VARIABLE for name in environ):
        return environ
    settings = settings_of_last_run(environ)
    if settings is None:
        return environ
    url = settings["VENDOR_DATABASE_URL"]
    shown = url if url.startswith("sqlite:") else "postgresql://…"  # there may be a password in it
    print(f"speaking to the sandbox of make run ({shown})", file=sys.stderr)  # noqa: T201 - the operator reads it
    return settings


def serve_web(environ: Mapping[str, str]) -> int:
    """Serve the web application until it is stopped; the exit status.

    Raises ConfigError, CannotListen or StoreError before it serves.
    """
    from vendor_app.server.serve import serve  # noqa: PLC0415 - the server is not needed by the other commands

    host, port = environ.get("HOST") or "127.0.0.1", port_of(environ, "PORT", 8000)
    config = Config.from_env(environ)
    workers = environ.get("WORKERS") or "1"
    if not workers.isdecimal():
        raise ConfigError("WORKERS must be a whole number")
    with listen(host, port, "PORT") as listening:
        _refuse_other_partners(config)
        print(f"listening on http://{host}:{port}", flush=True)  # noqa: T201
        return serve(listening, int(workers))


def _refuse_other_partners(config: Config) -> None:
    """Before any worker: it is said once. Of a database that does not answer yet the workers find out as soon as it does."""
    via = Collaborators.connect(config)
    try:
        via.migrate_database()
    except StoreUnavailable:
        return
    finally:
        via.close()
