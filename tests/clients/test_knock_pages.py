"""Lists that come page by page: followed to the end, complete and once each, or an error."""

import socket
from datetime import timedelta
from typing import Any

import pytest

from tests.clients.calls import CALLS, LAST_PAGE, Call, page
from tests.clients.conftest import APPOINTMENT_KEY, PROSPECT_KEY
from tests.clients.wire import Wire, says, unused_address
from tests.fixtures import knock as example
from tests.fixtures.meanings import EVENT
from vendor_app.clients.errors import (
    KeysRefused,
    NotSent,
    PartnerError,
    Refused,
    Throttled,
    TimedOut,
    Unknown,
)
from vendor_app.clients.knock.client import Knock

# To the end


def test_pages_are_followed_to_the_end(wire: Wire, knock: Knock) -> None:
    wire.answer(page({"communityId": "a"}, cursor="MQ=="), page({"communityId": "b"}, cursor="Mg=="), page({"communityId": "c"}))
    assert [one.community_id for one in knock.list_communities()] == ["a", "b", "c"]
    assert [request.target for request in wire.requests] == [
        "/communities",
        "/communities?after=MQ%3D%3D",
        "/communities?after=Mg%3D%3D",
    ]


def test_an_empty_page_in_the_middle_is_no_end(wire: Wire, knock: Knock) -> None:
    wire.answer(page(cursor="1"), page({"communityId": "a"}))
    assert [one.community_id for one in knock.list_communities()] == ["a"]


def test_a_cursor_at_the_end_is_not_followed(wire: Wire, knock: Knock) -> None:
    wire.answer(page({"communityId": "a"}, cursor="MQ==", more=False))
    assert len(list(knock.list_communities())) == len(wire.requests) == 1


@pytest.mark.parametrize("cursor", [None, ""])
def test_a_page_that_has_a_next_one_without_a_cursor_is_not_believed(wire: Wire, knock: Knock, cursor: str | None) -> None:
    wire.answer(page({"communityId": "a"}, cursor=cursor, more=True))
    with pytest.raises(Unknown, match="cursor"):
        list(knock.list_communities())


def test_a_cursor_that_comes_again_is_not_followed_for_ever(wire: Wire, knock: Knock) -> None:
    wire.answer(page({"communityId": "a"}, cursor="MQ=="))
    with pytest.raises(Unknown, match="cursor"):
        list(knock.list_communities())
    assert len(wire.requests) == 2


def test_cursors_that_go_in_circles_come_to_an_end(wire: Wire, knock: Knock) -> None:
    wire.answer(*[page(cursor="1"), page(cursor="2")] * 2000)
    with pytest.raises(Unknown):
        list(knock.list_communities())
    assert len(wire.requests) <= 1000


def test_a_prospects_events_are_followed_to_the_end(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("prospect_events")), says(LAST_PAGE))
    assert list(knock.events("500")) == [EVENT]
    assert wire.last.target == "/prospect/500/events?first=50&after=MQ%3D%3D"


# A page that fails


def closes(connection: socket.socket) -> None:
    """Hang up without an answer."""


FIRST, SECOND, THIRD = (page({"communityId": one}, cursor=cursor) for one, cursor in [("a", "1"), ("b", "2"), ("c", None)])
MOMENTARY: dict[str, Any] = {
    "502": says("", 502),
    "500": says({"errorMessage": "oops"}, 500),
    "HTML": says("<html>Please wait</html>"),
    "HTML of a 503": says("<html>Please wait</html>", 503, content_type="text/html"),
    "a hang-up": closes,
    "half an answer": lambda connection: connection.sendall(SECOND[:-5]),
    "a redirect": says("", 302, location="/elsewhere"),
    "10 MB": says(b" " * 10_000_000),
}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("trouble", MOMENTARY.values(), ids=MOMENTARY.keys())
def test_a_page_that_fails_is_asked_for_again_and_the_list_is_complete(wire: Wire, trouble: Any, times: int) -> None:
    wire.answer(FIRST, *[trouble] * times, SECOND, THIRD)
    knock = Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=10))
    assert [one.community_id for one in knock.list_communities()] == ["a", "b", "c"]
    assert [request.target for request in wire.requests] == [
        "/communities",
        *["/communities?after=1"] * (times + 1),
        "/communities?after=2",
    ]


