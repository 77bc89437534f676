"""How often partners are asked again about a tour."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.schedule import SCHEDULE
from tests.domain.example import NOON
from vendor_app.domain.check_intervals import next_check, next_reading

# The job looks so often for what is due.
JOB = next(job.every for job in SCHEDULE if job.name == "cancel_invalid_tours")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))
COUNTS = st.integers(0, 2_000_000)


@given(st.timedeltas(timedelta(0), 2 * HOUR), COUNTS)
def test_a_near_tour_is_due_within_a_minute_whatever_the_load(ahead: timedelta, upcoming: int) -> None:
    assert next_check(NOON + ahead, upcoming, NOON) <= NOON + MINUTE - JOB


@given(SPANS)
def test_a_tour_that_has_begun_is_near_too(ago: timedelta) -> None:
    assert next_check(NOON - ago, 1_000_000, NOON) <= NOON + MINUTE - JOB


@given(SPANS.filter(lambda ahead: ahead > 2 * HOUR), COUNTS)
def test_far_tours_together_cost_at_most_three_hundred_checks_a_minute(ahead: timedelta, upcoming: int) -> None:
    pause = next_check(NOON + ahead, upcoming, NOON) - NOON
    assert pause >= MINUTE
    assert upcoming / (pause / MINUTE) <= 300.0001


@given(st.timedeltas(min_value=-DAY, max_value=timedelta(days=400)), COUNTS, COUNTS)
def test_more_upcoming_tours_never_make_a_check_come_sooner(ahead: timedelta, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert next_check(NOON + ahead, fewer, NOON) <= next_check(NOON + ahead, more, NOON)


@given(SPANS, SPANS, COUNTS)
def test_the_nearer_of_two_tours_is_never_checked_later(one: timedelta, other: timedelta, upcoming: int) -> None:
    near, far = sorted((one, other))
    assert next_check(NOON + near, upcoming, NOON) <= next_check(NOON + far, upcoming, NOON)


@given(SPANS, COUNTS)
def test_the_next_check_is_always_later_than_now(ahead: timedelta, upcoming: int) -> None:
    assert next_check(NOON + ahead, upcoming, NOON) > NOON


def test_a_hundred_thousand_upcoming_tours_are_all_checked_within_six_hours() -> None:
    assert next_check(NOON + 30 * DAY, 100_000, NOON) - NOON < 6 * HOUR


@pytest.mark.parametrize(
    ("starts", "pause"),
    [(HOUR, 15 * MINUTE), (DAY, 15 * MINUTE), (DAY + MINUTE, 6 * HOUR), (90 * DAY, 6 * HOUR), (-HOUR, 15 * MINUTE)],
)
def test_feeds_are_read_every_quarter_of_an_hour_from_a_day_before_the_tour_on(starts: timedelta, pause: timedelta) -> None:
    assert next_reading(NOON + starts, NOON + starts + HOUR, NOON) == NOON + pause


@given(SPANS, SPANS)
def test_a_feed_is_read_until_a_day_after_the_tour_and_not_longer(later: timedelta, length: timedelta) -> None:
    now = NOON + later
    ends = now - DAY
    assert next_reading(ends - length, ends, now) is not None
    assert next_reading(ends - length, ends - timedelta(microseconds=1), now) is None


@given(SPANS, SPANS)
def test_a_reading_to_come_is_later_than_now(ahead: timedelta, length: timedelta) -> None:
    again = next_reading(NOON + ahead, NOON + ahead + length, NOON)
    assert again is not None and again > NOON
