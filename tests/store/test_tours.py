"""Finding tours: which hold a place, whose they are, and which are due."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.domain.example import NOON, START, a_tour
from vendor_app.domain.slots import Span
from vendor_app.domain.tours import Status, Tour
from vendor_app.store import tours
from vendor_app.store.database import Database

HALF_AN_HOUR = timedelta(minutes=30)
MOMENT = timedelta(seconds=1)


def stored(db: Database, tour_id: str = "tour_1", **changes: Any) -> Tour:
    tour = a_tour(tour_id, **changes)
    with db.transaction() as tx:
        tours.insert_tour(tx, tour)
    return tour


def taken(db: Database, start: datetime = START, end: datetime = START + HALF_AN_HOUR) -> list[Span]:
    with db.read() as connection:
        return tours.spans_taken(connection, "alder", start, end)


@pytest.mark.parametrize("status", Status)
def test_a_place_is_taken_by_requested_confirmed_and_ongoing_tours_only(db: Database, status: Status) -> None:
    tour = stored(db, status=status)
    holds = status in {Status.REQUESTED, Status.CONFIRMED, Status.IN_PROGRESS}
    assert taken(db) == ([tour.span] if holds else [])


def test_tours_elsewhere_take_no_place_here(db: Database) -> None:
    stored(db, community_id="maple")
    assert taken(db) == []


@pytest.mark.parametrize(
    ("start", "end", "touches"),
    [
        (START - HALF_AN_HOUR, START, False),
        (START - HALF_AN_HOUR, START + MOMENT, True),
        (START + HALF_AN_HOUR - MOMENT, START + 2 * HALF_AN_HOUR, True),
        (START + HALF_AN_HOUR, START + 2 * HALF_AN_HOUR, False),
        (START + MOMENT, START + 2 * MOMENT, True),
        (START - timedelta(days=1), START + timedelta(days=1), True),
    ],
)
def test_only_tours_that_touch_the_span_are_counted(db: Database, start: datetime, end: datetime, touches: bool) -> None:
    stored(db)
    assert bool(taken(db, start, end)) is touches


def others(db: Database, tour: Tour, now: datetime = NOON) -> list[str]:
    with db.read() as connection:
        return [one.tour_id for one in tours.lock_other_bookings_of(connection, tour, now)]


EARLIER = NOON - timedelta(minutes=5)


@pytest.mark.parametrize("status", Status)
def test_only_a_booking_that_may_still_take_place_gives_way_to_a_newer_one(db: Database, status: Status) -> None:
    stored(db, "older", status=status, created_at=EARLIER)
    newer = stored(db, "newer")
    assert others(db, newer) == (["older"] if status in {Status.REQUESTED, Status.CONFIRMED} else [])


@pytest.mark.parametrize(
    "theirs", [{"email_key": "else@example.com"}, {"phone_key": "5550000000"}, {"email_key": None}, {"phone_key": None}]
)
def test_one_of_address_and_number_makes_it_the_same_person(db: Database, theirs: dict[str, Any]) -> None:
    stored(db, "older", created_at=EARLIER, **theirs)
    assert others(db, stored(db, "newer")) == ["older"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"community_id": "maple"},
        {"email_key": "else@example.com", "phone_key": "5550000000"},
        {"email_key": None, "phone_key": None},
        {"created_at": NOON + MOMENT},
        {"start": NOON - HALF_AN_HOUR},
    ],
    ids=["at another community", "by another person", "by nobody we know", "asked for later", "over"],
)
def test_other_bookings_do_not_give_way(db: Database, elsewhere: dict[str, Any]) -> None:
    stored(db, "older", **{"created_at": EARLIER, **elsewhere})
    assert others(db, stored(db, "newer")) == []


def test_people_who_left_neither_address_nor_number_are_not_the_same_person(db: Database) -> None:
    stored(db, "older", created_at=EARLIER, email_key=None, phone_key=None)
    assert others(db, stored(db, "newer", email_key=None, phone_key=None)) == []


def test_of_two_bookings_made_at_the_same_instant_the_one_confirmed_first_gives_way(db: Database) -> None:
    first, second = stored(db, "tour_1", status=Status.CONFIRMED), stored(db, "tour_2", status=Status.REQUESTED)
    assert others(db, second) == ["tour_1"]
    assert others(db, first) == []


def test_a_tour_is_found_by_its_tokens_fingerprint(db: Database) -> None:
    tour = stored(db)
    with db.read() as connection:
        assert tours.find_tour_by_token(connection, tour.token_hash) == tour
        assert tours.find_tour_by_token(connection, "another") is None


@pytest.mark.parametrize(
    ("status", "closes", "requests"),
    [
        (Status.REQUESTED, [], ["tour_1"]),
        (Status.CONFIRMED, ["tour_1"], []),
        (Status.IN_PROGRESS, ["tour_1"], []),
        (Status.COMPLETED, [], []),
        (Status.NO_SHOW, [], []),
        (Status.REJECTED, [], []),
        (Status.CANCELLED, [], []),
    ],
)
def test_what_is_over_is_to_be_closed(db: Database, status: Status, closes: list[str], requests: list[str]) -> None:
    tour = stored(db, status=status)
    with db.read() as connection:
        assert tours.tours_to_close(connection, tour.closes_at - MOMENT) == []
        assert tours.tours_to_close(connection, tour.closes_at) == closes
        assert tours.requests_gone_by(connection, tour.ends_at - MOMENT) == []
        assert tours.requests_gone_by(connection, tour.ends_at) == requests


def test_upcoming_tours_are_confirmed_not_over_and_in_order(db: Database) -> None:
    stored(db, "later", start=START + timedelta(days=1))
    stored(db, "sooner")
    stored(db, "over", start=NOON - timedelta(hours=2))
    stored(db, "requested", status=Status.REQUESTED)
    with db.read() as connection:
        assert [tour.tour_id for tour in tours.upcoming_tours(connection, NOON)] == ["sooner", "later"]


def test_a_clients_bookings_are_counted_from_an_instant_on(db: Database) -> None:
    stored(db, "one", client="c", created_at=NOON - timedelta(hours=1))
    stored(db, "two", client="c", created_at=NOON)
    stored(db, "three", client="d", created_at=NOON)
    with db.read() as connection:
        assert tours.booked_since(connection, "c", NOON - timedelta(hours=1)) == [NOON]
        assert len(tours.booked_since(connection, "c", NOON - timedelta(hours=2))) == 2


def test_tours_are_counted_by_status(db: Database) -> None:
    stored(db, "one")
    stored(db, "two")
    stored(db, "three", status=Status.NO_SHOW)
    with db.read() as connection:
        assert tours.count_tours(connection) == {"confirmed": 2, "no_show": 1}
