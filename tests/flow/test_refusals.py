"""Partners refuse by mistake, too: what they refuse once or twice is asked again before anybody has to look."""

import pytest

from tests.flow.story import assert_one_visit, book_until_confirmed, live_the_story
from tests.world import World
from vendor_app.domain.delivery.outbox import Kind
from vendor_app.domain.tasks import Task
from vendor_app.usecases.operators.operate import list_dead_messages, replay_message

BOOK, VISIT, CANCEL = "POST /appointment/request", "POST /visit", "PUT /appointment/cancel"
GRANT, REVOKE = "POST /lock access.grant_requested", "POST /lock access.revoke_requested"
BY_MISTAKE = pytest.mark.parametrize("refusal", ["400", "404"])


def open_tasks(the_world: World) -> list[str]:
    with the_world.via.db.read() as db:
        return [one.what for one in db.tasks.list_open()]


def pass_minutes(the_world: World, minutes: int = 10) -> None:
    """Each with all jobs run once."""
    the_world.converge(hours=minutes / 60, minutes_a_step=1)


@BY_MISTAKE
def test_a_visit_refused_by_mistake_is_posted_after_all(the_world: World, refusal: str) -> None:
    booked = book_until_confirmed(the_world)
    the_world.faults.set(VISIT, refusal, times=3)
    live_the_story(the_world, booked)
    pass_minutes(the_world)
    assert_one_visit(the_world, booked)
    assert list_dead_messages(the_world.via) == []


@BY_MISTAKE
def test_an_access_refused_by_mistake_is_granted_after_all(the_world: World, refusal: str) -> None:
    the_world.faults.set(GRANT, refusal, times=3)
    booked = book_until_confirmed(the_world)
    pass_minutes(the_world)
    assert the_world.act(booked).json()["access"]["state"] == "ready"
    (grant,) = the_world.live_grants()
    assert grant.tour_id == booked["tourId"]


@BY_MISTAKE
def test_a_cancellation_refused_by_mistake_reaches_knock(the_world: World, refusal: str) -> None:
    booked = book_until_confirmed(the_world)
    the_world.faults.set(CANCEL, refusal, times=3)
    assert the_world.act(booked, "cancel").status_code == 200
    pass_minutes(the_world)
    assert (the_world.standing(), list_dead_messages(the_world.via), open_tasks(the_world)) == ([], [], [])


@BY_MISTAKE
def test_a_revocation_refused_by_mistake_ends_the_access(the_world: World, refusal: str) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    assert len(the_world.live_grants()) == 1
    the_world.faults.set(REVOKE, refusal, times=3)
    assert the_world.act(booked, "cancel").status_code == 200
    pass_minutes(the_world)
    assert (the_world.live_grants(), list_dead_messages(the_world.via), open_tasks(the_world)) == ([], [], [])


def test_a_refused_revocation_asks_a_person_and_goes_on(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.faults.set(REVOKE, "400", times=1000)
    assert the_world.act(booked, "cancel").status_code == 200
    pass_minutes(the_world, 20)
    assert (len(the_world.live_grants()), open_tasks(the_world)) == (1, [Task.REVOKE_ACCESS])
    the_world.faults.clear()
    pass_minutes(the_world)
    assert (the_world.live_grants(), open_tasks(the_world)) == ([], [])


def test_what_is_refused_for_good_is_given_up_after_six_tries(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.faults.set(VISIT, "400", times=1000)
    live_the_story(the_world, booked)
    pass_minutes(the_world)
    (dead,) = list_dead_messages(the_world.via)
    assert [name for name, _ in the_world.sandbox.calls].count(VISIT) == 6
    assert dead.kind == Kind.POST_VISIT


def test_a_replayed_message_may_be_refused_as_often_again(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.faults.set(VISIT, "400", times=8)
    live_the_story(the_world, booked)
    pass_minutes(the_world)
    (dead,) = list_dead_messages(the_world.via)
    replay_message(the_world.via, dead.id, the_world.clock())
    pass_minutes(the_world)
    assert_one_visit(the_world, booked)


def test_a_prospect_refused_by_mistake_does_not_leave_an_appointment_to_nobody(the_world: World) -> None:
    the_world.faults.set(BOOK, "late")
    booked = the_world.book().json()
    pass_minutes(the_world, 3)
    assert the_world.tour(booked).status == "confirmed"
    the_world.faults.set("GET /prospect", "404", times=3)
    the_world.faults.work_off()
    pass_minutes(the_world)
    (standing,) = the_world.standing()
    assert the_world.tour(booked).appointment_id == standing.appointment_id
    assert the_world.tour(booked).status == "confirmed"
