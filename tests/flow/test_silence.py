"""Days in which we heard nothing, or did nothing: afterwards everything that was missed is found by asking."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.flow.story import assert_one_visit, book_until_confirmed, code_at_the_door, live_the_story
from tests.world import COMMUNITY, JANE, START, World
from vendor_app.usecases.operators.operate import cancel_as_operator, list_dead_messages, list_tasks

REQUEST, VISIT = "POST /appointment/request", "POST /visit"
LATER, TOMORROW = START + timedelta(hours=1), START + timedelta(days=1)
FAR = START + timedelta(days=6)
HALF_AN_HOUR = timedelta(minutes=30)

Tour = dict[str, Any]


@pytest.fixture
def deaf_world(the_world: World) -> World:
    """One in which every notice of Knock's is lost for good, as after more than three days of silence."""
    the_world.knock.offer(COMMUNITY, [START, LATER, TOMORROW, FAR])
    the_world.knock.loses_notices = True
    return the_world


def let_days_pass(world: World, days: float = 3.5) -> None:
    """No job runs, and Knock's notices find nobody."""
    world.knock.loses_notices = True
    world.clock.move(days=days)


def come_back(world: World) -> None:
    """The jobs run again; what was lost stays lost."""
    for _ in range(4):
        world.jobs()
        world.clock.move(seconds=61)


def assert_stands_at(world: World, booked: Tour, start: datetime) -> None:
    tour, (appointment,), (grant,) = world.tour(booked), world.standing(), world.live_grants()
    assert (tour.status, tour.starts_at, tour.next_span) == ("confirmed", start, None)
    assert (appointment.start, appointment.appointment_id) == (start, tour.appointment_id)
    assert (grant.starts_at, grant.ends_at) == (tour.opens_at, tour.closes_at)
    assert list_dead_messages(world.via) == []


def tasks(world: World) -> list[tuple[str, str]]:
    return [(task.tour_id, task.what) for task in list_tasks(world.via)]


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "500_after"])
def test_a_booking_without_answer_and_notices_becomes_one_tour(deaf_world: World, fault: str) -> None:
    deaf_world.faults.set(REQUEST, fault)
    booked = book_until_confirmed(deaf_world)
    (appointment,) = deaf_world.standing()
    assert deaf_world.tour(booked).appointment_id == appointment.appointment_id
    live_the_story(deaf_world, booked)
    deaf_world.converge(hours=0.5)
    assert_one_visit(deaf_world, booked)
    assert deaf_world.knock.visits[0].prospect_id == appointment.prospect_id


@pytest.mark.parametrize("kind", ["SELF_GUIDED", "IN_PERSON"])
def test_a_prospect_deleted_in_the_silence_is_found_by_asking(deaf_world: World, kind: str) -> None:
    booked = book_until_confirmed(deaf_world, start=FAR, tourType=kind)
    come_back(deaf_world)
    (appointment,) = deaf_world.standing()
    deaf_world.sandbox.agent.delete(appointment.prospect_id)
    let_days_pass(deaf_world)
    come_back(deaf_world)
    tour = deaf_world.tour(booked)
    assert (tour.status, tour.reason) == ("cancelled", "prospect_deleted_in_knock")
    assert (deaf_world.standing(), deaf_world.live_grants()) == ([], [])


def test_an_appointment_in_the_tours_place_is_a_task(deaf_world: World) -> None:
    booked = book_until_confirmed(deaf_world, start=FAR)
    deaf_world.jobs()
    deaf_world.clock.move(hours=1)
    deaf_world.sandbox.agent.book(COMMUNITY, JANE, FAR + timedelta(hours=1))
    let_days_pass(deaf_world)
    come_back(deaf_world)
    assert tasks(deaf_world) == [(booked["tourId"], "look_for_a_newer_appointment")]
    assert "knock.newer_appointment" in deaf_world.story(booked["tourId"])
    assert deaf_world.tour(booked).status == "confirmed"  # a hint is no proof
    assert [one.start for one in deaf_world.standing()] == [FAR + timedelta(hours=1)]
    cancel_as_operator(deaf_world.via, booked["tourId"], deaf_world.clock())
    assert tasks(deaf_world) == []


def test_our_own_moves_are_not_taken_for_an_agents(deaf_world: World) -> None:
    deaf_world.faults.set(REQUEST, "drop_after")
    booked = book_until_confirmed(deaf_world, start=FAR)
    for start in (TOMORROW, FAR):
        deaf_world.clock.move(minutes=20)
        deaf_world.faults.set(REQUEST, "drop_after")
        assert deaf_world.move(booked, start).status_code == 202
        deaf_world.jobs()
        come_back(deaf_world)
        deaf_world.converge(hours=1, minutes_a_step=20)
    assert tasks(deaf_world) == []
    assert_stands_at(deaf_world, booked, FAR)


def test_a_visit_without_answer_and_notice_is_not_lost(deaf_world: World) -> None:
    booked = book_until_confirmed(deaf_world)
    deaf_world.faults.set(VISIT, "drop_before")
    live_the_story(deaf_world, booked)
    deaf_world.converge(hours=1)
    assert_one_visit(deaf_world, booked)


