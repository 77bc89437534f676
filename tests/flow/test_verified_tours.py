"""Knowing somebody's e-mail address is not enough to take their tour away, or to see when they will be there."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.flow.story import book_until_confirmed
from tests.flow.test_identity_gate import codes, mails, verify
from tests.world import COMMUNITY, JANE, START, World
from vendor_app.usecases.operators.operate import list_tasks

TOMORROW = START + timedelta(days=1)
STRANGER = {**JANE, "firstName": "Not", "lastName": "Jane"}

Tour = dict[str, Any]


def run_jobs(world: World, times: int = 4, seconds: float = 31) -> None:
    for _ in range(times):
        world.clock.move(seconds=seconds)
        world.jobs()


@pytest.fixture
def verified(the_world: World) -> Tour:
    """Jane's tour, its e-mail address verified."""
    the_world.rules(require_verified="email", lock="http")
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    assert verify(the_world, booked, codes(the_world)[-1]).status_code == 200
    the_world.jobs()
    return booked


def assert_is_janes(world: World, booked: Tour) -> None:
    """Her tour stands in Knock and at the door, and nothing else does."""
    tour, (appointment,), (grant,) = world.tour(booked), world.standing(), world.live_grants()
    assert (tour.status, appointment.appointment_id, appointment.start) == ("confirmed", tour.appointment_id, TOMORROW)
    assert (grant.tour_id, list_tasks(world.via)) == (tour.tour_id, [])


def test_an_unverified_booking_leaves_the_verified_tour_alone(the_world: World, verified: Tour) -> None:
    answer = the_world.book("key-2", START, STRANGER)
    run_jobs(the_world)
    assert (answer.status_code, answer.json()["status"]) == (202, "requested")
    assert_is_janes(the_world, verified)
    assert mails(the_world)[-1].to == JANE["email"]
    assert "your tour stays as it is" in mails(the_world)[-1].text
    the_world.converge(hours=0.5)
    assert (the_world.tour(answer.json()).status, the_world.tour(answer.json()).reason) == (
        "rejected",
        "contact_not_verified_in_time",
    )
    assert_is_janes(the_world, verified)


def test_the_owner_moves_to_the_new_booking_with_the_code(the_world: World, verified: Tour) -> None:
    other = the_world.book("key-2", START, JANE).json()
    the_world.clock.move(seconds=5)
    the_world.jobs()
    assert verify(the_world, other, codes(the_world)[-1]).status_code == 200
    run_jobs(the_world, seconds=2)
    assert (the_world.tour(verified).status, the_world.tour(other).status) == ("cancelled", "confirmed")
    assert ([one.start for one in the_world.standing()], len(the_world.live_grants())) == ([START], 1)


def test_another_address_with_the_same_phone_cannot_take_it(the_world: World, verified: Tour) -> None:
    refused = the_world.book("key-2", START, {**STRANGER, "email": "stranger@example.com"})
    run_jobs(the_world)
    assert (refused.status_code, refused.json()["type"]) == (409, "not-now")
    assert_is_janes(the_world, verified)


def test_a_tour_verified_while_knock_books_the_other_keeps_its_time(the_world: World) -> None:
    the_world.rules(require_verified="email", lock="http")
    first = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.faults.set("POST /appointment/request", "late")
    second = the_world.book("key-2", START, STRANGER).json()
    assert verify(the_world, first, codes(the_world)[-1]).status_code == 200
    the_world.faults.work_off()
    run_jobs(the_world, times=6)
    assert (the_world.tour(second).status, the_world.tour(second).reason) == ("cancelled", "contact_not_verified_in_time")
    assert_is_janes(the_world, first)


def test_the_page_of_a_held_booking_asks_for_the_code(the_world: World, verified: Tour) -> None:
    other = the_world.book("key-2", START, JANE).json()
    page = the_world.get(f"/tour/{other['tourToken']}").text
    assert "It is booked once you have shown that it is you" in page
    assert 'http-equiv="refresh"' not in page


def test_an_unverified_tour_gives_way_as_before(the_world: World) -> None:
    the_world.rules(require_verified="email", lock="http")
    first = book_until_confirmed(the_world, start=TOMORROW)
    the_world.clock.move(seconds=5)
    second = book_until_confirmed(the_world, key="key-2", start=START)
    assert (the_world.tour(first).status, the_world.tour(second).status) == ("cancelled", "confirmed")


def test_a_timeline_shows_only_what_belongs_to_its_tour(the_world: World) -> None:
    mine = book_until_confirmed(the_world, start=START)
    the_world.jobs()
    (prospect,) = the_world.knock.prospects
    the_world.sandbox.agent.message(prospect, "SMS", "See you at the pool", {"text": "secret"})
    theirs = the_world.sandbox.agent.book(COMMUNITY, JANE, TOMORROW)
    run_jobs(the_world)
    address = f"{the_world.url}/api/v1/tours/{mine['tourId']}/timeline"
    told = requests.get(address, headers={"Authorization": f"Bearer {mine['tourToken']}"}, timeout=30)
    assert [one["detail"]["startTime"] for one in told.json()["events"] if one["source"] == "knock"] == [START.isoformat()]
    assert theirs.start.isoformat()[:16] not in told.text
    assert "pool" not in told.text
