"""Knock's feed of a prospect's events: read by cursor, stored once each, and what is concluded from it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.knock.model import Event
from tests.flow.story import book_until_confirmed
from tests.world import COMMUNITY, JANE, START, World
from vendor_app.store.prospect_events import StoredEvent
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.prospect_events import FeedCounts, read_prospect_events

EVENTS, BOOK = "GET /prospect/events", "POST /appointment/request"
SAM = {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com", "phone": "2065550000"}


def known(world: World, **changes: Any) -> dict[str, Any]:
    """A confirmed tour whose prospect we know, its feed read once."""
    booked = book_until_confirmed(world, **changes)
    world.jobs()
    assert world.tour(booked).prospect_id
    return booked


def stored(world: World, booked: dict[str, Any]) -> list[StoredEvent]:
    with world.via.db.read() as db:
        return db.prospect_events.of_prospect(world.tour(booked).prospect_id or "")


def read(world: World) -> FeedCounts:
    return read_prospect_events(world.via, world.clock())


def asked_for(world: World, call: str = EVENTS) -> int:
    return [name for name, _ in world.sandbox.calls].count(call)


def say(world: World, booked: dict[str, Any], type: str, description: str, **data: Any) -> None:
    world.sandbox.agent.message(world.tour(booked).prospect_id or "", type, description, data)


# Reading


def test_a_feed_of_several_pages_is_read_to_its_end_and_stored_once(the_world: World) -> None:
    booked = known(the_world)
    for number in range(120):
        the_world.clock.move(seconds=1)
        say(the_world, booked, "SMS_MESSAGE", f"message {number}", number=number)
    before = asked_for(the_world)

    the_world.jobs()

    assert asked_for(the_world) == before + 3
    told = stored(the_world, booked)
    assert [one.description for one in told[1:]] == [f"message {number}" for number in range(120)]
    assert (told[0].type, told[7].detail) == ("APPOINTMENT_CREATED", {"number": 6})


def test_reading_again_stores_nothing_twice(the_world: World) -> None:
    booked = known(the_world)
    say(the_world, booked, "EMAIL", "one")
    lines = [line for _ in range(4) for line in the_world.jobs() if line.startswith("prospect_events")]
    assert lines == ["prospect_events: read 1, new 1, unread 0"] + ["prospect_events: read 1, new 0, unread 0"] * 3
    assert len(stored(the_world, booked)) == 2


def test_what_two_readers_find_in_the_same_moment_is_stored_once(the_world: World) -> None:
    booked = known(the_world)
    event = StoredEvent(type="EMAIL", description="one", occurred_at=START, created_at=START, source_title=None, detail={})
    readers = [Collaborators.connect(the_world.config) for _ in range(4)]
    gate = threading.Barrier(4)

    def keep(via: Collaborators) -> bool:
        gate.wait()
        with via.db.transaction() as tx:
            return tx.prospect_events.keep(the_world.tour(booked).prospect_id or "", event, START)

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(keep, readers))
    for via in readers:
        via.db.close()
    assert (kept.count(True), len(stored(the_world, booked))) == (1, 2)


def test_the_same_said_to_two_prospects_is_two_events(the_world: World) -> None:
    one = known(the_world)
    other = known(the_world, key="key-2", profile=SAM, start=START + timedelta(hours=1))
    for booked in (one, other):
        say(the_world, booked, "SMS_MESSAGE", "Welcome!")
    the_world.jobs()
    assert [stored(the_world, booked)[-1].description for booked in (one, other)] == ["Welcome!"] * 2


def test_two_tours_of_one_prospect_have_one_feed(the_world: World) -> None:
    first = known(the_world)
    the_world.act(first, "cancel")
    second = known(the_world, key="key-2", start=START + timedelta(hours=1))
    say(the_world, second, "EMAIL", "one")
    the_world.jobs()
    assert stored(the_world, first) == stored(the_world, second)
    assert len(stored(the_world, second)) == 3


@pytest.mark.parametrize(
    ("type", "description", "data"),
    [
        ("KNOCKBOT_MESSAGE", "Bot says hi", {"deep": [1, {"er": None}], "n": 1.5}),
        ("something nobody has documented", "", {}),
        ("x" * 200, "🏠 é \u2028", {"🏠": "é"}),
        ("NUL\x00", "a\x00b", {"a\x00": "b\x00"}),
        ("SURROGATE", "\ud800", {"s": "\udfff"}),
    ],
)
def test_events_of_any_kind_are_kept(the_world: World, type: str, description: str, data: dict[str, Any]) -> None:
    booked = known(the_world)
    say(the_world, booked, type, description, **data)
    the_world.jobs()
    the_world.jobs()
    (told,) = (one for one in stored(the_world, booked) if one.type != "APPOINTMENT_CREATED")
    shown = "".join("�" if one == "\x00" else one for one in type)
    assert (told.type, len(told.detail)) == (shown, len(data))


def test_what_was_said_in_one_instant_stays_in_the_feeds_order(the_world: World) -> None:
    booked = known(the_world)
    for number in range(10):
        say(the_world, booked, "SMS_MESSAGE", str(number))
    the_world.jobs()
    assert [one.description for one in stored(the_world, booked)[1:]] == [str(number) for number in range(10)]


def test_an_odd_source_title_comes_back_as_it_came(the_world: World) -> None:
    booked = known(the_world, sourceTitle="a\x00b 🏠")
    assert stored(the_world, booked)[0].source_title == "a\x00b 🏠"


# When Knock fails


@pytest.mark.parametrize("fault", ["500", "drop_before", "garbage"])
def test_a_page_that_fails_once_is_asked_for_again(the_world: World, fault: str) -> None:
    booked = known(the_world)
    say(the_world, booked, "EMAIL", "one")
    the_world.faults.set(EVENTS, fault)
    the_world.jobs()
    the_world.jobs()
    assert len(stored(the_world, booked)) == 2


def test_a_feed_that_breaks_off_stores_nothing_of_it_and_is_read_whole_later(
    the_world: World,
) -> None:
    booked = known(the_world)
    for number in range(60):
        say(the_world, booked, "EMAIL", str(number))
    the_world.faults.set(EVENTS, "500", times=3)
    assert "prospect_events: read 0, new 0, unread 1" in the_world.jobs()
    assert len(stored(the_world, booked)) == 1
    the_world.jobs()
    assert len(stored(the_world, booked)) == 61


def test_a_silent_knock_ends_the_run_and_the_others_have_their_turn_next_time(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, [START + timedelta(hours=number) for number in range(5)])
    tours = []
    for number in range(5):
        who = {**SAM, "email": f"sam{number}@example.com", "phone": f"206555000{number}"}
        tours.append(known(the_world, key=f"key-{number}", profile=who, start=START + timedelta(hours=number)))
    for booked in tours:
        say(the_world, booked, "EMAIL", "one")
    the_world.clock.move(minutes=15)
    the_world.faults.set(EVENTS, "429", times=3)
    assert read(the_world) == FeedCounts(0, 0, 3)
    assert read(the_world) == FeedCounts(2, 2, 0)
    the_world.clock.move(minutes=15)
    assert read(the_world) == FeedCounts(5, 3, 0)


def test_a_prospect_that_knock_does_not_know_is_no_silence(the_world: World) -> None:
    booked = known(the_world)
    with the_world.via.db.transaction() as tx:
        tx.connection.execute("UPDATE tours SET prospect_id = '999'")
    the_world.clock.move(minutes=15)
    assert read(the_world) == FeedCounts(0, 0, 1)
    assert the_world.tour(booked).status == "confirmed"


# When


def test_a_feed_is_read_when_due_and_by_one_worker(the_world: World) -> None:
    known(the_world)
    assert read(the_world) == FeedCounts(0, 0, 0)
    the_world.clock.move(minutes=15)
    before = asked_for(the_world)
    workers = [Collaborators.connect(the_world.config) for _ in range(4)]
    gate = threading.Barrier(4)

    def run(via: Collaborators) -> FeedCounts:
        gate.wait()
        return read_prospect_events(via, the_world.clock())

    with ThreadPoolExecutor(4) as pool:
        assert sum(one.read for one in pool.map(run, workers)) == 1
    for via in workers:
        via.db.close()
    assert asked_for(the_world) == before + 1


def test_from_a_day_after_the_tour_its_feed_is_left_alone(the_world: World) -> None:
    known(the_world)
    the_world.clock.move(hours=26)
    assert read(the_world).read == 1
    before = asked_for(the_world)
    the_world.converge(hours=72, minutes_a_step=720)
    assert (asked_for(the_world), read(the_world)) == (before, FeedCounts(0, 0, 0))


# What it tells


def test_a_newer_appointment_that_no_notice_told_of_is_a_task_for_the_operator_once(the_world: World) -> None:
    booked = known(the_world)
    the_world.knock.loses_notices = True
    the_world.clock.move(minutes=1)
    the_world.sandbox.agent.book(COMMUNITY, JANE, START + timedelta(hours=3))
    for _ in range(3):
        the_world.jobs()
    with the_world.via.db.read() as db:
        (task,) = db.tasks.list_open()
    assert (task.tour_id, task.what) == (booked["tourId"], "look_for_a_newer_appointment")
    assert datetime.fromisoformat(task.detail["start"]) == START + timedelta(hours=3)
    assert the_world.story(booked["tourId"]).count("knock.newer_appointment") == 1
    assert the_world.tour(booked).status == "confirmed"  # a hint, and no proof


def test_an_appointment_from_before_the_tour_is_no_newer_one(the_world: World) -> None:
    the_world.sandbox.agent.book(COMMUNITY, JANE, START + timedelta(hours=3))
    the_world.clock.move(minutes=1)
    known(the_world)
    the_world.jobs()
    with the_world.via.db.read() as db:
        assert db.tasks.list_open() == []


# Settling an unknown booking


def lost(world: World, fault: str) -> dict[str, Any]:
    """A booking whose answer was lost, no notice tells of it, and Knock refuses the time when asked again."""
    world.knock.loses_notices = True
    world.faults.set(BOOK, fault)
    answer = world.book(key="key-lost")
    assert answer.status_code == 202
    world.knock.offer(COMMUNITY, [START + timedelta(hours=5)])
    world.clock.move(seconds=61)
    booked: dict[str, Any] = answer.json()
    return booked


def test_with_no_notice_the_feed_tells_that_our_own_appointment_holds_the_time(the_world: World) -> None:
    booked = lost(the_world, "drop_after")
    the_world.jobs()
    assert the_world.tour(booked).status == "requested"
    (appointment,) = the_world.standing()
    the_world.knock.loses_notices = False
    the_world.knock.notify(appointment.appointment_id)
    the_world.clock.move(minutes=2)
    the_world.jobs()
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.tour(booked).appointment_id) == ("confirmed", appointment.appointment_id)
    assert len(stored(the_world, booked)) == 1


def test_with_no_notice_the_feed_tells_that_there_is_no_appointment(the_world: World) -> None:
    booked = lost(the_world, "500")
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("rejected", "refused_by_knock")
    assert the_world.standing() == []


def test_an_appointment_of_theirs_from_before_long_cancelled_does_not_hold_the_time(the_world: World) -> None:
    earlier = known(the_world)
    the_world.act(earlier, "cancel")
    the_world.jobs()
    assert the_world.standing() == []
    the_world.clock.move(minutes=10)
    booked = lost(the_world, "500")
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("rejected", "refused_by_knock")


def test_a_feed_that_cannot_be_read_decides_nothing(the_world: World) -> None:
    booked = lost(the_world, "500")
    the_world.faults.set(EVENTS, "500", times=9)
    the_world.jobs()
    assert the_world.tour(booked).status == "requested"
    the_world.faults.clear()
    the_world.clock.move(minutes=10)
    the_world.jobs()
    assert the_world.tour(booked).status == "rejected"


def test_the_event_names_only_what_it_has(the_world: World) -> None:
    booked = known(the_world)
    bare = Event("APPOINTMENT_CREATED", "", the_world.clock(), None, {"startTime": START.isoformat()})
    the_world.knock.prospects[the_world.tour(booked).prospect_id or ""].events.append(bare)
    assert "prospect_events: read 1, new 1, unread 0" in the_world.jobs()
