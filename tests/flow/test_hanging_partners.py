"""A partner who hangs keeps only those waiting who need him, not many of them, and none for long."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

import pytest
import requests

from tests.processes import until
from tests.web.api import TIMES, body, problem
from tests.world import COMMUNITY, JANE, START, World, world
from vendor_app.server.serve import MOST_WAITING
from vendor_app.store.engine.gate import OF_A_PAGE
from vendor_app.usecases import collaborators
from vendor_app.usecases.collaborators import BOOKINGS_AT_ONCE, CHECK_INS_AT_ONCE
from vendor_app.usecases.communities import community_directory, offered_times
from vendor_app.usecases.communities.waiting_places import WaitingPlaces

REQUEST = "POST /appointment/request"
LIST = "GET /communities"
# Nobody waits so long on the busiest machine, unless it is for Knock, or until a patience of 60 seconds is over.
SOON = 20.0
FOR_EVER = timedelta(seconds=120)
PATH = f"/api/v1/communities/{COMMUNITY}/times"


@pytest.fixture(autouse=True)
def patient_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits at all waits longer than SOON. Tests in which somebody gives up make them less patient."""
    be_patient(monkeypatch, 60.0)


def be_patient(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(community_directory, "_WAIT_SECONDS", seconds)
    monkeypatch.setattr(offered_times, "_WAIT_SECONDS", seconds)
    monkeypatch.setattr(offered_times, "_LONGEST_WAIT_SECONDS", 60.0)


@pytest.fixture
def hanging(database_url: str) -> Iterator[World]:
    """A world that waits a minute for Knock, and whose times are known."""
    with world(database_url, knock_timeout=FOR_EVER, max_concurrent_tours=1000, bookings_per_hour=1000) as made:
        assert made.get(PATH).ok
        yield made
        made.faults.clear()


def hangs(the_world: World, call: str) -> None:
    the_world.faults.set(call, "hang_before", times=10_000, seconds=120)


def asked(the_world: World, call: str) -> int:
    """How often Knock was asked this."""
    return [name for name, _ in the_world.sandbox.calls].count(call)


def quick(act: Callable[[], requests.Response]) -> requests.Response:
    """The answer, which must come soon."""
    started = time.monotonic()
    answer = act()
    assert time.monotonic() - started < SOON
    return answer


def somebody(number: int) -> dict[str, str]:
    return {**JANE, "email": f"prospect{number}@example.com", "phone": f"206555{number:04}"}


def fill(the_world: World, crowd: ThreadPoolExecutor, count: int = BOOKINGS_AT_ONCE) -> None:
    """So many prospects wait for Knock's answer."""
    hangs(the_world, REQUEST)
    before = asked(the_world, REQUEST)
    for number in range(count):
        crowd.submit(the_world.book, f"key-{number}", START, somebody(number))
    until(lambda: asked(the_world, REQUEST) == before + count)


# Bookings


def test_one_booking_too_many_is_refused_at_once_and_leaves_nothing(hanging: World) -> None:
    with ThreadPoolExecutor(BOOKINGS_AT_ONCE) as crowd:
        fill(hanging, crowd)
        answer = quick(lambda: hanging.book("one too many", profile=somebody(99)))
        said = problem(answer, 503, "knock-unavailable")
        assert ("Retry-After" in answer.headers, "nothing was booked" in said["detail"]) == (True, True)
        assert len(hanging.tours()) == BOOKINGS_AT_ONCE
        hanging.faults.clear()
    assert hanging.book("one too many", profile=somebody(99)).status_code == 201


def test_a_booking_that_was_answered_is_answered_again_however_many_wait(hanging: World) -> None:
    first = hanging.book("first", profile=somebody(99))
    with ThreadPoolExecutor(BOOKINGS_AT_ONCE) as crowd:
        fill(hanging, crowd)
        again = quick(lambda: hanging.book("first", profile=somebody(99)))
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        hanging.faults.clear()


def test_one_move_too_many_is_refused_and_the_tour_keeps_its_time(hanging: World) -> None:
    booked = hanging.book("first", profile=somebody(99)).json()
    with ThreadPoolExecutor(BOOKINGS_AT_ONCE) as crowd:
        fill(hanging, crowd)
        problem(quick(lambda: hanging.move(booked, START + timedelta(hours=1))), 503, "knock-unavailable")
        assert hanging.act(booked).json()["startTime"] == booked["startTime"]
        hanging.faults.clear()


def test_while_bookings_hang_times_are_still_asked_for(hanging: World) -> None:
    with ThreadPoolExecutor(BOOKINGS_AT_ONCE) as crowd:
        fill(hanging, crowd)
        hanging.clock.move(seconds=11)
        assert quick(lambda: hanging.get(PATH)).json()["stale"] is False
        hanging.faults.clear()


def test_where_all_places_for_check_ins_are_taken_the_prospect_is_let_in_unasked(the_world: World) -> None:
    booked = the_world.book().json()
    the_world.jobs()
    the_world.clock.move(minutes=25)
    before = asked(the_world, "GET /prospect")
    room: WaitingPlaces = the_world.app.extensions["vendor_app"].via.check_ins
    with ExitStack() as places:
        for _ in range(CHECK_INS_AT_ONCE):
            places.enter_context(room.place(AssertionError()))
        answer = quick(lambda: the_world.act(booked, "check-in"))
    assert (answer.status_code, answer.json()["code"] is not None) == (200, True)
    assert asked(the_world, "GET /prospect") == before


# Times


def test_known_times_are_shown_soon_while_knock_hangs(hanging: World, monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch, 0.5)
    hanging.clock.move(seconds=11)
    hangs(hanging, TIMES)
    for _ in range(3):
        answer = quick(lambda: hanging.get(PATH))
        assert (answer.status_code, answer.json()["stale"]) == (200, True)
    assert asked(hanging, TIMES) == 2


def test_who_comes_later_does_not_wait_at_all(hanging: World, monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch, 3.0)
    hanging.clock.move(seconds=11)
    hangs(hanging, TIMES)
    hanging.get(PATH)
    started = time.monotonic()
    for _ in range(10):
        hanging.get(PATH)
    assert time.monotonic() - started < 10 * 3.0


def test_of_those_who_know_no_times_only_some_wait(hanging: World) -> None:
    hanging.clock.move(minutes=16)
    hangs(hanging, TIMES)
    may_wait = offered_times.MOST_WAITING
    with ThreadPoolExecutor(2 * may_wait) as crowd:
        answers = [crowd.submit(hanging.get, PATH) for _ in range(2 * may_wait)]
        until(lambda: sum(one.done() for one in answers) >= may_wait)
        hanging.faults.clear()
    assert {one.result().status_code for one in answers} == {503}
    assert asked(hanging, TIMES) == 2


# Communities


def made_up(the_world: World, number: int) -> requests.Response:
    return the_world.get(f"/api/v1/communities/made-up-{number}/times")


def test_made_up_communities_wait_neither_many_nor_long_while_knock_hangs(
    hanging: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_patient(monkeypatch, 5.0)
    hanging.clock.move(minutes=1)
    hangs(hanging, LIST)
    before = asked(hanging, LIST)
    with ThreadPoolExecutor(40) as crowd:
        answers = [one.result() for one in [crowd.submit(made_up, hanging, number) for number in range(40)]]
    assert {answer.status_code for answer in answers} == {503}
    took = sorted(answer.elapsed.total_seconds() for answer in answers)
    assert took[-1] < 5.0 + SOON
    assert len([one for one in took if one >= 5.0]) <= community_directory.MOST_WAITING
    assert asked(hanging, LIST) == before + 1, "one look for all of them"


def test_a_known_community_never_waits_for_a_look(hanging: World) -> None:
    hanging.clock.move(minutes=1)
    hangs(hanging, LIST)
    before = asked(hanging, LIST)
    with ThreadPoolExecutor(1) as crowd:
        looking = crowd.submit(made_up, hanging, 1)
        until(lambda: asked(hanging, LIST) == before + 1)
        assert quick(lambda: hanging.get(f"/doorway/{COMMUNITY}")).status_code == 302
        hanging.faults.clear()
        assert looking.result().status_code == 404


def test_while_a_look_hangs_later_visitors_are_refused_at_once(hanging: World, monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch, 5.0)
    hanging.clock.move(minutes=1)
    hangs(hanging, LIST)
    waited = made_up(hanging, 1).elapsed
    for number in range(3):
        later = made_up(hanging, number)
        assert (later.status_code, later.elapsed < waited) == (503, True)


def test_what_was_not_found_a_moment_ago_is_not_looked_for_again(hanging: World) -> None:
    hanging.clock.move(minutes=1)
    assert made_up(hanging, 1).status_code == 404
    hangs(hanging, LIST)
    assert [quick(partial(made_up, hanging, number)).status_code for number in range(3)] == [404] * 3


def test_the_first_visitors_of_a_new_community_all_get_in(hanging: World) -> None:
    many = community_directory.MOST_WAITING
    hanging.clock.move(minutes=1)
    with hanging.via.db.transaction() as tx:
        tx.connection.execute("DELETE FROM communities WHERE community_id = :id", id=COMMUNITY)
    with ThreadPoolExecutor(many) as crowd:
        arrived = [one.result() for one in [crowd.submit(hanging.get, f"/doorway/{COMMUNITY}") for _ in range(many)]]
    assert {answer.status_code for answer in arrived} == {302}


def test_a_look_that_took_too_long_still_finds_the_community(hanging: World, monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch, 2.0)
    hanging.clock.move(minutes=1)
    with hanging.via.db.transaction() as tx:
        tx.connection.execute("DELETE FROM communities WHERE community_id = :id", id=COMMUNITY)
    hanging.faults.set(LIST, "hang", times=1, seconds=60)
    assert hanging.get(f"/doorway/{COMMUNITY}").status_code == 503
    hanging.faults.clear()
    until(lambda: hanging.get(f"/doorway/{COMMUNITY}").status_code == 302)


def test_there_are_threads_for_all_who_may_wait() -> None:
    in_rooms = BOOKINGS_AT_ONCE + CHECK_INS_AT_ONCE + offered_times.MOST_WAITING + community_directory.MOST_WAITING
    gates = 3  # on PostgreSQL: to any connection, for writing, and for the inbox
    assert in_rooms + gates * OF_A_PAGE.most <= MOST_WAITING
    rooms = [name for name in vars(collaborators.Collaborators)["__dataclass_fields__"] if name in ("bookings", "check_ins")]
    assert len(rooms) == 2, "a new room needs threads too"


def test_a_booking_is_still_refused_for_what_is_wrong_with_it(hanging: World) -> None:
    problem(
        requests.post(f"{hanging.url}/api/v1/tours", json=body(startTime=None), headers={"Idempotency-Key": "k"}, timeout=30), 422
    )
