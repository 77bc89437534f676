"""What tests of moving a tour put together: asking, losing the answer, settling, and the end states that are right."""

import threading
from datetime import datetime, timedelta
from typing import Any

from tests.flow.story import book_until_confirmed
from tests.world import JANE, START, World
from vendor_app.usecases.operators.operate import list_dead_messages

REQUEST = "POST /appointment/request"
LATER, TOMORROW = START + timedelta(hours=1), START + timedelta(days=1)
JOE = {**JANE, "email": "joe@example.com", "phone": "2065550000"}
LONGER_THAN_THE_TIMEOUT = 3.0

Tour = dict[str, Any]


def strike(world: World, fault: str, times: int = 1) -> None:
    world.faults.set(REQUEST, fault, times=times, seconds=LONGER_THAN_THE_TIMEOUT)


def with_access(world: World, **options: Any) -> Tour:
    """A confirmed tour whose door code is made."""
    booked = book_until_confirmed(world, **options)
    world.jobs()
    assert len(world.live_grants()) == 1
    return booked


def ask_and_lose_the_answer(world: World, booked: Tour, start: datetime = LATER, fault: str = "drop_after") -> None:
    """Ask for another time while the answer gets lost."""
    strike(world, fault)
    answer = world.move(booked, start)
    assert (answer.status_code, answer.json()["status"]) == (202, "confirmed")
    assert datetime.fromisoformat(answer.json()["requestedStartTime"]) == start
    assert datetime.fromisoformat(answer.json()["startTime"]) == world.tour(booked).starts_at


def settle(world: World) -> None:
    """Let the safety net work, and everything that follows from it."""
    for _ in range(3):
        world.clock.move(seconds=61)
        world.jobs()


def owed(world: World, booked: Tour) -> list[str]:
    with world.via.db.read() as db:
        return [one.kind for one in db.outbox_reports.pending_messages_of(booked["tourId"])]


def assert_stands_at(world: World, booked: Tour, start: datetime) -> None:
    """One appointment in Knock and one code at the doors, both for the time that the tour says."""
    tour = world.tour(booked)
    (appointment,), (grant,) = world.standing(), world.live_grants()
    assert (tour.status, tour.starts_at, tour.next_span) == ("confirmed", start, None)
    assert (tour.appointment_id, tour.ends_at) == (appointment.appointment_id, start + timedelta(minutes=30))
    assert (appointment.start, appointment.end, appointment.source_title) == (start, tour.ends_at, "Zillow")
    assert (grant.starts_at, grant.ends_at) == (tour.opens_at, tour.closes_at)
    assert (tour.opens_at, tour.closes_at) == (start - timedelta(minutes=10), start + timedelta(minutes=40))
    assert list_dead_messages(world.via) == []
    assert set(owed(world, booked)) == set()


def assert_nothing_is_left(world: World, booked: Tour) -> None:
    """A cancelled tour has neither appointment nor code, and nothing is owed about it."""
    assert (world.tour(booked).status, world.standing(), world.live_grants()) == ("cancelled", [], [])
    assert (owed(world, booked), list_dead_messages(world.via)) == ([], [])


def wait_for_call(world: World, count: int) -> None:
    asked = threading.Event()
    while not asked.wait(0.005):
        if [name for name, _ in world.sandbox.calls].count(REQUEST) >= count:
            asked.set()
