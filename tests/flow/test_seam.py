"""A tour whose doors Seam opens: from the booking to the visit in Knock, and what its events prove."""

from datetime import timedelta
from typing import Any

import pytest

from tests.flow.seam import (
    APARTMENT,
    FRONT,
    OTHER_APARTMENT,
    access,
    book,
    device,
    go_there,
    grants_of,
    live,
    opened_units,
    serve_by_seam,
    type_at,
    visited_by,
)
from tests.stored import everything_stored
from tests.world import COMMUNITY, START, World
from vendor_app.domain.tasks import Task
from vendor_app.usecases.operators.operate import list_tasks


@pytest.fixture
def booked(the_world: World) -> dict[str, Any]:
    """A tour of apartment 204 with Seam's locks, granted."""
    serve_by_seam(the_world)
    made = book(the_world)
    the_world.jobs()
    return made


def test_a_tour_with_seams_locks_is_lived_from_the_booking_to_the_visit(the_world: World, booked: dict[str, Any]) -> None:
    (grant,), (asked,) = live(the_world), grants_of(the_world, booked)
    assert grant.access_grant_key == asked.grant_id
    assert grant.device_ids == [device(the_world, FRONT), device(the_world, APARTMENT)]
    code = go_there(the_world, booked)["code"]

    opened = [type_at(the_world, door, code) for door in (FRONT, APARTMENT, OTHER_APARTMENT)]

    assert opened == [True, True, False]
    assert visited_by(the_world, booked) == ["204"]
    assert the_world.tour(booked).status == "completed"
    assert live(the_world) == []
    assert not type_at(the_world, FRONT, code)


def test_the_code_is_not_shown_before_check_in(the_world: World, booked: dict[str, Any]) -> None:
    (grant,) = live(the_world)
    the_world.clock.now = START
    assert access(the_world, booked) == "ready"
    code = str(grant.methods[0].code)
    assert code not in the_world.act(booked).text + the_world.get(f"/tour/{booked['tourToken']}").text
    assert go_there(the_world, booked)["code"] == code


