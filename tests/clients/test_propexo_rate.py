"""Propexo's limit: so many calls a minute, told in every answer. Bookings come first, and what cannot work is not sent."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.orders import BOOKING, NOW, POLL, PropexoCall, propexo_at
from tests.clients.wire import Wire, says
from vendor_app.clients.errors import NotSent, PartnerError, Throttled
from vendor_app.clients.propexo.client import Propexo
from vendor_app.clients.propexo.rate import CallsLeft

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NEXT_MINUTE = NOW + 40 * SECOND


@pytest.fixture
def propexo(wire: Wire) -> Propexo:
    """Propexo's client."""
    return propexo_at(wire.url, timedelta(seconds=10))


def left(count: Any, call: PropexoCall = BOOKING) -> bytes:
    """A good answer that says how many calls are left."""
    return says(call.good, x_ratelimit_remaining=str(count))


def waits(propexo: Propexo, call: PropexoCall, now: datetime = NOW) -> timedelta | None:
    """How long the call is held back; None when it is not."""
    try:
        call.make(propexo, now)
    except Throttled as throttled:
        return throttled.retry_after
    return None


def told(wire: Wire, propexo: Propexo, answer: bytes, now: datetime = NOW, then: PropexoCall = BOOKING) -> None:
    """A booking was made and got this answer, whatever came of it; from now on `then` is answered well."""
    wire.answer(answer, says(then.good))
    with suppress(PartnerError):
        BOOKING.make(propexo, now)
    wire.requests.clear()


@pytest.mark.parametrize("call", [BOOKING, POLL], ids=lambda call: call.name)
def test_when_none_is_left_nothing_is_sent_until_the_minute_turns(wire: Wire, propexo: Propexo, call: PropexoCall) -> None:
    told(wire, propexo, left(0), then=call)
    assert waits(propexo, call, NOW) == 40 * SECOND
    assert waits(propexo, call, NEXT_MINUTE - timedelta(microseconds=1)) == timedelta(microseconds=1)
    assert wire.requests == []
    assert waits(propexo, call, NEXT_MINUTE) is None
    assert len(wire.requests) == 1


@pytest.mark.parametrize("call", [BOOKING, POLL], ids=lambda call: call.name)
def test_after_a_429_nothing_is_sent_until_the_minute_turns(wire: Wire, propexo: Propexo, call: PropexoCall) -> None:
    told(wire, propexo, says("", 429), then=call)
    assert waits(propexo, call, NOW + SECOND) == 39 * SECOND
    assert wire.requests == []
    assert waits(propexo, call, NEXT_MINUTE) is None


def test_a_429_at_the_turn_of_the_minute_holds_for_a_whole_one(wire: Wire, propexo: Propexo) -> None:
    wire.answer(says("", 429))
    assert waits(propexo, BOOKING, NEXT_MINUTE) == MINUTE


@pytest.mark.parametrize(
    ("said", "wait"), [("7", 7 * SECOND), ("90", 90 * SECOND), ("0", 40 * SECOND), ("soon", 40 * SECOND), ("86400", 60 * MINUTE)]
)
def test_propexos_own_word_about_waiting_is_kept_to_within_reason(
    wire: Wire, propexo: Propexo, said: str, wait: timedelta
) -> None:
    wire.answer(says("", 429, retry_after=said), says(BOOKING.good))
    assert waits(propexo, BOOKING) == wait
    assert waits(propexo, BOOKING, NOW + wait - SECOND) == SECOND
    assert len(wire.requests) == 1
    assert waits(propexo, BOOKING, NOW + wait) is None


@pytest.mark.parametrize("remaining", [1, 5, 10])
def test_the_last_calls_of_a_minute_are_kept_for_bookings(wire: Wire, propexo: Propexo, remaining: int) -> None:
    told(wire, propexo, left(remaining))
    assert waits(propexo, POLL) == 40 * SECOND
    assert wire.requests == []
    assert [waits(propexo, BOOKING) for _ in range(remaining)] == [None] * remaining
    assert waits(propexo, BOOKING) == 40 * SECOND
    assert len(wire.requests) == remaining


def test_polling_goes_on_while_there_is_enough_for_both(wire: Wire, propexo: Propexo) -> None:
    told(wire, propexo, left(12), then=POLL)
    assert [waits(propexo, POLL) for _ in range(3)] == [None, None, 40 * SECOND]
    assert len(wire.requests) == 2


def test_a_new_minute_has_all_its_calls(wire: Wire, propexo: Propexo) -> None:
    told(wire, propexo, left(3), then=POLL)
    assert waits(propexo, POLL) == 40 * SECOND
    assert waits(propexo, POLL, NEXT_MINUTE) is None


