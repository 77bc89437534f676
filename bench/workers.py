"""Workers that start at the same instant, as threads or as processes, and what they reached together."""

import multiprocessing
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_PROCESSES = multiprocessing.get_context("forkserver")
_PATIENCE_SECONDS = 60
# Takes the database's URL and its share of the work; connects, and returns what does the work and counts it.
Worker = Callable[[str, int], Callable[[], int]]


@dataclass(frozen=True)
class _Stint:
    """One worker's work, from `begun` to `ended` by the machine's monotonic clock."""

    begun: float
    ended: float
    count: int


def rate(worker: Worker, url: str, total: int, workers: int, *, as_processes: bool) -> float:
    """How much is done in a second, from the first worker's start to the last one's end."""
    gate: Any = _PROCESSES.Barrier(workers) if as_processes else threading.Barrier(workers)
    stints: Any = _PROCESSES.Queue() if as_processes else queue.Queue()
    start: Any = _PROCESSES.Process if as_processes else threading.Thread
    crew = [start(target=_work, args=(worker, url, total // workers, gate, stints), daemon=True) for _ in range(workers)]
    for one in crew:
        one.start()
    done: list[_Stint] = [stints.get(timeout=_PATIENCE_SECONDS) for _ in crew]
    for one in crew:
        one.join()
    seconds = max(one.ended for one in done) - min(one.begun for one in done)
    return sum(one.count for one in done) / seconds


def _work(worker: Worker, url: str, share: int, gate: Any, stints: Any) -> None:
    work = worker(url, share)
    gate.wait(_PATIENCE_SECONDS)
    begun = time.monotonic()
    count = work()
    stints.put(_Stint(begun, time.monotonic(), count))


def preload(*modules: str) -> None:
    """Let processes start with these modules imported."""
    _PROCESSES.set_forkserver_preload(list(modules))
