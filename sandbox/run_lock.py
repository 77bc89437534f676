"""One `make run` a folder: a file that the one at work keeps locked, with its process id in it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from vendor_app.store.engine import private

# One whose `make` was killed notices it within a fraction of a second, and ends.
_PATIENCE_SECONDS = 2.0


class AlreadyRunning(Exception):
    """Another `make run` is at work in this folder; the message says which."""


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Keep the lock. Yields whether the one before was killed: then its parts may need a moment to end. Raises AlreadyRunning."""
    private.make_folder(path.parent)
    private.make_file(path)
    with path.open("r+") as file:
        _lock(file)
        was_killed = bool(file.read().strip())
        _say(file.fileno(), str(os.getpid()))
        try:
            yield was_killed
        finally:
            _say(file.fileno(), "")


def _lock(file: TextIO) -> None:
    ends = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > ends:
                who = file.read().strip() or "just starting"
                raise AlreadyRunning(f"`make run` is at work in this folder already (process {who}): stop it first") from error
            time.sleep(0.05)
        else:
            return


def _say(file: int, text: str) -> None:
    os.truncate(file, 0)
    os.pwrite(file, text.encode(), 0)
