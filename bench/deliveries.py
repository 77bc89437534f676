"""Outbox messages claimed and finished, a transaction each, as `deliver_due` does around the partner's answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.engines import bare
from bench.recording import record
from vendor_app.domain.delivery.in_flight import Places
from vendor_app.domain.delivery.outbox import Kind, Lane, Message
from vendor_app.store.store import Store, open_store


def fill(db: Store, url: str, messages: int) -> None:
    """Nothing but this many due messages, each about another tour."""
    emptied = "DELETE FROM outbox" if url.startswith("sqlite") else "TRUNCATE outbox"
    due = datetime.now(UTC) - timedelta(minutes=1)
    with db.transaction() as tx:
        tx.connection.execute(emptied)
        for number in range(messages):
            tx.outbox.enqueue(Kind.POST_VISIT, f"tour_{number:032}", due)
    if not url.startswith("sqlite"):
        with db.transaction() as tx:
            tx.connection.execute("ANALYZE outbox")  # as autovacuum would have by now


def through_store(url: str, _share: int) -> Callable[[], int]:
    """A worker process with its own pool."""
    db = open_store(url)
    with db.read() as ready:
        ready.connection.one("SELECT 1 AS one")
    return lambda: _deliver_all(db)


def _deliver_all(db: Store) -> int:
    done = 0
    while True:
        with db.transaction() as tx:
            claimed = tx.outbox.claim_due(Lane.KNOCK, Places(), datetime.now(UTC))
        if not claimed:
            db.close()
            return done
        with db.transaction() as tx:
            done += tx.outbox.finish(claimed[0], datetime.now(UTC))


def by_driver(url: str, _share: int) -> Callable[[], int]:
    """A worker process with a bare connection."""
    now = datetime.now(UTC)
    nobody: dict[str, Any] = {"subject_id": "", "partner": "", "community_id": "", "payload": {}}
    some = Message(id=0, kind=Kind.POST_VISIT, **nobody, attempts=1, lease_token="", created_at=now)
    (claim,) = record(url, lambda tx: tx.outbox.claim_due(Lane.KNOCK, Places(), now))
    ((finish, params),) = record(url, lambda tx: tx.outbox.finish(some, now))
    driver = bare(url)

    def work() -> int:
        done = 0
        while rows := driver.commit([claim]):
            driver.commit([(finish, {**params, "id": rows[0][0], "token": rows[0][7]})])
            done += 1
        return done

    return work
