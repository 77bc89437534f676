"""The settings of `make run`: the sandbox as partners, whatever partners the environment names, and a database of its own."""

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from vendor_app.server.listening import port_of
from vendor_app.store.engine import private

FOLDER = Path("var")
DATABASE_VARIABLE = "VENDOR_SANDBOX_DATABASE_URL"
_DATABASE = "sqlite:///var/sandbox.db"
_SECRETS = FOLDER / "run-secrets.json"
_LAST = FOLDER / "run.json"
_PROPEXO_KEY, _SEAM_KEY = "propexo-TEST-TOKEN", "seam-TEST-KEY"
_KNOCK_KEYS = ("syndication-appointment-TEST-KEY", "syndication-prospect-TEST-KEY")


@dataclass(frozen=True)
class Place:
    """Where a `make run` is at work: its database, and the sandbox's port; the mail server listens at the one after it."""

    database_url: str
    sandbox_port: int


def place_of(environ: Mapping[str, str]) -> Place:
    """Where `make run` would be at work with this environment. Raises ConfigError."""
    sandbox_port = port_of(environ, "SANDBOX_PORT", 8001, most=65534)  # the mail server's is the one after it
    return Place(environ.get(DATABASE_VARIABLE, "").strip() or _DATABASE, sandbox_port)


def last_place() -> Place | None:
    """Where the last `make run` in this folder was at work, or None."""
    return Place(**json.loads(_LAST.read_text())) if _LAST.exists() else None


def keep_place(place: Place) -> None:
    """The last `make run` was at work there."""
    _write(_LAST, asdict(place))


def settings_at(place: Place, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with the sandbox as partners; the secrets are made once and kept."""
    if not _SECRETS.exists():
        _write(_SECRETS, _new_secrets())
    kept = json.loads(_SECRETS.read_text())
    host, sandbox = environ.get("HOST") or "127.0.0.1", f"http://127.0.0.1:{place.sandbox_port}"
    ours = {
        "VENDOR_DATABASE_URL": place.database_url,
        "VENDOR_SECRET_KEY": kept["secret_key"],
        "VENDOR_PUBLIC_URL": f"http://{host}:{environ.get('PORT') or '8000'}",
        "VENDOR_KNOCK_BASE_URL": f"{sandbox}/knock",
        "VENDOR_KNOCK_APPOINTMENT_KEY": _KNOCK_KEYS[0],
        "VENDOR_KNOCK_PROSPECT_KEY": _KNOCK_KEYS[1],
        "VENDOR_KNOCK_WEBHOOK_TOKEN": kept["webhook_token"],
        "VENDOR_ACCESS_URL": f"{sandbox}/lock",
        "VENDOR_ACCESS_WEBHOOK_SECRETS": kept["access_secret"],
        "VENDOR_SEAM_BASE_URL": f"{sandbox}/seam",
        "VENDOR_SEAM_KEY": _SEAM_KEY,
        "VENDOR_SEAM_WEBHOOK_SECRETS": kept["access_secret"],
        "VENDOR_SMTP_URL": f"smtp://127.0.0.1:{place.sandbox_port + 1}",
        "VENDOR_MAIL_FROM": "Self-guided tours <tours@localhost>",
        "VENDOR_SMS_GATEWAY": "{phone}@texts.localhost",
        "VENDOR_PROPEXO_BASE_URL": f"{sandbox}/propexo",
        "VENDOR_PROPEXO_TOKEN": _PROPEXO_KEY,
    }
    # A newcomer should not wait for what in production gives partners time.
    quick = {"VENDOR_SETTLE_SECONDS": "5", "VENDOR_RECHECK_SECONDS": "5"}
    return {**quick, **environ, **ours}


def settings_of_last_run(environ: Mapping[str, str]) -> dict[str, str] | None:
    """Those of the last `make run` in this folder, but for what the environment says of its place; None if there was none."""
    if not _SECRETS.exists():
        return None
    given, last = place_of(environ), last_place()
    if last is not None:
        database = given.database_url if environ.get(DATABASE_VARIABLE) else last.database_url
        given = Place(database, given.sandbox_port if environ.get("SANDBOX_PORT") else last.sandbox_port)
    return settings_at(given, environ)


def _new_secrets() -> dict[str, str]:
    return {
        "secret_key": secrets.token_hex(32),
        "webhook_token": secrets.token_urlsafe(24),
        "access_secret": "whsec_" + b64encode(secrets.token_bytes(32)).decode(),
    }


def _write(path: Path, content: Mapping[str, object]) -> None:
    """Whole or not at all, for its owner only."""
    private.make_folder(path.parent)
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    private.make_file(unfinished)
    unfinished.write_text(json.dumps(content))
    unfinished.replace(path)