def test_every_page_may_fail_twice(wire: Wire, knock: Knock) -> None:
    trouble = says("", 503)
    wire.answer(*(one for good in (FIRST, SECOND, THIRD) for one in (trouble, trouble, good)))
    assert [one.community_id for one in knock.list_communities()] == ["a", "b", "c"]


def test_an_events_page_that_fails_is_asked_for_again_too(wire: Wire, knock: Knock) -> None:
    wire.answer(says("", 502), says(example("prospect_events")), says("", 502), says(LAST_PAGE))
    assert list(knock.events("500")) == [EVENT]


def given_up(wire: Wire, knock: Knock, *answers: Any) -> tuple[list[str], PartnerError]:
    """The communities that came before the list broke off, and why it did."""
    wire.answer(*answers)
    seen: list[str] = []
    with pytest.raises(PartnerError) as failed:
        seen.extend(one.community_id for one in knock.list_communities())
    return seen, failed.value


def test_a_page_that_fails_three_times_is_an_error_and_no_short_list(wire: Wire, knock: Knock) -> None:
    _, failed = given_up(wire, knock, FIRST, says("", 502))
    assert type(failed) is Unknown
    assert len(wire.requests) == 4


NOT_AGAIN: list[tuple[bytes, type[PartnerError]]] = [
    (says("", 401), KeysRefused),
    (says("", 403), KeysRefused),
    (says("", 429, retry_after="7"), Throttled),
    (says({"errorMessage": "after is not a cursor."}, 400), Refused),
    (says("", 404), Refused),
]


@pytest.mark.parametrize(("answer", "kind"), NOT_AGAIN, ids=["401", "403", "429", "400", "404"])
def test_a_page_that_is_refused_is_not_asked_for_again(wire: Wire, knock: Knock, answer: bytes, kind: type[PartnerError]) -> None:
    _, failed = given_up(wire, knock, FIRST, answer)
    assert type(failed) is kind
    assert len(wire.requests) == 2


def test_a_page_that_hangs_is_not_asked_for_again(wire: Wire, hurried: Knock) -> None:
    _, failed = given_up(wire, hurried, FIRST, wire.hang)
    assert type(failed) is TimedOut
    assert len(wire.requests) == 2


PADDING = b"X-Padding: " + b"x" * 100
DRIPS = {"all of it": (b"", PADDING), "headers": (b"HTTP/1.1 200 OK\r\n", PADDING), "a body": (SECOND[:-20], SECOND[-20:])}


@pytest.mark.parametrize(("at_once", "dripping"), DRIPS.values(), ids=DRIPS.keys())
def test_a_page_that_drips_is_not_asked_for_again(wire: Wire, hurried: Knock, at_once: bytes, dripping: bytes) -> None:
    _, failed = given_up(wire, hurried, FIRST, wire.drip(dripping, every=0.1, before=at_once))
    assert type(failed) is TimedOut
    assert len(wire.requests) == 2


def test_a_list_for_which_nobody_is_there_was_not_sent() -> None:
    knock = Knock(unused_address(), APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=5))
    with pytest.raises(NotSent):
        list(knock.list_communities())


@pytest.mark.parametrize("call", [one for one in CALLS if one.tries == 1], ids=lambda call: call.name)
@pytest.mark.parametrize("trouble", MOMENTARY.values(), ids=MOMENTARY.keys())
def test_what_is_no_page_is_sent_once(wire: Wire, call: Call, trouble: Any) -> None:
    wire.answer(trouble)
    knock = Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=10))
    with pytest.raises(Unknown):
        call.make(knock)
    assert len(wire.requests) == 1
