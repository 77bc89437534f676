"""A prospect moves their tour: appointment and doors follow it, and what is refused leaves everything as it was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.flow.moves import (
    JOE,
    LATER,
    REQUEST,
    TOMORROW,
    Tour,
    assert_stands_at,
    settle,
    strike,
    with_access,
)
from tests.flow.story import book_until_confirmed, code_at_the_door
from tests.world import COMMUNITY, START, World
from vendor_app.clients.errors import Refused

# When all goes well


def test_a_tour_moves_with_its_appointment_and_its_access(the_world: World) -> None:
    booked = with_access(the_world)

    answer = the_world.move(booked, LATER)

    assert answer.status_code == 200
    moved = answer.json()
    assert (moved["startTime"], moved["endTime"]) == ("2026-06-10T13:30:00-07:00", "2026-06-10T14:00:00-07:00")
    assert (moved["requestedStartTime"], moved["access"]["opensAt"]) == (None, "2026-06-10T13:20:00-07:00")
    the_world.jobs()
    assert_stands_at(the_world, booked, LATER)


def test_the_new_time_is_booked_before_the_old_appointment_is_let_go(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.sandbox.calls.clear()

    the_world.move(booked, LATER)
    the_world.jobs()

    asked = [name for name, _ in the_world.sandbox.calls]
    assert asked.index(REQUEST) < asked.index("PUT /appointment/cancel")


def test_a_tour_can_move_again_and_back(the_world: World) -> None:
    booked = with_access(the_world)
    for start in (LATER, TOMORROW, LATER, START):
        assert the_world.move(booked, start).status_code == 200
        the_world.jobs()
        the_world.clock.move(seconds=30)
        assert_stands_at(the_world, booked, start)
    the_world.converge(hours=0.2)
    assert_stands_at(the_world, booked, START)


def test_asking_for_the_time_it_has_changes_nothing(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.sandbox.calls.clear()
    assert the_world.move(booked, START).status_code == 200
    assert the_world.sandbox.calls == []
    assert_stands_at(the_world, booked, START)


def test_after_a_move_the_old_code_opens_nothing_and_the_new_one_makes_the_visit_of_the_new_appointment(
    the_world: World,
) -> None:
    booked = with_access(the_world)
    the_world.clock.move(minutes=21)
    old = the_world.act(booked, "check-in").json()["code"]
    assert the_world.move(booked, LATER).json()["access"]["state"] == "pending"
    assert the_world.act(booked, "check-in").status_code == 409
    the_world.jobs()
    assert not the_world.lock.type_code(COMMUNITY, "Front entrance", old)

    new = code_at_the_door(the_world, booked)
    assert not the_world.lock.type_code(COMMUNITY, "Front entrance", old)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", new)
    the_world.converge(hours=1.5, minutes_a_step=15)

    (visit,), tour = the_world.knock.visits, the_world.tour(booked)
    (appointment,) = the_world.standing()
    assert (visit.appointment_id, visit.source_title, visit.unit_names) == (tour.appointment_id, "Zillow", ["204"])
    assert (appointment.appointment_id, appointment.start) == (visit.appointment_id, LATER)
    assert (tour.status, the_world.live_grants()) == ("completed", [])


def test_what_the_lock_system_says_late_of_the_old_access_does_not_end_the_new_one(the_world: World) -> None:
    booked = with_access(the_world)
    (old,) = the_world.live_grants()
    the_world.move(booked, LATER)
    the_world.jobs()
    named = {"grantId": old.grant_id, "tourId": booked["tourId"]}
    for kind in ("access.tour_ended", "access.credential_failed", "access.credential_ready"):
        the_world.lock.send(kind, named | ({"code": "999999"} if kind.endswith("ready") else {}))
        the_world.jobs()
    assert_stands_at(the_world, booked, LATER)
    (grant,) = the_world.live_grants()
    assert code_at_the_door(the_world, booked) == grant.code


@pytest.mark.parametrize("title", ["Zillow+%2B & Söhne \U0001f3e0", " two  spaces "])
def test_the_source_title_goes_with_the_tour_byte_for_byte(the_world: World, title: str) -> None:
    booked = book_until_confirmed(the_world, sourceTitle=title)
    the_world.move(booked, LATER)
    assert {one.source_title for one in the_world.knock.appointments.values()} == {title}
    assert len(the_world.knock.appointments) == 2


@pytest.mark.parametrize("status", [400, 404])
def test_whatever_knock_says_of_the_appointment_it_has_replaced_leaves_no_dead_message(
    the_world: World, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = with_access(the_world)

    def refuses(appointment_id: str) -> None:
        raise Refused("PUT /appointment/cancel", "This appointment cannot be changed.", status)

    monkeypatch.setattr(the_world.via.knock, "cancel_appointment", refuses)
    the_world.move(booked, LATER)
    the_world.jobs()
    assert_stands_at(the_world, booked, LATER)


def test_a_tour_that_an_agent_leads_moves_too(the_world: World) -> None:
    booked = book_until_confirmed(the_world, tourType="IN_PERSON")
    assert the_world.move(booked, LATER).status_code == 200
    the_world.jobs()
    (appointment,), tour = the_world.standing(), the_world.tour(booked)
    assert (tour.starts_at, tour.appointment_id) == (LATER, appointment.appointment_id)
    assert (appointment.start, appointment.tour_type, the_world.lock.grants) == (LATER, "IN_PERSON", {})


# What is refused leaves everything as it was


def ended(world: World, booked: Tour) -> None:
    world.act(booked, "cancel")


def begun(world: World, booked: Tour) -> None:
    code = code_at_the_door(world, booked)
    assert world.lock.type_code(COMMUNITY, "Front entrance", code)
    world.jobs()


def started(world: World, booked: Tour) -> None:
    world.clock.now = START


@pytest.mark.parametrize(("happens", "said"), [(ended, "is cancelled"), (begun, "is in progress"), (started, "time has come")])
def test_a_tour_that_is_over_or_has_begun_is_not_moved(
    the_world: World, happens: Callable[[World, Tour], None], said: str
) -> None:
    booked = with_access(the_world)
    happens(the_world, booked)
    before = the_world.tour(booked)

    answer = the_world.move(booked, LATER)

    assert (answer.status_code, said in answer.json()["detail"]) == (409, True)
    assert the_world.tour(booked) == before
    assert [name for name, _ in the_world.sandbox.calls].count(REQUEST) == 1


def test_a_booking_whose_outcome_is_unknown_is_not_moved(the_world: World) -> None:
    strike(the_world, "500")
    booked = the_world.book().json()
    assert the_world.move(booked, LATER).status_code == 409
    settle(the_world)
    assert_stands_at(the_world, booked, START)


def test_a_time_that_is_not_open_is_refused_with_those_that_are(the_world: World) -> None:
    booked = with_access(the_world)
    past, now, between, far = (
        START - timedelta(days=1),
        the_world.clock(),
        START + timedelta(minutes=7),
        START + timedelta(days=400),
    )
    for start in (past, now, between, far):
        answer = the_world.move(booked, start)
        assert (answer.status_code, answer.json()["type"]) == (409, "time-taken")
        open_now = [one["startTime"] for one in answer.json()["times"]]
        assert open_now == ["2026-06-10T13:30:00-07:00", "2026-06-11T12:30:00-07:00"]
    assert_stands_at(the_world, booked, START)


def test_a_start_that_cannot_be_read_and_a_caller_without_the_tours_token_are_refused(the_world: World) -> None:
    booked = with_access(the_world)
    address = f"{the_world.url}/api/v1/tours/{booked['tourId']}/reschedule"
    headers = {"Authorization": f"Bearer {booked['tourToken']}"}
    naive, later = "2026-06-10T13:30:00", {"startTime": LATER.isoformat()}
    unreadable: list[Any] = [{}, {"startTime": "soon"}, {"startTime": naive}, {"startTime": None}, []]
    for body in (*unreadable, later | {"communityId": "another"}):
        assert requests.post(address, json=body, headers=headers, timeout=60).status_code == 422
    theirs = the_world.book(key="key-2", start=TOMORROW, profile=JOE).json()
    for token in (None, "nobody's", theirs["tourToken"]):
        wrong = {"Authorization": f"Bearer {token}"} if token else {}
        assert requests.post(address, json=later, headers=wrong, timeout=60).status_code == 401
    assert (the_world.tour(booked).starts_at, the_world.tour(theirs).starts_at) == (START, TOMORROW)
    assert len(the_world.standing()) == 2


def test_a_time_that_another_prospect_holds_is_refused(the_world: World) -> None:
    booked, theirs = with_access(the_world), the_world.book(key="key-2", start=LATER, profile=JOE).json()
    answer = the_world.move(booked, LATER)
    assert (answer.status_code, [one["startTime"] for one in answer.json()["times"]]) == (409, ["2026-06-11T12:30:00-07:00"])
    assert (the_world.tour(booked).starts_at, the_world.tour(theirs).starts_at) == (START, LATER)
    assert len(the_world.standing()) == 2


def test_a_time_that_knock_refuses_leaves_the_tour_and_its_access_untouched(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.knock.offer(COMMUNITY, [START])  # within the seconds in which the list is taken for fresh
    before = the_world.tour(booked)

    answer = the_world.move(booked, LATER)

    assert (answer.status_code, answer.json()["type"]) == (409, "time-taken")
    assert the_world.tour(booked) == before
    the_world.jobs()
    assert_stands_at(the_world, booked, START)
    settle(the_world)
    assert_stands_at(the_world, booked, START)


def test_a_kind_of_tour_that_is_switched_off_is_not_moved_and_stays(the_world: World) -> None:
    booked = book_until_confirmed(the_world, tourType="IN_PERSON")
    community = the_world.knock.communities[COMMUNITY]
    community.tour_types = [one for one in community.tour_types if one != "IN_PERSON"]
    the_world.jobs()
    answer = the_world.move(booked, LATER)
    assert (answer.status_code, answer.json()["type"]) == (409, "time-taken")
    assert (the_world.tour(booked).starts_at, the_world.tour(booked).next_span) == (START, None)
    assert len(the_world.standing()) == 1


def test_a_certain_failure_changes_nothing_and_another_try_works(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.faults.set(REQUEST, "429", seconds=1)
    answer = the_world.move(booked, LATER)
    assert (answer.status_code, answer.json()["type"]) == (503, "knock-unavailable")
    assert_stands_at(the_world, booked, START)
    assert the_world.move(booked, LATER).status_code == 200
    the_world.jobs()
    assert_stands_at(the_world, booked, LATER)


def test_our_keys_being_refused_is_told_to_the_operator(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    booked = with_access(the_world)
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    settings = the_world.sandbox.settings
    object.__setattr__(settings, "appointment_key", "rotated")
    assert the_world.move(booked, LATER).status_code == 503
    object.__setattr__(settings, "appointment_key", "appointment-key")
    assert "VENDOR_KNOCK_APPOINTMENT_KEY" in caplog.text
    assert_stands_at(the_world, booked, START)
