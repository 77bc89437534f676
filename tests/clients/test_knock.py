"""What goes out to Knock, and what its good answers mean."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.calls import ALDERS_TIMES, CALLS, END, JANE, VISITED_AT, WITH_A_TITLE, Call, book, create, visit
from tests.clients.conftest import APPOINTMENT_KEY, PROSPECT_KEY
from tests.clients.wire import Wire, says
from tests.fixtures import knock as example
from vendor_app.clients.errors import PartnerError, Refused, TimedOut
from vendor_app.clients.knock.client import Knock
from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain.tours import TourType

every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)


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


@pytest.mark.parametrize("tour_type", TourType)
@pytest.mark.parametrize("end", [None, END], ids=["without an end", "with an end"])
def test_a_booking_says_which_kind_of_tour_and_its_end_if_there_is_one(
    wire: Wire, knock: Knock, tour_type: TourType, end: datetime | None
) -> None:
    wire.answer(says(example("appointment_answer")))
    book(knock, tour_type=tour_type, end=end)
    ends = {} if end is None else {"endTime": "2020-09-23T16:00:00-07:00"}
    assert wire.last.json["tourType"] == tour_type.value
    assert wire.last.json["requestedTimes"] == [{"startTime": "2020-09-23T15:30:00-07:00", **ends}]


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
    sent = {"communityId": "b9XQN6eMvvrr07zg", "sourceTitle": "Zillow", "autorespond": False, **profile}
    assert wire.last.json == sent


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


BOOKED_UNTIL = datetime(2019, 7, 17, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "prospect", "ends_at"),
    [
        (example("appointment_answer"), None, BOOKED_UNTIL),
        ({"appointmentId": 12345, "prospectId": 54321}, "54321", None),
        ({"appointment": {"id": "12345", "prospectId": "54321"}, "endTime": "2019-07-17T01:15:00-07:00"}, "54321", BOOKED_UNTIL),
        ({"id": "12345", "endTime": "0001-01-01T00:00:00Z"}, None, None),
        ({"id": "12345", "endTime": "soon"}, None, None),
        ({"id": "12345", "endTime": ["2019-07-17T08:15:00Z"]}, None, None),
    ],
)
def test_a_booked_appointment_is_known_by_its_id(
    wire: Wire, knock: Knock, answer: Any, prospect: str | None, ends_at: datetime | None
) -> None:
    wire.answer(says(answer))
    assert book(knock) == BookedAppointment(appointment_id="12345", prospect_id=prospect, ends_at=ends_at)


def test_times_come_in_the_communitys_own_offset(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("available_times")))
    assert [time.isoformat() for time in knock.available_times("x", self_guided=True)] == ["2018-12-20T07:00:00-08:00"]


def test_times_of_other_tours_are_asked_for_without_a_word_about_self_guided_ones(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("available_times")))
    knock.available_times("b9XQN6eMvvrr07zg", self_guided=False)
    assert wire.last.target == ALDERS_TIMES


def test_a_list_of_times_is_not_waited_for_as_long_as_a_booking(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vendor_app.clients.knock.client._TIMES_SECONDS", 0.2)
    wire.answer(wire.hang)
    with pytest.raises(TimedOut):
        Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=60)).available_times("x", self_guided=True)


# Addresses


def test_an_id_cannot_lead_to_another_endpoint(wire: Wire, knock: Knock) -> None:
    wire.answer(says(example("available_times")))
    knock.available_times("a/../b?x=1#y é", self_guided=True)
    # A dot needs no escaping, and the connection may write it plainly; a slash does.
    target = wire.last.target.replace("%2E", ".")
    assert target == "/community/a%2F..%2Fb%3Fx%3D1%23y%20%C3%A9/available-times?forSelfGuided=true"


@pytest.mark.parametrize("dots", [".", ".."])
def test_an_id_of_dots_cannot_lead_to_another_endpoint(wire: Wire, knock: Knock, dots: str) -> None:
    wire.answer(says(example("prospect")))
    with suppress(PartnerError):
        knock.get_prospect(dots)
    assert [request.target for request in wire.requests if not request.target.startswith("/prospect/")] == []


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
@pytest.mark.parametrize("status", [400, 404, 409, 410])
def test_another_refusal_to_cancel_is_a_refusal(wire: Wire, knock: Knock, message: str, status: int) -> None:
    wire.answer(says({"errorMessage": message}, status))
    with pytest.raises(Refused):
        knock.cancel_appointment("12345")
