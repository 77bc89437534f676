from datetime import timedelta
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.knock.model import Status

from .stage import ALDER, NOON_IN_SEATTLE, PROSPECT, Clock, Partner

JANE = {
    "communityId": ALDER,
    "sourceTitle": "Property Website",
    "firstName": "Jane",
    "lastName": "Doe",
    "email": "janedoe@example.com",
    "phone": "2065554567",
    "moveDate": "2027-01-01",
    "bedrooms": ["STUDIO"],
    "occupants": 2,
}


def add(partner: Partner, **changes: Any) -> Any:
    return partner.post("/prospect", JANE | changes, PROSPECT)


def visit(partner: Partner, clock: Clock, **changes: Any) -> Any:
    ask = {"prospectId": "51316", "visitTime": (clock.now - timedelta(minutes=1)).isoformat()} | changes
    return partner.post("/visit", ask, PROSPECT)


def test_a_guest_card_has_every_field_of_the_documents_example(partner: Partner) -> None:
    assert add(partner).json() == {"id": "51316"}
    assert partner.get("/prospect/51316", PROSPECT).json() == {
        "prospectId": "51316",
        "communityId": ALDER,
        "email": "janedoe@example.com",
        "phone": "+12065554567",
        "agent": {"username": "2be16a9e-b3ab-4b1f-9632-575aca1a3d20"},
        "address": None,
        "unit": None,
        "city": None,
        "state": None,
        "zip": None,
        "source": {"title": "Property Website"},
        "firstName": "Jane",
        "lastName": "Doe",
        "moveDate": "2027-01-01",
        "bedrooms": ["STUDIO"],
        "pets": None,
        "occupants": 2,
        "leaseTermMonths": None,
        "minBudget": None,
        "maxBudget": None,
        "smsConsent": False,
        "isDeleted": False,
        "notProspect": False,
        "createdAt": "2026-06-10T19:00:00+00:00",
        "updatedAt": "2026-06-10T19:00:00+00:00",
        "firstContactType": "form",
        "status": "new",
    }


def test_adding_a_prospect_twice_gives_the_same_id(partner: Partner) -> None:
    assert add(partner).json() == add(partner, email="JANEDOE@example.com", phone="2065550000").json()


def test_a_deleted_guest_card_is_not_found_by_email(sandbox: Sandbox, partner: Partner) -> None:
    add(partner)
    sandbox.agent.delete("51316")
    assert add(partner).json() == {"id": "51317"}


@pytest.mark.parametrize("change", [{"profile": {}}, {"firstName": 1}, {"email": None}, {"pets": ["CAT"]}], ids=str)
def test_a_malformed_prospect_is_refused(partner: Partner, change: dict[str, Any]) -> None:
    assert add(partner, **change).status_code == 400


def test_an_agents_marks_show_on_the_guest_card(sandbox: Sandbox, partner: Partner) -> None:
    add(partner)
    sandbox.agent.delete("51316")
    sandbox.agent.not_a_prospect("51316")
    card = partner.get("/prospect/51316", PROSPECT).json()
    assert (card["isDeleted"], card["notProspect"]) == (True, True)


@pytest.mark.parametrize("path", ["/prospect/0", "/prospect/0/events"])
def test_an_unknown_prospect_is_refused_in_knocks_words(partner: Partner, path: str) -> None:
    answer = partner.get(path, PROSPECT)
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "errorCode": "CORE_API_GET_PROSPECT_FAIL",
            "errorMessage": "Unable to get prospect upstream - Prospect_id 0 does not exist.",
        },
    )


def test_a_malformed_prospect_id_is_refused_in_knocks_words(partner: Partner) -> None:
    answer = partner.get("/prospect/xxx", PROSPECT)
    expected = {"errorMessage": "Id xxx is not a valid prospect id. Id must be a number."}
    assert (answer.status_code, answer.json()) == (400, expected)


def test_events_come_in_cursor_pages_and_cancellations_are_not_among_them(partner: Partner) -> None:
    partner.book()
    partner.book(NOON_IN_SEATTLE + timedelta(hours=2))
    partner.put("/appointment/123457/cancel")
    first = partner.get("/prospect/51316/events", PROSPECT, first="1").json()
    assert (len(first["edges"]), first["pageInfo"]) == (1, {"endCursor": "MQ==", "hasNextPage": True})
    second = partner.get("/prospect/51316/events", PROSPECT, first="1", after="MQ==").json()
    assert (len(second["edges"]), second["pageInfo"]) == (1, {"endCursor": None, "hasNextPage": False})


