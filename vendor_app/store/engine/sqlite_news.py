"""News between the processes that use one SQLite file: a named pipe beside the file, for SQLite has no NOTIFY."""

import contextlib
import os
import select
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vendor_app.store.engine.interface import News
from vendor_app.store.errors import StoreUnavailable

_ALL_AT_ONCE = 65536


def tell(database: Path) -> None:
    """Wake one listener; nothing happens when there is none, or when the pipe is full."""
    with contextlib.suppress(OSError):
        pipe = os.open(_pipe(database), os.O_WRONLY | os.O_NONBLOCK)
        try:
            if _is_pipe(pipe):
                os.write(pipe, b"!")
        finally:
            os.close(pipe)


@contextmanager
def listen(database: Path) -> Iterator[News]:
    """Listen to the news from now on. Raises StoreUnavailable when there can be no pipe."""
    try:
        with contextlib.suppress(FileExistsError):
            os.mkfifo(_pipe(database), 0o600)
        # For writing too: else it would be at its end whenever nobody writes.
        pipe = os.open(_pipe(database), os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise StoreUnavailable(f"news of the database cannot be heard: {error.strerror}") from error
    try:
        if not _is_pipe(pipe):
            raise StoreUnavailable(f"news of the database cannot be heard: {_pipe(database)} is a file; delete it")
        yield _Pipe(pipe)
    finally:
        os.close(pipe)


def _pipe(database: Path) -> Path:
    return database.with_name(f"{database.name}-news")


def _is_pipe(opened: int) -> bool:
    return stat.S_ISFIFO(os.fstat(opened).st_mode)


class _Pipe(News):
    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._poll = select.poll()  # select() cannot wait for descriptors from 1024 on
        self._poll.register(pipe, select.POLLIN)

    def wait(self, seconds: float) -> bool:
        ready = self._poll.poll(seconds * 1000)
        if ready:
            with contextlib.suppress(BlockingIOError):  # another one who listens was quicker
                os.read(self._pipe, _ALL_AT_ONCE)
        return bool(ready)
