"""Each fault on each call, and the end state it must converge to all the same."""

from datetime import timedelta

import pytest

from tests.flow.story import assert_one_visit, book_until_confirmed, cancel_by_prospect, code_at_the_door, live_the_story
from tests.world import COMMUNITY, World
from vendor_app.domain.tours import Status

FAULTS = ["500", "500_after", "429", "hang", "hang_before", "drop_before", "drop_after", "garbage"]
UNKNOWN_OUTCOMES = [fault for fault in FAULTS if fault != "429"]
LONGER_THAN_THE_TIMEOUT = 3.0


def strike(world: World, call: str, fault: str, times: int = 1) -> None:
    world.faults.set(call, fault, times=times, seconds=LONGER_THAN_THE_TIMEOUT)


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOMES)
def test_a_booking_whose_answer_is_unknown_is_settled_to_one_tour_and_one_appointment(the_world: World, fault: str) -> None:
    the_world.knock.notices_paused = True
    strike(the_world, "POST /appointment/request", fault)
    answer = the_world.book()
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["appointmentId"]) == ("requested", None)

    the_world.clock.move(seconds=61)
    the_world.jobs()

    (appointment,) = the_world.standing()
    tour = the_world.tour(answer.json())
    assert (tour.status, tour.appointment_id) == ("confirmed", appointment.appointment_id)
    the_world.knock.notices_paused = False
    the_world.jobs()
    assert the_world.tour(answer.json()).status == "confirmed"
    assert len(the_world.standing()) == 1


@pytest.mark.parametrize("fault", ["500_after", "hang", "drop_after", "garbage"])
def test_an_appointment_that_a_notice_tells_of_is_adopted_and_not_booked_again(the_world: World, fault: str) -> None:
    strike(the_world, "POST /appointment/request", fault)
    booked = the_world.book().json()

    the_world.clock.move(seconds=61)
    the_world.jobs()

    (appointment,) = the_world.knock.appointments.values()
    tour = the_world.tour(booked)
    assert (tour.status, tour.appointment_id) == ("confirmed", appointment.appointment_id)
    assert tour.prospect_id == appointment.prospect_id


def test_a_certain_failure_books_nothing_and_frees_the_slot_and_the_key(the_world: World) -> None:
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    strike(the_world, "POST /appointment/request", "429")
    refused = the_world.book()
    assert (refused.status_code, refused.json()["type"]) == (503, "knock-unavailable")

    again = the_world.book()

    assert again.status_code == 201
    assert [tour.status for tour in the_world.tours()].count(Status.CONFIRMED) == 1
    assert len(the_world.standing()) == 1


def test_wrong_keys_book_nothing_and_are_told_to_the_operator(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    settings = the_world.sandbox.settings
    object.__setattr__(settings, "appointment_key", "rotated")
    refused = the_world.book()
    object.__setattr__(settings, "appointment_key", "appointment-key")

    assert refused.status_code == 503
    assert "VENDOR_KNOCK_APPOINTMENT_KEY" in caplog.text
    assert the_world.book().status_code == 201


def test_a_repeated_request_that_knock_refuses_because_the_first_one_holds_the_time_waits_for_the_notice(
    the_world: World,
) -> None:
    the_world.knock.notices_paused = True
    strike(the_world, "POST /appointment/request", "drop_after")
    booked = the_world.book().json()
    (first,) = the_world.knock.appointments.values()
    the_world.knock.offer(COMMUNITY, [])  # whoever asks for the time now is refused
    the_world.clock.move(seconds=61)
    the_world.jobs()
    assert the_world.tour(booked).status == "requested"

    the_world.knock.notices_paused = False
    the_world.jobs()
    the_world.clock.move(seconds=61)
    the_world.jobs()

    tour = the_world.tour(booked)
    assert (tour.status, tour.appointment_id) == ("confirmed", first.appointment_id)


def test_a_repeated_request_that_knock_refuses_with_nothing_booked_is_rejected(the_world: World) -> None:
    strike(the_world, "POST /appointment/request", "drop_before")
    booked = the_world.book().json()
    the_world.knock.offer(COMMUNITY, [])
    the_world.clock.move(seconds=61)

    the_world.jobs()

    assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("rejected", "refused_by_knock")
    assert the_world.standing() == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "call",
    [
        "GET /communities",
        "GET /community/available-times",
        "POST /prospect",
        "GET /prospect",
        "POST /visit",
        "POST /lock access.grant_requested",
        "POST /lock access.revoke_requested",
    ],
)
def test_any_fault_on_any_other_call_ends_in_one_visit_and_shut_doors(the_world: World, call: str, fault: str) -> None:
    the_world.knock.notices_paused = call == "POST /prospect"  # so that the prospect has to be asked for
    strike(the_world, call, fault)
    booked = book_until_confirmed(the_world)
    live_the_story(the_world, booked)
    the_world.knock.notices_paused = False
    the_world.converge(hours=1)
    assert_one_visit(the_world, booked)


