"""The life of a tour: every change from every state, and what each change leaves behind."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from tests.domain.example import NOON, START, a_tour
from vendor_app.domain.cancelling import Reason
from vendor_app.domain.errors import DomainError, WrongState
from vendor_app.domain.slots import Span
from vendor_app.domain.tours import (
    HOLDS_SLOT,
    LIVE,
    Status,
    Tour,
    TourType,
    ask_to_move,
    begin,
    cancel,
    complete,
    confirm,
    miss,
    move,
    reject,
    stay,
)

LATER = START + timedelta(hours=1)

CHANGE: dict[Status, Callable[[Tour], Tour]] = {
    Status.CONFIRMED: lambda tour: confirm(tour, "12345", "54321", NOON),
    Status.REJECTED: lambda tour: reject(tour, Reason.REFUSED),
    Status.CANCELLED: lambda tour: cancel(tour, Reason.PROSPECT, NOON),
    Status.IN_PROGRESS: lambda tour: begin(tour, START),
    Status.COMPLETED: lambda tour: complete(tour, LATER),
    Status.NO_SHOW: lambda tour: miss(tour, LATER),
}
ALLOWED = {
    (Status.REQUESTED, Status.CONFIRMED),
    (Status.REQUESTED, Status.REJECTED),
    (Status.REQUESTED, Status.CANCELLED),
    (Status.CONFIRMED, Status.IN_PROGRESS),
    # Without a door event: an agent led the tour, or has noted the visit in Knock.
    (Status.CONFIRMED, Status.COMPLETED),
    (Status.CONFIRMED, Status.NO_SHOW),
    (Status.CONFIRMED, Status.CANCELLED),
    (Status.IN_PROGRESS, Status.COMPLETED),
    # Not in the design's picture: an offline lock may tell us late that a door had been opened.
    (Status.NO_SHOW, Status.IN_PROGRESS),
}
# Where an agent leads the tour, whether somebody came is theirs to say and to correct.
CORRECTIONS = {(Status.COMPLETED, Status.NO_SHOW), (Status.NO_SHOW, Status.COMPLETED)}
LED = [TourType.IN_PERSON, TourType.LIVE_VIDEO]
PAIRS = [(before, after) for before in Status for after in CHANGE]


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if pair in ALLOWED])
def test_the_change_is_allowed(before: Status, after: Status) -> None:
    assert CHANGE[after](a_tour(status=before)).status is after


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if pair not in ALLOWED])
def test_the_change_is_forbidden_and_says_why(before: Status, after: Status) -> None:
    with pytest.raises(WrongState, match=f"{before} cannot become {after}"):
        CHANGE[after](a_tour(status=before))


@pytest.mark.parametrize("tour_type", LED)
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_tour_that_an_agent_leads_may_be_corrected_and_is_else_no_different(
    before: Status, after: Status, tour_type: TourType
) -> None:
    tour = a_tour(status=before, tour_type=tour_type)
    if (before, after) in ALLOWED | CORRECTIONS:
        assert CHANGE[after](tour).status is after
    else:
        with pytest.raises(WrongState):
            CHANGE[after](tour)


def test_every_change_has_its_line_in_the_table() -> None:
    assert set(CHANGE) == set(Status) - {Status.REQUESTED}


def test_a_forbidden_change_is_a_no_of_the_domain() -> None:
    assert issubclass(WrongState, DomainError)


def test_a_change_leaves_the_tour_it_started_from_as_it_was() -> None:
    tour = a_tour(status=Status.REQUESTED)
    confirm(tour, "12345", None, NOON)
    assert tour == a_tour(status=Status.REQUESTED)


def test_a_confirmed_tour_knows_its_appointment_and_since_when() -> None:
    confirmed = confirm(a_tour(status=Status.REQUESTED), "12345", "54321", NOON)
    assert (confirmed.appointment_id, confirmed.prospect_id, confirmed.confirmed_at) == ("12345", "54321", NOON)


def test_an_answer_that_does_not_name_the_prospect_leaves_the_one_we_know() -> None:
    assert confirm(a_tour(status=Status.REQUESTED, prospect_id="54321"), "12345", None, NOON).prospect_id == "54321"


def test_a_cancelled_tour_knows_why_and_since_when() -> None:
    cancelled = cancel(a_tour(), Reason.KNOCK, NOON)
    assert (cancelled.reason, cancelled.ended_at) == (Reason.KNOCK, NOON)


def test_a_rejected_tour_knows_why() -> None:
    assert reject(a_tour(status=Status.REQUESTED), Reason.REFUSED).reason is Reason.REFUSED


def test_a_tour_begins_with_the_first_door() -> None:
    assert begin(a_tour(), START).started_at == START


@pytest.mark.parametrize("change", [complete, miss])
def test_an_end_that_was_told_earlier_is_kept(change: Callable[[Tour, datetime], Tour]) -> None:
    status = Status.IN_PROGRESS if change is complete else Status.CONFIRMED
    assert change(a_tour(status=status, ended_at=START), LATER).ended_at == START
    assert change(a_tour(status=status), LATER).ended_at == LATER


SPRING = timezone(timedelta(hours=-7))
WINTER = timezone(timedelta(hours=-8))
NEXT = Span(datetime(2026, 11, 2, 12, 0, tzinfo=WINTER), datetime(2026, 11, 2, 12, 45, tzinfo=WINTER))
WINDOW = Span(NEXT.start - timedelta(minutes=10), NEXT.end + timedelta(minutes=10))


def test_a_tour_that_wants_to_move_keeps_its_time_and_notes_the_other_on_the_propertys_clock() -> None:
    asked = ask_to_move(a_tour(), NEXT)
    assert (asked.span, asked.utc_offset, asked.status) == (a_tour().span, -7 * 3600, Status.CONFIRMED)
    assert asked.next_span == NEXT
    assert asked.next_span.start.isoformat() == "2026-11-02T12:00:00-08:00"
    assert a_tour().next_span is None


def test_a_tour_that_stays_is_as_before_it_asked() -> None:
    assert stay(ask_to_move(a_tour(), NEXT)) == a_tour()
    assert stay(ask_to_move(a_tour(job_id="cljob_1"), NEXT)) == a_tour()


def test_a_tour_that_moves_takes_its_window_and_its_clock_along() -> None:
    moved = move(ask_to_move(a_tour(), NEXT), NEXT, WINDOW)
    assert (moved.span, moved.opens_at, moved.closes_at) == (NEXT, WINDOW.start, WINDOW.end)
    assert (moved.next_span, moved.job_id, moved.status) == (None, None, Status.CONFIRMED)
    assert moved.local_span.start.isoformat() == "2026-11-02T12:00:00-08:00"
    assert move(moved, Span(START.astimezone(SPRING), LATER.astimezone(SPRING)), WINDOW).local(START).hour == 12


def test_whoever_was_there_for_the_old_time_has_not_come_yet() -> None:
    moved = move(a_tour(checked_in_at=NOON, ended_at=NOON), NEXT, WINDOW)
    assert (moved.checked_in_at, moved.ended_at) == (None, None)


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.CONFIRMED])
def test_only_a_confirmed_tour_moves(status: Status) -> None:
    with pytest.raises(WrongState, match=status):
        move(a_tour(status=status), NEXT, WINDOW)


@pytest.mark.parametrize("status", Status)
def test_only_requested_confirmed_and_ongoing_tours_hold_a_place(status: Status) -> None:
    assert (status in HOLDS_SLOT) == (status in {Status.REQUESTED, Status.CONFIRMED, Status.IN_PROGRESS})


@pytest.mark.parametrize("status", Status)
def test_only_a_confirmed_or_ongoing_tour_is_ever_in_its_window(status: Status) -> None:
    tour = a_tour(status=status)
    assert tour.in_window(START) == (status in {Status.CONFIRMED, Status.IN_PROGRESS})
    assert (status in LIVE) == tour.in_window(START)


@pytest.mark.parametrize(
    ("after_opening", "inside"),
    [(-1, False), (0, True), (50 * 60, True), (50 * 60 + 1, False)],
)
def test_the_window_is_closed_before_and_after(after_opening: int, inside: bool) -> None:
    tour = a_tour()
    assert tour.in_window(tour.opens_at + timedelta(seconds=after_opening)) is inside


def test_times_are_shown_on_the_propertys_clock() -> None:
    assert a_tour().local(START).isoformat() == "2026-06-10T12:30:00-07:00"
