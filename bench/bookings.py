"""Durable bookings: the transaction of `book_tour._request`, each at another community than those beside it."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bench.engines import bare
from bench.recording import record
from vendor_app.domain.delivery.outbox import Kind
from vendor_app.domain.tours import Status, Tour
from vendor_app.store.store import Store, open_store
from vendor_app.store.tables import Tables

COMMUNITIES = 400
_HOUR, _WEEK = timedelta(hours=1), timedelta(days=7)
_PROFILE = {
    "firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com", "phone": "2065554567",
    "moveDate": "2027-02-01", "bedrooms": ["TWO_BEDROOMS"], "occupants": 2, "leaseTermMonths": 12,
    "minBudget": 1500, "maxBudget": 2400, "pets": {"cats": 1, "largeDogs": 0, "smallDogs": 0},
}  # fmt: skip


def prepare(db: Store) -> None:
    """The schema and the communities."""
    db.migrate()
    listed = dict.fromkeys(("address", "geolocation", "in_person_tours_enabled", "live_video_tours_enabled"))
    with db.transaction() as tx:
        for number in range(COMMUNITIES):
            names = {"community_id": f"community{number:07}", "community_name": f"Alder {number}", "company_name": "Alder"}
            tx.communities.keep({**listed, **names}, datetime.now(UTC))


def a_request() -> Tour:
    """What a prospect asks for: somewhere, some time this week."""
    now, chance, tour_id = datetime.now(UTC), secrets.randbelow(10**6), f"tour_{secrets.token_hex(16)}"
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=30 * (chance % 336))
    return Tour(
        tour_id=tour_id,
        token_hash=hashlib.sha256(tour_id.encode()).hexdigest(),
        community_id=f"community{chance % COMMUNITIES:07}",
        arrival_id=None,
        source_title="Zillow",
        status=Status.REQUESTED,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        opens_at=start - timedelta(minutes=10),
        closes_at=start + timedelta(minutes=40),
        utc_offset=-7 * 3600,
        profile=_PROFILE,
        email_key=f"janedoe{chance}@example.com",
        phone_key="2065554567",
        sms_consent=True,
        unit_names=["204"],
        client=f"192.0.{chance % 250}.0/24",
        created_at=now,
    )


def book(tx: Tables, tour: Tour) -> None:
    """The queries of `_request`, in their order."""
    now, key = tour.created_at, f"key-{tour.tour_id}"
    tx.lock(f"community:{tour.community_id}")
    tx.lock(f"client:{tour.client}")
    tx.idempotency.find(key)
    tx.tours.booked_since(tour.client, now - _HOUR)
    tx.tours.spans_taken(tour.community_id, now, now + _WEEK)
    tx.idempotency.take(key, tour.token_hash, tour.tour_id, now)
    tx.tours.insert(tour)
    tx.outbox.enqueue(Kind.BOOK_APPOINTMENT, tour.tour_id, now, due=now + timedelta(minutes=1))
    tx.timeline.note(tour.tour_id, "tour.requested", now, start=tour.starts_at.isoformat())


def through_store(db: Store) -> Callable[[str, int], Callable[[], int]]:
    """A worker that shares the process's `db`, as the threads of a web process do."""

    def worker(_url: str, share: int) -> Callable[[], int]:
        requests = [a_request() for _ in range(share)]

        def work() -> int:
            for tour in requests:
                with db.transaction() as tx:
                    book(tx, tour)
            return share

        return work

    return worker


def by_driver(url: str, share: int) -> Callable[[], int]:
    """A worker with a bare connection of its own."""
    said = [record(url, lambda tx: book(tx, a_request())) for _ in range(share)]
    driver = bare(url)

    def work() -> int:
        for statements in said:
            driver.commit(statements)
        return share

    return work


def database(url: str) -> Store:
    """The database, prepared."""
    db = open_store(url)
    prepare(db)
    return db
