"""Due messages to a partner that answers after 100 ms, delivered by one process; the floor is 32 bare threads."""

import multiprocessing
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from statistics import median

import requests

from bench.paths.table import Row
from bench.stage import asks
from bench.stage.servers import environ_of
from bench.stage.stage import Stage
from vendor_app.clock import utcnow
from vendor_app.config import Config
from vendor_app.domain import Lane
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.deliver import deliver_due

Work = Callable[[Path, str], float]

_THREADS = 32
_CLAIM = "UPDATE outbox SET claimed_until = '2999', lease_token = 'floor', attempts = attempts + 1 WHERE id = ?"
_FINISH = "UPDATE outbox SET state = 'done', done_at = '2026' WHERE id = ? AND lease_token = 'floor'"


def row(stage: Stage, messages: int, rounds: int) -> Row:
    """Grants, each caused by a booking of its own."""
    database = _filled(stage, messages)
    pairs = []
    requests.put(f"{stage.partners.url}/delay/100", timeout=5)
    for _ in range(rounds):
        ours = _in_a_process(_deliver, _copy(stage, database), stage.partners.url)
        pairs.append((ours, _in_a_process(_bare, _copy(stage, database), stage.partners.url)))
    requests.put(f"{stage.partners.url}/delay/0", timeout=5)
    rates = [median(side) for side in zip(*pairs, strict=True)]
    ratios = sorted(ours / bare for ours, bare in pairs)
    return Row(
        "outbox",
        product=f"{rates[0]:.0f}/s",
        floor=f"{rates[1]:.0f}/s",
        ratio=f"{median(ratios):.2f}",
        spread=f"{ratios[0]:.2f} to {ratios[-1]:.2f}",
        goal="0.8",
    )


def _filled(stage: Stage, messages: int) -> Path:
    database = stage.copy()
    with stage.product(database) as product:
        bookings = [asks.booking(stage.known, number).raw() for number in range(1, messages + 1)]
        stage.generator.drive(product.port, bookings, 120, again=False, connections=8)
    return database


def _copy(stage: Stage, database: Path) -> Path:
    copied = stage.copy()
    with closing(sqlite3.connect(database)) as filled, closing(sqlite3.connect(copied)) as target:
        filled.backup(target)
    return copied


def _in_a_process(work: Work, database: Path, partners_url: str) -> float:
    with ProcessPoolExecutor(1, multiprocessing.get_context("forkserver")) as process:
        return process.submit(work, database, partners_url).result()


def _deliver(database: Path, partners_url: str) -> float:
    via = Collaborators.connect(Config.from_env(environ_of(str(database), partners_url, 1)))
    via.migrate_database()
    begun = time.perf_counter()
    counts = deliver_due(via, Lane.ACCESS, utcnow)
    return counts.done / (time.perf_counter() - begun)


def _bare(database: Path, partners_url: str) -> float:
    with closing(sqlite3.connect(database)) as opened:
        due = [number for (number,) in opened.execute("SELECT id FROM outbox WHERE kind = 'grant_access'")]
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in due:
        waiting.put(number)
    writing, begun = threading.Lock(), time.perf_counter()
    crew = [threading.Thread(target=_work, args=(database, f"{partners_url}/lock", waiting, writing)) for _ in range(_THREADS)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    return len(due) / (time.perf_counter() - begun)


def _work(database: Path, url: str, waiting: "queue.SimpleQueue[int]", writing: threading.Lock) -> None:
    session = requests.Session()
    session.trust_env = False
    asked = '{"type": "access.grant_requested", "data": {"grantId": "of the floor", "filler": "%s"}}' % ("x" * 300)
    with closing(sqlite3.connect(database, timeout=20, isolation_level=None)) as driver:
        driver.execute("PRAGMA synchronous=FULL")
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            with writing:
                driver.execute(_CLAIM, (number,))
            session.post(url, data=asked, timeout=20).json()
            with writing:
                driver.execute(_FINISH, (number,))
