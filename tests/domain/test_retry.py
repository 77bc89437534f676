"""When to try again."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.example import NOON
from vendor_app.domain.delivery.retry import RetrySchedule

SCHEDULE = RetrySchedule()
CALM = RetrySchedule(jitter=0)
chances = st.floats(0, 1)
attempts = st.integers(0, 10_000)


def wait(after: int, chance: float = 0.5, schedule: RetrySchedule = SCHEDULE, retry_after: timedelta | None = None) -> timedelta:
    due = schedule.next_attempt(after, NOON, NOON, chance, retry_after)
    assert due is not None
    return due - NOON


def test_waits_double_from_two_seconds_on() -> None:
    assert [wait(after, schedule=CALM).total_seconds() for after in range(1, 6)] == [2, 4, 8, 16, 32]


@settings(deadline=None)
@given(attempts, chances)
def test_a_later_failure_never_waits_less_than_an_earlier_one(after: int, chance: float) -> None:
    assert wait(after + 1, chance) >= wait(after, chance)


@settings(deadline=None)
@given(attempts, chances)
def test_jitter_moves_a_wait_by_a_fifth_at_most(after: int, chance: float) -> None:
    calm = wait(after, schedule=CALM)
    assert calm * 0.8 <= wait(after, chance) <= calm * 1.2


@settings(deadline=None)
@given(attempts)
def test_without_jitter_no_wait_is_longer_than_an_hour(after: int) -> None:
    assert timedelta(seconds=2) <= wait(after, schedule=CALM) <= timedelta(hours=1)


def test_waits_reach_the_longest_and_stay_there() -> None:
    assert wait(12, schedule=CALM) == wait(1000, schedule=CALM) == timedelta(hours=1)


def test_what_failed_together_does_not_return_together() -> None:
    assert len({wait(5, chance / 10) for chance in range(11)}) == 11


@settings(deadline=None)
@given(attempts, chances, st.integers(0, 86_400))
def test_a_partners_retry_after_is_the_least_we_wait(after: int, chance: float, seconds: int) -> None:
    asked = timedelta(seconds=seconds)
    assert wait(after, chance, retry_after=asked) == max(wait(after, chance), asked)


def test_no_partner_makes_us_wait_longer_than_a_day() -> None:
    assert wait(1, retry_after=timedelta(days=400)) == timedelta(days=1)


@pytest.mark.parametrize(
    ("age", "gives_up"),
    [(timedelta(days=3) - timedelta(microseconds=1), False), (timedelta(days=3), True), (timedelta(days=30), True)],
)
def test_it_gives_up_three_days_after_the_message_was_written(age: timedelta, gives_up: bool) -> None:
    assert (SCHEDULE.next_attempt(30, NOON - age, NOON, 0.5) is None) is gives_up


@pytest.mark.parametrize(("after", "gives_up"), [(1, False), (29, False), (30, True), (10_000, True)])
def test_a_message_that_waited_for_us_and_not_for_the_partner_is_tried_all_the_same(after: int, gives_up: bool) -> None:
    assert (SCHEDULE.next_attempt(after, NOON - timedelta(days=30), NOON, 0.5) is None) is gives_up


def test_a_retry_after_does_not_keep_a_message_alive_beyond_its_end() -> None:
    assert SCHEDULE.next_attempt(30, NOON - timedelta(days=3), NOON, 0.5, timedelta(seconds=1)) is None