@pytest.mark.parametrize("fault", FAULTS)
def test_any_fault_on_a_cancellation_ends_with_the_appointment_cancelled(the_world: World, fault: str) -> None:
    booked = book_until_confirmed(the_world)
    strike(the_world, "PUT /appointment/cancel", fault, times=2)
    cancel_by_prospect(the_world, booked)
    the_world.converge(hours=0.5, minutes_a_step=1)
    assert the_world.standing() == []
    assert the_world.live_grants() == []
    assert the_world.knock.visits == []
    assert the_world.tour(booked).status == "cancelled"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", ["GET /prospect", "GET /prospect/events", "POST /prospect"])
def test_any_fault_while_settling_ends_in_one_appointment(the_world: World, call: str, fault: str) -> None:
    strike(the_world, "POST /appointment/request", "drop_after")
    booked = the_world.book().json()
    strike(the_world, call, fault)
    the_world.clock.move(minutes=2)
    the_world.jobs()
    the_world.clock.move(minutes=2)
    the_world.jobs()
    (appointment,) = the_world.standing()
    tour = the_world.tour(booked)
    assert (tour.status, tour.appointment_id) == ("confirmed", appointment.appointment_id)


@pytest.mark.parametrize("fault", ["500_after", "hang", "drop_after", "garbage"])
def test_a_visit_whose_answer_was_lost_is_settled_by_knocks_notice_and_never_sent_twice(the_world: World, fault: str) -> None:
    booked = book_until_confirmed(the_world)
    strike(the_world, "POST /visit", fault)
    live_the_story(the_world, booked)
    the_world.converge(hours=1)
    assert len(the_world.knock.visits) == 1
    assert the_world.tour(booked).visit_posted_at is not None
    assert [name for name, _ in the_world.sandbox.calls].count("POST /visit") == 1


def test_a_knock_that_is_down_for_hours_loses_no_visit(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    strike(the_world, "POST /visit", "429", times=30)
    live_the_story(the_world, booked)
    the_world.converge(hours=12, minutes_a_step=20)
    the_world.faults.clear()
    the_world.converge(hours=4, minutes_a_step=20)
    assert_one_visit(the_world, booked)


def test_a_visit_that_is_not_past_by_knocks_clock_is_sent_again(the_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    booked = book_until_confirmed(the_world)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code_at_the_door(the_world, booked))
    the_world.jobs()
    assert the_world.act(booked, "finish").status_code == 200
    monkeypatch.setattr(the_world.knock, "_clock", lambda: the_world.clock() - timedelta(minutes=4))
    the_world.converge(hours=0.2, minutes_a_step=1)
    assert (("POST /visit", 400) in the_world.sandbox.calls, len(the_world.knock.visits)) == (True, 1)
    assert_one_visit(the_world, booked)
