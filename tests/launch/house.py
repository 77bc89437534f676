"""The product's commands as their users start them: processes of their own, in an empty folder, with nothing set by accident."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from tests.processes import until
from tests.world import SECRET
from vendor_app.parent import VARIABLE as ENDS_WITH

ROOT = Path(__file__).parents[2]
OURS = ("VENDOR_", "PORT", "HOST", "WORKERS", "SANDBOX_PORT", ENDS_WITH)
# Below those that the kernel hands out, so that no other test gets one of them meanwhile.
_PORTS = range(18_000, 30_000)


def settings(knock: str = "https://knock.example", **others: str) -> dict[str, str]:
    """A product's settings, named as the `VENDOR_…` variables are."""
    named = {
        "KNOCK_BASE_URL": knock,
        "KNOCK_APPOINTMENT_KEY": "appointment-key",
        "KNOCK_PROSPECT_KEY": "prospect-key",
        "KNOCK_WEBHOOK_TOKEN": "the-token-agreed-with-knock",
        "SECRET_KEY": "a secret key of the tests only",
        **others,
    }
    if "ACCESS_URL" in named:
        named["ACCESS_WEBHOOK_SECRETS"] = SECRET
    return {f"VENDOR_{name}": value for name, value in named.items()}


class House:
    """A folder in which commands run. `start` keeps what it started, and `end` ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []

    def environ(self, given: Mapping[str, str]) -> dict[str, str]:
        """What a command's environment is."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {**clean, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **given}

    def run(self, *command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run it to its end: `vendor_app migrate`, `jobs once`."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            env=self.environ(environ),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *command: str, **environ: str) -> "subprocess.Popen[str]":
        """Start it, in a session of its own; its output goes to `out` and `err` in the folder."""
        number = len(self.started)
        with (self.folder / f"out{number}").open("w") as out, (self.folder / f"err{number}").open("w") as err:
            self.started.append(
                subprocess.Popen(
                    [sys.executable, "-m", *command],
                    env=self.environ(environ),
                    cwd=self.folder,
                    stdout=out,
                    stderr=err,
                    text=True,
                    start_new_session=True,
                )
            )
        return self.started[-1]

    def said(self, process: "subprocess.Popen[str]", where: str = "err") -> str:
        """What it has printed so far."""
        return (self.folder / f"{where}{self.started.index(process)}").read_text()

    def end(self) -> None:
        """Leave nobody behind."""
        for one in self.started:
            family = [one.pid, *descendants(one.pid)]
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            one.wait(timeout=90)


@contextmanager
def house_in(folder: Path) -> Iterator[House]:
    """A house, ended with the block."""
    made = House(folder)
    try:
        yield made
    finally:
        made.end()


def children(pid: int) -> list[int]:
    """The processes that this one has started and that live."""
    with suppress(OSError):
        return [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]
    return []


def descendants(pid: int) -> list[int]:
    """Those, and theirs."""
    return [one for child in children(pid) for one in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    """Whether there is such a process, and it has not ended yet."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def free_ports(count: int = 1) -> int:
    """The first of so many ports in a row that nobody listens at."""
    while True:
        first = random.choice(_PORTS)
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first


def answers(port: int, path: str = "/healthz") -> bool:
    """Whether the web answers there with 200."""
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=90).status_code == 200
    except requests.RequestException:
        return False


def until_it_answers(port: int, path: str = "/readyz") -> None:
    until(lambda: answers(port, path), seconds=90)


def listens(port: int) -> bool:
    """Whether anybody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
