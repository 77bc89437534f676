"""The web server: granian, one worker process with a pool of threads, or as many as asked for."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

# A booking keeps its thread while Knock thinks; SQLite has one writer whatever the number.
_THREADS = 32


def serve(host: str, port: int, workers: int) -> None:
    """Serve wsgi:app until stopped. Blocks."""
    Granian(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=_load)


def _load(_target: str) -> Callable[..., Any]:
    """Runs in the worker."""
    _die_with_parent()
    from wsgi import app  # noqa: PLC0415 - making the application is the worker's work, not its parent's

    return app


def _die_with_parent() -> None:
    """A worker whose parent was killed would go on answering beside the next start: it ends instead."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()
