"""Every way a partner can fail, typed by what to do next; on a real socket, for Knock's every call where it matters."""

import gzip
import json
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests.adapters
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients.calls import CALLS, JANE, Call, book
from tests.clients.conftest import APPOINTMENT_KEY, HURRY, PROSPECT_KEY, TIMEOUT
from tests.clients.tls import Tls
from tests.clients.wire import Conduct, Wire, says, unused_address
from tests.fixtures import knock as example
from tests.processes import until
from vendor_app.clients.errors import KeysRefused, NotSent, PartnerError, Refused, Throttled, TimedOut, Unknown
from vendor_app.clients.knock.client import Knock

every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
LARGEST = 8 * 1024 * 1024
# What a hurried call may take on a busy machine: far less than what the misbehaving partner takes.
SOON = 20


def failure(knock: Knock, call: Callable[[Knock], Any] = book) -> PartnerError:
    """What the call fails with."""
    with pytest.raises(PartnerError) as failed:
        call(knock)
    return failed.value


def knock_at(url: str) -> Knock:
    return Knock(url, APPOINTMENT_KEY, PROSPECT_KEY, TIMEOUT)


# It certainly had no effect


@every_call
def test_a_refused_connection_means_that_nothing_was_sent(call: Call) -> None:
    assert type(failure(knock_at(unused_address()), call.make)) is NotSent


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b.invalid", "x" * 64 + ".invalid"])
def test_a_host_that_cannot_be_found_means_that_nothing_was_sent(host: str) -> None:
    assert type(failure(knock_at(f"http://{host}"))) is NotSent


def test_a_certificate_we_do_not_trust_means_that_nothing_was_sent(tls: Tls) -> None:
    assert type(failure(knock_at(tls.url))) is NotSent


@every_call
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_means_that_an_operator_must_act(wire: Wire, knock: Knock, call: Call, status: int) -> None:
    wire.answer(says({"errorMessage": "Unauthorized"}, status))
    assert type(failure(knock, call.make)) is KeysRefused
    assert issubclass(KeysRefused, NotSent)


@pytest.mark.parametrize("body", ["", "<html>Forbidden</html>", "[]", "null", '{"message": "Forbidden"}'])
def test_a_key_is_refused_whatever_the_body(wire: Wire, knock: Knock, body: str) -> None:
    wire.answer(says(body, 403))
    assert type(failure(knock)) is KeysRefused


def throttled(wire: Wire, knock: Knock, **headers: str) -> Throttled:
    wire.answer(says({"errorMessage": "slow down"}, 429, **headers))
    failed = failure(knock)
    assert isinstance(failed, Throttled)
    assert isinstance(failed, NotSent)
    return failed


@pytest.mark.parametrize(("seconds", "wait"), [("0", 0), ("7", 7), ("3600", 3600), ("86400", 86_400)])
def test_a_partner_may_say_in_seconds_how_long_to_wait(wire: Wire, knock: Knock, seconds: str, wait: int) -> None:
    assert throttled(wire, knock, retry_after=seconds).retry_after == timedelta(seconds=wait)


def test_a_partner_may_say_until_when_to_wait(wire: Wire, knock: Knock) -> None:
    until = datetime.now(UTC) + timedelta(minutes=10)
    wait = throttled(wire, knock, retry_after=format_datetime(until, usegmt=True)).retry_after
    assert wait is not None
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


def test_a_time_that_has_passed_means_not_to_wait(wire: Wire, knock: Knock) -> None:
    assert throttled(wire, knock, retry_after="Wed, 21 Oct 2015 07:28:00 GMT").retry_after == timedelta(0)


RUBBISH = ["", "soon", "-1", "1.5", "1e3", "²", "2026-06-10", "Wed, 99 Foo 2015", "Mon, 01 Jan 99999 00:00:00 GMT", "\xe9"]


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_about_waiting_is_taken_as_nothing_said(wire: Wire, knock: Knock, rubbish: str) -> None:
    assert throttled(wire, knock, retry_after=rubbish).retry_after is None


def test_without_a_word_about_waiting_nothing_is_said(wire: Wire, knock: Knock) -> None:
    assert throttled(wire, knock).retry_after is None


