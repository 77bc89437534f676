"""Knock's notices: kept once, and which appointments stand at a start without a tour of ours."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from schemas.knock import Notice as Schema
from tests.domain.example import NOON, START, a_tour
from vendor_app.store.notices import Notice
from vendor_app.store.store import Store

_schema = Schema()


def told(
    status: str = "CONFIRMED",
    minute: int = 0,
    appointment: str = "12345",
    start: datetime = START,
    prospect: str | None = "54321",
) -> Notice:
    """A notice as it is loaded and stored; `minute` is when Knock sent it."""
    node = {
        "appointmentId": appointment,
        "prospectId": prospect,
        "startTime": start.isoformat(),
        "status": status,
        "updatedAt": (NOON + timedelta(minutes=minute)).isoformat(),
    }
    return Notice(**_schema.load(node), received_at=NOON)


def keep(db: Store, *these: Notice) -> list[bool]:
    with db.transaction() as tx:
        return [tx.notices.keep(one) for one in these]


def unclaimed(db: Store, start: datetime = START) -> list[tuple[str, str]]:
    with db.read() as connection:
        rows = connection.notices.unclaimed_appointments_at(start, NOON)
    return [(row.appointment_id, row.prospect_id) for row in rows]


def test_a_notice_delivered_again_changes_nothing(db: Store) -> None:
    assert keep(db, told(), told()) == [True, False]
    assert unclaimed(db) == [("12345", "54321")]


def test_an_appointment_at_another_start_is_not_at_this_one(db: Store) -> None:
    keep(db, told(start=START + timedelta(minutes=30)))
    assert unclaimed(db) == []


def test_an_appointment_that_does_not_stand_any_more_is_not_unclaimed(db: Store) -> None:
    keep(db, told(), told("CANCELLED", minute=1))
    assert unclaimed(db) == []


@pytest.mark.parametrize("status", ["VISITED", "NO_SHOW"])
def test_an_appointment_that_an_agent_has_marked_is_unclaimed_once(db: Store, status: str) -> None:
    keep(db, told(), told(status, minute=1))
    assert unclaimed(db) == [("12345", "54321")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_in_which_notices_arrive_does_not_matter(db: Store, order: tuple[int, ...]) -> None:
    history = [told("CONFIRMED", 0), told("CANCELLED", 1), told("CONFIRMED", 2)]
    keep(db, *(history[number] for number in order))
    assert unclaimed(db) == [("12345", "54321")]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_notices_sent_at_the_same_instant_the_cancellation_counts(db: Store, turned: bool) -> None:
    both = [told("CONFIRMED", 1), told("CANCELLED", 1)]
    keep(db, *(both[::-1] if turned else both))
    assert unclaimed(db) == []


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_notices_of_one_instant_the_end_is_the_later(db: Store, turned: bool) -> None:
    both = [told("CONFIRMED", 1), told("CANCELLED", 1)]
    keep(db, *(both[::-1] if turned else both))
    with db.read() as connection:
        waiting = [connection.notices.find(one) for one in connection.notices.unhandled()]
        assert connection.notices.latest_status("12345") == "CANCELLED"
    assert [one.status for one in waiting if one] == ["CONFIRMED", "CANCELLED"]


@pytest.mark.parametrize("turned", [False, True])
def test_an_appointment_that_was_moved_is_found_at_both_starts(db: Store, turned: bool) -> None:
    moved = [told(minute=0), told(minute=1, start=START + timedelta(hours=1))]
    keep(db, *(moved[::-1] if turned else moved))
    assert unclaimed(db) == unclaimed(db, START + timedelta(hours=1)) == [("12345", "54321")]


def test_several_appointments_are_listed_each_once_the_latest_first(db: Store) -> None:
    keep(db, told(), told(minute=1), told(minute=5, appointment="12346"), told(minute=3, appointment="12347"))
    assert [appointment for appointment, _ in unclaimed(db)] == ["12346", "12347", "12345"]


def test_an_appointment_that_is_a_tours_is_claimed(db: Store) -> None:
    keep(db, told())
    with db.transaction() as tx:
        tx.tours.insert(a_tour())
        tx.appointments.attach("12345", "tour_1", START, NOON)
    assert unclaimed(db) == []


def test_an_appointment_whose_prospect_is_not_told_cannot_be_matched(db: Store) -> None:
    keep(db, told(prospect=None))
    assert unclaimed(db) == []


def test_notices_are_acted_on_in_the_order_knock_sent_them_and_once(db: Store) -> None:
    late, early = told("CANCELLED", 2), told("CONFIRMED", 1)
    keep(db, late, early)
    with db.transaction() as tx:
        assert tx.notices.unhandled() == [early.notice_id, late.notice_id]
        tx.notices.mark_handled(early.notice_id, NOON)
        assert tx.notices.unhandled() == [late.notice_id]
        assert tx.notices.lock_unhandled(early.notice_id) is None


def test_notices_are_acted_on_again_when_their_appointment_turns_out_to_be_ours(db: Store) -> None:
    ours, foreign = told(), told(appointment="99999")
    keep(db, ours, foreign)
    with db.transaction() as tx:
        for one in (ours, foreign):
            tx.notices.mark_handled(one.notice_id, NOON)
        tx.notices.reopen("12345")
        assert tx.notices.unhandled() == [ours.notice_id]


def test_the_prospect_is_the_one_named_last(db: Store) -> None:
    keep(db, told(minute=2, prospect="2"), told(minute=3, prospect=None), told(minute=1, prospect="1"))
    with db.read() as connection:
        assert connection.notices.prospect_of_appointment("12345") == "2"
        assert connection.notices.prospect_of_appointment("99999") is None


def test_a_visit_is_known_from_the_notice_that_reached_us_since_we_asked(db: Store) -> None:
    keep(db, told("VISITED", minute=-60))
    with db.read() as connection:
        assert connection.notices.visited_since("12345", NOON)
        assert not connection.notices.visited_since("12345", NOON + timedelta(seconds=1))
        assert not connection.notices.visited_since("99999", NOON)


def cancelled(db: Store, since: datetime = NOON, start: datetime = START) -> list[tuple[str, str]]:
    with db.read() as connection:
        rows = connection.notices.unclaimed_cancellations_at(start, since)
    return [(row.appointment_id, row.prospect_id) for row in rows]


def test_a_cancelled_appointment_of_nobodys_is_found_by_its_start_and_when_it_was_cancelled(db: Store) -> None:
    keep(
        db,
        told(),
        told("CANCELLED", 5),
        told("CANCELLED", 7, appointment="2"),
        told("CANCELLED", 9, appointment="3", prospect=None),
    )
    keep(db, told(minute=8, appointment="4"), told("VISITED", 8, appointment="5"))
    assert cancelled(db) == [("2", "54321"), ("12345", "54321")]
    assert cancelled(db, since=NOON + timedelta(minutes=7)) == [("2", "54321")]
    assert cancelled(db, start=START + timedelta(minutes=30)) == []


def test_a_cancelled_appointment_that_is_a_tours_is_not_nobodys(db: Store) -> None:
    keep(db, told("CANCELLED", 5))
    with db.transaction() as tx:
        tx.tours.insert(a_tour())
        tx.appointments.attach("12345", "tour_1", START, NOON)
    assert cancelled(db) == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_an_appointment_moved_twice_only_the_last_notice_is_not_outdated(db: Store, order: tuple[int, ...]) -> None:
    history = [told(minute=number, start=START + number * timedelta(hours=1)) for number in range(3)]
    keep(db, *(history[number] for number in order))
    with db.read() as connection:
        assert [connection.notices.is_outdated(one) for one in history] == [True, True, False]
    stands = [unclaimed(db, START + number * timedelta(hours=1)) for number in range(3)]
    assert stands == [[("12345", "54321")]] * 3


def test_a_notice_that_differs_in_anything_is_another_one(db: Store) -> None:
    moved = told(start=START + timedelta(hours=1))
    longer = replace(told(), ends_at=START + timedelta(hours=1))
    assert keep(db, told(), moved, told("CANCELLED"), told(minute=1), told(prospect="2")) == [True] * 5
    assert keep(db, longer) == [False]  # the id is of what Knock sent: the schema makes it


def test_a_notice_that_cannot_be_read_is_kept_once_and_shown(db: Store) -> None:
    with db.transaction() as tx:
        for when in (NOON, NOON + timedelta(hours=1)):
            tx.notices.keep_unreadable("id", {"odd": [1]}, "startTime: missing", when)
        (shown,) = tx.notices.unreadable()
    assert (shown.payload, shown.problem) == ({"notice": {"odd": [1]}}, "startTime: missing")
    assert shown.received_at == NOON


def test_more_notices_than_one_run_takes_are_taken_oldest_first(db: Store) -> None:
    keep(db, *(told(minute=number, appointment=f"{number}") for number in reversed(range(7))))
    with db.read() as connection:
        found = [connection.notices.find(one) for one in connection.notices.unhandled(limit=3)]
        assert connection.notices.find("another") is None
    assert [one and one.appointment_id for one in found] == ["0", "1", "2"]


@pytest.mark.parametrize("acted_on", [False, True])
def test_a_notice_is_outdated_once_knock_has_sent_a_later_one(db: Store, acted_on: bool) -> None:
    early, late, other = told("CONFIRMED", 1), told("CANCELLED", 2), told(minute=9, appointment="99999")
    keep(db, late, early, other)
    with db.transaction() as tx:
        if acted_on:
            tx.notices.mark_handled(late.notice_id, NOON)
        assert [tx.notices.is_outdated(one) for one in (early, late)] == [True, False]


def test_of_two_notices_sent_at_the_same_instant_neither_is_outdated(db: Store) -> None:
    both = [told("CONFIRMED", 1), told("CANCELLED", 1)]
    keep(db, *both)
    with db.read() as connection:
        assert [connection.notices.is_outdated(one) for one in both] == [False, False]


def test_foreign_notices_are_forgotten_once_no_tour_can_be_theirs(db: Store) -> None:
    later = START + timedelta(days=9)
    ours, not_acted_on, looked_for = told(), told(appointment="2"), told(appointment="3", start=later)
    fresh = replace(told(appointment="4", minute=1), received_at=NOON + timedelta(days=1))
    kept = [ours, not_acted_on, looked_for, fresh]
    gone = [told(appointment="5"), told(appointment="6", start=later + timedelta(hours=1))]
    keep(db, *kept, *gone)
    with db.transaction() as tx:
        tx.tours.insert(a_tour())
        tx.tours.insert(a_tour(tour_id="tour_2", token_hash="2", starts_at=later, appointment_id=None))
        tx.appointments.attach("12345", "tour_1", START, NOON)
        for one in (ours, looked_for, fresh, *gone):
            tx.notices.mark_handled(one.notice_id, NOON)
        assert tx.notices.forget_foreign(NOON + timedelta(hours=1), most=9) == 2
        left = {row["notice_id"] for row in tx.connection.query("SELECT notice_id FROM knock_notices")}
    assert left == {one.notice_id for one in kept}
