"""Finding tours: which hold a place, whose they are, and which are due."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.domain.example import NOON, START, a_tour
from vendor_app.domain.slots import Span
from vendor_app.domain.tours import Status, Tour, TourType
from vendor_app.store.store import Store

HALF_AN_HOUR = timedelta(minutes=30)
MOMENT = timedelta(seconds=1)


def stored(db: Store, tour_id: str = "tour_1", **changes: Any) -> Tour:
    tour = a_tour(tour_id, **changes)
    with db.transaction() as tx:
        tx.tours.insert(tour)
    return tour


def taken(db: Store, start: datetime = START, end: datetime = START + HALF_AN_HOUR) -> list[Span]:
    with db.read() as connection:
        return connection.tours.spans_taken("alder", start, end)


@pytest.mark.parametrize("status", Status)
def test_a_place_is_taken_by_requested_confirmed_and_ongoing_tours_only(db: Store, status: Status) -> None:
    tour = stored(db, status=status)
    holds = status in {Status.REQUESTED, Status.CONFIRMED, Status.IN_PROGRESS}
    assert taken(db) == ([tour.span] if holds else [])


def test_tours_elsewhere_take_no_place_here(db: Store) -> None:
    stored(db, community_id="maple")
    assert taken(db) == []


NEXT_SPAN = Span(START + timedelta(hours=2), START + timedelta(hours=2, minutes=30))
NEXT: dict[str, Any] = {"next_starts_at": NEXT_SPAN.start, "next_ends_at": NEXT_SPAN.end, "next_utc_offset": -7 * 3600}


@pytest.mark.parametrize("status", Status)
def test_a_tour_that_is_being_moved_holds_both_times_as_long_as_it_holds_one(db: Store, status: Status) -> None:
    tour = stored(db, status=status, **NEXT)
    both = [tour.span, NEXT_SPAN] if status in {Status.REQUESTED, Status.CONFIRMED, Status.IN_PROGRESS} else []
    assert taken(db, end=START + timedelta(days=1)) == both
    assert taken(db) == both[:1]
    assert taken(db, NEXT_SPAN.start, NEXT_SPAN.end) == both[1:]
    assert taken(db, tour.ends_at, NEXT_SPAN.start) == []


def test_a_tour_is_not_in_its_own_way_when_it_moves(db: Store) -> None:
    stored(db, "mine", **NEXT)
    theirs = stored(db, "theirs", start=START + timedelta(hours=1))
    with db.read() as connection:
        found = connection.tours.spans_taken("alder", START, START + timedelta(days=1), besides="mine")
    assert found == [theirs.span]


def test_tours_that_agents_lead_take_no_place_of_the_self_guided_ones(db: Store) -> None:
    stored(db, tour_type=TourType.IN_PERSON, **NEXT)
    assert taken(db, end=START + timedelta(days=1)) == []


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
def test_only_tours_that_touch_the_span_are_counted(db: Store, start: datetime, end: datetime, touches: bool) -> None:
    stored(db)
    assert bool(taken(db, start, end)) is touches


def check(db: Store, tour_id: str, at: datetime) -> None:
    with db.transaction() as tx:
        tx.due_tours.check_again(tour_id, at)


def read(db: Store, tour_id: str, at: datetime | None) -> None:
    with db.transaction() as tx:
        tx.due_tours.read_again(tour_id, at)


def take_check(db: Store) -> str | None:
    with db.transaction() as tx:
        tour = tx.due_tours.take_due_check(NOON)
    return tour.tour_id if tour else None


def take_reading(db: Store) -> str | None:
    with db.transaction() as tx:
        tour = tx.due_tours.take_due_reading(NOON)
    return tour.tour_id if tour else None


def others(db: Store, tour: Tour, now: datetime = NOON) -> list[str]:
    with db.read() as connection:
        return [one.tour_id for one in connection.tours.lock_other_bookings_of(tour, now)]


EARLIER = NOON - timedelta(minutes=5)


@pytest.mark.parametrize("status", Status)
def test_only_a_booking_that_may_still_take_place_gives_way_to_a_newer_one(db: Store, status: Status) -> None:
    stored(db, "older", status=status, created_at=EARLIER)
    newer = stored(db, "newer")
    assert others(db, newer) == (["older"] if status in {Status.REQUESTED, Status.CONFIRMED} else [])


@pytest.mark.parametrize(
    "theirs", [{"email_key": "else@example.com"}, {"phone_key": "5550000000"}, {"email_key": None}, {"phone_key": None}]
)
def test_one_of_address_and_number_makes_it_the_same_person(db: Store, theirs: dict[str, Any]) -> None:
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
def test_other_bookings_do_not_give_way(db: Store, elsewhere: dict[str, Any]) -> None:
    stored(db, "older", **{"created_at": EARLIER, **elsewhere})
    assert others(db, stored(db, "newer")) == []


def test_people_who_left_neither_address_nor_number_are_not_the_same_person(db: Store) -> None:
    stored(db, "older", created_at=EARLIER, email_key=None, phone_key=None)
    assert others(db, stored(db, "newer", email_key=None, phone_key=None)) == []


def test_of_two_bookings_made_at_the_same_instant_the_one_confirmed_first_gives_way(db: Store) -> None:
    first, second = stored(db, "tour_1", status=Status.CONFIRMED), stored(db, "tour_2", status=Status.REQUESTED)
    assert others(db, second) == ["tour_1"]
    assert others(db, first) == []


def test_a_tour_is_found_by_its_tokens_fingerprint(db: Store) -> None:
    tour = stored(db)
    with db.read() as connection:
        assert connection.tours.find_by_token(tour.token_hash) == tour
        assert connection.tours.find_by_token("another") is None
        assert connection.tours.id_of_token(tour.token_hash) == tour.tour_id
        assert connection.tours.id_of_token("another") is None


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
def test_what_is_over_is_to_be_closed(db: Store, status: Status, closes: list[str], requests: list[str]) -> None:
    tour = stored(db, status=status)
    with db.read() as connection:
        assert connection.due_tours.tours_to_close(tour.closes_at - MOMENT) == []
        assert connection.due_tours.tours_to_close(tour.closes_at) == closes
        assert connection.due_tours.requests_gone_by(tour.ends_at - MOMENT) == []
        assert connection.due_tours.requests_gone_by(tour.ends_at) == requests


def test_what_is_just_being_moved_is_not_closed(db: Store) -> None:
    tour = stored(db, **NEXT)
    with db.read() as connection:
        assert connection.due_tours.tours_to_close(tour.closes_at) == []


# What comes next, and what is to be looked at


def test_upcoming_tours_are_confirmed_and_not_over(db: Store) -> None:
    stored(db, "later", start=START + timedelta(days=1))
    stored(db, "sooner")
    stored(db, "over", start=NOON - timedelta(hours=2))
    stored(db, "requested", status=Status.REQUESTED)
    with db.read() as connection:
        assert connection.due_tours.count_upcoming(NOON) == 2
        assert connection.due_tours.count_upcoming(START + HALF_AN_HOUR) == 1


def test_the_nearest_of_the_tours_that_are_due_is_checked_first(db: Store) -> None:
    for tour_id, start, due in (
        ("far", START + timedelta(days=2), NOON - timedelta(days=1)),
        ("near", START, NOON),
        ("not due", START, NOON + MOMENT),
        ("over", NOON - timedelta(hours=2), NOON),
    ):
        stored(db, tour_id, start=start)
        check(db, tour_id, due)
    for tour_id, status in (("requested", Status.REQUESTED), ("going on", Status.IN_PROGRESS), ("off", Status.CANCELLED)):
        stored(db, tour_id, status=status)
        check(db, tour_id, NOON)
    stored(db, "never due")
    taken_in_turn = []
    while taken_one := take_check(db):
        taken_in_turn.append(taken_one)
        check(db, taken_one, NOON + timedelta(hours=1))
    assert taken_in_turn == ["near", "far"]


def test_a_reading_is_due_for_a_tour_whose_prospect_is_known_whatever_became_of_it(db: Store) -> None:
    due: dict[str, dict[str, Any]] = {
        "one": {"status": Status.COMPLETED},
        "two": {},
        "unknown": {"prospect_id": None},
        "not due": {},
    }
    for tour_id, changes in due.items():
        stored(db, tour_id, **{"prospect_id": "54321", **changes})
        read(db, tour_id, NOON + MOMENT if tour_id == "not due" else NOON)
    stored(db, "never due", prospect_id="54321")
    taken_in_turn = set()
    while taken_one := take_reading(db):
        taken_in_turn.add(taken_one)
        read(db, taken_one, None)
    assert taken_in_turn == {"one", "two"}


def test_everything_can_be_made_due_at_once_but_what_has_no_turn_any_more(db: Store) -> None:
    for tour_id, status in (("upcoming", Status.CONFIRMED), ("off", Status.CANCELLED), ("finished", Status.CONFIRMED)):
        stored(db, tour_id, status=status, prospect_id="54321", start=START + timedelta(days=tour_id == "finished"))
        check(db, tour_id, NOON + timedelta(days=9))
        read(db, tour_id, None if tour_id == "finished" else NOON + timedelta(days=9))
    assert (take_check(db), take_reading(db)) == (None, None)
    with db.transaction() as tx:
        tx.due_tours.look_at_all_again(NOON)
    with db.read() as connection:
        rows = connection.connection.query("SELECT tour_id, check_at, read_events_at FROM tours ORDER BY tour_id")
    nine = NOON + timedelta(days=9)
    assert [(row["tour_id"], row["check_at"], row["read_events_at"]) for row in rows] == [
        ("finished", NOON, None),
        ("off", nine, NOON),
        ("upcoming", NOON, NOON),
    ]


def test_many_workers_never_check_the_same_tour_at_once(db: Store, open_again: Callable[[], Store]) -> None:
    for number in range(8):
        stored(db, f"tour_{number}")
        check(db, f"tour_{number}", NOON)
    workers = [open_again() for _ in range(8)]
    together = threading.Barrier(8)

    def take(worker: Store) -> str | None:
        together.wait()
        with worker.transaction() as tx:
            tour = tx.due_tours.take_due_check(NOON)
            if tour is not None:
                tx.due_tours.check_again(tour.tour_id, NOON + timedelta(hours=1))
        return tour.tour_id if tour else None

    with ThreadPoolExecutor(8) as threads:
        found = [tour_id for tour_id in threads.map(take, workers) if tour_id]
    assert len(found) == len(set(found)) > 0


def test_saving_a_tour_leaves_alone_when_it_is_looked_at(db: Store) -> None:
    tour = stored(db, prospect_id="54321")
    check(db, tour.tour_id, NOON)
    with db.transaction() as tx:
        tx.tours.save(tour)
    assert take_check(db) == tour.tour_id


@pytest.mark.parametrize(
    ("happens", "is_gone"),
    [
        ("nothing", None),
        ("gone", True),
        ("switched off", False),
        ("disabled by the rules", False),
        ("switched off and on", None),
    ],
)
def test_upcoming_tours_at_communities_that_are_not_served_any_more(db: Store, happens: str, is_gone: bool | None) -> None:
    stored(db, "upcoming")
    stored(db, "elsewhere", community_id="maple")
    stored(db, "over", start=NOON - timedelta(hours=2))
    stored(db, "requested", status=Status.REQUESTED)
    with db.transaction() as tx:
        if happens == "gone":
            tx.communities.mark_gone("alder", NOON)
        if happens.startswith("switched off"):
            tx.communities.switch("alder", NOON)
        if happens == "switched off and on":
            tx.communities.switch("alder", None)
        tx.community_rules.keep("alder", happens != "disabled by the rules", {}, NOON)
        rows = [(one.tour_id, one.is_gone) for one in tx.due_tours.upcoming_unserved(NOON)]
    assert rows == ([] if is_gone is None else [("upcoming", is_gone)])


def test_self_guided_tours_that_start_soon_are_those_whose_doors_matter(db: Store) -> None:
    stored(db, "second", start=START + MOMENT)
    stored(db, "first")
    stored(db, "later", start=START + timedelta(hours=1))
    stored(db, "over", start=NOON - timedelta(hours=2))
    stored(db, "led", tour_type=TourType.IN_PERSON)
    stored(db, "requested", status=Status.REQUESTED)
    with db.read() as connection:
        assert [tour.tour_id for tour in connection.due_tours.self_guided_before(NOON, START + MOMENT)] == ["first", "second"]
        assert [tour.tour_id for tour in connection.due_tours.self_guided_before(NOON, START)] == ["first"]


def test_tours_whose_appointment_is_looked_for_are_live_and_at_that_time(db: Store) -> None:
    stored(db, "looked for")
    stored(db, "going on", status=Status.IN_PROGRESS)
    stored(db, "known", appointment_id="12345")
    stored(db, "at another time", start=START + HALF_AN_HOUR)
    stored(db, "off", status=Status.CANCELLED)
    with db.read() as connection:
        assert sorted(connection.tours.without_appointment_at(START)) == ["going on", "looked for"]


def test_a_clients_bookings_are_counted_from_an_instant_on(db: Store) -> None:
    stored(db, "one", client="c", created_at=NOON - timedelta(hours=1))
    stored(db, "two", client="c", created_at=NOON)
    stored(db, "three", client="d", created_at=NOON)
    with db.read() as connection:
        assert connection.tours.booked_since("c", NOON - timedelta(hours=1)) == [NOON]
        assert len(connection.tours.booked_since("c", NOON - timedelta(hours=2))) == 2


def test_tours_are_counted_by_status(db: Store) -> None:
    stored(db, "one")
    stored(db, "two")
    stored(db, "three", status=Status.NO_SHOW)
    with db.read() as connection:
        assert connection.tours.count() == {"confirmed": 2, "no_show": 1}
