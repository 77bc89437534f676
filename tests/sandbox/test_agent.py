from datetime import timedelta
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.knock.model import Status, TourType

from .stage import ALDER, NOON_IN_SEATTLE, PROSPECT, Clock, Partner, Vendor

SOON, LATER = NOON_IN_SEATTLE + timedelta(minutes=30), NOON_IN_SEATTLE + timedelta(hours=3)
JANE = {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com"}


def told(sandbox: Sandbox, vendor: Vendor) -> list[tuple[str, str, str, str]]:
    sandbox.drain_notices()
    return [(node["appointmentId"], node["status"], node["startTime"][11:16], node["endTime"][11:16]) for node in vendor.nodes()]


def test_a_moved_appointment_keeps_id_and_length_and_is_told(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    partner.book(SOON)
    sandbox.agent.move("123456", LATER)
    assert told(sandbox, vendor) == [
        ("123456", "CONFIRMED", "19:30", "20:00"),
        ("123456", "CONFIRMED", "22:00", "22:30"),
    ]


def test_an_appointment_can_be_given_another_length(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    partner.book(SOON)
    sandbox.agent.move("123456", SOON, SOON + timedelta(minutes=45))
    assert told(sandbox, vendor)[-1] == ("123456", "CONFIRMED", "19:30", "20:15")


def test_an_appointment_cannot_end_before_it_starts(sandbox: Sandbox, partner: Partner) -> None:
    partner.book(SOON)
    with pytest.raises(ValueError, match="end after it starts"):
        sandbox.agent.move("123456", LATER, SOON)
    assert sandbox.knock.appointments["123456"].start == SOON


def test_a_moved_appointment_frees_its_old_time_and_takes_the_new_one(sandbox: Sandbox, partner: Partner) -> None:
    partner.book(SOON)
    sandbox.agent.move("123456", LATER)
    other = {"firstName": "John", "email": "john@example.com", "phone": "2065550000"}
    assert [partner.book(start, profile=other).status_code for start in (LATER, SOON)] == [409, 200]


def test_a_no_show_that_is_moved_is_confirmed_again(sandbox: Sandbox, partner: Partner, clock: Clock) -> None:
    partner.book(SOON)
    clock.move(hours=2)
    sandbox.agent.no_show("123456")
    assert sandbox.agent.move("123456", LATER).status is Status.CONFIRMED


def test_a_tour_marked_as_visited_is_told_and_makes_no_visit(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    partner.book(SOON)
    sandbox.agent.visited("123456")
    assert [status for _, status, _, _ in told(sandbox, vendor)] == ["CONFIRMED", "VISITED"]
    assert sandbox.knock.visits == []


def test_what_does_not_exist_cannot_be_changed(sandbox: Sandbox) -> None:
    for change in (sandbox.agent.visited, sandbox.agent.cancel):
        with pytest.raises(KeyError):
            change("1")
    with pytest.raises(KeyError):
        sandbox.agent.move("1", SOON)
    with pytest.raises(KeyError):
        sandbox.agent.message("1", "SMS", "Hello")
    with pytest.raises(KeyError):
        sandbox.agent.book("nowhere", JANE, SOON)


def test_an_agent_books_for_somebody_new(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    booked = sandbox.agent.book(ALDER, JANE, SOON, source_title="Walk-in")
    assert (booked.appointment_id, booked.prospect_id, booked.tour_type) == ("123456", "51316", TourType.IN_PERSON)
    assert told(sandbox, vendor) == [("123456", "CONFIRMED", "19:30", "20:00")]
    node = partner.get("/prospect/51316/events", PROSPECT).json()["edges"][0]["node"]
    assert (node["type"], node["source"], node["data"]["tourType"]) == (
        "APPOINTMENT_CREATED",
        {"title": "Walk-in"},
        "IN_PERSON",
    )


def test_an_agent_books_for_somebody_known_and_replaces_what_they_had(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    partner.book(SOON)
    booked = sandbox.agent.book(ALDER, JANE, LATER, TourType.SELF_GUIDED, end=LATER + timedelta(hours=1))
    assert booked.prospect_id == "51316"
    assert told(sandbox, vendor)[1:] == [("123456", "CANCELLED", "19:30", "20:00"), ("123457", "CONFIRMED", "22:00", "23:00")]


def test_an_agent_may_book_what_is_taken_or_was_never_offered(sandbox: Sandbox, partner: Partner) -> None:
    partner.book(SOON)
    john = {"firstName": "John", "lastName": "Roe", "phone": "2065550000"}
    sandbox.agent.toggle(ALDER, TourType.SELF_GUIDED)
    sandbox.agent.book(ALDER, john, SOON + timedelta(minutes=7), TourType.SELF_GUIDED)
    assert [one.status for one in sandbox.knock.appointments.values()] == [Status.CONFIRMED] * 2


@pytest.mark.parametrize("details", [None, {"body": "See you soon"}])
def test_a_message_stands_in_the_prospects_feed(sandbox: Sandbox, partner: Partner, details: dict[str, Any] | None) -> None:
    partner.book(SOON)
    sandbox.agent.message("51316", "SMS", "The prospect wrote", details)
    node = partner.get("/prospect/51316/events", PROSPECT).json()["edges"][1]["node"]
    assert (node["type"], node["description"], node["data"]) == ("SMS", "The prospect wrote", details or {})
    assert node["eventTime"] == "2026-06-10T19:00:00+00:00"


def test_the_next_times_are_the_open_ones(sandbox: Sandbox, partner: Partner) -> None:
    partner.book(SOON)
    self_guided = sandbox.agent.next_times(ALDER, TourType.SELF_GUIDED)
    in_person = sandbox.agent.next_times(ALDER, TourType.IN_PERSON, how_many=2)
    assert [f"{one:%H:%M}" for one in self_guided] == ["13:00", "13:10", "13:20"]
    assert [f"{one:%H:%M}" for one in in_person] == ["12:30", "13:00"]