@pytest.mark.parametrize("digits", [20, 5000])
def test_an_endless_number_of_seconds_is_still_throttled(wire: Wire, knock: Knock, digits: int) -> None:
    wait = throttled(wire, knock, retry_after="9" * digits).retry_after
    assert wait is None or wait <= timedelta(days=1)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rubbish=st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f\x85"), max_size=60))
def test_whatever_is_said_about_waiting_it_is_throttled(wire: Wire, knock: Knock, rubbish: str) -> None:
    throttled(wire, knock, retry_after=rubbish)


# The partner's final no


@pytest.mark.parametrize("status", [400, 402, 404, 405, 409, 410, 422, 451])
def test_a_refusal_carries_knocks_own_word(wire: Wire, knock: Knock, status: int) -> None:
    wire.answer(says({"errorMessage": "That time is not available."}, status))
    failed = failure(knock)
    assert isinstance(failed, Refused)
    assert (failed.message, failed.status, failed.code) == ("That time is not available.", status, None)


@every_call
def test_a_refusal_carries_knocks_code(wire: Wire, knock: Knock, call: Call) -> None:
    wire.answer(says(example("prospect_missing"), 400))
    failed = failure(knock, call.make)
    assert isinstance(failed, Refused)
    assert (failed.code, failed.message) == ("CORE_API_GET_PROSPECT_FAIL", example("prospect_missing")["errorMessage"])


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "null", "7", '{"errorMessage": null}', '{"errorMessage": {"a": 1}}', "{", b"\xff"]
)
def test_a_refusal_without_a_word_says_its_status(wire: Wire, knock: Knock, body: Any) -> None:
    wire.answer(says(body, 404))
    failed = failure(knock)
    assert isinstance(failed, Refused)
    assert "404" in failed.message


def test_a_refusal_as_long_as_a_novel_is_cut(wire: Wire, knock: Knock) -> None:
    wire.answer(says({"errorMessage": "no " * 100_000}, 400))
    assert len(failure(knock).message) <= 500


# It may or may not have had its effect


@every_call
@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_failure_on_their_side_leaves_the_outcome_unknown(wire: Wire, knock: Knock, call: Call, status: int) -> None:
    wire.answer(says({"errorMessage": "oops"}, status))
    assert type(failure(knock, call.make)) is Unknown


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_not_followed_and_leaves_the_outcome_unknown(wire: Wire, knock: Knock, status: int) -> None:
    wire.answer(says("", status, location=f"{wire.url}/elsewhere"))
    assert type(failure(knock)) is Unknown
    assert len(wire.requests) == 1


UNREADABLE: dict[str, Any] = {
    "HTML": "<html>Welcome</html>",
    "nothing": "",
    "spaces": "  \n",
    "half an object": '{"id": "12',
    "a list": [],
    "null": None,
    "a number": 7,
    "an empty object": {},
    "another type": {
        "id": ["1"],
        "visitId": {},
        "prospectId": True,
        "acceptableTimes": "soon",
        "edges": {},
        "pageInfo": [],
    },
    "no UTF-8": b'{"id": "\xff"}',
    "no offset": {"acceptableTimes": ["2018-12-20T07:00:00"], "edges": [{}], "pageInfo": {"hasNextPage": "perhaps"}},
    "very deep": "[" * 200_000,
    "very long number": '{"id": ' + "9" * 10_000 + "}",
}


@every_call
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_200_that_cannot_be_read_leaves_the_outcome_unknown(wire: Wire, knock: Knock, call: Call, body: Any) -> None:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    wire.answer(says(content))
    try:
        call.make(knock)
    except PartnerError as failed:
        assert type(failed) is Unknown
    else:
        assert call.name == "cancel", "only a cancellation needs no particular answer"


def test_a_deep_refusal_is_a_refusal(wire: Wire, knock: Knock) -> None:
    wire.answer(says("[" * 200_000, 400))
    assert type(failure(knock)) is Refused


def closes_at_once(connection: socket.socket) -> None:
    """Read the request and hang up."""