def test_a_visit_without_notice_is_posted_once(deaf_world: World) -> None:
    booked = book_until_confirmed(deaf_world)
    live_the_story(deaf_world, booked)
    deaf_world.converge(hours=2)
    assert_one_visit(deaf_world, booked)
    assert [name for name, _ in deaf_world.sandbox.calls].count(VISIT) == 1


@pytest.mark.parametrize("fault", [None, "500", "drop_before"])
def test_a_visit_that_waited_for_days_is_posted(the_world: World, fault: str | None) -> None:
    booked = book_until_confirmed(the_world)
    live_the_story(the_world, booked)
    let_days_pass(the_world)
    if fault:
        the_world.faults.set(VISIT, fault)
    come_back(the_world)
    the_world.converge(hours=0.5)
    assert_one_visit(the_world, booked)
    assert list_dead_messages(the_world.via) == []


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
@pytest.mark.parametrize("hiccup", [False, True])
def test_a_move_unknown_for_days_is_settled(the_world: World, fault: str, hiccup: bool) -> None:
    the_world.knock.offer(COMMUNITY, [START, FAR])
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.knock.loses_notices = True
    the_world.faults.set(REQUEST, fault)
    assert the_world.move(booked, FAR).status_code == 202
    let_days_pass(the_world)
    if hiccup:
        the_world.faults.set(REQUEST, "500")
    come_back(the_world)
    assert_stands_at(the_world, booked, FAR)


def test_a_booking_unknown_for_days_is_settled(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, [START, FAR])
    the_world.faults.set(REQUEST, "drop_after")
    booked: Tour = the_world.book(start=FAR).json()
    let_days_pass(the_world)
    the_world.faults.set(REQUEST, "500")
    come_back(the_world)
    assert_stands_at(the_world, booked, FAR)


def test_a_move_nobody_can_settle_leaves_the_tour_unmoved(
    the_world: World,
) -> None:
    far = START + timedelta(days=9)
    the_world.knock.offer(COMMUNITY, [START, FAR, far])
    booked = book_until_confirmed(the_world, start=FAR)
    the_world.jobs()
    the_world.faults.set(REQUEST, "500")
    assert the_world.move(booked, far).status_code == 202
    the_world.faults.set(REQUEST, "500", times=9999)
    the_world.converge(hours=80, minutes_a_step=60)
    assert tasks(the_world) == [(booked["tourId"], "look_for_a_moved_appointment")]
    (dead,) = list_dead_messages(the_world.via)
    assert dead.kind == "reschedule"
    tour, (appointment,), (grant,) = the_world.tour(booked), the_world.standing(), the_world.live_grants()
    assert (tour.status, tour.starts_at, tour.next_span) == ("confirmed", FAR, None)
    assert (appointment.start, grant.starts_at) == (FAR, tour.opens_at)

    the_world.faults.clear()
    assert the_world.move(booked, far).status_code == 200
    the_world.jobs()
    assert (the_world.tour(booked).starts_at, [one.start for one in the_world.standing()]) == (far, [far])


def test_a_whole_tour_while_jobs_are_down_ends_right(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    code = code_at_the_door(the_world, booked)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code)  # the web is up, the jobs are not
    let_days_pass(the_world)
    come_back(the_world)
    the_world.converge(hours=0.2)
    assert_one_visit(the_world, booked)
    assert the_world.knock.visits[0].visit_time < START + HALF_AN_HOUR


def test_what_knock_told_meanwhile_is_acted_on_afterwards(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, [START, FAR, FAR + HALF_AN_HOUR])
    joe = {**JANE, "email": "joe@example.com", "phone": "2065550000"}
    first, second = book_until_confirmed(the_world, start=FAR), book_until_confirmed(the_world, key="2", profile=joe)
    the_world.jobs()
    held = {tour.tour_id: str(tour.appointment_id) for tour in the_world.tours()}
    the_world.sandbox.agent.cancel(held[first["tourId"]])
    the_world.sandbox.agent.move(held[second["tourId"]], FAR + HALF_AN_HOUR)
    the_world.sandbox.drain_notices()
    let_days_pass(the_world)
    come_back(the_world)
    assert (the_world.tour(first).status, the_world.tour(first).reason) == ("cancelled", "cancelled_in_knock")
    assert_stands_at(the_world, second, FAR + HALF_AN_HOUR)


def test_a_cancellation_that_we_owe_outlives_our_outage(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, [START, FAR])
    booked = book_until_confirmed(the_world, start=FAR)
    the_world.jobs()
    the_world.act(booked, "cancel")
    let_days_pass(the_world)
    the_world.faults.set("PUT /appointment/cancel", "500")
    the_world.faults.set("POST /lock access.revoke_requested", "500")
    come_back(the_world)
    assert (the_world.standing(), the_world.live_grants(), list_dead_messages(the_world.via)) == ([], [], [])
    with the_world.via.db.read() as db:
        assert db.outbox_reports.pending_messages_of(booked["tourId"]) == []
