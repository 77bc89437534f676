"""What goes out to Knock, and what its good answers mean."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.calls import CALLS, JANE, LAST_PAGE, VISITED_AT, WITH_A_TITLE, Call, book, create, visit
from tests.clients.conftest import APPOINTMENT_KEY, PROSPECT_KEY
from tests.clients.wire import Wire, says
from tests.fixtures import knock as example
from vendor_app.clients.errors import PartnerError, Refused, Unknown
from vendor_app.clients.knock import BookedAppointment, Knock, KnockProspect

every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)


def page(*nodes: dict[str, Any], cursor: str | None = None, more: bool | None = None) -> bytes:
    more = cursor is not None if more is None else more
    return says({"edges": [{"node": node} for node in nodes], "pageInfo": {"endCursor": cursor, "hasNextPage": more}})


@every_call
def test_a_call_goes_to_its_endpoint_with_its_own_key_as_json(wire: Wire, knock: Knock, call: Call) -> None:
    wire.answer(says(call.good))
    call.make(knock)
    key = APPOINTMENT_KEY if call.key == "appointment" else PROSPECT_KEY
    assert (wire.last.method, wire.last.target) == (call.method, call.target)
    assert (wire.last.headers["x-api-key"], wire.last.headers["content-type"]) == (key, "application/json")
    assert len(wire.requests) == 1


def test_a_booking_says_what_knocks_example_says_for_a_self_guided_tour(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("appointment_answer")))
    book(knock)
    expected = example("appointment_request") | example("self_guided_requested_times") | {"tourType": "SELF_GUIDED"}
    assert wire.last.json == expected


def test_a_visit_says_what_knocks_example_says(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("visit_answer")))
    assert visit(knock) == "12345"
    sent, expected = wire.last.json, example("visit_request")
    assert datetime.fromisoformat(sent.pop("visitTime")) == datetime.fromisoformat(expected.pop("visitTime")) == VISITED_AT
    assert sent == expected


def test_a_prospect_is_sent_flat_and_without_pets(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("prospect_created")))
    assert create(knock) == "123"
    profile = {name: value for name, value in JANE.items() if name != "pets"}
    assert wire.last.json == {"communityId": "b9XQN6eMvvrr07zg", "sourceTitle": "Zillow", **profile}


def test_a_cancellation_needs_no_body(wire: Wire, knock: Knock) -> None:
    knock.cancel_appointment("12345")
    assert wire.last.body == b""


@pytest.mark.parametrize("title", ["Zillow", "", " ", "a+b %2B %00", "\x00\n\t", "é 🏠", "\ud800", "x" * 10_240])
@pytest.mark.parametrize("call", WITH_A_TITLE, ids=lambda call: call.__name__)
def test_a_source_title_goes_out_verbatim(wire: Wire, knock: Knock, call: Callable[..., Any], title: str) -> None:
    wire.answer(says({"id": "1", "visitId": "1"}))
    call(knock, title)
    assert wire.last.json["sourceTitle"] == title


@pytest.mark.parametrize("call", WITH_A_TITLE, ids=lambda call: call.__name__)
def test_without_a_source_title_none_goes_out(wire: Wire, knock: Knock, call: Callable[..., Any]) -> None:
    wire.answer(says({"id": "1", "visitId": "1"}))
    call(knock, None)
    assert "sourceTitle" not in wire.last.json


@pytest.mark.parametrize(
    ("answer", "prospect"),
    [
        (example("appointment_answer"), None),
        ({"appointmentId": 12345, "prospectId": 54321}, "54321"),
        ({"appointment": {"id": "12345", "prospectId": "54321"}}, "54321"),
    ],
)
def test_a_booked_appointment_is_known_by_its_id(wire: Wire, knock: Knock, answer: Any, prospect: str | None) -> None:
    wire.answer(says(answer))
    assert book(knock) == BookedAppointment("12345", prospect)


def test_times_come_in_the_communitys_own_offset(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("available_times")))
    assert [time.isoformat() for time in knock.available_times("x")] == ["2018-12-20T07:00:00-08:00"]


def test_a_guest_card_is_read(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("prospect")))
    assert knock.get_prospect("47569637") == KnockProspect(
        "47569637", "191b65d2686d11e9", "xtest@example.com", "+10551234567", is_deleted=False, not_prospect=False
    )


@pytest.mark.parametrize(("flag", "attribute"), [("isDeleted", "is_deleted"), ("notProspect", "not_prospect")])
@pytest.mark.parametrize(("value", "meaning"), [(True, True), (False, False), (None, False)])
def test_a_guest_card_tells_whether_it_still_counts(
    wire: Wire, knock: Knock, flag: str, attribute: str, value: bool | None, meaning: bool
) -> None:
    wire.answer(says(example("prospect") | {flag: value}))
    assert getattr(knock.get_prospect("47569637"), attribute) is meaning


def test_only_appointments_are_told_of_a_prospects_events(wire: Wire, knock: Knock) -> None:
    event = example("prospect_events")["edges"][0]["node"]
    wire.answer(page({"type": "SMS_MESSAGE", "data": None}, event, {"type": "EMAIL", "data": {"startTime": "x"}}))
    (made,) = knock.appointments_created("500")
    assert made == {"start_time": datetime(2022, 1, 18, 20, tzinfo=UTC), "status": "confirmed", "tour_type": "IN_PERSON"}


def test_an_appointment_event_without_a_time_does_not_fit(wire: Wire, knock: Knock) -> None:
    wire.answer(page({"type": "APPOINTMENT_CREATED", "data": {"status": "confirmed"}}))
    with pytest.raises(Unknown):
        list(knock.appointments_created("500"))


def test_an_id_cannot_lead_to_another_endpoint(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("available_times")))
    knock.available_times("a/../b?x=1#y é")
    assert wire.last.target == "/community/a%2F..%2Fb%3Fx%3D1%23y%20%C3%A9/available-times?forSelfGuided=true"


@pytest.mark.parametrize("dots", [".", ".."])
def test_an_id_of_dots_cannot_lead_to_another_endpoint(wire: Wire, knock: Knock, dots: str) -> None:
    wire.answer(says(example("prospect")))
    with suppress(PartnerError):
        knock.get_prospect(dots)
    assert [request.target for request in wire.requests if not request.target.startswith("/prospect/")] == []


# Pages


def test_pages_are_followed_to_the_end(wire: Wire, knock: Knock) -> None:
    wire.answer(page({"communityId": "a"}, cursor="MQ=="), page({"communityId": "b"}, cursor="Mg=="), page({"communityId": "c"}))
    assert [one["community_id"] for one in knock.list_communities()] == ["a", "b", "c"]
    assert [request.target for request in wire.requests] == [
        "/communities",
        "/communities?after=MQ%3D%3D",
        "/communities?after=Mg%3D%3D",
    ]


def test_an_empty_page_in_the_middle_is_no_end(wire: Wire, knock: Knock) -> None:
    wire.answer(page(cursor="1"), page({"communityId": "a"}))
    assert [one["community_id"] for one in knock.list_communities()] == ["a"]


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


def test_a_list_that_breaks_off_is_an_error_and_no_short_list(wire: Wire, knock: Knock) -> None:
    wire.answer(page({"communityId": "a"}, cursor="MQ=="), says("", 502))
    with pytest.raises(Unknown):
        list(knock.list_communities())


def test_a_prospects_events_are_followed_to_the_end(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("prospect_events")), says(LAST_PAGE))
    assert len(list(knock.appointments_created("500"))) == 1
    assert wire.last.target == "/prospect/500/events?after=MQ%3D%3D"


# Cancelling twice


@pytest.mark.parametrize(
    "message", ["Appointment is already cancelled.", "This appointment was ALREADY CANCELED", "already_cancelled"]
)
@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_an_appointment_that_was_cancelled_before_is_as_good(wire: Wire, knock: Knock, status: int, message: str) -> None:
    wire.answer(says({"errorMessage": message}, status))
    knock.cancel_appointment("12345")
    assert len(wire.requests) == 1


@pytest.mark.parametrize("message", ["Appointment does not exist.", "Appointment already started.", "Cannot be cancelled.", ""])
def test_another_refusal_to_cancel_is_a_refusal(wire: Wire, knock: Knock, message: str) -> None:
    wire.answer(says({"errorMessage": message}, 400))
    with pytest.raises(Refused):
        knock.cancel_appointment("12345")
