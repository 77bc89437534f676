"""How long the database keeps somebody waiting: those who read, those who write, and what partners tell us."""

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest

from tests.domain.example import NOON, a_tour
from tests.processes import until
from tests.store.conftest import migrated
from vendor_app.store.engine.database import Wait
from vendor_app.store.engine.gate import Gate, WaitLimit
from vendor_app.store.engine.postgres import PostgresDatabase
from vendor_app.store.errors import StoreUnavailable
from vendor_app.store.store import Store, open_store
from vendor_app.threads import Threads

PATIENT = Wait(seconds=20.0, seconds_of_inbox=20.0, in_vain=20.0, most=64)
IMPATIENT = Wait(seconds=1.0, seconds_of_inbox=0.1, in_vain=0.02, most=3)
POOL = 4
SOON = 60.0


@pytest.fixture
def impatient(database_url: str) -> Iterator[Store]:
    """A database that nobody waits for long, with a tour in it."""
    migrated(database_url).close()
    with closing(open_store(database_url, POOL, IMPATIENT)) as made:
        with made.transaction() as tx:
            tx.tours.insert(a_tour())
        yield made


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, database_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout and holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        holder.communicate("\n", timeout=SOON)


_HOLD = """
import sys
from vendor_app.store.store import open_store
with open_store(sys.argv[1]).transaction() as tx:
    tx.tours.save(tx.tours.lock("tour_1"))
    print("held", flush=True)
    sys.stdin.readline()
"""


def save(made: Store) -> None:
    """Write to the tour."""
    with made.transaction() as tx:
        tour = tx.tours.lock("tour_1")
        assert tour is not None
        tx.tours.save(tour)


def refused_after(act: Callable[[], object]) -> float:
    """How long it took until the database was said to be busy."""
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        act()
    return time.monotonic() - started


# Those who read


def test_reads_wait_for_nobody_who_writes(impatient: Store, database_url: str) -> None:
    with locked(database_url):
        with impatient.read() as db:
            assert db.tours.find("tour_1") == a_tour()
            assert db.communities.find("alder")
        assert impatient.is_current()


def test_reads_have_connections_when_all_who_write_wait(impatient: Store, database_url: str) -> None:
    with locked(database_url), ThreadPoolExecutor(POOL * 2) as writers:
        waiting = [writers.submit(refused_after, lambda: save(impatient)) for _ in range(POOL * 2)]
        while not all(one.done() for one in waiting):
            with impatient.read() as db:
                assert db.tours.find("tour_1") is not None
        assert [one.exception() for one in waiting] == [None] * len(waiting)


# Those who write


def test_who_writes_gives_up_after_a_while(impatient: Store, database_url: str) -> None:
    with locked(database_url):
        assert IMPATIENT.seconds <= refused_after(lambda: save(impatient)) < SOON
    save(impatient)


def test_after_one_waited_in_vain_the_next_do_not_wait_as_long(impatient: Store, database_url: str) -> None:
    with locked(database_url):
        refused_after(lambda: save(impatient))
        assert min(refused_after(lambda: save(impatient)) for _ in range(5)) < IMPATIENT.seconds
    save(impatient)


def test_no_more_than_a_few_wait(impatient: Store, database_url: str) -> None:
    """Whoever comes besides is refused at once."""
    with locked(database_url), ThreadPoolExecutor(40) as crowd:
        took = [one.result() for one in [crowd.submit(refused_after, lambda: save(impatient)) for _ in range(40)]]
    waited = [seconds for seconds in took if seconds > IMPATIENT.seconds * 0.8]
    # Those in the database, those at the gate, and who came in a moment in which one had just left it.
    assert 1 <= len(waited) <= POOL + IMPATIENT.most + 4


@pytest.fixture
def patient(impatient: Store, database_url: str) -> Iterator[Store]:
    """The same database for those who wait longer."""
    with closing(open_store(database_url, POOL, PATIENT)) as made:
        yield made


def test_who_writes_takes_turns_within_the_process(patient: Store) -> None:
    with ThreadPoolExecutor(30) as crowd:
        for one in [crowd.submit(save, patient) for _ in range(90)]:
            one.result()


_SATURATE = """
import sys
from vendor_app.store.store import open_store
made = open_store(sys.argv[1])
print("begun", flush=True)
while True:
    with made.transaction() as tx:
        tx.tours.save(tx.tours.lock("tour_1"))
"""


