"""Will the door open? By the deadline: a second attempt, a mobile key, and at last a cancellation that everybody hears of."""

from datetime import timedelta
from typing import Any

import pytest

from tests.flow.seam import APARTMENT, access, book, device, go_there, grants_of, live, serve_by_seam
from tests.world import START, World
from vendor_app.domain.cancelling import Reason

DEADLINE = START - timedelta(minutes=15)


@pytest.fixture
def booked(the_world: World) -> dict[str, Any]:
    """A tour whose code Seam does not issue."""
    serve_by_seam(the_world)
    the_world.sandbox.seam.issues_later = True
    made = book(the_world)
    the_world.jobs()
    return made


def pass_deadline(world: World, minutes: int = 0) -> None:
    """The jobs run at the deadline, or so long after it."""
    world.clock.now = DEADLINE + timedelta(minutes=minutes)
    world.jobs()
    world.jobs()


def attempts(world: World, booked: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Of our grants: number, credential and state."""
    return [(one.attempt, one.credential.value, one.state.value) for one in grants_of(world, booked)]


def test_nothing_is_tried_again_before_the_deadline(the_world: World, booked: dict[str, Any]) -> None:
    the_world.clock.now = DEADLINE - timedelta(seconds=1)
    the_world.jobs()
    assert attempts(the_world, booked) == [(1, "code", "pending")]


def test_what_is_not_ready_by_the_deadline_is_asked_for_a_second_time(the_world: World, booked: dict[str, Any]) -> None:
    pass_deadline(the_world)
    assert attempts(the_world, booked) == [(1, "code", "closed"), (2, "code", "pending")]
    assert [one.access_grant_key for one in live(the_world)] == [grants_of(the_world, booked)[1].grant_id]


def test_a_second_attempt_that_is_ready_ends_the_ladder(the_world: World, booked: dict[str, Any]) -> None:
    the_world.sandbox.seam.issues_later = False
    pass_deadline(the_world)
    for minutes in (3, 6, 9):
        pass_deadline(the_world, minutes)
    assert attempts(the_world, booked) == [(1, "code", "closed"), (2, "code", "ready")]
    assert go_there(the_world, booked)["code"] == live(the_world)[0].methods[0].code


def test_the_third_attempt_is_a_mobile_key_shown_only_after_check_in(the_world: World, booked: dict[str, Any]) -> None:
    pass_deadline(the_world)
    the_world.sandbox.seam.issues_later = False
    pass_deadline(the_world, minutes=2)
    the_world.jobs()
    assert attempts(the_world, booked)[1:] == [(2, "code", "closed"), (3, "mobile_key", "ready")]
    link = str(live(the_world)[0].methods[0].instant_key_url)
    page = f"/tour/{booked['tourToken']}"
    the_world.clock.now = START
    assert link not in the_world.act(booked).text + the_world.get(page).text

    seen = go_there(the_world, booked)

    assert (seen["link"], seen["code"]) == (link, None)
    shown = the_world.get(page)
    assert link in shown.text
    assert "no-store" in shown.headers["Cache-Control"]


def test_a_mobile_key_that_is_issued_later_is_read_when_the_event_comes(the_world: World, booked: dict[str, Any]) -> None:
    pass_deadline(the_world)
    pass_deadline(the_world, minutes=2)
    (grant,) = live(the_world)
    assert access(the_world, booked) == "pending"

    the_world.sandbox.seam.issue(grant.access_grant_id)
    the_world.jobs()
    the_world.jobs()

    assert access(the_world, booked) == "ready"
    assert go_there(the_world, booked)["link"] == grant.methods[0].instant_key_url


def test_at_the_end_the_operator_and_the_prospect_are_told_and_the_tour_is_cancelled(
    the_world: World, booked: dict[str, Any]
) -> None:
    for minutes in (0, 2, 4):
        pass_deadline(the_world, minutes)

    tour, story = the_world.tour(booked), the_world.story(booked["tourId"])

    assert (tour.status, tour.reason) == ("cancelled", Reason.ACCESS_NOT_GRANTED)
    assert story.count("access.tried_again") == 2
    assert {"access.requested", "task.opened", "tour.cancelled", "prospect.told", "access.revoked"} <= set(story)
    with the_world.via.db.read() as db:
        assert "see_why_doors_do_not_open" in [one.what for one in db.tasks.list_open()]
    (mail,) = the_world.sandbox.mailbox.mails
    assert mail.to == "janedoe@example.com"
    assert "cannot take place" in mail.text
    assert "11" in mail.text  # a time that is open
    assert f"{the_world.url}/" in mail.text
    assert live(the_world) == []
    assert the_world.standing() == []


def test_a_lock_system_that_fails_climbs_at_the_deadline_without_waiting(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.fails_methods = True
    booked = book(the_world)
    for _ in range(4):
        the_world.jobs()
        the_world.clock.move(minutes=1)
    assert the_world.tour(booked).status == "confirmed"

    for minutes in (0, 1, 2, 3):
        pass_deadline(the_world, minutes)

    assert the_world.tour(booked).reason is Reason.ACCESS_NOT_GRANTED
    assert live(the_world) == []


def test_what_fails_before_the_deadline_is_asked_for_again_once_a_minute_and_may_work(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.fails_methods = True
    booked = book(the_world)
    the_world.jobs()
    the_world.jobs()
    the_world.sandbox.seam.fails_methods = False
    the_world.clock.move(seconds=61)
    the_world.jobs()
    assert access(the_world, booked) == "ready"


def test_a_failure_told_again_asks_for_no_third_grant(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.fails_methods = True
    booked = book(the_world)
    the_world.jobs()
    (grant,) = live(the_world)
    the_world.jobs()
    told = {"access_grant_id": grant.access_grant_id}
    for _ in range(3):
        the_world.sandbox.seam.send("access_grant.could_not_create_requested_access_methods", told)
        the_world.jobs()
    assert len(grants_of(the_world, booked)) == 2
    assert grant.deleted


def test_a_ready_grant_is_left_alone_to_the_end(the_world: World) -> None:
    serve_by_seam(the_world)
    booked = book(the_world)
    the_world.jobs()
    for minutes in (0, 5, 10):
        pass_deadline(the_world, minutes)
    assert attempts(the_world, booked) == [(1, "code", "ready")]


def test_an_offline_door_is_not_ready_until_it_is_online(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.go_offline(device(the_world, APARTMENT))
    booked = book(the_world)
    the_world.jobs()
    assert access(the_world, booked) == "pending"
    the_world.sandbox.seam.come_online(device(the_world, APARTMENT))
    the_world.jobs()
    the_world.jobs()
    assert access(the_world, booked) == "ready"
