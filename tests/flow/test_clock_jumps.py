"""What a clock that had jumped ahead decided is taken back when it is right again."""

from datetime import timedelta
from typing import Any

from tests.flow.story import assert_one_visit, book_until_confirmed, live_the_story
from tests.world import START, World

TOMORROW = START + timedelta(days=1)

Tour = dict[str, Any]


def jump_ahead_and_back(world: World, **amount: float) -> None:
    """The jobs run while the clock is wrong."""
    world.clock.move(**amount)
    world.jobs()
    world.jobs()
    world.clock.move(**{name: -value for name, value in amount.items()})
    world.clock.move(minutes=1)
    for _ in range(3):
        world.jobs()
        world.clock.move(seconds=6)


def assert_takes_place(world: World, booked: Tour) -> None:
    (appointment,), (grant,), tour = world.standing(), world.live_grants(), world.tour(booked)
    assert (tour.status, tour.appointment_id) == ("confirmed", appointment.appointment_id)
    assert grant.starts_at == tour.opens_at
    live_the_story(world, booked)
    world.converge(hours=0.5)
    assert_one_visit(world, booked)


def test_a_no_show_of_a_clock_that_jumped_takes_place(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    jump_ahead_and_back(the_world, days=3)
    assert "tour.no_show" in the_world.story(booked["tourId"])
    assert_takes_place(the_world, booked)


def test_a_cancellation_of_a_clock_that_jumped_is_taken_back(the_world: World) -> None:
    the_world.lock.hangs_grants = True
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.clock.now = TOMORROW - timedelta(hours=3)
    for minutes in (170, 3, 3):
        the_world.clock.move(minutes=minutes)
        the_world.jobs()
    assert the_world.tour(booked).reason == "access_not_granted_in_time"
    the_world.jobs()
    the_world.lock.hangs_grants = False
    the_world.clock.move(minutes=-176)
    for _ in range(3):
        the_world.jobs()
        the_world.clock.move(seconds=6)
    assert_takes_place(the_world, booked)


def test_what_the_prospect_cancelled_stays_cancelled(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.clock.move(hours=1)
    the_world.act(booked, "cancel")
    the_world.clock.move(hours=-1)
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.standing()) == ("cancelled", [])


def test_a_place_that_was_given_away_meanwhile_is_not_taken_back(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.clock.move(days=3)
    the_world.jobs()
    the_world.clock.move(days=-3)
    other = {"firstName": "Ann", "lastName": "Roe", "email": "ann@example.com"}
    the_world.sandbox.agent.cancel(booked["appointmentId"])
    assert the_world.book("key-2", TOMORROW, other).status_code == 201
    the_world.jobs()
    assert the_world.tour(booked).status == "no_show"


def test_a_real_no_show_stays_one(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.converge(hours=2, minutes_a_step=20)
    assert the_world.tour(booked).status == "no_show"
    assert "tour.revived" not in the_world.story(booked["tourId"])
