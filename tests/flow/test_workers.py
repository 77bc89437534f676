"""Several workers and web processes on one PostgreSQL."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox import Sandbox, serve
from sandbox.lock.model import Grant
from tests.domain.example import a_grant, a_tour
from tests.postgres import new_database
from tests.processes import Processes, free_port, sandbox_for, until
from tests.world import COMMUNITY, JANE
from vendor_app.domain.delivery.outbox import Kind
from vendor_app.domain.tours import Status
from vendor_app.store.store import Store, open_store

REVOKE = "POST /lock access.revoke_requested"
MESSAGES = 2000
# A worker whose lease is short enough to be slept through in a test.
SHORT_LEASE = """
import sys
from datetime import timedelta
from vendor_app.store import outbox
outbox.LEASE = timedelta(seconds=1)
from jobs.__main__ import main
sys.exit(main(["once"]))
"""


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    with new_database(postgres) as url:
        yield url


@pytest.fixture
def product(postgres_url: str) -> Iterator[tuple[Processes, Sandbox, Store]]:
    """The product's processes (none runs yet), their sandbox, and the database they share."""
    port = free_port()
    sandbox = sandbox_for(port)
    database = open_store(postgres_url)
    database.migrate()
    with serve(sandbox, "127.0.0.1", 0) as partners:
        processes = Processes(postgres_url, partners.url, port)
        processes.jobs_once()  # the communities
        yield processes, sandbox, database
        processes.kill_workers()
    database.close()


def owe_revocations(database: Store, sandbox: Sandbox, count: int) -> None:
    """`count` cancelled tours, each with a grant to be revoked now at the lock."""
    now = datetime.now(UTC)
    for number in range(count):
        held = Grant(f"grant_{number}", f"tour_{number}", COMMUNITY, now, now, [], "Jane", "Doe", code=f"{number:06}")
        sandbox.lock.grants[held.grant_id] = held
    with database.transaction() as tx:
        for number in range(count):
            tour = a_tour(f"tour_{number}", Status.CANCELLED, community_id=COMMUNITY)
            tx.tours.insert(tour)
            tx.grants.insert(a_grant(grant_id=f"grant_{number}", tour_id=tour.tour_id))
            tx.outbox.enqueue(Kind.REVOKE_ACCESS, tour.tour_id, now, grantId=f"grant_{number}")


def counted(database: Store) -> dict[tuple[str, str], int]:
    with database.read() as db:
        rows = db.connection.query("SELECT kind, state, count(*) AS n FROM outbox GROUP BY kind, state")
    return {(row["kind"], row["state"]): row["n"] for row in rows}


@pytest.mark.timeout(400)
def test_four_workers_deliver_two_thousand_messages_once_each_while_two_web_processes_book(
    product: tuple[Processes, Sandbox, Store],
) -> None:
    processes, sandbox, database = product
    second = Processes(database_url(processes), sandbox_url(processes), free_port())
    owe_revocations(database, sandbox, MESSAGES)
    try:
        for web in (processes, second):
            web.start()
        for _ in range(4):
            processes.start_worker()
        times = requests.get(f"{processes.url}/api/v1/communities/{COMMUNITY}/times", timeout=90).json()["times"]

        def book(number: int) -> int:
            web = (processes, second)[number % 2]
            body = {"communityId": COMMUNITY, "startTime": times[number * 4]["startTime"], "profile": somebody(number)}
            headers = {"Idempotency-Key": f"key-{number}"}
            return requests.post(f"{web.url}/api/v1/tours", json=body, headers=headers, timeout=90).status_code

        with ThreadPoolExecutor(4) as clients:
            assert list(clients.map(book, range(8))) == [201] * 8
        until(lambda: counted(database).get(("revoke_access", "done")) == MESSAGES, seconds=240)
    finally:
        for web in (processes, second):
            web.kill()

    assert [name for name, _ in sandbox.calls].count(REVOKE) == MESSAGES
    with database.read() as db:
        assert db.connection.one("SELECT max(attempts) AS most FROM outbox WHERE kind = 'revoke_access'") == {"most": 1}
        assert db.connection.one("SELECT count(*) AS n FROM timeline WHERE what = 'access.revoked'") == {"n": MESSAGES}


def test_a_worker_stopped_past_its_lease_is_refused_when_it_wakes_up(product: tuple[Processes, Sandbox, Store]) -> None:
    processes, sandbox, database = product
    owe_revocations(database, sandbox, 1)
    sandbox.faults.set(REVOKE, "hang", seconds=60)
    sleeper = processes.start_worker(SHORT_LEASE)
    until(lambda: REVOKE in [name for name, _ in sandbox.calls])
    os.kill(sleeper.pid, signal.SIGSTOP)
    until(lambda: lease_is_over(database))

    assert "done 1" in processes.jobs_once()
    sandbox.faults.clear()
    os.kill(sleeper.pid, signal.SIGCONT)
    said, _ = sleeper.communicate(timeout=90)

    assert "lost 1" in said
    assert counted(database) == {("revoke_access", "done"): 1}
    with database.read() as db:
        assert [line.what for line in db.timeline.of_tour("tour_0")] == ["access.revoked"]


def lease_is_over(database: Store) -> bool:
    with database.read() as db:
        row = db.connection.one("SELECT claimed_until FROM outbox WHERE kind = 'revoke_access'")
    return row is not None and row["claimed_until"] < datetime.now(UTC) - timedelta(seconds=0.1)


def somebody(number: int) -> dict[str, Any]:
    return {**JANE, "email": f"prospect{number}@example.com", "phone": f"206555{number:04}"}


def database_url(processes: Processes) -> str:
    return processes.environ["VENDOR_DATABASE_URL"]


def sandbox_url(processes: Processes) -> str:
    return processes.environ["VENDOR_KNOCK_BASE_URL"].removesuffix("/knock")
