"""`make run`: the sandbox's Knock and lock system, the web application and the jobs, together on loopback."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from vendor_app.sandbox import Sandbox, SandboxSettings, serve

_SECRETS = Path("var/run-secrets.json")
_STATE = Path("var/sandbox.json")
_MAILS = Path("var/mail")
_PROPEXO_KEY, _SEAM_KEY = "propexo-TEST-TOKEN", "seam-TEST-KEY"
_KNOCK_KEYS = ("syndication-appointment-TEST-KEY", "syndication-prospect-TEST-KEY")


def sandbox_settings(environ: Mapping[str, str], *, make: bool) -> dict[str, str] | None:
    """The environment with the sandbox as partners, whatever partners it names; the secrets are made once and kept.

    None when there are no secrets yet and `make` is false.
    """
    if not _SECRETS.exists():
        if not make:
            return None
        _keep_new_secrets()
    kept = json.loads(_SECRETS.read_text())
    host, sandbox = environ.get("HOST") or "127.0.0.1", f"http://127.0.0.1:{environ.get('SANDBOX_PORT') or '8001'}"
    ours = {
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
        "VENDOR_SMTP_URL": f"smtp://127.0.0.1:{_mail_port(environ)}",
        "VENDOR_MAIL_FROM": "Self-guided tours <tours@localhost>",
        "VENDOR_SMS_GATEWAY": "{phone}@texts.localhost",
        "VENDOR_PROPEXO_BASE_URL": f"{sandbox}/propexo",
        "VENDOR_PROPEXO_TOKEN": _PROPEXO_KEY,
    }
    # A newcomer should not wait for what in production gives partners time.
    quick = {"VENDOR_SETTLE_SECONDS": "5", "VENDOR_RECHECK_SECONDS": "5"}
    return {**quick, **environ, **ours}


def run_everything(environ: Mapping[str, str]) -> None:
    """Run until Ctrl-C (or until a part of it ends), then stop all of it."""
    settings = sandbox_settings(environ, make=True) or {}
    port = int(environ.get("SANDBOX_PORT") or "8001")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        partners = serve(Sandbox(_sandbox(settings)), "127.0.0.1", port)
    except OSError as error:
        sys.exit(f"port {port} is taken ({error.strerror}); set SANDBOX_PORT to another one")
    parts: list[subprocess.Popen[bytes]] = []
    try:
        for arguments in (["vendor_app", "serve"], ["jobs"]):
            parts.append(subprocess.Popen([sys.executable, "-m", *arguments], env=settings, start_new_session=True))
        print(f"\n  Open http://127.0.0.1:{port}/ and live the story. Ctrl-C ends everything; your tours are kept.\n", flush=True)
        while all(part.poll() is None for part in parts):
            time.sleep(0.2)
        print("a part of it has ended; stopping the rest", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
    finally:
        _stop(parts)
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


def _sandbox(settings: Mapping[str, str]) -> SandboxSettings:
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
        mail_port=_mail_port(settings),
        vendor_url=public_url,
        state_path=_STATE,
    )


def _mail_port(environ: Mapping[str, str]) -> int:
    """The sandbox's mail server listens next to the sandbox."""
    return int(environ.get("SANDBOX_PORT") or "8001") + 1


def _keep_new_secrets() -> None:
    _SECRETS.parent.mkdir(parents=True, exist_ok=True)
    made = {
        "secret_key": secrets.token_hex(32),
        "webhook_token": secrets.token_urlsafe(24),
        "access_secret": "whsec_" + b64encode(secrets.token_bytes(32)).decode(),
    }
    with os.fdopen(os.open(_SECRETS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