def resets(connection: socket.socket) -> None:
    """Read the request and break the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def sends(content: bytes) -> Conduct:
    return lambda connection: connection.sendall(content)


WHOLE = says(example("appointment_answer"))
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BROKEN: dict[str, Conduct] = {
    "hangs up after reading": closes_at_once,
    "resets after reading": resets,
    "half a status line": sends(b"HTTP/1.1 2"),
    "half the headers": sends(WHOLE[:40]),
    "half the body": sends(WHOLE[:-10]),
    "no HTTP at all": sends(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "an endless header": sends(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000),
    "a thousand headers": sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"),
    "a length that is none": sends(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\nConnection: close\r\n\r\n{"),
    "half a chunk": sends(CHUNKED + b'20\r\n{"id"'),
    "a chunk of no size": sends(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunks without an end": sends(CHUNKED + b'2\r\n{"\r\n'),
    "gzip that is none": sends(says(b"not gzip at all", content_encoding="gzip")),
    "half of a gzip": sends(says(gzip.compress(json.dumps({"id": "1" * 100}).encode())[:-12], content_encoding="gzip")),
}


@pytest.mark.parametrize("conduct", BROKEN.values(), ids=BROKEN.keys())
def test_a_connection_that_breaks_after_sending_leaves_the_outcome_unknown(wire: Wire, knock: Knock, conduct: Conduct) -> None:
    wire.answer(conduct)
    assert type(failure(knock)) is Unknown
    assert len(wire.requests) == 1, "a request whose outcome is unknown is not sent again by itself"


@every_call
def test_a_hang_up_leaves_the_outcome_of_every_call_unknown_and_only_pages_are_asked_for_again(
    wire: Wire, knock: Knock, call: Call
) -> None:
    wire.answer(closes_at_once)
    assert type(failure(knock, call.make)) is Unknown
    assert len(wire.requests) == call.tries


def timed(hurried: Knock) -> tuple[PartnerError, float]:
    began = time.monotonic()
    return failure(hurried), time.monotonic() - began


def test_no_answer_in_time_leaves_the_outcome_unknown(wire: Wire, hurried: Knock) -> None:
    wire.answer(wire.hang)
    failed, took = timed(hurried)
    assert type(failed) is TimedOut
    assert HURRY.total_seconds() * 0.9 < took < SOON


def test_a_later_call_with_less_time_gives_up_first(wire: Wire, knock: Knock, hurried: Knock) -> None:
    wire.answer(wire.hang)
    with ThreadPoolExecutor(1) as patient:
        waits = patient.submit(failure, knock)
        until(lambda: bool(wire.requests))
        failed, took = timed(hurried)
        assert (type(failed), took < SOON, waits.done()) == (TimedOut, True, False)
        wire.over.set()
        assert type(waits.result()) is Unknown


def test_a_body_that_drips_beyond_the_deadline_is_not_waited_for(wire: Wire, hurried: Knock) -> None:
    head, _, body = says({"id": "1", "padding": "x" * 1000}).partition(b"\r\n\r\n")
    wire.answer(wire.drip(body, every=0.05, before=head + b"\r\n\r\n"))
    failed, took = timed(hurried)
    assert type(failed) is TimedOut
    assert took < SOON


def test_headers_that_drip_beyond_the_deadline_are_not_waited_for(wire: Wire, hurried: Knock) -> None:
    wire.answer(wire.drip(b"X-Padding: " + b"x" * 1000, every=0.05, before=b"HTTP/1.1 200 OK\r\n"))
    failed, took = timed(hurried)
    assert type(failed) is TimedOut
    assert took < SOON


def test_chunks_whose_sizes_drip_beyond_the_deadline_are_not_waited_for(wire: Wire, hurried: Knock) -> None:
    wire.answer(wire.drip(b"2;" + b"x" * 1000, every=0.05, before=CHUNKED))
    failed, took = timed(hurried)
    assert type(failed) is TimedOut
    assert took < SOON


def test_a_partner_that_goes_on_and_on_to_say_wait_is_not_waited_for(wire: Wire, hurried: Knock) -> None:
    wire.answer(wire.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 60, every=0.05))
    failed, took = timed(hurried)
    assert type(failed) is TimedOut
    assert took < SOON


def test_an_answer_as_large_as_allowed_is_read(wire: Wire) -> None:
    body = json.dumps({"id": "1", "padding": ""}).encode()
    wire.answer(says(body[:-2] + b"x" * (LARGEST - len(body)) + body[-2:]))
    assert book(Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=10))).appointment_id == "1"


TOO_LARGE = json.dumps({"id": "1", "padding": "x" * LARGEST}).encode()


@pytest.mark.parametrize(
    "answer",
    [
        says(TOO_LARGE),
        says(TOO_LARGE, 400),
        says(gzip.compress(TOO_LARGE), content_encoding="gzip"),
        CHUNKED + b"%x\r\n" % len(TOO_LARGE) + TOO_LARGE,
    ],
    ids=["plain", "a refusal", "small while packed", "in one chunk"],
)
def test_an_answer_larger_than_eight_mebibytes_leaves_the_outcome_unknown(wire: Wire, answer: bytes) -> None:
    wire.answer(answer)
    assert type(failure(Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=10)))) is Unknown


# TLS


def test_a_tls_connection_that_breaks_after_sending_leaves_the_outcome_unknown(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(tls.certificate))
    failed = failure(knock_at(tls.url))
    assert b'"tourType"' in tls.read, "the request was sent"
    assert type(failed) is Unknown


# What is told, and what goes on


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_no_failure_repeats_a_key_or_a_prospects_contact_data(wire: Wire, knock: Knock, status: int) -> None:
    echo = f"no: {APPOINTMENT_KEY} {PROSPECT_KEY} {JANE['email']} {JANE['phone']}"
    wire.answer(says({"errorMessage": echo}, status))
    _tells_nothing(str(failure(knock)))


def test_what_we_log_of_a_refusal_does_not_repeat_a_prospects_contact_data(wire: Wire, knock: Knock) -> None:
    wire.answer(says({"errorMessage": f"{JANE['email']} ({JANE['phone']}) has been blocked"}, 400))
    _tells_nothing(str(failure(knock)))


@pytest.mark.parametrize(
    "body", [JANE, f"<html>{JANE['email']} {JANE['phone']}", [JANE["email"], JANE["phone"]], {"id": [JANE["email"]]}]
)
@pytest.mark.parametrize("status", [200, 302, 400, 500])
def test_no_failure_repeats_a_body(wire: Wire, knock: Knock, body: Any, status: int) -> None:
    wire.answer(says(body, status))
    _tells_nothing(str(failure(knock)))


@pytest.mark.parametrize("conduct", BROKEN.values(), ids=BROKEN.keys())
def test_no_broken_connection_repeats_a_key_or_an_address(wire: Wire, knock: Knock, conduct: Conduct) -> None:
    wire.answer(conduct)
    said = str(failure(knock))
    _tells_nothing(said)
    assert wire.url not in said


def _tells_nothing(said: str) -> None:
    private = [APPOINTMENT_KEY, PROSPECT_KEY, JANE["email"], JANE["phone"]]
    assert [value for value in private if value in said] == []


@every_call
def test_a_failure_names_its_call_without_ids(wire: Wire, knock: Knock, call: Call) -> None:
    wire.answer(says("", 500))
    failed = failure(knock, call.make)
    assert failed.call.startswith(f"{call.method} /")
    assert not any(one in str(failed) for one in ("12345", "47569637", "b9XQN6eMvvrr07zg", "/500/"))


def test_after_every_kind_of_failure_the_next_call_works(wire: Wire, knock: Knock) -> None:
    all_of_them: list[bytes | Conduct] = [*BROKEN.values(), says("", 500), says("", 401), says("<html>")]
    for bad in all_of_them:
        wire.answer(bad, WHOLE)
        failure(knock)
        assert book(knock).appointment_id == "12345"


def test_a_connection_is_used_again(wire: Wire, knock: Knock) -> None:
    wire.answer(WHOLE)
    for _ in range(3):
        book(knock)
    assert (len(wire.requests), wire.connections) == (3, 1)


def test_a_connection_that_the_partner_closed_while_it_was_idle_is_not_used_again(wire: Wire, knock: Knock) -> None:
    wire.answer(sends(WHOLE), WHOLE)
    book(knock)
    wire.wait_until_hung_up()
    book(knock)
    assert wire.connections == 2


def test_no_proxy_of_the_machine_sees_what_goes_to_a_partner(wire: Wire, knock: Knock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, unused_address())
    wire.answer(WHOLE)
    assert book(knock).appointment_id == "12345"
