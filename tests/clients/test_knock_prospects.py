"""What Knock tells of a prospect: the guest card and its two documented errors, and the events."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.calls import page
from tests.clients.conftest import APPOINTMENT_KEY, PROSPECT_KEY
from tests.clients.wire import Wire, says
from tests.fixtures import knock as example
from tests.fixtures.meanings import EVENT, GUEST_CARD
from vendor_app.clients.errors import (
    KeysRefused,
    MalformedProspectId,
    NoSuchProspect,
    PartnerError,
    Refused,
    Throttled,
    TimedOut,
    Unknown,
)
from vendor_app.clients.knock.client import Knock
from vendor_app.clients.knock.records import CreatedAppointment, ProspectEvent


def test_a_guest_card_is_read(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("prospect")))
    assert knock.get_prospect("47569637") == GUEST_CARD


def test_a_guest_card_may_say_no_more_than_its_id(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("prospect_created")))
    card = knock.get_prospect("123")
    assert (card.prospect_id, card.community_id, card.email, card.phone) == ("123", None, None, None)
    assert (card.is_deleted, card.not_prospect, card.sms_consent, card.status) == (False, False, None, None)


@pytest.mark.parametrize(("flag", "attribute"), [("isDeleted", "is_deleted"), ("notProspect", "not_prospect")])
@pytest.mark.parametrize(("value", "meaning"), [(True, True), (False, False), (None, False)])
def test_a_guest_card_tells_whether_it_still_counts(
    wire: Wire, knock: Knock, flag: str, attribute: str, value: bool | None, meaning: bool
) -> None:
    wire.answer(says(example("prospect") | {flag: value}))
    assert getattr(knock.get_prospect("47569637"), attribute) is meaning


def test_a_guest_card_that_hangs_is_not_waited_for_longer_than_asked(wire: Wire) -> None:
    wire.answer(wire.hang)
    with pytest.raises(TimedOut):
        Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=60)).get_prospect("1", most_seconds=0.2)


# The two documented errors of Get Prospect, whose statuses are not documented

DOCUMENTED = [("prospect_missing", NoSuchProspect), ("prospect_id_malformed", MalformedProspectId)]
STATUSES = [400, 404, 409, 410, 422, 500, 502, 503]


def failure_of_a_card(wire: Wire, knock: Knock, body: Any, status: int) -> PartnerError:
    wire.answer(says(body, status))
    with pytest.raises(PartnerError) as failed:
        knock.get_prospect("0")
    assert len(wire.requests) == 1
    return failed.value


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("name", "kind"), DOCUMENTED)
def test_a_documented_error_is_known_by_what_it_says_whatever_its_status(
    wire: Wire, knock: Knock, name: str, kind: type[Refused], status: int
) -> None:
    failed = failure_of_a_card(wire, knock, example(name), status)
    assert type(failed) is kind
    assert isinstance(failed, Refused)
    assert (failed.status, failed.code) == (status, example(name).get("errorCode"))
    assert failed.message == example(name)["errorMessage"]
    assert isinstance(failed.__cause__, Refused if status < 500 else Unknown)


LOOK_ALIKES: dict[str, Any] = {
    "the code, and another trouble": {"errorCode": "CORE_API_GET_PROSPECT_FAIL", "errorMessage": "Upstream timed out."},
    "the words, and another code": {"errorCode": "COMMUNITY_FAIL", "errorMessage": "Community 0 does not exist."},
    "the words, and no code": {"errorMessage": "This page does not exist."},
    "a malformed something else": {"errorMessage": "Id xxx is not a valid community id."},
    "no word": {},
    "no JSON": "<html>",
}


@pytest.mark.parametrize(("status", "kind"), [(404, Refused), (500, Unknown)])
@pytest.mark.parametrize("body", LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_another_error_does_not_say_that_there_is_no_such_prospect(
    wire: Wire, knock: Knock, body: Any, status: int, kind: type[PartnerError]
) -> None:
    failed = failure_of_a_card(wire, knock, body, status)
    assert type(failed) is kind
    assert failed.__cause__ is not failed


@pytest.mark.parametrize(("name", "_"), DOCUMENTED)
@pytest.mark.parametrize(("status", "kind"), [(401, KeysRefused), (403, KeysRefused), (429, Throttled), (200, Unknown)])
def test_a_documented_errors_words_do_not_outweigh_these_statuses(
    wire: Wire, knock: Knock, name: str, _: Any, status: int, kind: type[PartnerError]
) -> None:
    assert type(failure_of_a_card(wire, knock, example(name), status)) is kind


# Events

NODE = example("prospect_events")["edges"][0]["node"]
HAPPENED_AT = datetime(2022, 1, 13, 19, 27, 37, 866_831, UTC)


def told(wire: Wire, knock: Knock, *nodes: dict[str, Any]) -> list[ProspectEvent]:
    """The events of a page with these nodes."""
    wire.answer(page(*nodes))
    return list(knock.events("500"))


def test_every_kind_of_event_is_told_in_knocks_order(wire: Wire, knock: Knock) -> None:
    message = {"type": "SMS_MESSAGE", "eventTime": "2022-01-14T09:00:00-08:00"}
    plain = ProspectEvent(
        type="SMS_MESSAGE",
        description=None,
        occurred_at=datetime(2022, 1, 14, 17, tzinfo=UTC),
        created_at=datetime(2022, 1, 14, 17, tzinfo=UTC),
        source_title=None,
        agent=None,
    )
    assert told(wire, knock, message, NODE, message) == [plain, EVENT, plain]


@pytest.mark.parametrize(
    "kind", ["KNOCKBOT", "Email message", "appointment_created", "APPOINTMENT_CANCELLED", "é 🏠", " ", "x" * 200]
)
def test_an_event_of_another_kind_is_no_appointment_whatever_its_data(wire: Wire, knock: Knock, kind: str) -> None:
    (event,) = told(wire, knock, NODE | {"type": kind})
    assert (event.type, event.appointment, event.detail) == (kind, None, NODE["data"])


SHAPES: list[tuple[Any, dict[str, Any]]] = [
    (None, {}),
    ({}, {}),
    ({"body": "Hi", "to": ["a", {"b": None}]}, {"body": "Hi", "to": ["a", {"b": None}]}),
    ("Hi", {"data": "Hi"}),
    (["Hi", 1], {"data": ["Hi", 1]}),
    (7, {"data": 7}),
    (False, {"data": False}),
]


@pytest.mark.parametrize(("data", "detail"), SHAPES, ids=str)
def test_the_data_of_an_event_may_have_any_shape(wire: Wire, knock: Knock, data: Any, detail: dict[str, Any]) -> None:
    event, after = told(wire, knock, NODE | {"type": "SMS_MESSAGE", "data": data}, NODE)
    assert (event.detail, event.appointment, after) == (detail, None, EVENT)


@pytest.mark.parametrize("missing", ["description", "createdAt", "source", "agent", "data"])
@pytest.mark.parametrize("how", ["null", "left out"])
def test_an_event_may_lack_what_only_describes_it(wire: Wire, knock: Knock, missing: str, how: str) -> None:
    node = {**NODE, "type": "EMAIL", missing: None} if how == "null" else {**NODE, "type": "EMAIL"}
    if how == "left out":
        del node[missing]
    (event,) = told(wire, knock, node)
    assert event.created_at == event.occurred_at == HAPPENED_AT


@pytest.mark.parametrize("wrong", [{"type": None}, {"type": ""}, {"type": ["EMAIL"]}, {"eventTime": None}, {"eventTime": "noon"}])
def test_an_event_without_a_kind_or_a_time_does_not_fit(wire: Wire, knock: Knock, wrong: dict[str, Any]) -> None:
    with pytest.raises(Unknown, match="edges"):
        told(wire, knock, NODE | wrong)


@pytest.mark.parametrize(
    "data", [None, {}, {"status": "confirmed"}, {"startTime": None}, {"startTime": "2022-01-18T20:00:00"}, "x", []]
)
def test_a_created_appointment_without_a_time_does_not_fit(wire: Wire, knock: Knock, data: Any) -> None:
    with pytest.raises(Unknown, match="startTime"):
        told(wire, knock, NODE | {"data": data})


def test_a_created_appointment_needs_only_its_start(wire: Wire, knock: Knock) -> None:
    (event,) = told(wire, knock, NODE | {"data": {"startTime": "2022-01-18T12:00:00-08:00"}})
    expected = CreatedAppointment(
        starts_at=datetime(2022, 1, 18, 20, tzinfo=UTC), ends_at=None, status="CONFIRMED", tour_type=None
    )
    assert event.appointment == expected
