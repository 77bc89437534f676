"""Answers that come late, twice or odd, and what must not go wrong because of them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.flow.story import assert_one_visit, book_until_confirmed, live_the_story
from tests.world import COMMUNITY, START, World
from vendor_app.domain.delivery.outbox import Kind
from vendor_app.domain.partners.known import LockKind
from vendor_app.usecases.operators.operate import list_dead_messages, replay_message

BOOK, VISIT, CANCEL = "POST /appointment/request", "POST /visit", "PUT /appointment/cancel"
GRANT, REVOKE = "POST /lock access.grant_requested", "POST /lock access.revoke_requested"


def calls(the_world: World) -> list[str]:
    return [name for name, _ in the_world.sandbox.calls]


def test_a_tour_cancelled_while_knock_is_still_answering_is_cancelled_in_knock(the_world: World) -> None:
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.faults.set(BOOK, "hang", seconds=0.6)
    with ThreadPoolExecutor(1) as client:
        first = client.submit(the_world.book)
        asked = threading.Event()
        while not asked.wait(0.005):
            if BOOK in calls(the_world):
                asked.set()
        second = the_world.book().json()
        assert the_world.act(second, "cancel").json()["status"] == "cancelled"
        first.result()
    the_world.jobs()
    assert the_world.standing() == []
    with the_world.via.db.read() as db:
        assert db.outbox_reports.pending_messages_of(second["tourId"]) == []


def test_a_visit_made_by_an_attempt_whose_answer_was_lost_is_not_made_again_after_a_later_one_was_turned_away(
    the_world: World,
) -> None:
    booked = book_until_confirmed(the_world)
    the_world.knock.notices_paused = True
    the_world.faults.set(VISIT, "500_after")
    live_the_story(the_world, booked)
    the_world.clock.move(minutes=3)
    the_world.jobs()
    assert len(the_world.knock.visits) == 1
    the_world.faults.set(VISIT, "429", seconds=1)
    the_world.clock.move(minutes=21)
    the_world.jobs()  # no notice for twenty minutes: asked again, and turned away
    the_world.knock.notices_paused = False
    the_world.converge(hours=1)
    assert_one_visit(the_world, booked)


def test_an_empty_list_of_communities_cancels_nothing(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    for community_id in list(the_world.knock.communities):
        the_world.sandbox.agent.remove(community_id)
    the_world.clock.move(minutes=1)
    the_world.jobs()
    assert the_world.tour(booked).status == "confirmed"


def test_a_knock_that_hangs_is_asked_by_one_visitor_and_the_others_get_the_recent_list(the_world: World) -> None:
    times = f"/api/v1/communities/{COMMUNITY}/times"
    the_world.get(times)
    the_world.clock.move(minutes=1)
    the_world.sandbox.calls.clear()
    the_world.faults.set("GET /community/available-times", "hang", times=99, seconds=30)
    with ThreadPoolExecutor(12) as visitors:
        answers = list(visitors.map(lambda _: the_world.get(times), range(12)))
    later = the_world.get(times)
    assert {answer.json()["stale"] for answer in [*answers, later]} == {True}
    assert len(calls(the_world)) == 1


def test_rebooking_leaves_no_dead_message_whatever_knock_says_of_the_replaced_appointment(
    the_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    book_until_confirmed(the_world)
    book_until_confirmed(the_world, key="key-2", start=START.replace(hour=20))
    the_world.jobs()
    the_world.converge(hours=0.2)
    assert list_dead_messages(the_world.via) == []
    assert len(the_world.standing()) == 1


def test_doors_are_revoked_before_knock_is_told(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.sandbox.calls.clear()
    the_world.act(booked, "cancel")
    the_world.jobs()
    asked = calls(the_world)
    assert asked.index(REVOKE) < asked.index(CANCEL)


def test_a_grant_that_was_given_up_is_asked_for_again_when_an_operator_replays_it(
    the_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vendor_app.clients.errors import Refused

    booked = book_until_confirmed(the_world)
    lock = the_world.via.locks[LockKind.HTTP]

    def refuses(*_: object) -> str:
        raise Refused(GRANT, "no such door", 400)

    monkeypatch.setattr(lock, "grant", refuses)
    the_world.converge(hours=0.1, minutes_a_step=1)
    monkeypatch.undo()
    (dead,) = list_dead_messages(the_world.via)
    assert dead.kind == Kind.GRANT_ACCESS
    assert the_world.act(booked).json()["access"]["state"] == "failed"

    replay_message(the_world.via, dead.id, the_world.clock())
    the_world.jobs()
    assert the_world.act(booked).json()["access"]["state"] == "ready"


def test_access_that_keeps_failing_for_a_tour_booked_at_the_last_minute_cancels_it_by_its_start(the_world: World) -> None:
    the_world.lock.fails_grants = True
    the_world.clock.move(minutes=27)
    booked = the_world.book().json()
    the_world.jobs()
    the_world.converge(hours=0.05, minutes_a_step=1)
    assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("cancelled", "access_not_granted_in_time")


def test_a_code_called_back_under_the_locks_own_grant_id_reaches_the_tour(the_world: World) -> None:
    the_world.lock.answers_later = True
    the_world.lock.callbacks_paused = True
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    told = {"tourId": booked["tourId"], "grantId": "the lock's own", "code": "314159"}
    the_world.lock.send("access.credential_ready", told)
    the_world.jobs()
    the_world.clock.move(minutes=25)
    assert the_world.act(booked, "check-in").json()["code"] == "314159"
