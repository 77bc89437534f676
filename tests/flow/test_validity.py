"""Get Prospect: asked in the validity job and once more before a tour begins, and what each of its answers means."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from jobs.schedule import SCHEDULE
from tests.domain.example import a_tour
from tests.flow.story import book_until_confirmed
from tests.web.visitor import EVERYTHING, Page, Visitor
from tests.world import COMMUNITY, START, World, world
from vendor_app.domain.cancelling import Reason
from vendor_app.domain.tours import Status
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.visit import tour_holder
from vendor_app.usecases.visit.cancel_invalid_tours import ValidityCounts, cancel_invalid_tours

GET, NEW = "GET /prospect", "POST /prospect"
ELSEWHERE = "191b65d2686d11e9"
DOWN = ["500", "429", "drop_before", "drop_after", "garbage"]


@pytest.fixture
def with_tours(the_world: World) -> Iterator[World]:
    """A world whose communities are known."""
    the_world.jobs()
    yield the_world


def add_tours(world: World, *ahead: timedelta, **changes: Any) -> list[str]:
    """Confirmed tours so long from now, each of a prospect of its own, due for a check; their ids."""
    ids = []
    with world.via.db.transaction() as tx:
        for number, one in enumerate(ahead):
            email = f"prospect{number}@example.com"
            asked = {"communityId": COMMUNITY, "firstName": "Jane", "lastName": "Doe", "email": email}
            prospect = world.knock.add_prospect(asked)
            start = world.clock() + one
            given = {"start": start, "community_id": COMMUNITY, "prospect_id": prospect.prospect_id, "email_key": email}
            tour = a_tour(f"tour_{number}", tour_type="IN_PERSON", **{**given, **changes})
            tx.tours.insert(tour)
            tx.due_tours.check_again(tour.tour_id, world.clock())
            ids.append(tour.tour_id)
    return ids


def asked_for(world: World, call: str = GET) -> int:
    return [name for name, _ in world.sandbox.calls].count(call)


def statuses(world: World) -> dict[str, Status]:
    return {tour.tour_id: tour.status for tour in world.tours()}


def set_prospect(world: World, booked: dict[str, Any], prospect_id: str) -> None:
    with world.via.db.transaction() as tx:
        tx.tours.save(replace(world.tour(booked), prospect_id=prospect_id))


def at_the_door(world: World) -> dict[str, Any]:
    """A tour whose window is open, its access ready."""
    booked = book_until_confirmed(world)
    world.jobs()
    world.clock.move(minutes=25)
    assert world.act(booked).json()["access"]["state"] == "ready"
    return booked


# What the answers mean


@pytest.mark.parametrize(
    ("prospect_id", "reason"),
    [("51316", None), ("999999", "prospect_unknown_to_knock"), ("0", "prospect_unknown_to_knock")],
)
def test_a_prospect_that_does_not_exist_cancels_and_one_that_does_keeps(
    the_world: World, prospect_id: str, reason: str | None
) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    set_prospect(the_world, booked, prospect_id)
    the_world.jobs()
    the_world.jobs()
    assert the_world.tour(booked).reason == reason
    assert len(the_world.standing()) == len(the_world.live_grants()) == (0 if reason else 1)


@pytest.mark.parametrize("malformed", ["abc", "51316?x=1", "..", "5131６"])
def test_a_malformed_id_is_our_mistake_and_heals(the_world: World, malformed: str) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    (prospect,) = the_world.knock.prospects
    set_prospect(the_world, booked, malformed)

    the_world.jobs()

    assert (the_world.tour(booked).status, the_world.tour(booked).prospect_id) == ("confirmed", prospect)
    assert the_world.story(booked["tourId"])[-2:] == ["knock.prospect_unknown", "knock.prospect_known"]
    assert (list(the_world.knock.prospects), len(the_world.standing())) == ([prospect], 1)


def test_a_prospect_at_another_community_cancels(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    prospect_id = the_world.tour(booked).prospect_id or ""
    the_world.knock.prospects[prospect_id].community_id = ELSEWHERE
    the_world.jobs()
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("cancelled", Reason.PROSPECT_ELSEWHERE)
    assert (the_world.standing(), the_world.live_grants()) == ([], [])


def test_who_is_deleted_and_no_prospect_at_once_is_told_the_first(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    prospect_id = the_world.tour(booked).prospect_id or ""
    the_world.sandbox.agent.not_a_prospect(prospect_id)
    the_world.sandbox.agent.delete(prospect_id)
    the_world.jobs()
    assert the_world.tour(booked).reason == "prospect_deleted_in_knock"


@pytest.mark.parametrize("fault", DOWN)
def test_a_knock_that_does_not_answer_cancels_nothing_and_is_asked_again(the_world: World, fault: str) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.sandbox.agent.delete(the_world.tour(booked).prospect_id or "")
    the_world.faults.set(GET, fault)
    assert "unchecked 1" in "\n".join(the_world.jobs())
    assert the_world.tour(booked).status == "confirmed"
    the_world.jobs()
    assert the_world.tour(booked).reason == "prospect_deleted_in_knock"


def test_a_tour_that_has_begun_is_not_cancelled_and_keeps_its_visit(the_world: World) -> None:
    booked = at_the_door(the_world)
    code = the_world.act(booked, "check-in").json()["code"]
    the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.jobs()
    the_world.sandbox.agent.delete(the_world.tour(booked).prospect_id or "")
    the_world.converge(hours=1.5)
    assert (the_world.tour(booked).status, len(the_world.knock.visits)) == ("completed", 1)


# Before the tour begins


@pytest.mark.parametrize("happens", ["delete", "not_a_prospect"])
def test_who_is_no_longer_a_prospect_is_shown_no_code_at_the_door_and_the_tour_is_cancelled(
    the_world: World, happens: str
) -> None:
    booked = at_the_door(the_world)
    getattr(the_world.sandbox.agent, happens)(the_world.tour(booked).prospect_id)

    answer = the_world.act(booked, "check-in")

    assert (answer.status_code, answer.json()["detail"]) == (409, "This tour was cancelled.")
    (grant,) = the_world.lock.grants.values()
    assert grant.code and grant.code not in answer.text + the_world.act(booked).text
    assert the_world.tour(booked).status == "cancelled"
    assert the_world.tour(booked).checked_in_at is None
    the_world.jobs()
    assert (the_world.live_grants(), the_world.standing()) == ([], [])
    the_world.converge(hours=1.5)
    assert the_world.knock.visits == []


def test_the_page_says_that_it_was_cancelled_and_why(the_world: World) -> None:
    with Visitor(the_world) as visitor:
        address = visitor.book(visitor.arrive(), EVERYTHING).headers["Location"]
        the_world.jobs()
        the_world.clock.move(minutes=25)
        page = visitor.visit(address)
        (tour,) = the_world.tours()
        the_world.sandbox.agent.delete(tour.prospect_id or "")
        answered = Page(visitor.send(page, "I'm here: check in"))
    assert (answered.status, answered.alerts()) == (409, ["This tour was cancelled."])
    assert "taken you off its list" in answered.text()
    assert answered.root.all("section", **{"class": "code"}) == []


def test_without_a_lock_system_too_nobody_begins_who_is_no_longer_a_prospect(database_url: str) -> None:
    with world(database_url, access_url="", access_webhook_secrets=()) as keyless:
        booked = book_until_confirmed(keyless)
        keyless.jobs()
        keyless.clock.move(minutes=30)
        keyless.sandbox.agent.delete(keyless.tour(booked).prospect_id or "")
        assert keyless.act(booked, "check-in").status_code == 409
        keyless.converge(hours=1.5)
        assert (keyless.tour(booked).status, keyless.standing(), keyless.knock.visits) == ("cancelled", [], [])


@pytest.mark.parametrize("fault", DOWN)
def test_a_knock_that_is_down_keeps_nobody_out(the_world: World, fault: str) -> None:
    booked = at_the_door(the_world)
    the_world.faults.set(GET, fault)
    answer = the_world.act(booked, "check-in")
    assert (answer.status_code, len(answer.json()["code"])) == (200, 6)
    assert the_world.tour(booked).checked_in_at == the_world.clock()


def test_knock_is_asked_once_however_often_one_checks_in(the_world: World) -> None:
    booked = at_the_door(the_world)
    before = asked_for(the_world)
    for _ in range(3):
        assert the_world.act(booked, "check-in").status_code == 200
    assert asked_for(the_world) == before + 1


def test_before_the_window_a_check_in_does_not_trouble_knock(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    before = asked_for(the_world)
    assert the_world.act(booked, "check-in").status_code == 409
    assert asked_for(the_world) == before


@pytest.mark.parametrize("hangs", [(GET,), (NEW,), (NEW, GET)], ids="+".join)
def test_at_the_door_nobody_waits_longer_than_the_patience_there_is_in_all(
    database_url: str, monkeypatch: pytest.MonkeyPatch, hangs: tuple[str, ...]
) -> None:
    monkeypatch.setattr(tour_holder, "_WAIT_SECONDS", 0.4)
    with world(database_url, knock_timeout=timedelta(seconds=120)) as slow:
        slow.knock.notices_paused = True
        booked = slow.book().json()
        slow.clock.move(minutes=25)
        if NEW not in hangs:
            (prospect,) = slow.knock.prospects
            set_prospect(slow, booked, prospect)
        elif GET in hangs:
            set_prospect(slow, booked, "malformed")
            slow.faults.set(NEW, "hang", seconds=0.3)  # what is left for the rest is short
        for call in {*hangs} - ({NEW} if GET in hangs else set()):
            slow.faults.set(call, "hang_before" if GET not in hangs else "hang", times=9, seconds=60)
        began = time.monotonic()
        answer = slow.act(booked, "check-in")
        took = time.monotonic() - began
        slow.faults.clear()
    assert (answer.status_code, took < 30) == (200, True), (answer.text, took)


# The job


def test_the_nearest_tours_are_asked_about_first(with_tours: World) -> None:
    add_tours(with_tours, timedelta(days=3), timedelta(hours=1), timedelta(days=1))
    with_tours.faults.set(GET, "500", times=1)
    assert cancel_invalid_tours(with_tours.via, with_tours.clock()).unchecked == 1
    with with_tours.via.db.read() as db:
        rows = db.connection.query("SELECT tour_id, check_at FROM tours ORDER BY check_at, starts_at")
    assert asked_for(with_tours) == 3
    assert [row["tour_id"] for row in rows] == ["tour_1", "tour_2", "tour_0"]


def test_a_run_that_breaks_off_has_asked_about_the_nearest(with_tours: World) -> None:
    add_tours(with_tours, *(timedelta(days=7 - number) for number in range(6)))
    with_tours.faults.set(GET, "500", times=3)
    assert cancel_invalid_tours(with_tours.via, with_tours.clock()) == ValidityCounts(3, 0, 3)
    with with_tours.via.db.read() as db:
        still_due = db.connection.query(
            "SELECT tour_id FROM tours WHERE check_at <= :now ORDER BY starts_at", now=with_tours.clock()
        )
    assert [row["tour_id"] for row in still_due] == ["tour_2", "tour_1", "tour_0"]
    assert cancel_invalid_tours(with_tours.via, with_tours.clock()) == ValidityCounts(3, 0, 0)


def test_refusals_are_answers_and_do_not_end_a_run(with_tours: World) -> None:
    ids = add_tours(with_tours, *[timedelta(days=1)] * 5, prospect_id="777")
    assert cancel_invalid_tours(with_tours.via, with_tours.clock()) == ValidityCounts(5, 5, 0)
    assert statuses(with_tours) == dict.fromkeys(ids, Status.CANCELLED)


def test_between_silences_an_answer_lets_the_run_go_on(with_tours: World) -> None:
    add_tours(with_tours, *[timedelta(days=1)] * 8)
    with_tours.faults.set(GET, "500", times=2)
    assert cancel_invalid_tours(with_tours.via, with_tours.clock()) == ValidityCounts(8, 0, 2)


def test_a_run_asks_about_three_hundred_tours_at_most_and_the_next_takes_the_others(
    with_tours: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tours(with_tours, *[timedelta(days=1)] * 305)
    card = with_tours.via.knock.get_prospect("51316")
    asked: list[str] = []

    def answer(prospect_id: str, most_seconds: float | None = None) -> Any:
        asked.append(prospect_id)
        return card

    monkeypatch.setattr(with_tours.via.knock, "get_prospect", answer)
    now = with_tours.clock()
    counts = [cancel_invalid_tours(with_tours.via, now).checked for _ in range(3)]
    assert (counts, len(set(asked))) == ([300, 5, 0], 305)


def test_a_tour_is_asked_about_once_a_minute_when_near_and_less_often_when_far(with_tours: World) -> None:
    add_tours(with_tours, timedelta(hours=1), timedelta(days=9))
    for _ in range(3):
        cancel_invalid_tours(with_tours.via, with_tours.clock())
    assert asked_for(with_tours) == 2
    with_tours.clock.move(seconds=60)
    cancel_invalid_tours(with_tours.via, with_tours.clock())
    assert asked_for(with_tours) == 4


def test_workers_side_by_side_ask_once_a_tour(with_tours: World) -> None:
    add_tours(with_tours, *(timedelta(hours=3 + number) for number in range(24)))
    gone = sorted(with_tours.knock.prospects)[:5]
    for prospect_id in gone:
        with_tours.sandbox.agent.delete(prospect_id)
    workers = [Collaborators.connect(with_tours.config) for _ in range(4)]
    gate = threading.Barrier(4)

    def run(via: Collaborators) -> ValidityCounts:
        gate.wait()
        return cancel_invalid_tours(via, with_tours.clock())

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(run, workers))
    for via in workers:
        via.db.close()
    assert asked_for(with_tours) == sum(one.checked for one in counts) == 24
    assert sum(one.cancelled for one in counts) == list(statuses(with_tours).values()).count(Status.CANCELLED) == 5


def test_tours_that_are_over_or_not_confirmed_are_not_asked_about(with_tours: World) -> None:
    add_tours(with_tours, timedelta(hours=-3))
    cancel_invalid_tours(with_tours.via, with_tours.clock())
    assert asked_for(with_tours) == 0
    with_tours.knock.notices_paused = True
    with_tours.faults.set("POST /appointment/request", "500")
    assert with_tours.book().status_code == 202
    cancel_invalid_tours(with_tours.via, with_tours.clock())
    assert asked_for(with_tours) == 0


def test_a_tour_that_moved_is_asked_about_at_once(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=START + timedelta(days=1))
    the_world.jobs()
    before = asked_for(the_world)
    cancel_invalid_tours(the_world.via, the_world.clock())
    assert asked_for(the_world) == before
    assert the_world.move(booked, START).status_code == 200
    cancel_invalid_tours(the_world.via, the_world.clock())
    assert asked_for(the_world) == before + 1


def test_by_the_clock_a_near_tour_is_asked_about_every_minute(the_world: World) -> None:
    book_until_confirmed(the_world, start=START + timedelta(hours=1))
    the_world.jobs()
    (job,) = (one for one in SCHEDULE if one.name == "cancel_invalid_tours")
    asked_at = []
    for _ in range(int(timedelta(minutes=10) / job.every)):
        the_world.clock.now += job.every
        before = asked_for(the_world)
        job.run(the_world.via, the_world.clock)
        asked_at += [the_world.clock.now] * (asked_for(the_world) - before)
    pauses = [later - earlier for earlier, later in pairwise(asked_at)]
    assert len(pauses) >= 9
    assert max(pauses) <= timedelta(minutes=1)
