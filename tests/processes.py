"""The product as processes of their own, as `make serve` and `make jobs` run it, against a sandbox on the real clock."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import requests

from sandbox import Sandbox
from tests.world import SECRET, WEBHOOK_TOKEN, free_port, sandbox_settings

__all__ = ["Processes", "free_port", "ready", "sandbox_for", "until"]


def sandbox_for(port: int) -> Sandbox:
    """A sandbox that tells the product at this port what happens."""
    return Sandbox(sandbox_settings(f"http://127.0.0.1:{port}"))


class Processes:
    """One web process, and as many workers as asked for, with the same settings."""

    def __init__(self, database_url: str, sandbox_url: str, port: int) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VENDOR_")},
            "PORT": str(port),
            "VENDOR_DATABASE_URL": database_url,
            "VENDOR_SECRET_KEY": "a secret key of the tests only",
            "VENDOR_KNOCK_BASE_URL": f"{sandbox_url}/knock",
            "VENDOR_KNOCK_APPOINTMENT_KEY": "appointment-key",
            "VENDOR_KNOCK_PROSPECT_KEY": "prospect-key",
            "VENDOR_KNOCK_WEBHOOK_TOKEN": WEBHOOK_TOKEN,
            "VENDOR_ACCESS_URL": f"{sandbox_url}/lock",
            "VENDOR_ACCESS_WEBHOOK_SECRETS": SECRET,
            "VENDOR_RECHECK_SECONDS": "1",
        }
        self.web: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        """Serve, until it is ready."""
        self.web = subprocess.Popen([sys.executable, "-m", "vendor_app", "serve"], env=self.environ, start_new_session=True)
        until(lambda: ready(self.url))

    def kill(self) -> None:
        """kill -9, the worker with its parent, if they have not ended by themselves."""
        assert self.web is not None
        with suppress(ProcessLookupError):
            os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()

    def start_worker(self, code: str = "") -> "subprocess.Popen[str]":
        """What `make jobs` runs; or, with `code`, that."""
        arguments = ["-c", code] if code else ["-m", "jobs"]
        worker = subprocess.Popen(
            [sys.executable, *arguments], env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.workers.append(worker)
        return worker

    def kill_workers(self) -> None:
        """kill -9 all of them."""
        for worker in self.workers:
            worker.kill()
            worker.communicate()

    def jobs_once(self) -> str:
        """What `make jobs-once` runs."""
        ran = subprocess.run(
            [sys.executable, "-m", "jobs", "once"], env=self.environ, capture_output=True, text=True, timeout=110, check=True
        )
        return ran.stdout


def ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=20).status_code == 200
    except requests.RequestException:
        return False


def until(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Look again and again until it is so; fail after `seconds`."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.02)
