"""`make run`: the sandbox's Knock and lock system, the web application and the jobs, together on loopback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from types import FrameType

from sandbox import Sandbox, SandboxSettings, serve
from sandbox.run_lock import only_one
from vendor_app import parent
from vendor_app.config import Config
from vendor_app.demo_settings import DATABASE_VARIABLE, FOLDER, Place, keep_place, last_place, place_of, settings_at
from vendor_app.server.listening import CannotListen, listen, port_of
from vendor_app.store import OtherPartners
from vendor_app.store.engine.database import open_database
from vendor_app.store.partners import migrate_for_partners, move_all_partners

_LOCK = FOLDER / "run.lock"
_STATE = FOLDER / "sandbox.json"
_MAILS = FOLDER / "mail"
# What was killed ends within a fraction of a second; a busy machine may take longer to let it.
_PATIENCE_SECONDS = 5.0
_PARTS = {"the web application": ["vendor_app", "serve"], "the scheduler": ["jobs"]}


def run_everything(environ: Mapping[str, str]) -> int:
    """Run until Ctrl-C, or until a part of it ends; then stop all of it. The exit status.

    Raises ConfigError, AlreadyRunning, CannotListen or StoreError, with nothing started.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        place = place_of(environ)
        settings = settings_at(place, environ)
        with only_one(_LOCK) as was_killed:
            _look_at_ports(settings, place, _PATIENCE_SECONDS if was_killed else 0.0)
            _take_up_database(settings, place)
            keep_place(place)
            return _run(settings, place)
    except KeyboardInterrupt:
        return 0


def _look_at_ports(settings: Mapping[str, str], place: Place, patience: float) -> None:
    """All of them before anything is started. Raises CannotListen."""
    ends = time.monotonic() + patience
    wanted = [
        (settings.get("HOST") or "127.0.0.1", port_of(settings, "PORT", 8000), "PORT"),
        ("127.0.0.1", place.sandbox_port, "SANDBOX_PORT"),
        ("127.0.0.1", place.sandbox_port + 1, "SANDBOX_PORT (the sandbox's mail server has the port after it)"),
    ]
    while True:
        try:
            with ExitStack() as all_at_once:
                for one in wanted:
                    all_at_once.enter_context(listen(*one))
        except CannotListen:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
        else:
            return


def _take_up_database(settings: Mapping[str, str], place: Place) -> None:
    """The database is the sandbox's, and stays so when the sandbox listens at another port. Raises StoreError."""
    before = last_place()
    db, now = open_database(place.database_url), Config.from_env(settings).partners
    try:
        if before is not None and before.database_url == place.database_url:
            move_all_partners(db, Config.from_env(settings_at(before, settings)).partners, now)
        migrate_for_partners(db, now)
    except OtherPartners as error:
        raise OtherPartners(f"{error} (`make run` has a database of its own: {DATABASE_VARIABLE})") from error
    finally:
        db.close()


def _run(settings: Mapping[str, str], place: Place) -> int:
    try:
        partners = serve(Sandbox(_sandbox(settings, place)), "127.0.0.1", place.sandbox_port)
    except OSError as error:
        raise CannotListen(f"the sandbox cannot listen at {place.sandbox_port} or the port after it: set SANDBOX_PORT") from error
    environ = {**settings, parent.VARIABLE: str(os.getpid())}
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in _PARTS.items():
            parts[name] = subprocess.Popen([sys.executable, "-m", *arguments], env=environ, start_new_session=True)
        print(f"\n  Open {partners.url}/ and live the story. Ctrl-C ends everything; your tours are kept.\n", flush=True)
        while not (ended := [name for name, part in parts.items() if part.poll() is not None]):
            time.sleep(0.2)
        print(f"{ended[0]} has ended (status {parts[ended[0]].returncode}); stopping the rest", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
        return 0
    else:
        return 1
    finally:
        _stop(list(parts.values()))
        partners.close()


def _stop(parts: list[subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for part in parts:
        part.terminate()
    for part in parts:
        try:
            part.wait(timeout=10)
        except subprocess.TimeoutExpired:
            part.kill()


def _sandbox(settings: Mapping[str, str], place: Place) -> SandboxSettings:
    public_url = settings["VENDOR_PUBLIC_URL"]
    return SandboxSettings(
        appointment_key=settings["VENDOR_KNOCK_APPOINTMENT_KEY"],
        prospect_key=settings["VENDOR_KNOCK_PROSPECT_KEY"],
        webhook_url=f"{public_url}/webhooks/knock",
        webhook_token=settings["VENDOR_KNOCK_WEBHOOK_TOKEN"],
        callback_url=f"{public_url}/webhooks/access",
        access_secret=settings["VENDOR_ACCESS_WEBHOOK_SECRETS"].split()[0],
        propexo_token=settings["VENDOR_PROPEXO_TOKEN"],
        seam_key=settings["VENDOR_SEAM_KEY"],
        seam_webhook_url=f"{public_url}/webhooks/seam",
        seam_secret=settings["VENDOR_SEAM_WEBHOOK_SECRETS"],
        mail_folder=_MAILS,
        mail_port=place.sandbox_port + 1,
        vendor_url=public_url,
        state_path=_STATE,
    )


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
