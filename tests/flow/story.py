"""The parts of a tour's story that tests put together, each playing until it has worked, as a person would."""

from typing import Any

from tests.world import COMMUNITY, World


def book_until_confirmed(world: World, **options: Any) -> dict[str, Any]:
    """Book, trying again while told to, and let the jobs settle what is unknown."""
    for _ in range(5):
        answer = world.book(**options)
        if answer.status_code in (201, 202):
            break
        assert answer.status_code == 503, answer.text
        world.clock.move(seconds=5)
    booked: dict[str, Any] = answer.json()
    for _ in range(6):
        if world.tour(booked).status == "confirmed":
            break
        world.clock.move(seconds=61)
        world.jobs()
    assert world.tour(booked).status == "confirmed"
    return booked


def code_at_the_door(world: World, booked: dict[str, Any]) -> str:
    """Let the jobs see to the doors, go there, check in, and wait for the code."""
    for _ in range(3):
        world.jobs()
        world.clock.move(seconds=10)
    world.clock.now = max(world.clock.now, world.tour(booked).opens_at)
    for _ in range(20):
        world.jobs()
        answer = world.act(booked, "check-in")
        assert answer.status_code == 200, answer.text
        if code := answer.json()["code"]:
            return str(code)
        world.clock.move(seconds=10)
    raise AssertionError("the code never came")


def live_the_story(world: World, booked: dict[str, Any], doors: tuple[str, ...] = ("Front entrance", "Apartment 204")) -> None:
    """Check in, open the doors, leave."""
    code = code_at_the_door(world, booked)
    for door in doors:
        world.clock.move(seconds=30)
        assert world.lock.type_code(COMMUNITY, door, code)
    (grant,) = (one for one in world.lock.grants.values() if one.tour_id == booked["tourId"] and not one.revoked)
    world.clock.move(minutes=5)
    world.lock.leave(grant.grant_id)
    world.jobs()


def cancel_by_prospect(world: World, booked: dict[str, Any]) -> None:
    """The prospect cancels."""
    assert world.act(booked, "cancel").status_code == 200


def assert_one_visit(world: World, booked: dict[str, Any]) -> None:
    """The one right end of a tour that took place."""
    (visit,) = world.knock.visits
    tour = world.tour(booked)
    assert (tour.status, tour.visit_posted_at is not None) == ("completed", True)
    assert (visit.appointment_id, visit.source_title, visit.unit_names) == (tour.appointment_id, "Zillow", ["204"])
    assert world.live_grants() == []
