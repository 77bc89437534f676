"""Which times are open: by example at the edges, and by Hypothesis over the clock changes of several zones."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.example import NOON
from vendor_app.domain.slots import Rules, Span, Timetable, has_room

GRID = timedelta(minutes=5)
PACIFIC = timezone(timedelta(hours=-7))
HALF_AN_HOUR = Rules(tour=timedelta(minutes=30))

# The instants at which these zones change their clocks (Lord Howe by half an hour), and one that never does.
CHANGES = [
    ("America/Los_Angeles", datetime(2026, 3, 8, 10, tzinfo=UTC)),
    ("America/Los_Angeles", datetime(2026, 11, 1, 9, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 11, 1, 4, 30, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 6, 10, 18, 15, tzinfo=UTC)),
]


@dataclass(frozen=True)
class Situation:
    """Everything that decides which times are open; all on a grid of five minutes."""

    offered: list[datetime]
    rules: Rules
    taken: list[Span]
    now: datetime

    def open(self) -> list[Span]:
        """What the product says."""
        return list(Timetable(self.offered, self.rules).open(self.taken, self.now))


def in_its_own_offset(at: datetime, zone: str) -> datetime:
    """An instant as Knock writes it: with the offset that holds there then, and no zone."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta(0)))


def spans(around: datetime) -> st.SearchStrategy[Span]:
    return st.builds(
        lambda start, length: Span(around + start * GRID, around + (start + length) * GRID),
        st.integers(-150, 150),
        st.integers(1, 36),
    )


clock_times = st.builds(time, st.integers(0, 23), st.sampled_from(range(0, 60, 5)))
opening_hours = st.dictionaries(st.integers(0, 6), st.tuples(clock_times, clock_times), max_size=7)
every_day_open_long = st.just({day: (time(0, 30), time(23, 30)) for day in range(7)})


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    zone, change = draw(st.sampled_from(CHANGES))
    offered = draw(st.lists(st.integers(-150, 150), max_size=25))
    rules = Rules(
        tour=draw(st.integers(1, 24)) * GRID,
        notice=draw(st.integers(0, 36)) * GRID,
        horizon=draw(st.none() | st.integers(0, 150).map(lambda steps: steps * GRID)),
        hours=draw(st.none() | opening_hours | every_day_open_long),
        max_concurrent=draw(st.integers(1, 3)),
    )
    return Situation(
        [in_its_own_offset(change + step * GRID, zone) for step in offered],
        rules,
        draw(st.lists(spans(change), max_size=8)),
        change + draw(st.integers(-150, 20)) * GRID,
    )


def crowd(taken: list[Span], at: datetime) -> int:
    return sum(one.start <= at < one.end for one in taken)


def instants(span: Span) -> list[datetime]:
    steps = (span.end - span.start) // GRID
    return [span.start + step * GRID for step in range(steps)]


def minutes_of_day(at: datetime | time) -> int:
    return at.hour * 60 + at.minute


def is_within_hours(start: datetime, rules: Rules) -> bool:
    if rules.hours is None:
        return True
    if start.weekday() not in rules.hours:
        return False
    opens, closes = rules.hours[start.weekday()]
    ends = minutes_of_day(start) + rules.tour // timedelta(minutes=1)
    return minutes_of_day(opens) <= minutes_of_day(start) and ends <= minutes_of_day(closes)


def is_open(start: datetime, given: Situation) -> bool:
    """The same question answered the long way, instant by instant."""
    rules, now = given.rules, given.now
    in_time = start > now and start - now >= rules.notice and (rules.horizon is None or start - now <= rules.horizon)
    room = all(crowd(given.taken, at) < rules.max_concurrent for at in instants(Span(start, start + rules.tour)))
    return in_time and room and is_within_hours(start, rules)


@settings(deadline=None)
@given(situations())
def test_every_open_time_was_offered_and_keeps_its_offset(given: Situation) -> None:
    offers = {(start, start.utcoffset()) for start in given.offered}
    assert {(span.start, span.start.utcoffset()) for span in given.open()} <= offers


@settings(deadline=None)
@given(situations())
def test_every_open_time_lies_ahead_by_the_notice_and_within_the_horizon(given: Situation) -> None:
    for span in given.open():
        ahead = span.start - given.now
        assert ahead > timedelta(0)
        assert ahead >= given.rules.notice
        assert given.rules.horizon is None or ahead <= given.rules.horizon


@settings(deadline=None)
@given(situations())
def test_every_open_time_lies_within_opening_hours_on_the_propertys_own_clock(given: Situation) -> None:
    assert all(is_within_hours(span.start, given.rules) for span in given.open())


@settings(deadline=None)
@given(situations())
def test_every_open_time_has_the_length_of_a_tour(given: Situation) -> None:
    assert all(span.end - span.start == given.rules.tour for span in given.open())


@settings(deadline=None)
@given(situations())
def test_taking_an_open_time_never_makes_more_tours_at_once_than_allowed(given: Situation) -> None:
    for span in given.open():
        with_it = [*given.taken, span]
        assert max(crowd(with_it, at) for at in instants(span)) <= given.rules.max_concurrent


@settings(deadline=None)
@given(situations())
def test_taking_open_times_one_after_the_other_never_exceeds_the_limit(given: Situation) -> None:
    now_taken, ours = list(given.taken), []
    while still := Timetable(given.offered, given.rules).open(now_taken, given.now):
        ours.append(still[0])
        now_taken.append(still[0])
    assert all(crowd(now_taken, at) <= given.rules.max_concurrent for span in ours for at in instants(span))


