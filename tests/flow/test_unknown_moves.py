"""A move whose answer is lost: whatever happens meanwhile, one appointment stands in the end, or none for a cancelled tour."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.flow.moves import (
    JOE,
    LATER,
    REQUEST,
    TOMORROW,
    ask_and_lose_the_answer,
    assert_nothing_is_left,
    assert_stands_at,
    owed,
    settle,
    strike,
    wait_for_call,
    with_access,
)
from tests.flow.story import book_until_confirmed, code_at_the_door
from tests.world import COMMUNITY, START, World
from vendor_app.usecases.operators.operate import list_tasks


@pytest.mark.parametrize(
    ("fault", "notices"),
    [
        ("500_after", "come"),
        ("500_after", "are lost"),
        ("drop_after", "wait"),
        ("drop_after", "are lost"),
        ("garbage", "come"),
        ("garbage", "wait"),
        ("hang", "come"),
        ("500", "come"),
        ("500", "are lost"),
        ("drop_before", "wait"),
        ("hang_before", "are lost"),
    ],
)
def test_a_move_whose_answer_is_lost_ends_at_the_new_time(the_world: World, fault: str, notices: str) -> None:
    booked = with_access(the_world)
    the_world.knock.notices_paused, the_world.knock.loses_notices = notices == "wait", notices == "are lost"

    ask_and_lose_the_answer(the_world, booked, fault=fault)
    the_world.jobs()
    assert (the_world.tour(booked).starts_at, the_world.tour(booked).status) == (START, "confirmed")
    settle(the_world)

    assert_stands_at(the_world, booked, LATER)
    the_world.knock.notices_paused = the_world.knock.loses_notices = False
    the_world.converge(hours=0.5)  # of two appointments, Knock may say for 20 minutes which one it has let go of
    assert_stands_at(the_world, booked, LATER)


@pytest.mark.parametrize("fault", ["drop_after", "garbage"])
def test_an_appointment_that_a_notice_tells_of_is_adopted_and_not_asked_for_again(the_world: World, fault: str) -> None:
    booked = with_access(the_world)
    ask_and_lose_the_answer(the_world, booked, fault=fault)
    settle(the_world)
    assert len(the_world.knock.appointments) == 2
    assert_stands_at(the_world, booked, LATER)


@pytest.mark.parametrize("fault", ["500", "drop_before"])
def test_a_move_that_knock_refuses_when_asked_again_leaves_the_tour_where_it_was(the_world: World, fault: str) -> None:
    booked = with_access(the_world)
    ask_and_lose_the_answer(the_world, booked, fault=fault)
    the_world.knock.offer(COMMUNITY, [START])
    settle(the_world)
    assert_stands_at(the_world, booked, START)
    assert "tour.move_refused" in the_world.story(booked["tourId"])


def test_a_move_that_knock_refuses_because_the_first_request_holds_the_time_waits_for_the_notice(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.knock.notices_paused = True
    ask_and_lose_the_answer(the_world, booked)
    the_world.knock.offer(COMMUNITY, [])
    settle(the_world)
    assert the_world.tour(booked).next_span is not None

    the_world.knock.notices_paused = False
    settle(the_world)
    assert_stands_at(the_world, booked, LATER)


def test_a_failed_move_whose_old_appointment_an_agent_has_cancelled_meanwhile_cancels_the_tour(the_world: World) -> None:
    booked = with_access(the_world)
    (old,) = the_world.standing()
    ask_and_lose_the_answer(the_world, booked, fault="drop_before")
    the_world.sandbox.agent.cancel(old.appointment_id)
    the_world.jobs()
    assert the_world.tour(booked).status == "confirmed"  # it may be the move that has cancelled it
    the_world.knock.offer(COMMUNITY, [])
    settle(the_world)
    assert_nothing_is_left(the_world, booked)
    assert the_world.tour(booked).reason == "cancelled_in_knock"


def test_a_move_that_fails_follows_an_agent_who_has_moved_the_tour_meanwhile(the_world: World) -> None:
    booked = with_access(the_world)
    (old,) = the_world.standing()
    ask_and_lose_the_answer(the_world, booked, fault="drop_before")
    the_world.sandbox.agent.move(old.appointment_id, TOMORROW)
    the_world.jobs()
    the_world.knock.offer(COMMUNITY, [])
    settle(the_world)
    assert_stands_at(the_world, booked, TOMORROW)


def test_the_time_of_an_earlier_appointment_is_not_taken_for_the_one_that_is_asked_for(the_world: World) -> None:
    booked = with_access(the_world, start=TOMORROW)
    the_world.clock.move(minutes=1)
    assert the_world.move(booked, LATER).status_code == 200
    the_world.clock.move(minutes=9)
    ask_and_lose_the_answer(the_world, booked, start=TOMORROW, fault="drop_before")
    the_world.knock.offer(COMMUNITY, [])
    settle(the_world)
    assert_stands_at(the_world, booked, LATER)


def test_while_the_move_is_open_the_tour_holds_both_times(the_world: World) -> None:
    booked = with_access(the_world)
    ask_and_lose_the_answer(the_world, booked, fault="drop_before")
    the_world.knock.offer(COMMUNITY, None)
    codes = [the_world.book(key=f"at {start}", start=start, profile=JOE).status_code for start in (START, LATER)]
    assert codes == [409, 409]
    settle(the_world)
    assert the_world.book(key="free again", profile=JOE).status_code == 201
    assert {one.start for one in the_world.standing()} == {START, LATER}


def test_asking_for_another_time_while_one_is_open_is_refused_and_for_the_same_is_not(the_world: World) -> None:
    booked = with_access(the_world)
    ask_and_lose_the_answer(the_world, booked)
    asked = len(the_world.sandbox.calls)
    assert [the_world.move(booked, start).status_code for start in (TOMORROW, START, LATER)] == [409, 409, 202]
    assert len(the_world.sandbox.calls) == asked
    settle(the_world)
    assert_stands_at(the_world, booked, LATER)


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_a_move_that_is_settled_after_the_old_window_is_over_still_moves_the_tour(the_world: World, fault: str) -> None:
    booked = with_access(the_world)
    the_world.knock.notices_paused = True
    ask_and_lose_the_answer(the_world, booked, start=TOMORROW, fault=fault)
    strike(the_world, "429", times=99)
    the_world.converge(hours=2, minutes_a_step=10)
    assert the_world.tour(booked).status == "confirmed"
    assert not [one for one in the_world.live_grants() if one.ends_at > the_world.clock()]

    the_world.faults.clear()
    the_world.knock.notices_paused = False
    the_world.converge(hours=2, minutes_a_step=10)
    assert_stands_at(the_world, booked, TOMORROW)


def test_the_first_answer_coming_after_the_safety_nets_leaves_the_appointment_that_stands(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.knock.notices_paused = True
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.faults.set(REQUEST, "hang", seconds=0.7)
    with ThreadPoolExecutor(1) as client:
        first = client.submit(the_world.move, booked, LATER)
        wait_for_call(the_world, 2)
        the_world.clock.move(seconds=61)
        the_world.jobs()
        assert first.result().status_code == 200
    the_world.knock.loses_notices = True
    the_world.jobs()
    assert len(the_world.knock.appointments) == 3
    assert_stands_at(the_world, booked, LATER)


# Cancelled meanwhile


@pytest.mark.parametrize(
    ("fault", "notices"),
    [("500_after", "come"), ("drop_after", "come"), ("drop_after", "wait"), ("garbage", "wait"), ("drop_before", "come")],
)
def test_a_tour_cancelled_while_its_move_is_unknown_leaves_nothing(the_world: World, fault: str, notices: str) -> None:
    booked = with_access(the_world)
    the_world.knock.notices_paused = notices == "wait"
    ask_and_lose_the_answer(the_world, booked, fault=fault)

    cancelled = the_world.act(booked, "cancel").json()

    assert (cancelled["status"], cancelled["requestedStartTime"]) == ("cancelled", None)
    the_world.jobs()
    assert the_world.live_grants() == []
    the_world.knock.notices_paused = False
    settle(the_world)
    assert_nothing_is_left(the_world, booked)


def test_a_cancelled_tour_whose_new_appointment_no_notice_names_is_a_task_for_the_operator(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.knock.loses_notices = True
    ask_and_lose_the_answer(the_world, booked)
    the_world.act(booked, "cancel")
    settle(the_world)
    (task,) = list_tasks(the_world.via)
    assert (task.tour_id, task.what) == (booked["tourId"], "cancel_in_knock_by_hand")

    (left,) = the_world.standing()
    the_world.knock.loses_notices = False
    the_world.knock.notify(left.appointment_id)
    settle(the_world)
    assert_nothing_is_left(the_world, booked)
    assert list_tasks(the_world.via) == []


def test_a_tour_cancelled_while_a_move_back_is_unknown_lets_its_appointment_go_soon(the_world: World) -> None:
    booked = with_access(the_world, start=TOMORROW)
    the_world.clock.move(minutes=1)
    assert the_world.move(booked, LATER).status_code == 200
    the_world.clock.move(minutes=9)
    ask_and_lose_the_answer(the_world, booked, start=TOMORROW, fault="drop_before")
    the_world.act(booked, "cancel")
    settle(the_world)
    assert_nothing_is_left(the_world, booked)


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "late"])
def test_a_notice_about_the_time_before_refuses_no_move_back(the_world: World, fault: str) -> None:
    booked = with_access(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.knock.notices_paused = True
    the_world.clock.move(minutes=1)
    assert the_world.move(booked, LATER).status_code == 200
    the_world.clock.move(minutes=9)
    ask_and_lose_the_answer(the_world, booked, start=TOMORROW, fault=fault)
    the_world.knock.notices_paused = False
    settle(the_world)
    the_world.faults.work_off()
    settle(the_world)
    assert_stands_at(the_world, booked, TOMORROW)
    assert "tour.move_refused" not in the_world.story(booked["tourId"])


def test_a_tour_cancelled_while_knock_is_still_answering_its_move_leaves_nothing(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.faults.set(REQUEST, "hang", seconds=0.6)
    with ThreadPoolExecutor(1) as client:
        moving = client.submit(the_world.move, booked, LATER)
        wait_for_call(the_world, 2)
        assert the_world.act(booked, "cancel").json()["status"] == "cancelled"
        assert moving.result().json()["status"] == "cancelled"
    settle(the_world)
    assert_nothing_is_left(the_world, booked)


def test_a_newer_booking_of_the_prospect_takes_the_place_of_a_tour_whose_move_is_unknown(the_world: World) -> None:
    booked = with_access(the_world)
    ask_and_lose_the_answer(the_world, booked)
    newer = book_until_confirmed(the_world, key="key-2", start=TOMORROW)
    settle(the_world)
    assert the_world.tour(booked).reason == "replaced_by_a_newer_booking"
    assert owed(the_world, booked) == []
    assert_stands_at(the_world, newer, TOMORROW)


def test_a_prospect_who_comes_at_the_old_time_while_the_move_is_unknown_makes_one_visit(the_world: World) -> None:
    booked = with_access(the_world)
    the_world.knock.notices_paused = True
    code = code_at_the_door(the_world, booked)
    ask_and_lose_the_answer(the_world, booked)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.jobs()
    assert the_world.tour(booked).status == "in_progress"
    the_world.knock.notices_paused = False
    the_world.converge(hours=2, minutes_a_step=15)
    (visit,), tour = the_world.knock.visits, the_world.tour(booked)
    assert (visit.appointment_id, tour.status, tour.next_span) == (tour.appointment_id, "completed", None)
    assert [one.status for one in the_world.standing()] == ["VISITED"]
    assert the_world.live_grants() == []