def feed(partner: Partner, **asked: str) -> tuple[list[str], dict[str, Any]]:
    answer = partner.get("/prospect/51316/events", PROSPECT, **asked).json()
    return [edge["node"]["description"] for edge in answer["edges"]], answer["pageInfo"]


def test_a_page_holds_as_many_events_as_asked_for_and_never_one_twice(sandbox: Sandbox, partner: Partner) -> None:
    add(partner)
    for number in range(11):
        sandbox.agent.message("51316", "SMS", str(number))
    everything = [str(number) for number in range(11)]
    assert feed(partner) == (everything[:10], {"endCursor": "MTA=", "hasNextPage": True})
    assert feed(partner, after="MTA=") == (everything[10:], {"endCursor": None, "hasNextPage": False})
    assert feed(partner, first="11") == (everything, {"endCursor": None, "hasNextPage": False})
    assert feed(partner, first="4", after="NA==") == (everything[4:8], {"endCursor": "OA==", "hasNextPage": True})


def test_an_event_that_comes_between_two_pages_moves_none(sandbox: Sandbox, partner: Partner) -> None:
    add(partner)
    for number in range(3):
        sandbox.agent.message("51316", "SMS", str(number))
    cursor = feed(partner, first="2")[1]["endCursor"]
    sandbox.agent.message("51316", "EMAIL", "3")
    assert feed(partner, first="2", after=cursor)[0] == ["2", "3"]


@pytest.mark.parametrize("asked", [{"first": ""}, {"first": "-1"}, {"after": ""}, {"after": "MDE="}, {"cursor": "MQ=="}], ids=str)
def test_a_page_that_makes_no_sense_is_refused(partner: Partner, asked: dict[str, str]) -> None:
    add(partner)
    answer = partner.get("/prospect/51316/events", PROSPECT, **asked)
    assert (answer.status_code, set(answer.json())) == (400, {"errorMessage"})


def test_a_visit_marks_the_appointment_as_visited(sandbox: Sandbox, partner: Partner, clock: Clock) -> None:
    partner.book()
    clock.move(hours=1)
    answer = visit(partner, clock, appointmentId="123456", isSelfGuided=True, sourceTitle="Zillow")
    assert (answer.status_code, answer.json()) == (200, {"visitId": "12345"})
    assert sandbox.knock.appointments["123456"].status is Status.VISITED
    assert (sandbox.knock.visits[0].is_self_guided, sandbox.knock.visits[0].source_title) == (True, "Zillow")


def test_units_are_matched_ignoring_case_and_spaces_and_unknown_ones_ignored(
    sandbox: Sandbox, partner: Partner, clock: Clock
) -> None:
    add(partner, communityId="191b65d2686d11e9")
    visit(partner, clock, unitNames=["ph1", "Z 9", " a2"])
    assert sandbox.knock.visits[0].unit_names == ["ph1", "Z 9", " a2"]
    assert sandbox.knock.visits[0].units == ["PH 1", "A 2"]


def test_a_second_visit_for_one_appointment_is_recorded_too(sandbox: Sandbox, partner: Partner, clock: Clock) -> None:
    partner.book()
    assert [visit(partner, clock, appointmentId="123456").status_code for _ in range(2)] == [200, 200]
    assert [one.appointment_id for one in sandbox.knock.visits] == ["123456", "123456"]


def test_a_visit_must_be_in_the_past(partner: Partner, clock: Clock) -> None:
    add(partner)
    assert visit(partner, clock, visitTime=clock.now.isoformat()).status_code == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"prospectId": "1"}, 404),
        ({"prospectId": "Jane"}, 400),
        ({"prospectId": 51316}, 400),
        ({"appointmentId": "1"}, 404),
        ({"visitTime": "2026-06-10T11:00:00"}, 400),
        ({"isSelfGuided": "true"}, 400),
        ({"unitNames": "101"}, 400),
        ({"unitNames": [101]}, 400),
    ],
    ids=str,
)
def test_a_visit_that_makes_no_sense_is_refused(
    sandbox: Sandbox, partner: Partner, clock: Clock, change: dict[str, Any], status: int
) -> None:
    add(partner)
    assert (visit(partner, clock, **change).status_code, sandbox.knock.visits) == (status, [])


def test_somebody_elses_appointment_cannot_be_visited(partner: Partner, clock: Clock) -> None:
    partner.book(profile={"email": "john@example.com", "phone": "2065550000"})
    add(partner)
    assert visit(partner, clock, prospectId="51317", appointmentId="123456").status_code == 400
