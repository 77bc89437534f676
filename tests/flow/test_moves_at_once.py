"""Many moves at once, and one killed in the middle."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.flow.moves import (
    LATER,
    TOMORROW,
    assert_stands_at,
    settle,
    with_access,
)
from tests.world import COMMUNITY, JANE, START, World
from vendor_app.domain.tours import Status
from vendor_app.usecases.booking.reschedule_tour import reschedule_tour


def test_twelve_moves_and_bookings_of_the_last_place_at_once_leave_one_tour_there(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, None)
    mine = [START + timedelta(hours=number) for number in range(4)]
    wanted = START + timedelta(hours=6)
    holders = [
        the_world.book(
            key=f"m{n}", start=start, profile={**JANE, "email": f"m{n}@example.com", "phone": f"20655511{n:02}"}
        ).json()
        for n, start in enumerate(mine)
    ]
    the_world.jobs()
    together = threading.Barrier(12)

    def go(number: int) -> int:
        together.wait()
        if number < 4:
            return the_world.move(holders[number], wanted).status_code
        someone = {**JANE, "email": f"b{number}@example.com", "phone": f"20655522{number:02}"}
        return the_world.book(key=f"b{number}", start=wanted, profile=someone).status_code

    with ThreadPoolExecutor(12) as threads:
        codes = list(threads.map(go, range(12)))
    the_world.jobs()

    assert sorted(code for code in codes if code != 409) in ([200], [201])
    holding = [one for one in the_world.tours() if one.status is Status.CONFIRMED]
    assert [one.starts_at for one in holding].count(wanted) == 1
    assert sorted(one.start for one in the_world.standing()) == sorted(one.starts_at for one in holding)
    assert {one.appointment_id for one in the_world.standing()} == {one.appointment_id for one in holding}
    assert sorted(one.starts_at for one in the_world.live_grants()) == sorted(one.opens_at for one in holding)


def test_one_prospect_asking_sixteen_times_at_once_moves_once(the_world: World) -> None:
    booked = with_access(the_world)
    together = threading.Barrier(16)

    def go(_: int) -> int:
        together.wait()
        return the_world.move(booked, LATER).status_code

    with ThreadPoolExecutor(16) as threads:
        codes = set(threads.map(go, range(16)))
    the_world.jobs()
    assert codes <= {200, 202}
    assert len(the_world.knock.appointments) == 2
    assert_stands_at(the_world, booked, LATER)


def test_two_moves_to_different_times_at_once_end_at_one_of_them(the_world: World) -> None:
    booked = with_access(the_world)
    together = threading.Barrier(2)

    def go(start: datetime) -> int:
        together.wait()
        return the_world.move(booked, start).status_code

    with ThreadPoolExecutor(2) as threads:
        codes = sorted(threads.map(go, (LATER, TOMORROW)))
    the_world.jobs()
    assert codes in ([200, 200], [200, 409])
    (appointment,) = the_world.standing()
    assert_stands_at(the_world, booked, appointment.start)


# Killed in the middle


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_process_killed_while_it_asks_for_the_new_time_loses_nothing(
    the_world: World, effect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = with_access(the_world)
    via = the_world.app.extensions["vendor_app"].via
    ask = via.knock.request_appointment

    def killed(*request: Any) -> Any:
        if effect == "after":
            ask(*request)
        raise KeyboardInterrupt  # like a kill, it leaves the rows as they are

    monkeypatch.setattr(via.knock, "request_appointment", killed)
    with pytest.raises(KeyboardInterrupt):
        reschedule_tour(via, booked["tourToken"], LATER, the_world.clock())
    monkeypatch.undo()
    assert the_world.tour(booked).next_starts_at == LATER
    settle(the_world)
    assert_stands_at(the_world, booked, LATER)