FAILURES = {
    "a refusal": says("", 400, x_ratelimit_remaining="0"),
    "a wrong token": says("", 401, x_ratelimit_remaining="0"),
    "a failure on their side": says("", 500, x_ratelimit_remaining="0"),
    "a redirect": says("", 302, x_ratelimit_remaining="0"),
    "no job": says({}, x_ratelimit_remaining="0"),
    "no JSON": says("<html>", x_ratelimit_remaining="0"),
    "half a body": b"HTTP/1.1 200 OK\r\nX-RateLimit-Remaining: 0\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES.keys())
def test_every_answer_is_heard_a_failure_too(wire: Wire, propexo: Propexo, answer: bytes) -> None:
    told(wire, propexo, answer)
    assert waits(propexo, BOOKING) == 40 * SECOND
    assert wire.requests == []


@pytest.mark.parametrize("rubbish", ["", "-1", "none", "0.5", "0, 0", "²", "9" * 5000, "0x0"])
def test_rubbish_about_what_is_left_is_taken_as_nothing_said(wire: Wire, propexo: Propexo, rubbish: str) -> None:
    told(wire, propexo, left(rubbish), then=POLL)
    assert waits(propexo, POLL) is None


def test_without_a_word_about_what_is_left_all_calls_are_sent(wire: Wire, propexo: Propexo) -> None:
    wire.answer(says(POLL.good))
    assert {waits(propexo, POLL) for _ in range(160)} == {None}


def test_the_larger_of_two_numbers_is_an_older_one(wire: Wire, propexo: Propexo) -> None:
    told(wire, propexo, left(3))
    wire.answer(left(100), says(POLL.good))
    assert waits(propexo, BOOKING) is None
    assert waits(propexo, POLL) == 40 * SECOND


def test_an_answer_to_a_call_of_the_last_minute_says_nothing_about_this_one(wire: Wire, propexo: Propexo) -> None:
    told(wire, propexo, left(100), NEXT_MINUTE)
    told(wire, propexo, left(0), NEXT_MINUTE - SECOND, then=POLL)
    assert waits(propexo, POLL, NEXT_MINUTE + SECOND) is None


def test_a_thread_that_is_late_does_not_forget_what_is_left_of_this_minute(wire: Wire, propexo: Propexo) -> None:
    told(wire, propexo, left(0), NEXT_MINUTE)
    assert waits(propexo, BOOKING, NOW) == 100 * SECOND
    assert waits(propexo, BOOKING, NEXT_MINUTE) == MINUTE


@pytest.mark.parametrize("answer", [left(0), says("", 429, retry_after="3600")], ids=["none left", "told to wait"])
def test_a_clock_that_is_set_back_does_not_hold_calls_for_long(wire: Wire, propexo: Propexo, answer: bytes) -> None:
    told(wire, propexo, answer, NOW + timedelta(days=365))
    assert waits(propexo, BOOKING) is None


def test_what_was_held_back_is_an_error_like_any_other_and_certainly_had_no_effect(wire: Wire, propexo: Propexo) -> None:
    told(wire, propexo, left(0))
    with pytest.raises(NotSent, match="held back") as held:
        BOOKING.make(propexo, NOW)
    assert held.value.call == "POST /crm/v1/appointments/knock"


def test_threads_do_not_take_more_calls_than_there_are(wire: Wire, propexo: Propexo) -> None:
    told(wire, propexo, left(5))
    outcomes = list[timedelta | None]()
    _all_at_once(lambda: outcomes.append(waits(propexo, BOOKING)), 16)
    assert (outcomes.count(None), outcomes.count(40 * SECOND), len(wire.requests)) == (5, 11, 5)


class LongComparedTime(datetime):
    """A time that lets other threads run while it is compared, where one could slip in between looking and taking."""

    def __lt__(self, other: Any) -> bool:
        time.sleep(0.01)
        return super().__lt__(other)


def test_no_thread_slips_in_between_looking_and_taking() -> None:
    now = LongComparedTime.fromisoformat(NOW.isoformat())
    calls_left, outcomes = CallsLeft(), list[bool]()
    calls_left.take("a call", NOW, 0)
    calls_left.note_headers({"x-ratelimit-remaining": "5"}, NOW)

    def take() -> None:
        with suppress(Throttled):
            calls_left.take("a call", now, 0)
            outcomes.append(True)

    _all_at_once(take, 8)
    assert len(outcomes) == 5


def _all_at_once(act: Callable[[], None], count: int) -> None:
    start = threading.Barrier(count)

    def act_with_the_others() -> None:
        start.wait()
        act()

    threads = [threading.Thread(target=act_with_the_others) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_clients_count_for_themselves(wire: Wire, propexo: Propexo) -> None:
    told(wire, propexo, left(0))
    assert waits(propexo_at(wire.url), BOOKING) is None


def test_the_minute_is_that_of_the_time_given(wire: Wire, propexo: Propexo) -> None:
    end_of_year = datetime(2026, 12, 31, 23, 59, 59, 500_000, UTC)
    told(wire, propexo, left(0), end_of_year)
    assert waits(propexo, BOOKING, end_of_year) == timedelta(seconds=0.5)
    assert waits(propexo, BOOKING, datetime(2027, 1, 1, tzinfo=UTC)) is None