@settings(deadline=None)
@given(situations())
def test_open_times_come_in_order_and_each_once(given: Situation) -> None:
    starts = [span.start for span in given.open()]
    assert starts == sorted(set(starts))


@settings(deadline=None)
@given(situations())
def test_nothing_that_is_open_is_left_out(given: Situation) -> None:
    expected = sorted({start for start in given.offered if is_open(start, given)})
    assert [span.start for span in given.open()] == expected


@settings(deadline=None)
@given(situations())
def test_a_time_is_found_exactly_when_it_is_listed(given: Situation) -> None:
    timetable = Timetable(given.offered, given.rules)
    found = [timetable.find(start, given.now) for start in sorted(set(given.offered))]
    assert [one for one in found if one and has_room(one, given.rules, given.taken)] == given.open()


@settings(deadline=None)
@given(situations())
def test_all_open_times_lie_within_the_reach(given: Situation) -> None:
    reach, listed = Timetable(given.offered, given.rules).reach(given.now), given.open()
    assert reach is None if not Timetable(given.offered, given.rules).open([], given.now) else reach is not None
    assert all(reach.start <= span.start and span.end <= reach.end for span in listed if reach) and (reach or not listed)


@settings(deadline=None)
@given(situations())
def test_the_order_in_which_times_are_offered_or_taken_changes_nothing(given: Situation) -> None:
    turned = Timetable(reversed(given.offered), given.rules).open(given.taken[::-1], given.now)
    assert list(turned) == given.open()


def starts(
    offered: list[datetime], rules: Rules = HALF_AN_HOUR, taken: tuple[Span, ...] = (), now: datetime = NOON
) -> list[datetime]:
    return [span.start for span in Timetable(offered, rules).open(taken, now)]


def test_a_time_that_is_now_is_over() -> None:
    assert starts([NOON, NOON + GRID]) == [NOON + GRID]


def test_a_time_exactly_the_notice_ahead_is_open() -> None:
    rules = Rules(tour=timedelta(minutes=30), notice=timedelta(hours=1))
    in_an_hour = NOON + timedelta(hours=1)
    assert starts([in_an_hour - timedelta(seconds=1), in_an_hour], rules) == [in_an_hour]


def test_a_time_exactly_at_the_horizon_is_open() -> None:
    rules = Rules(tour=timedelta(minutes=30), horizon=timedelta(days=14))
    last = NOON + timedelta(days=14)
    assert starts([last, last + timedelta(seconds=1)], rules) == [last]


def test_a_tour_may_begin_when_another_ends() -> None:
    before = Span(NOON + timedelta(minutes=30), NOON + timedelta(hours=1))
    after = Span(NOON + timedelta(minutes=90), NOON + timedelta(hours=2))
    assert starts([before.end], taken=(before, after)) == [before.end]


def test_a_tour_may_not_begin_while_another_goes_on() -> None:
    other = Span(NOON + timedelta(minutes=30), NOON + timedelta(hours=1))
    assert starts([other.end - GRID, other.start - GRID], taken=(other,)) == []


def test_two_tours_one_after_the_other_leave_the_second_place_free_all_along() -> None:
    first = Span(NOON + timedelta(minutes=30), NOON + timedelta(minutes=45))
    second = Span(first.end, first.end + timedelta(minutes=15))
    rules = Rules(tour=timedelta(minutes=30), max_concurrent=2)
    assert starts([first.start], rules, (first, second)) == [first.start]


def test_two_tours_that_meet_in_the_middle_leave_no_second_place() -> None:
    first = Span(NOON + timedelta(minutes=30), NOON + timedelta(minutes=50))
    second = Span(NOON + timedelta(minutes=40), NOON + timedelta(minutes=60))
    rules = Rules(tour=timedelta(minutes=30), max_concurrent=2)
    assert starts([first.start], rules, (first, second)) == []


def test_hours_are_read_on_the_propertys_clock_and_not_in_utc() -> None:
    late = datetime(2026, 6, 10, 18, 0, tzinfo=PACIFIC)  # already Thursday in UTC
    wednesday = Rules(tour=timedelta(minutes=30), hours={2: (time(9), time(19))})
    assert starts([late], wednesday, now=NOON - timedelta(hours=1)) == [late]


def test_a_tour_must_be_over_when_the_property_closes() -> None:
    rules = Rules(tour=timedelta(minutes=30), hours={2: (time(9), time(19))})
    last = datetime(2026, 6, 10, 18, 30, tzinfo=PACIFIC)
    assert starts([last, last + timedelta(minutes=1)], rules) == [last]


def test_a_day_without_hours_is_closed() -> None:
    thursday = datetime(2026, 6, 11, 12, 0, tzinfo=PACIFIC)
    assert starts([thursday], Rules(tour=timedelta(minutes=30), hours={2: (time(9), time(19))})) == []


def test_the_hour_that_comes_twice_when_clocks_go_back_can_be_booked_twice() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=timezone(timedelta(hours=-7)))
    second = datetime(2026, 11, 1, 1, 30, tzinfo=timezone(timedelta(hours=-8)))
    assert starts([second, first], now=first - timedelta(hours=1)) == [first, second]


@pytest.mark.parametrize("offered", [[], [NOON - GRID]])
def test_without_offers_ahead_nothing_is_open(offered: list[datetime]) -> None:
    assert starts(offered) == []


@settings(deadline=None)
@given(spans(NOON), spans(NOON))
def test_overlap_means_sharing_an_instant_whichever_is_asked(one: Span, other: Span) -> None:
    shared = bool(set(instants(one)) & set(instants(other)))
    assert (one.overlaps(other), other.overlaps(one)) == (shared, shared)
