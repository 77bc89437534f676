from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.knock.model import Status, TourType

from .stage import ALDER, NOON_IN_SEATTLE, PROSPECT, Clock, Partner

SOON, LATER = NOON_IN_SEATTLE + timedelta(minutes=30), NOON_IN_SEATTLE + timedelta(hours=3)


def test_a_booking_is_answered_as_the_documents_show(partner: Partner) -> None:
    answer = partner.book(SOON)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": "123456",
            "startTime": "2026-06-10T19:30:00.000Z",
            "endTime": "2026-06-10T20:00:00.000Z",
            "status": "CONFIRMED",
        },
    )


def test_the_answer_can_take_the_other_two_shapes(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.knock.response_shape = "appointmentId"
    assert partner.book(SOON).json()["appointmentId"] == "123456"
    sandbox.knock.response_shape, sandbox.knock.answers_prospect_id = "nested", True
    appointment = partner.book(LATER).json()["appointment"]
    assert (appointment["id"], appointment["prospectId"]) == ("123457", "51316")


def test_the_source_title_is_kept_byte_for_byte(sandbox: Sandbox, partner: Partner) -> None:
    title = "  Instagram – été & co 🏡 +%2B\t\x00<b>" + "x" * 10_000
    partner.book(SOON, sourceTitle=title)
    assert sandbox.knock.appointments["123456"].source_title == title


def test_a_booking_needs_no_source_title(sandbox: Sandbox, partner: Partner) -> None:
    request = partner.request(SOON)
    del request["sourceTitle"]
    assert partner.post("/appointment/request", request).status_code == 200
    assert sandbox.knock.appointments["123456"].source_title is None


REFUSED: list[dict[str, Any]] = [
    {"communityId": 7},
    {"profile": {"firstName": ""}},
    {"profile": {"email": "not an address"}},
    {"profile": {"phone": "12345"}},
    {"profile": {"phone": "call me at 206 555 4567"}},
    {"profile": {"bedrooms": ["4_BEDROOMS"]}},
    {"profile": {"bedrooms": "STUDIO"}},
    {"profile": {"pets": ["DRAGON"]}},
    {"profile": {"moveDate": "20270101"}},
    {"profile": {"moveDate": "2027-02-30"}},
    {"profile": {"occupants": "2"}},
    {"profile": {"occupants": 2.0}},
    {"profile": {"leaseTermMonths": True}},
    {"profile": {"minBudget": 1000.5}},
    {"profile": {"nickname": "Janey"}},
    {"requestedTimes": []},
    {"requestedTimes": [{"startTime": SOON.isoformat()}]},
    {"requestedTimes": [{"startTime": "2026-06-10T12:30:00", "endTime": "2026-06-10T13:00:00"}]},
    {"requestedTimes": [{"startTime": SOON.isoformat(), "endTime": SOON.isoformat()}]},
    {"smsConsent": "yes"},
    {"smsConsent": 1},
    {"sourceTitle": None},
    {"tourType": "self_guided"},
    {"unitNames": ["101"]},
]


@pytest.mark.parametrize("change", REFUSED, ids=str)
def test_a_malformed_request_is_refused_and_changes_nothing(sandbox: Sandbox, partner: Partner, change: dict[str, Any]) -> None:
    answer = partner.book(SOON, **change)
    assert (answer.status_code, set(answer.json())) == (400, {"errorMessage"})
    assert not sandbox.knock.prospects


@pytest.mark.parametrize("field", ["communityId", "profile", "requestedTimes"])
def test_what_is_required_must_be_there(partner: Partner, field: str) -> None:
    request = partner.request(SOON)
    del request[field]
    answer = partner.post("/appointment/request", request)
    assert (answer.status_code, field in answer.json()["errorMessage"]) == (400, True)


@pytest.mark.parametrize("field", ["email", "phone"])
def test_an_email_or_a_phone_is_enough(partner: Partner, field: str) -> None:
    request = partner.request(SOON)
    del request["profile"][field]
    assert partner.post("/appointment/request", request).status_code == 200


def test_neither_email_nor_phone_is_not_enough(partner: Partner) -> None:
    request = partner.request(SOON)
    request["profile"] = {"firstName": "Jane", "lastName": "Doe"}
    assert "email or a phone" in partner.post("/appointment/request", request).json()["errorMessage"]


def test_an_in_person_tour_is_the_default_and_needs_no_end(sandbox: Sandbox, partner: Partner) -> None:
    request = partner.request(SOON, requestedTimes=[{"startTime": SOON.isoformat()}])
    del request["tourType"]
    assert partner.post("/appointment/request", request).json()["endTime"] == "2026-06-10T20:00:00.000Z"
    assert sandbox.knock.appointments["123456"].tour_type is TourType.IN_PERSON


def test_a_live_video_tour_needs_no_end(sandbox: Sandbox, partner: Partner) -> None:
    answer = partner.book(SOON, requestedTimes=[{"startTime": SOON.isoformat()}], tourType="LIVE_VIDEO")
    assert (answer.status_code, answer.json()["endTime"]) == (200, "2026-06-10T20:00:00.000Z")
    assert sandbox.knock.appointments["123456"].tour_type is TourType.LIVE_VIDEO


def test_a_self_guided_tour_needs_an_end(partner: Partner) -> None:
    answer = partner.book(SOON, requestedTimes=[{"startTime": SOON.isoformat()}])
    assert (answer.status_code, "endTime is required" in answer.json()["errorMessage"]) == (400, True)


def test_an_end_that_is_given_counts_for_every_kind_of_tour(partner: Partner) -> None:
    times = [{"startTime": SOON.isoformat(), "endTime": (SOON + timedelta(minutes=45)).isoformat()}]
    assert partner.book(SOON, requestedTimes=times, tourType="IN_PERSON").json()["endTime"] == "2026-06-10T20:15:00.000Z"


@pytest.mark.parametrize("tour_type", TourType)
def test_a_tour_type_the_community_does_not_do_is_an_error(sandbox: Sandbox, partner: Partner, tour_type: TourType) -> None:
    sandbox.agent.toggle(ALDER, tour_type)
    answer = partner.book(SOON, tourType=tour_type)
    expected = {"errorMessage": f"Tour type {tour_type} is not supported by this community."}
    assert (answer.status_code, answer.json()) == (400, expected)


def test_an_unknown_community_is_not_found(partner: Partner) -> None:
    assert partner.book(SOON, communityId="nowhere").status_code == 404


@pytest.mark.parametrize("minutes", [-30, 0, 7, 60 * 24 * 30])
def test_a_time_that_is_not_offered_is_refused(partner: Partner, minutes: int) -> None:
    answer = partner.book(NOON_IN_SEATTLE + timedelta(minutes=minutes))
    expected = {"errorMessage": "The requested time is no longer available."}
    assert (answer.status_code, answer.json()) == (409, expected)


OTHER = {"firstName": "John", "email": "john@example.com", "phone": "2065550000"}


@pytest.mark.parametrize("minutes", [10, 30, 50])
def test_a_time_that_overlaps_somebody_elses_is_refused(partner: Partner, minutes: int) -> None:
    partner.book(SOON)
    start = NOON_IN_SEATTLE + timedelta(minutes=minutes)
    assert partner.book(start, profile=OTHER).status_code == 409


def test_tours_may_follow_each_other_without_a_gap(partner: Partner) -> None:
    partner.book(SOON)
    assert partner.book(SOON + timedelta(minutes=30), profile=OTHER).status_code == 200


def test_the_last_place_goes_to_one_of_many(sandbox: Sandbox, partner: Partner) -> None:
    people = [{"email": f"p{number}@example.com", "phone": f"206555{number:04d}"} for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(pool.map(lambda one: partner.book(SOON, profile=one).status_code, people))
    assert statuses == [200] + [409] * 11
    assert len(sandbox.knock.appointments) == len(sandbox.knock.prospects) == 1


def test_an_upcoming_appointment_is_replaced(sandbox: Sandbox, partner: Partner) -> None:
    partner.book(SOON)
    assert partner.book(LATER).json()["id"] == "123457"
    found = [(one.prospect_id, one.status) for one in sandbox.knock.appointments.values()]
    assert found == [("51316", Status.CANCELLED), ("51316", Status.CONFIRMED)]


def test_a_booking_of_another_kind_replaces_the_upcoming_appointment_too(sandbox: Sandbox, partner: Partner) -> None:
    partner.book(SOON)
    partner.book(LATER, tourType="IN_PERSON")
    found = [(one.tour_type, one.status) for one in sandbox.knock.appointments.values()]
    assert found == [(TourType.SELF_GUIDED, Status.CANCELLED), (TourType.IN_PERSON, Status.CONFIRMED)]


@pytest.mark.parametrize("minutes", [0, 10, -10])
def test_ones_own_upcoming_appointment_does_not_stand_in_the_way(partner: Partner, minutes: int) -> None:
    partner.book(SOON)
    assert partner.book(SOON + timedelta(minutes=minutes)).status_code == 200


def test_a_refused_booking_leaves_the_old_appointment(sandbox: Sandbox, partner: Partner) -> None:
    partner.book(SOON)
    partner.book(LATER, profile=OTHER)
    assert partner.book(LATER).status_code == 409
    assert sandbox.knock.appointments["123456"].status is Status.CONFIRMED


def test_an_appointment_that_has_begun_is_not_replaced(sandbox: Sandbox, partner: Partner, clock: Clock) -> None:
    partner.book(SOON)
    clock.move(minutes=35)
    partner.book(LATER)
    assert sandbox.knock.appointments["123456"].status is Status.CONFIRMED


@pytest.mark.parametrize("known_by", [{"email": "JaneDoe@Example.COM"}, {"phone": "+1 (206) 555-4567"}])
def test_a_prospect_is_known_by_email_or_phone(sandbox: Sandbox, partner: Partner, known_by: dict[str, str]) -> None:
    partner.book(SOON)
    partner.book(LATER, profile={"email": "other@example.com", "phone": "2065550000"} | known_by)
    assert list(sandbox.knock.prospects) == ["51316"]


def test_each_community_has_its_own_guest_cards(sandbox: Sandbox, partner: Partner) -> None:
    partner.book(SOON)
    partner.book(SOON, communityId="191b65d2686d11e9")
    statuses = [one.status for one in sandbox.knock.appointments.values()]
    assert (len(sandbox.knock.prospects), statuses) == (2, [Status.CONFIRMED] * 2)


def test_a_booking_is_an_event_of_the_prospect(partner: Partner) -> None:
    partner.book(SOON)
    node = partner.get("/prospect/51316/events", PROSPECT).json()["edges"][0]["node"]
    assert (node["type"], node["source"]) == ("APPOINTMENT_CREATED", {"title": "Zillow"})
    assert node["data"] == {
        "startTime": "2026-06-10T19:30:00+00:00",
        "endTime": "2026-06-10T20:00:00+00:00",
        "status": "confirmed",
        "tourType": "SELF_GUIDED",
    }


def test_an_appointment_is_cancelled_once(partner: Partner) -> None:
    partner.book(SOON)
    answer = partner.put("/appointment/123456/cancel")
    assert (answer.status_code, answer.json()) == (200, {"appointment": {"id": "123456", "status": "CANCELLED"}})
    again = partner.put("/appointment/123456/cancel")
    assert (again.status_code, again.json()) == (400, {"errorMessage": "Appointment is already cancelled."})


def test_an_unknown_appointment_cannot_be_cancelled(partner: Partner) -> None:
    assert partner.put("/appointment/1/cancel").status_code == 404


def test_a_cancelled_time_is_free_again(partner: Partner) -> None:
    partner.book(SOON)
    partner.put("/appointment/123456/cancel")
    assert partner.book(SOON, profile=OTHER).status_code == 200
