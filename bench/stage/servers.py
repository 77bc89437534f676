"""Processes that listen: the product's, the floor's, the partners'; and what they take of the machine."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from vendor_app.parent import VARIABLE

_LOOK_SECONDS = 0.005
_PATIENCE_SECONDS = 30
_SECRET_KEY = "a secret key of the bench only"
WEBHOOK_TOKEN = "the token agreed with the bench"
ACCESS_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Running:
    """A process with its children, and the port it listens at."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """What all of it has used."""
        times = [one.cpu_times() for one in self._tree()]
        return float(sum(one.user + one.system for one in times))

    def megabytes(self) -> float:
        """The memory that all of it keeps (RSS, what processes share counted for each)."""
        return float(sum(one.memory_info().rss for one in self._tree())) / 2**20

    def _tree(self) -> list[psutil.Process]:
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]


def environ_of(database: str, partners_url: str, port: int) -> dict[str, str]:
    """The settings of the product. Each request may name a client of its own, so that limits by client stop nobody."""
    ours = {
        "PORT": str(port),
        "PYTHONPATH": str(Path.cwd()),
        VARIABLE: str(os.getpid()),
        "VENDOR_DATABASE_URL": f"sqlite:///{database}",
        "VENDOR_SECRET_KEY": _SECRET_KEY,
        "VENDOR_KNOCK_BASE_URL": f"{partners_url}/knock",
        "VENDOR_KNOCK_APPOINTMENT_KEY": "appointment-key",
        "VENDOR_KNOCK_PROSPECT_KEY": "prospect-key",
        "VENDOR_KNOCK_WEBHOOK_TOKEN": WEBHOOK_TOKEN,
        "VENDOR_ACCESS_URL": f"{partners_url}/lock",
        "VENDOR_ACCESS_WEBHOOK_SECRETS": ACCESS_SECRET,
        "VENDOR_MAX_CONCURRENT_TOURS": "100",
        "VENDOR_BOOKINGS_PER_HOUR": "1000000",
        "VENDOR_TRUSTED_PROXIES": "1",
    }
    return {**{name: value for name, value in os.environ.items() if not name.startswith("VENDOR_")}, **ours}


@contextmanager
def running(arguments: list[str], port: int, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """`python arguments`, from when it answers on; ended with the block."""
    process = subprocess.Popen([sys.executable, *arguments], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    one = Running(process, port)
    try:
        if port:
            _wait_for(one)
        yield one
    finally:
        tree = one._tree() if process.poll() is None else []
        for member in tree:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait()


def _wait_for(one: Running) -> None:
    ends = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < ends and one.process.poll() is None:
        with suppress(requests.RequestException):
            if requests.get(f"{one.url}/healthz", timeout=5).ok:
                return
        time.sleep(_LOOK_SECONDS)
    raise RuntimeError(f"{one.process.args!r} does not answer")