def test_a_code_that_is_issued_later_comes_with_the_event(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.issues_later = True
    booked = book(the_world)
    the_world.jobs()
    (grant,) = live(the_world)
    assert access(the_world, booked) == "pending"

    the_world.sandbox.seam.issue(grant.access_grant_id)
    the_world.sandbox.drain_notices()
    the_world.jobs()

    assert access(the_world, booked) == "ready"
    assert grant.methods[0].polls == 2  # at the answer and once after it: the rest the event told
    assert go_there(the_world, booked)["code"] == grant.methods[0].code


def test_a_code_whose_event_is_lost_is_read(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.issues_later, the_world.sandbox.seam.polls_until_issued = True, 3
    the_world.sandbox.seam.callbacks_paused = True
    booked = book(the_world)
    for _ in range(4):
        the_world.jobs()
        the_world.clock.move(minutes=1)

    assert access(the_world, booked) == "ready"
    assert go_there(the_world, booked)["code"] == live(the_world)[0].methods[0].code


def test_no_code_is_stored_in_clear(the_world: World, database_url: str) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.issues_later = True
    booked = book(the_world)
    the_world.jobs()
    the_world.sandbox.seam.issue(live(the_world)[0].access_grant_id)
    code = go_there(the_world, booked)["code"]
    assert type_at(the_world, FRONT, code)
    the_world.jobs()

    kept = everything_stored(database_url)

    assert code.encode() not in kept
    assert b"access_method.issued" in kept


# What proves a visit


def test_events_that_come_late_twice_and_out_of_order_make_one_visit(the_world: World, booked: dict[str, Any]) -> None:
    seam = the_world.sandbox.seam
    code = go_there(the_world, booked)["code"]
    seam.callbacks_paused, seam.duplicates = True, True
    for door in (FRONT, APARTMENT):
        assert type_at(the_world, door, code)
    first_door = the_world.clock.now - timedelta(seconds=30)
    the_world.clock.move(minutes=10)
    seam.reverse()
    seam.callbacks_paused = False
    the_world.jobs()
    the_world.jobs()

    tour = the_world.tour(booked)

    assert (tour.status, tour.started_at) == ("in_progress", first_door)
    assert opened_units(the_world, booked) == ["204"]
    assert the_world.story(booked["tourId"]).count("tour.begun") == 1
    assert visited_by(the_world, booked) == ["204"]


def test_an_offline_door_tells_later_and_the_visit_is_not_lost(the_world: World, booked: dict[str, Any]) -> None:
    code = go_there(the_world, booked)["code"]
    the_world.sandbox.seam.go_offline(device(the_world, APARTMENT))
    assert type_at(the_world, FRONT, code)
    assert type_at(the_world, APARTMENT, code)
    the_world.clock.move(minutes=20)
    the_world.jobs()
    assert opened_units(the_world, booked) == []

    the_world.sandbox.seam.come_online(device(the_world, APARTMENT))

    assert visited_by(the_world, booked) == ["204"]


def test_a_door_that_tells_after_nobody_seemed_to_come_makes_a_visit_of_it(the_world: World, booked: dict[str, Any]) -> None:
    code = go_there(the_world, booked)["code"]
    for door in (FRONT, APARTMENT):
        the_world.sandbox.seam.go_offline(device(the_world, door))
        assert type_at(the_world, door, code)
    assert visited_by(the_world, booked) is None
    assert the_world.tour(booked).status == "no_show"

    for door in (FRONT, APARTMENT):
        the_world.sandbox.seam.come_online(device(the_world, door))

    assert visited_by(the_world, booked) == ["204"]
    assert the_world.tour(booked).status == "completed"


def test_a_unit_proved_after_the_visit_was_posted_is_kept_as_not_reported(the_world: World, booked: dict[str, Any]) -> None:
    code = go_there(the_world, booked)["code"]
    assert type_at(the_world, FRONT, code)
    the_world.sandbox.seam.go_offline(device(the_world, APARTMENT))
    assert type_at(the_world, APARTMENT, code)
    visited_by(the_world, booked)

    the_world.sandbox.seam.come_online(device(the_world, APARTMENT))
    the_world.jobs()

    assert "visit.unit_not_reported" in the_world.story(booked["tourId"])
    assert opened_units(the_world, booked) == ["204"]
    assert len(the_world.knock.visits) == 1


@pytest.mark.parametrize(
    "what",
    [
        {"method": "manual"},
        {"method": "automatic"},
        {"method": "unknown"},
        {"method": "remote"},
        {"method": "Remote"},
        {"method": None},
        {"method": "keycode", "access_code_is_managed": False},
    ],
    ids=lambda what: " ".join(map(str, what.values())),
)
def test_an_opening_that_is_not_by_our_credential_proves_nothing(
    the_world: World, booked: dict[str, Any], what: dict[str, Any]
) -> None:
    go_there(the_world, booked)
    told = {"device_id": device(the_world, APARTMENT), **what}
    assert the_world.sandbox.seam.send("lock.unlocked", told) == 200
    the_world.jobs()
    assert opened_units(the_world, booked) == []
    assert the_world.tour(booked).status == "confirmed"
    assert visited_by(the_world, booked) is None


def test_the_timeline_keeps_who_says_that_a_door_was_opened(the_world: World, booked: dict[str, Any]) -> None:
    go_there(the_world, booked)
    the_world.sandbox.seam.thumb_turn(device(the_world, APARTMENT))
    the_world.jobs()
    with the_world.via.db.read() as db:
        row = db.connection.one("SELECT said_by, method, door, unit_name FROM access_events WHERE type = 'access.door_unlocked'")
    assert row == {"said_by": "seam", "method": "manual", "door": APARTMENT, "unit_name": "204"}


@pytest.mark.parametrize("hours", [-2, 5])
def test_a_code_typed_outside_every_window_proves_nothing(the_world: World, booked: dict[str, Any], hours: int) -> None:
    go_there(the_world, booked)
    if hours > 0:
        the_world.clock.now = START + timedelta(hours=hours)
    at = (START + timedelta(hours=hours)).isoformat()
    told = {"device_id": device(the_world, APARTMENT), "method": "keycode", "access_code_is_managed": True, "occurred_at": at}
    assert the_world.sandbox.seam.send("lock.unlocked", told) == 200
    assert visited_by(the_world, booked) is None
    assert opened_units(the_world, booked) == []


@pytest.mark.parametrize(("minutes", "units", "tasks"), [(4, ["204"], []), (1440, None, ["set_the_clock_of_the_lock"])])
def test_a_lock_whose_clock_is_a_little_ahead_loses_no_visit(
    the_world: World, booked: dict[str, Any], minutes: int, units: list[str] | None, tasks: list[str]
) -> None:
    go_there(the_world, booked)
    at = (the_world.clock.now + timedelta(minutes=minutes)).isoformat()
    told = {"device_id": device(the_world, APARTMENT), "method": "keycode", "access_code_is_managed": True, "occurred_at": at}
    assert the_world.sandbox.seam.send("lock.unlocked", told) == 200
    assert visited_by(the_world, booked) == units
    assert [task.what for task in list_tasks(the_world.via)] == tasks


@pytest.mark.parametrize("checks_in", [True, False])
def test_a_lock_that_does_not_name_codes_proves_a_visit_only_after_check_in(the_world: World, checks_in: bool) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.names_codes = False
    booked = book(the_world)
    the_world.jobs()
    the_world.clock.now = START
    if checks_in:
        go_there(the_world, booked)
    assert type_at(the_world, APARTMENT, str(live(the_world)[0].methods[0].code))
    assert visited_by(the_world, booked) == (["204"] if checks_in else None)


def test_an_unknown_device_is_nobodys(the_world: World, booked: dict[str, Any]) -> None:
    go_there(the_world, booked)
    told = {"device_id": "d0000000-0000-4000-8000-000000000000", "method": "keycode", "access_code_is_managed": True}
    assert the_world.sandbox.seam.send("lock.unlocked", told) == 200
    the_world.jobs()
    assert the_world.tour(booked).status == "confirmed"


def test_where_two_windows_overlap_the_door_is_of_who_has_checked_in(the_world: World) -> None:
    the_world.knock.offer(  # one half an hour after the other: the windows of both are open for some minutes
        "b9XQN6eMvvrr07zg", [START, START + timedelta(minutes=30)]
    )
    serve_by_seam(the_world)
    first = book(the_world)
    other = {"firstName": "Ann", "lastName": "Roe", "email": "ann@example.com", "phone": "2065554568"}
    second = book(the_world, key="key-2", start=START + timedelta(minutes=30), profile=other)
    the_world.jobs()
    code = go_there(the_world, first)["code"]
    the_world.clock.now = START + timedelta(minutes=25)
    assert the_world.tour(second).opens_at < the_world.clock.now

    assert type_at(the_world, APARTMENT, code)
    the_world.jobs()

    assert opened_units(the_world, first) == ["204"]
    assert opened_units(the_world, second) == []


def test_a_door_opened_before_a_cancellation_that_was_told_earlier_is_told_to_a_person(
    the_world: World, booked: dict[str, Any]
) -> None:
    code = go_there(the_world, booked)["code"]
    the_world.sandbox.seam.callbacks_paused = True
    assert type_at(the_world, FRONT, code)
    (appointment,) = the_world.standing()
    the_world.sandbox.agent.cancel(appointment.appointment_id)
    the_world.converge(hours=0.1, minutes_a_step=1)
    assert the_world.tour(booked).status == "cancelled"
    the_world.sandbox.seam.callbacks_paused = False
    the_world.jobs()
    assert "access.door_unlocked" in the_world.story(booked["tourId"])
    assert [task.what for task in list_tasks(the_world.via)] == [Task.SEE_WHO_OPENED]


def test_a_door_opened_before_a_cancellation_is_not_that_of_who_has_left(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, [START, START + timedelta(minutes=30)])
    serve_by_seam(the_world)
    first = book(the_world)
    other = {"firstName": "Ann", "lastName": "Roe", "email": "ann@example.com", "phone": "2065554568"}
    second = book(the_world, key="key-2", start=START + timedelta(minutes=30), profile=other)
    the_world.jobs()
    assert type_at(the_world, FRONT, go_there(the_world, first)["code"])
    the_world.jobs()
    assert the_world.act(first, "finish").status_code == 200
    the_world.clock.now = START + timedelta(minutes=25)
    code = the_world.act(second, "check-in").json()["code"]
    the_world.sandbox.seam.callbacks_paused = True
    assert type_at(the_world, FRONT, code)
    the_world.sandbox.agent.cancel(str(the_world.tour(second).appointment_id))
    the_world.jobs()
    the_world.sandbox.seam.callbacks_paused = False
    the_world.jobs()
    assert "access.door_unlocked" in the_world.story(second["tourId"])
    assert [task.what for task in list_tasks(the_world.via)] == [Task.SEE_WHO_OPENED]


def test_a_unit_told_while_the_visit_is_being_posted_is_kept_as_not_reported(the_world: World, booked: dict[str, Any]) -> None:
    code = go_there(the_world, booked)["code"]
    assert type_at(the_world, FRONT, code)
    the_world.jobs()
    the_world.sandbox.seam.callbacks_paused = True
    assert type_at(the_world, APARTMENT, code)
    assert the_world.act(booked, "finish").status_code == 200
    the_world.faults.set("POST /visit", "drop_after")
    the_world.clock.move(minutes=3)
    the_world.knock.notices_paused = True
    the_world.jobs()
    the_world.sandbox.seam.callbacks_paused = False
    the_world.jobs()
    the_world.knock.notices_paused = False
    the_world.converge(hours=0.5)
    assert (len(the_world.knock.visits), the_world.knock.visits[0].unit_names) == (1, [])
    assert the_world.story(booked["tourId"]).count("visit.unit_not_reported") == 1
