"""A process of the product's that is killed and started again."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path


class Process:
    """`python -m …` in a process group of its own, with everything it says in one file. `deaths` counts those not ours."""

    def __init__(self, name: str, arguments: list[str], environ: Mapping[str, str], folder: Path) -> None:
        self.name, self.log, self.deaths, self.kills = name, folder / f"{name}.log", 0, 0
        self._arguments, self._environ = arguments, environ
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start it; it may take a moment to be ready."""
        with self._lock:
            self._start()

    def kill_and_start(self) -> None:
        """kill -9 the whole group, be it busy or still starting, and start it at once."""
        with self._lock:
            self._note_death()
            self._kill()
            self.kills += 1
            self._start()

    def end(self) -> None:
        """Kill it for good."""
        with self._lock:
            if self._process is not None:
                self._note_death()
                self._kill()

    def runs(self) -> bool:
        """Whether it is alive."""
        with self._lock:
            return self._process is not None and self._process.poll() is None

    def _start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._arguments],
                env=dict(self._environ),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _kill(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _note_death(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.deaths += 1