def test_who_writes_gets_turns_beside_a_process_that_writes_all_the_time(patient: Store, database_url: str) -> None:
    other = subprocess.Popen([sys.executable, "-c", _SATURATE, database_url], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout and other.stdout.readline() == "begun\n"
        started = time.monotonic()
        for _ in range(100):
            save(patient)
        assert time.monotonic() - started < 3 * PATIENT.seconds
    finally:
        other.kill()
        other.communicate()


# What partners tell us


def keep(made: Store) -> None:
    """Something about no tour of ours."""
    with made.inbox() as tx:
        tx.connection.execute("INSERT INTO attempts (bucket, made_at) VALUES ('inbox', :now)", now=NOON)


def test_the_inbox_gives_up_sooner_on_sqlite(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/vendor.db"
    migrated(url).close()
    made = open_store(url, wait=IMPATIENT)
    save_a_tour(made)
    with locked(url):
        assert min(refused_after(lambda: keep(made)) for _ in range(3)) < IMPATIENT.seconds
        assert refused_after(lambda: save(made)) >= IMPATIENT.seconds, "the inbox must not shorten the waits of the others"
    keep(made)


def save_a_tour(made: Store) -> None:
    with made.transaction() as tx:
        tx.tours.insert(a_tour())


def test_the_inbox_queues_behind_nobody_on_postgres(postgres_database: str) -> None:
    migrated(postgres_database).close()
    with closing(open_store(postgres_database, POOL, IMPATIENT)) as made:
        save_a_tour(made)
        with locked(postgres_database), ThreadPoolExecutor(POOL * 2) as writers:
            waiting = [writers.submit(refused_after, lambda: save(made)) for _ in range(POOL * 2)]
            while not all(one.done() for one in waiting):
                keep(made)
            assert all(one.exception() is None for one in waiting)
    from tests.postgres import empty

    empty(postgres_database)


# PostgreSQL's connections


@pytest.mark.parametrize("most", [1, 2, 3, 8])
def test_no_more_connections_are_opened_than_are_allowed(postgres_database: str, most: int) -> None:
    ours = f"{postgres_database}{'&' if '?' in postgres_database else '?'}application_name=pool-of-{most}"
    with closing(PostgresDatabase(ours, most)) as made, ThreadPoolExecutor(24) as crowd:
        seen: queue.SimpleQueue[int] = queue.SimpleQueue()

        def use(number: int) -> None:
            with (made.read, made.transaction, made.inbox)[number % 3]() as db:
                found = db.one(
                    "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = :ours", ours=f"pool-of-{most}"
                )
                seen.put((found or {})["n"])

        for one in [crowd.submit(use, number) for number in range(200)]:
            one.result()
    assert 1 <= max(seen.get() for _ in range(200)) <= most


def test_a_read_gives_up_on_a_table_that_is_locked_as_a_whole(postgres_database: str) -> None:
    with closing(open_store(postgres_database)) as made, psycopg.connect(postgres_database) as shell:
        shell.execute("LOCK TABLE tours IN ACCESS EXCLUSIVE MODE")

        def read() -> None:
            with made.read() as db:
                db.tours.find("tour_1")

        assert refused_after(read) < SOON


# The gate itself


def test_a_gate_lets_in_so_many() -> None:
    gate, limit = Gate(2, most_waiting=1, moment=0.01), WaitLimit(0.1, 0.01)
    with gate.place(limit), gate.place(limit):
        assert refused_after(lambda: gate.place(limit).__enter__()) >= 0.1
    with gate.place(limit), gate.place(limit):
        pass


def test_whoever_waits_at_a_gate_keeps_no_thread_from_work() -> None:
    gate, limit = Gate(1, most_waiting=9, moment=0.0), WaitLimit(SOON, SOON)
    threads = Threads("gate", at_work=2, most=20, queued=20, idle_seconds=1)
    entered, worked = threading.Semaphore(0), threading.Event()

    def enter() -> None:
        with gate.place(limit):
            entered.release()

    with gate.place(limit):
        for _ in range(9):
            threads.submit(enter)
        until(lambda: gate._waiting == 9)
        threads.submit(worked.set)
        assert worked.wait(SOON)
    assert all(entered.acquire(timeout=SOON) for _ in range(9))
