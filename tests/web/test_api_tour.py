"""`GET /api/v1/tours/{tourId}` and what its holder may do: cancel, check in, finish."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.web.api import BOOKING, HERE_AND_NOW, SAM, body, post, problem
from tests.world import COMMUNITY, START, World, world

VERBS = ["cancel", "check-in", "finish"]
FRONT = "Front entrance"


@pytest.fixture
def booked(the_world: World) -> dict[str, Any]:
    """The answer to a booking half an hour ahead, its access granted."""
    answer: dict[str, Any] = the_world.book().json()
    the_world.jobs()
    return answer


@pytest.fixture
def keyless(database_url: str) -> Iterator[World]:
    """A vendor without a lock system."""
    with world(database_url, access_url="", access_webhook_secrets=()) as made:
        yield made


def code_of(the_world: World) -> str:
    """As the lock system knows it."""
    (grant,) = the_world.lock.grants.values()
    assert grant.code
    return grant.code


def enter(the_world: World, booked: dict[str, Any]) -> None:
    """Come five minutes early, check in and open the front door."""
    the_world.clock.move(minutes=25)
    assert the_world.act(booked, "check-in").status_code == 200
    assert the_world.lock.type_code(COMMUNITY, FRONT, code_of(the_world))
    the_world.jobs()


def access(the_world: World, booked: dict[str, Any]) -> str:
    """The state the prospect is told."""
    return str(the_world.act(booked).json()["access"]["state"])


# Look


def test_a_tour_is_shown_to_its_holder(the_world: World, booked: dict[str, Any]) -> None:
    (appointment,) = the_world.standing()

    answer = the_world.act(booked)

    assert answer.status_code == 200
    seen = answer.json()
    assert seen == {
        **booked,
        "status": "confirmed",
        "appointmentId": appointment.appointment_id,
        "prospectId": appointment.prospect_id,
        "visitId": None,
        "unitsOpened": [],
        "unitsReported": None,
        "requestedStartTime": None,
        "reason": None,
        "access": {
            "state": "ready",
            "opensAt": "2026-06-10T12:20:00-07:00",
            "closesAt": "2026-06-10T13:10:00-07:00",
        },
        "verification": {"required": "none", "isPassed": True, "sentTo": None, "expiresAt": None},
    }


def test_a_visit_in_knock_is_shown_with_its_id(the_world: World, booked: dict[str, Any]) -> None:
    enter(the_world, booked)
    the_world.act(booked, "finish")
    the_world.clock.move(minutes=3)
    the_world.jobs()

    assert [the_world.act(booked).json()["visitId"]] == [one.visit_id for one in the_world.knock.visits]


def test_access_is_pending_ready_active_and_closed(the_world: World) -> None:
    booked = the_world.book().json()
    states = [access(the_world, booked)]
    the_world.jobs()
    states.append(access(the_world, booked))
    enter(the_world, booked)
    states.append(access(the_world, booked))
    the_world.act(booked, "finish")
    states.append(access(the_world, booked))

    assert states == ["pending", "ready", "active", "closed"]


def test_a_tour_whose_access_cannot_be_granted_is_shown_as_cancelled_for_that_reason(the_world: World) -> None:
    the_world.lock.fails_grants = True
    booked = the_world.book().json()
    the_world.converge(hours=0.5)

    seen = the_world.act(booked).json()

    assert (seen["status"], seen["reason"]) == ("cancelled", "access_not_granted_in_time")
    assert the_world.standing() == []


def test_without_a_lock_system_there_is_no_access_to_speak_of(keyless: World) -> None:
    assert access(keyless, keyless.book().json()) == "none"


def test_a_cancelled_tour_is_shown_with_its_reason(the_world: World, booked: dict[str, Any]) -> None:
    (prospect_id,) = the_world.knock.prospects
    the_world.sandbox.agent.delete(prospect_id)
    the_world.jobs()

    seen = the_world.act(booked).json()
    assert (seen["status"], seen["reason"], seen["access"]["state"]) == ("cancelled", "prospect_deleted_in_knock", "closed")


def test_the_door_code_is_never_part_of_the_view(the_world: World, booked: dict[str, Any]) -> None:
    enter(the_world, booked)

    answer = the_world.act(booked)

    assert "code" not in answer.json()
    assert code_of(the_world) not in answer.text


def test_nothing_about_the_person_is_part_of_the_view(the_world: World, booked: dict[str, Any]) -> None:
    told = the_world.act(booked).text

    assert [one for one in ("Jane", "Doe", "janedoe", "2065554567") if one in told] == []


# Cancel


def test_cancelling_answers_the_tour_as_cancelled(the_world: World, booked: dict[str, Any]) -> None:
    answer = the_world.act(booked, "cancel")

    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["status"], seen["reason"], seen["access"]["state"]) == ("cancelled", "cancelled_by_prospect", "closed")


def test_cancelling_cancels_in_knock_and_revokes_the_access(the_world: World, booked: dict[str, Any]) -> None:
    the_world.act(booked, "cancel")
    the_world.jobs()

    assert (the_world.standing(), the_world.live_grants()) == ([], [])


def test_cancelling_twice_answers_200_both_times(the_world: World, booked: dict[str, Any]) -> None:
    first, second = the_world.act(booked, "cancel"), the_world.act(booked, "cancel")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()


def test_cancelling_twice_cancels_once_in_knock(the_world: World, booked: dict[str, Any]) -> None:
    the_world.act(booked, "cancel")
    the_world.jobs()
    the_world.act(booked, "cancel")
    the_world.jobs()

    assert [name for name, _ in the_world.sandbox.calls].count("PUT /appointment/cancel") == 1


def test_a_tour_cancelled_by_an_agent_may_be_cancelled_too(the_world: World, booked: dict[str, Any]) -> None:
    the_world.sandbox.agent.cancel(booked["appointmentId"])
    the_world.jobs()

    answer = the_world.act(booked, "cancel")

    assert (answer.status_code, answer.json()["reason"]) == (200, "cancelled_in_knock")


def test_a_tour_not_known_yet_can_be_cancelled(the_world: World) -> None:
    the_world.faults.set(BOOKING, "drop_after")
    booked = post(the_world, body()).json()

    assert the_world.act(booked, "cancel").json()["status"] == "cancelled"
    the_world.clock.move(minutes=2)
    the_world.jobs()
    the_world.jobs()
    assert the_world.standing() == []


def test_a_tour_in_progress_cannot_be_cancelled(the_world: World, booked: dict[str, Any]) -> None:
    enter(the_world, booked)

    assert "in progress" in problem(the_world.act(booked, "cancel"), 409, "not-now")["detail"]
    assert the_world.act(booked).json()["status"] == "in_progress"


def test_a_completed_tour_cannot_be_cancelled_and_keeps_its_visit(the_world: World, booked: dict[str, Any]) -> None:
    enter(the_world, booked)
    the_world.act(booked, "finish")

    problem(the_world.act(booked, "cancel"), 409, "not-now")
    the_world.clock.move(minutes=3)
    the_world.jobs()
    assert len(the_world.knock.visits) == 1


def test_a_no_show_cannot_be_cancelled(the_world: World, booked: dict[str, Any]) -> None:
    the_world.converge(hours=1.5)

    problem(the_world.act(booked, "cancel"), 409, "not-now")
    assert the_world.act(booked).json()["status"] == "no_show"


# Check in


def test_check_in_answers_the_code_inside_the_window(the_world: World, booked: dict[str, Any]) -> None:
    the_world.clock.move(minutes=20)

    answer = the_world.act(booked, "check-in")

    assert answer.status_code == 200
    assert answer.json()["code"] == code_of(the_world)
    assert "no-store" in answer.headers["Cache-Control"]
    assert the_world.lock.type_code(COMMUNITY, FRONT, answer.json()["code"])


def test_check_in_answers_the_tour_beside_the_code(the_world: World, booked: dict[str, Any]) -> None:
    the_world.clock.move(minutes=20)

    said = the_world.act(booked, "check-in").json()

    assert said == {**the_world.act(booked).json(), "code": code_of(the_world), "link": None}


def test_check_in_may_be_repeated(the_world: World, booked: dict[str, Any]) -> None:
    the_world.clock.move(minutes=20)

    assert the_world.act(booked, "check-in").json() == the_world.act(booked, "check-in").json()
    assert the_world.story(booked["tourId"]).count("tour.checked_in") == 1


@pytest.mark.parametrize("minutes", [0, 19.99, 70.01, 2000])
def test_check_in_outside_the_window_is_refused_without_the_code(
    the_world: World, booked: dict[str, Any], minutes: float
) -> None:
    the_world.clock.move(minutes=minutes)

    answer = the_world.act(booked, "check-in")

    problem(answer, 409, "not-now")
    assert code_of(the_world) not in answer.text


def test_check_in_before_the_window_says_when_it_opens(the_world: World, booked: dict[str, Any]) -> None:
    assert "12:20 PM" in problem(the_world.act(booked, "check-in"), 409)["detail"]


def test_check_in_before_the_code_is_made_answers_null(the_world: World) -> None:
    the_world.clock.move(minutes=25)
    booked = the_world.book().json()

    answer = the_world.act(booked, "check-in")

    assert (answer.status_code, answer.json()["code"], answer.json()["access"]["state"]) == (200, None, "pending")


def test_check_in_to_a_tour_not_known_yet_is_refused(the_world: World) -> None:
    the_world.clock.move(minutes=25)
    the_world.faults.set(BOOKING, "500")

    problem(the_world.act(post(the_world, body()).json(), "check-in"), 409, "not-now")


def test_check_in_to_a_cancelled_tour_is_refused(the_world: World, booked: dict[str, Any]) -> None:
    the_world.clock.move(minutes=25)
    the_world.act(booked, "cancel")

    answer = the_world.act(booked, "check-in")

    assert "cancelled" in problem(answer, 409, "not-now")["detail"]
    assert code_of(the_world) not in answer.text


def test_without_a_lock_system_check_in_begins_the_tour(keyless: World) -> None:
    booked = keyless.book().json()
    keyless.clock.move(minutes=25)

    said = keyless.act(booked, "check-in").json()

    assert (said["status"], said["code"]) == ("in_progress", None)


# Finish


def test_finishing_answers_the_tour_as_completed(the_world: World, booked: dict[str, Any]) -> None:
    enter(the_world, booked)

    answer = the_world.act(booked, "finish")

    assert (answer.status_code, answer.json()["status"]) == (200, "completed")


def test_finishing_twice_answers_200_and_makes_one_visit(the_world: World, booked: dict[str, Any]) -> None:
    enter(the_world, booked)
    statuses = [the_world.act(booked, "finish").status_code for _ in range(2)]
    the_world.clock.move(minutes=3)
    the_world.jobs()

    assert statuses == [200, 200]
    (visit,) = the_world.knock.visits
    assert visit.visit_time == START.replace(minute=25)


@pytest.mark.parametrize("minutes", [0, 25])
def test_finishing_before_a_door_was_opened_is_refused(the_world: World, booked: dict[str, Any], minutes: int) -> None:
    the_world.clock.move(minutes=minutes)

    assert "not begun" in problem(the_world.act(booked, "finish"), 409, "not-now")["detail"]
    assert the_world.act(booked).json()["status"] == "confirmed"


def test_finishing_a_cancelled_tour_is_refused_and_makes_no_visit(the_world: World, booked: dict[str, Any]) -> None:
    the_world.act(booked, "cancel")

    problem(the_world.act(booked, "finish"), 409, "not-now")
    the_world.converge(hours=2)
    assert the_world.knock.visits == []


# Whose tour


def call(the_world: World, tour_id: str, verb: str, authorization: str | None) -> requests.Response:
    """GET the tour, or POST a verb, with this Authorization."""
    address = f"{the_world.url}/api/v1/tours/{tour_id}" + (f"/{verb}" if verb else "")
    headers = {} if authorization is None else {"Authorization": authorization}
    return requests.request("POST" if verb else "GET", address, headers=headers, timeout=30)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic {token}", "{token}", "Bearer é"])
def test_without_the_tours_token_every_call_is_a_401(the_world: World, booked: dict[str, Any], authorization: str | None) -> None:
    sent = authorization and authorization.format(token=booked["tourToken"])

    answers = [call(the_world, booked["tourId"], verb, sent) for verb in ("", *VERBS)]

    assert {problem(one, 401, "unauthorized")["title"] for one in answers} == {"Not authorized"}
    assert {one.headers["WWW-Authenticate"] for one in answers} == {"Bearer"}
    assert the_world.act(booked).json()["status"] == "confirmed"


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_the_token_of_another_tour_does_not_do(the_world: World, booked: dict[str, Any], verb: str) -> None:
    other = the_world.book("key-2", START.replace(hour=20), SAM).json()

    answer = call(the_world, booked["tourId"], verb, f"Bearer {other['tourToken']}")

    problem(answer, 401, "unauthorized")
    assert {one.status.value for one in the_world.tours()} == {"confirmed"}


def test_a_tour_that_does_not_exist_answers_as_one_with_another_token(the_world: World, booked: dict[str, Any]) -> None:
    wrong = call(the_world, booked["tourId"], "", "Bearer wrong")
    missing = call(the_world, "tour_0", "", f"Bearer {booked['tourToken']}")

    assert problem(missing, 401) == problem(wrong, 401)


def test_a_token_in_the_query_does_not_do(the_world: World, booked: dict[str, Any]) -> None:
    problem(the_world.get(f"/api/v1/tours/{booked['tourId']}?tourToken={booked['tourToken']}"), 401)


def test_the_scheme_may_be_written_in_any_case(the_world: World, booked: dict[str, Any]) -> None:
    assert call(the_world, booked["tourId"], "", f"bearer {booked['tourToken']}").status_code == 200


@pytest.mark.parametrize("verb", VERBS)
def test_a_get_changes_nothing(the_world: World, booked: dict[str, Any], verb: str) -> None:
    answer = the_world.get(f"/api/v1/tours/{booked['tourId']}/{verb}", headers={"Authorization": f"Bearer {booked['tourToken']}"})

    problem(answer, 405)
    assert "POST" in answer.headers["Allow"]
    assert the_world.act(booked).json()["status"] == "confirmed"


# The description


def test_an_address_that_is_none_is_a_404_problem(the_world: World) -> None:
    problem(the_world.get("/api/v1/nothing"), 404, "not-found")


def test_the_api_describes_itself(the_world: World) -> None:
    answer = the_world.get("/openapi.json")

    assert answer.status_code == 200
    assert {path: set(methods) - {"parameters"} for path, methods in answer.json()["paths"].items()} == {
        "/api/v1/communities/{community_id}/times": {"get"},
        "/api/v1/tours": {"post"},
        "/api/v1/tours/{tour_id}": {"get"},
        "/api/v1/tours/{tour_id}/cancel": {"post"},
        "/api/v1/tours/{tour_id}/check-in": {"post"},
        "/api/v1/tours/{tour_id}/finish": {"post"},
        "/api/v1/tours/{tour_id}/reschedule": {"post"},
        "/api/v1/tours/{tour_id}/timeline": {"get"},
        "/api/v1/tours/{tour_id}/verification": {"post"},
        "/webhooks/access": {"post"},
    }


def test_the_description_names_what_a_booking_takes_and_answers(the_world: World) -> None:
    described = the_world.get("/openapi.json").json()

    booking = described["paths"]["/api/v1/tours"]["post"]
    assert {"Idempotency-Key"} == {one["name"] for one in booking["parameters"] if one["in"] == "header"}
    assert {"201", "202", "409", "422", "503"} <= booking["responses"].keys()
    schemas = described["components"]["schemas"]
    assert {"communityId", "startTime", "profile", "smsConsent", "unitNames"} <= schemas["BookTour"]["properties"].keys()
    assert {"tourId", "tourToken", "status", "appointmentId"} <= schemas["BookedTour"]["properties"].keys()


def test_the_description_of_a_refused_time_is_what_is_answered(the_world: World) -> None:
    described = the_world.get("/openapi.json").json()
    the_world.book(profile=SAM)
    said = problem(post(the_world, body(), "key-2"), 409)

    assert said.keys() <= described["components"]["schemas"]["Problem"]["properties"].keys()
    assert HERE_AND_NOW not in [one["startTime"] for one in said["times"]]
