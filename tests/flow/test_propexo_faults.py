"""What goes wrong between us, Propexo and Knock, and what prospects, agents and operators change meanwhile."""

import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.knock.model import TourType
from tests.flow.moves import JOE, owed
from tests.flow.propexo import carry_out, finish_tasks, names, run_jobs, serve_through_propexo, tasks
from tests.flow.story import assert_one_visit, book_until_confirmed, cancel_by_prospect, live_the_story
from tests.flow.test_faults import FAULTS, UNKNOWN_OUTCOMES, strike
from tests.world import COMMUNITY, JANE, START, World
from vendor_app.clients.propexo.client import WriteStatus
from vendor_app.domain.delivery.outbox import Lane
from vendor_app.usecases.booking.take_knock_notices import act_on_knock_notices
from vendor_app.usecases.deliver import deliver_due
from vendor_app.usecases.knock.appointment_search import find_in_notices
from vendor_app.usecases.operators.operate import cancel_as_operator

ORDER, STATUS = "POST /crm/v1/appointments/knock", "GET /v1/admin/write-status"
LATER, TOMORROW = START + timedelta(hours=1), START + timedelta(days=1)
BY_HAND = "cancel_in_knock_by_hand"


@pytest.fixture
def propexos(the_world: World) -> World:
    """The world, its community booked through Propexo."""
    return serve_through_propexo(the_world)


def assert_stands(world: World, booked: dict[str, Any]) -> None:
    """The tour and its one appointment in Knock agree."""
    (appointment,) = world.standing()
    tour = world.tour(booked)
    assert (tour.status, tour.appointment_id) == ("confirmed", appointment.appointment_id)
    assert (tour.starts_at, tour.next_starts_at, tour.job_id) == (appointment.start, None, None)
    assert [grant.starts_at for grant in world.live_grants()] == [tour.opens_at]


def assert_nothing_stands(world: World, booked: dict[str, Any], reason: str = "cancelled_by_prospect") -> None:
    """It is cancelled everywhere, and nothing is left to be done."""
    tour = world.tour(booked)
    assert (tour.status, tour.reason) == ("cancelled", reason)
    assert (world.standing(), world.live_grants(), world.knock.visits, tasks(world)) == ([], [], [], [])


# Faults


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOMES)
def test_an_order_of_unknown_outcome_ends_in_one_appointment(propexos: World, fault: str) -> None:
    strike(propexos, ORDER, fault)
    answer = propexos.book()
    assert (answer.status_code, answer.json()["status"]) == (202, "requested")
    run_jobs(propexos, times=6, seconds=30)
    assert_stands(propexos, answer.json())


@pytest.mark.parametrize("fault", ["500_after", "drop_after", "garbage"])
def test_an_order_carried_out_without_our_knowing_is_adopted(propexos: World, fault: str) -> None:
    strike(propexos, ORDER, fault)
    booked = propexos.book().json()
    carry_out(propexos, "cljob_0001")
    run_jobs(propexos, seconds=30)
    assert_stands(propexos, booked)
    assert len(propexos.knock.appointments) == 1
    assert names(propexos).count(ORDER) == 1


def test_a_refused_order_frees_its_time_and_its_key(propexos: World) -> None:
    strike(propexos, ORDER, "429")
    assert propexos.book().status_code == 503
    propexos.clock.move(seconds=60)
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    assert_stands(propexos, booked)
    assert [one.status for one in propexos.tours()] == ["confirmed", "rejected"]


@pytest.mark.parametrize("fault", FAULTS)
def test_any_fault_while_polling_ends_in_one_appointment(propexos: World, fault: str) -> None:
    strike(propexos, STATUS, fault, times=1 if "hang" in fault else 3)
    booked = propexos.book().json()
    run_jobs(propexos, times=8, seconds=30)
    assert_stands(propexos, booked)
    assert names(propexos).count(ORDER) == 1


@pytest.mark.parametrize("call", ["GET /prospect", "GET /prospect/events", "POST /prospect"])
@pytest.mark.parametrize("fault", ["429", "drop_after"])
def test_any_fault_while_looking_ends_in_one_visit(propexos: World, call: str, fault: str) -> None:
    strike(propexos, call, fault, times=2)
    booked = book_until_confirmed(propexos)
    live_the_story(propexos, booked)
    propexos.converge(hours=0.5)
    assert_one_visit(propexos, booked)


def test_a_second_order_after_the_first_awaits_the_notice(propexos: World) -> None:
    propexos.knock.notices_paused = True
    strike(propexos, ORDER, "drop_after")
    booked = propexos.book().json()
    carry_out(propexos, "cljob_0001")
    propexos.knock.offer(COMMUNITY, [])  # whoever asks for the time now is refused
    run_jobs(propexos, seconds=61)
    assert propexos.sandbox.propexo.jobs["cljob_0002"].state == "FAILURE"
    assert propexos.tour(booked).status == "requested"

    propexos.knock.notices_paused = False
    run_jobs(propexos, seconds=61)

    assert_stands(propexos, booked)


@pytest.mark.parametrize("slow", [False, True])
def test_a_tour_cancelled_during_an_unknown_order_leaves_nothing(propexos: World, slow: bool) -> None:
    strike(propexos, ORDER, "drop_after")
    booked = propexos.book().json()
    cancel_by_prospect(propexos, booked)
    if slow:
        run_jobs(propexos, seconds=61)
    carry_out(propexos, "cljob_0001")
    run_jobs(propexos, seconds=61)
    assert len(propexos.knock.appointments) == 1
    assert_nothing_stands(propexos, booked)


def test_an_appointment_cancelled_while_its_job_is_asked_about_leaves_nothing(
    propexos: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = propexos.book(start=TOMORROW).json()
    cancel_by_prospect(propexos, booked)
    via, clock = propexos.via, propexos.clock
    assert via.propexo is not None
    ask = via.propexo.write_status

    def ask_slowly(job_id: str, now: datetime) -> WriteStatus:
        monkeypatch.undo()
        carry_out(propexos, job_id)
        propexos.sandbox.drain_notices()
        act_on_knock_notices(via, clock())
        clock.move(seconds=10)
        for lane in (Lane.NOTICES, Lane.KNOCK):
            deliver_due(via, lane, clock)
        assert propexos.standing() == []
        return ask(job_id, now)

    monkeypatch.setattr(via.propexo, "write_status", ask_slowly)
    run_jobs(propexos)
    assert owed(propexos, booked) == []
    assert_nothing_stands(propexos, booked)


# Cancelled


def test_a_tour_whose_notice_has_come_is_cancelled_in_knock(propexos: World) -> None:
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    cancel_by_prospect(propexos, booked)
    run_jobs(propexos)
    assert_nothing_stands(propexos, booked)
    assert len(propexos.knock.appointments) == 1


def test_a_tour_the_operator_cancels_is_cancelled_in_knock(propexos: World) -> None:
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    cancel_as_operator(propexos.via, booked["tourId"], propexos.clock())
    run_jobs(propexos)
    assert_nothing_stands(propexos, booked, "cancelled_by_operator")


def cancelled_without_notice(world: World, minutes: float = 0) -> dict[str, Any]:
    """A tour at TOMORROW, cancelled by the prospect before any notice came; its task is open."""
    world.knock.notices_paused = True
    booked = book_until_confirmed(world, start=TOMORROW)
    run_jobs(world, times=3, seconds=minutes * 20)
    cancel_by_prospect(world, booked)
    world.clock.move(seconds=2)
    world.jobs()
    assert tasks(world) == [(BY_HAND, {"start": TOMORROW.isoformat(), "community": COMMUNITY})]
    assert (len(world.standing()), world.live_grants()) == (1, [])
    return booked


@pytest.mark.parametrize("minutes", [0, 600])
def test_a_cancelled_tour_without_notice_is_a_task_meanwhile(propexos: World, minutes: float) -> None:
    booked = cancelled_without_notice(propexos, minutes)
    propexos.knock.notices_paused = False
    run_jobs(propexos, seconds=61)
    assert_nothing_stands(propexos, booked)


def test_the_task_closes_when_it_was_cancelled_by_hand(propexos: World) -> None:
    booked = cancelled_without_notice(propexos)
    (appointment,) = propexos.standing()
    propexos.sandbox.agent.cancel(appointment.appointment_id)
    propexos.knock.notices_paused = False
    run_jobs(propexos, seconds=61)
    assert_nothing_stands(propexos, booked)


def test_a_task_that_was_done_is_not_opened_again(propexos: World) -> None:
    booked = cancelled_without_notice(propexos)
    (appointment,) = propexos.standing()
    propexos.sandbox.agent.cancel(appointment.appointment_id)
    finish_tasks(propexos)
    run_jobs(propexos, seconds=120)
    assert_nothing_stands(propexos, booked)
    propexos.knock.notices_paused = False
    run_jobs(propexos, seconds=120)
    assert_nothing_stands(propexos, booked)


def test_the_task_closes_when_the_time_is_over(propexos: World) -> None:
    booked = cancelled_without_notice(propexos)
    propexos.converge(hours=26, minutes_a_step=60)
    assert tasks(propexos) == []
    assert propexos.tour(booked).status == "cancelled"


def test_the_same_time_booked_again_is_kept(
    propexos: World,
) -> None:
    propexos.knock.loses_notices = True
    first = book_until_confirmed(propexos, start=TOMORROW)
    cancel_by_prospect(propexos, first)
    run_jobs(propexos)
    (appointment,) = propexos.standing()
    propexos.sandbox.agent.cancel(appointment.appointment_id)  # by hand; we never hear of it
    propexos.knock.loses_notices = False

    again = book_until_confirmed(propexos, key="key-2", start=TOMORROW)
    run_jobs(propexos, seconds=61)

    assert_stands(propexos, again)
    assert propexos.tour(first).status == "cancelled"


def test_what_another_tour_took_meanwhile_is_not_taken_too(propexos: World, monkeypatch: pytest.MonkeyPatch) -> None:
    propexos.knock.notices_paused = True
    booked = book_until_confirmed(propexos)
    other = book_until_confirmed(propexos, key="key-2", start=LATER, profile=JOE)

    def found_too_late(*asked: Any, **options: Any) -> Any:
        found = find_in_notices(*asked, **options)
        if found:  # another worker has just given it to the other tour
            with propexos.via.db.transaction() as tx:
                tx.appointments.attach(found.appointment_id, other["tourId"], START, propexos.clock())
        return found

    monkeypatch.setattr(sys.modules["vendor_app.usecases.knock.find_appointment"], "find_in_notices", found_too_late)
    propexos.knock.notices_paused = False
    run_jobs(propexos)
    assert propexos.tour(booked).appointment_id is None
    assert "find_appointment" in owed(propexos, booked)


@pytest.mark.parametrize("lost", [False, True])
def test_a_tour_cancelled_while_pending_leaves_nothing(propexos: World, lost: bool) -> None:
    propexos.knock.loses_notices = lost
    booked = propexos.book().json()
    cancel_by_prospect(propexos, booked)
    run_jobs(propexos, seconds=61)
    assert (propexos.tour(booked).status, propexos.live_grants()) == ("cancelled", [])
    assert [what for what, _ in tasks(propexos)] == ([BY_HAND] if lost else [])
    assert len(propexos.standing()) == (1 if lost else 0)


def test_a_tour_cancelled_while_its_job_fails_is_no_task(propexos: World) -> None:
    propexos.sandbox.propexo.outcome = "FAILURE"
    booked = propexos.book().json()
    cancel_by_prospect(propexos, booked)
    run_jobs(propexos)
    assert_nothing_stands(propexos, booked)


def test_booking_another_time_while_queued_ends_in_one_appointment(propexos: World) -> None:
    propexos.sandbox.propexo.polls_until_done = 2
    first = propexos.book().json()
    second = propexos.book(key="key-2", start=TOMORROW).json()
    carry_out(propexos, "cljob_0001")  # Propexo works in order
    run_jobs(propexos, times=8)
    assert_stands(propexos, second)
    assert propexos.tour(second).starts_at == TOMORROW
    assert (propexos.tour(first).status, propexos.tour(first).reason) == ("cancelled", "replaced_by_a_newer_booking")
    assert tasks(propexos) == []


def test_a_replaced_order_that_comes_late_does_not_stay(propexos: World) -> None:
    """Knock then keeps the older one, so the prospect's newer tour is cancelled; nothing may stand that is no tour's."""
    propexos.sandbox.propexo.polls_until_done = 20
    first = propexos.book().json()
    propexos.clock.move(seconds=1)
    second = propexos.book(key="key-2", start=TOMORROW).json()
    carry_out(propexos, "cljob_0002")
    run_jobs(propexos, times=2, seconds=4)
    assert (propexos.tour(first).status, propexos.tour(second).status) == ("cancelled", "confirmed")
    carry_out(propexos, "cljob_0001")
    run_jobs(propexos, times=4, seconds=61)
    assert propexos.tour(first).reason == "replaced_by_a_newer_booking"
    assert_nothing_stands(propexos, second, "cancelled_in_knock")


# Agents


def test_an_agents_cancellation_reaches_the_tour(propexos: World) -> None:
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    (appointment,) = propexos.standing()
    propexos.sandbox.agent.cancel(appointment.appointment_id)
    run_jobs(propexos)
    assert_nothing_stands(propexos, booked, "cancelled_in_knock")
    assert "PUT /appointment/cancel" not in names(propexos)


@pytest.mark.parametrize("days", [0, 5])
def test_an_agents_cancellation_reaches_a_tour_of_unknown_appointment(propexos: World, days: int) -> None:
    start = START + timedelta(days=8)
    propexos.knock.offer(COMMUNITY, [start])
    propexos.knock.loses_notices = True
    booked = book_until_confirmed(propexos, start=start)
    propexos.converge(hours=24 * days, minutes_a_step=180)
    propexos.knock.loses_notices = False
    (appointment,) = propexos.standing()
    propexos.sandbox.agent.cancel(appointment.appointment_id)
    run_jobs(propexos)
    assert_nothing_stands(propexos, booked, "cancelled_in_knock")


def appointment_told_of_before_we_look(world: World, booked: dict[str, Any]) -> str:
    """The id of its appointment, of which Knock has told; what an agent does next is told before our jobs run again."""
    run_jobs(world)
    assert world.tour(booked).appointment_id is None
    world.knock.notices_paused = False
    world.sandbox.drain_notices()
    world.clock.move(seconds=1)
    (appointment,) = world.standing()
    return str(appointment.appointment_id)


@pytest.mark.parametrize("asked_for", ["booking", "move"])
def test_an_agents_move_reaches_a_tour_whose_appointment_is_unknown(propexos: World, asked_for: str) -> None:
    propexos.knock.notices_paused = True
    booked = book_until_confirmed(propexos)
    if asked_for == "move":
        run_jobs(propexos)
        assert propexos.move(booked, TOMORROW).status_code == 202
    appointment_id = appointment_told_of_before_we_look(propexos, booked)
    propexos.sandbox.agent.move(appointment_id, TOMORROW + timedelta(minutes=10))
    run_jobs(propexos, times=6)
    assert propexos.tour(booked).starts_at == TOMORROW + timedelta(minutes=10)
    assert_stands(propexos, booked)


def test_an_agents_move_heard_of_late_is_told(propexos: World) -> None:
    propexos.knock.notices_paused = True
    booked = book_until_confirmed(propexos)
    (appointment,) = propexos.standing()
    propexos.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    propexos.clock.now = propexos.tour(booked).closes_at
    propexos.converge(hours=0.1, minutes_a_step=1)
    assert propexos.tour(booked).status == "no_show"
    propexos.knock.notices_paused = False
    propexos.converge(hours=0.25, minutes_a_step=1)
    assert propexos.tour(booked).appointment_id == appointment.appointment_id
    assert [what for what, _ in tasks(propexos)] == ["look_at_a_revived_appointment"]


def test_move_and_cancellation_reach_a_tour_of_unknown_appointment(propexos: World) -> None:
    propexos.knock.notices_paused = True
    booked = book_until_confirmed(propexos)
    appointment_id = appointment_told_of_before_we_look(propexos, booked)
    propexos.sandbox.agent.move(appointment_id, LATER)
    propexos.sandbox.drain_notices()
    propexos.clock.move(seconds=1)
    propexos.sandbox.agent.cancel(appointment_id)
    run_jobs(propexos, times=6)
    assert_nothing_stands(propexos, booked, "cancelled_in_knock")


def test_a_cancelled_tour_leaves_nothing_that_an_agent_moved_unheard(propexos: World) -> None:
    propexos.knock.notices_paused = True
    booked = book_until_confirmed(propexos)
    appointment_id = appointment_told_of_before_we_look(propexos, booked)
    propexos.sandbox.agent.move(appointment_id, LATER)
    cancel_by_prospect(propexos, booked)
    run_jobs(propexos, times=6, seconds=61)
    assert_nothing_stands(propexos, booked)


# Moved


@pytest.mark.parametrize("notices", ["come", "are late", "are lost"])
def test_a_queued_move_takes_tour_and_doors_along(propexos: World, notices: str) -> None:
    propexos.knock.loses_notices, propexos.knock.notices_paused = notices == "are lost", notices == "are late"
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)

    answer = propexos.move(booked, TOMORROW)

    assert (answer.status_code, answer.json()["startTime"]) == (202, "2026-06-10T12:30:00-07:00")
    run_jobs(propexos)
    assert propexos.tour(booked).starts_at == TOMORROW
    (appointment,) = propexos.standing()
    assert appointment.start == TOMORROW
    assert [grant.starts_at for grant in propexos.live_grants()] == [propexos.tour(booked).opens_at]
    propexos.knock.notices_paused = False
    run_jobs(propexos, seconds=61)
    if notices != "are lost":
        assert_stands(propexos, booked)
    live_the_story(propexos, booked)
    propexos.converge(hours=1)
    if notices != "are lost":
        assert_one_visit(propexos, booked)
    assert [what for what, _ in tasks(propexos)] == (["post_visit_by_hand"] if notices == "are lost" else [])


@pytest.mark.parametrize("lost", [False, True])
def test_a_move_that_fails_keeps_the_old_time(propexos: World, lost: bool) -> None:
    propexos.knock.loses_notices = lost
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    propexos.sandbox.propexo.outcome = "FAILURE"
    assert propexos.move(booked, TOMORROW).status_code == 202
    run_jobs(propexos)
    (appointment,) = propexos.standing()
    tour = propexos.tour(booked)
    assert (tour.status, tour.starts_at, tour.next_starts_at, tour.job_id) == ("confirmed", START, None, None)
    assert appointment.start == START
    assert [grant.starts_at for grant in propexos.live_grants()] == [tour.opens_at]


@pytest.mark.parametrize("fault", ["500", "drop_after"])
def test_an_unknown_move_ends_at_the_new_time(propexos: World, fault: str) -> None:
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    strike(propexos, ORDER, fault)
    assert propexos.move(booked, TOMORROW).status_code == 202
    run_jobs(propexos, times=6, seconds=30)
    assert_stands(propexos, booked)
    assert propexos.tour(booked).starts_at == TOMORROW


def test_a_moves_second_order_awaits_the_notice_too(
    propexos: World,
) -> None:
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    propexos.knock.notices_paused = True
    strike(propexos, ORDER, "drop_after")
    assert propexos.move(booked, TOMORROW).status_code == 202
    carry_out(propexos, "cljob_0002")
    propexos.knock.offer(COMMUNITY, [])
    run_jobs(propexos, seconds=61)
    assert propexos.sandbox.propexo.jobs["cljob_0003"].state == "FAILURE"
    propexos.knock.notices_paused = False
    run_jobs(propexos, seconds=61)
    assert_stands(propexos, booked)
    assert propexos.tour(booked).starts_at == TOMORROW


@pytest.mark.parametrize("outcome", ["PENDING", "PARTIAL_SUCCESS"])
def test_a_move_never_settled_ends_with_its_time(propexos: World, outcome: Any) -> None:
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    if outcome == "PENDING":
        propexos.sandbox.propexo.polls_until_done = 10_000
    else:
        propexos.sandbox.propexo.outcome, propexos.sandbox.propexo.partial_has_record = outcome, False
    assert propexos.move(booked, LATER).status_code == 202
    propexos.converge(hours=3, minutes_a_step=20)
    tour = propexos.tour(booked)
    assert (tour.status, tour.starts_at, tour.next_starts_at, tour.job_id) == ("no_show", START, None, None)
    assert propexos.live_grants() == []


def test_a_tour_moved_away_and_back_stays(propexos: World) -> None:
    propexos.knock.notices_paused = True
    booked = book_until_confirmed(propexos)
    assert propexos.move(booked, LATER).status_code == 202
    run_jobs(propexos, times=6, seconds=4)
    assert propexos.move(booked, START).status_code == 202
    run_jobs(propexos, times=6, seconds=4)
    propexos.knock.notices_paused = False
    run_jobs(propexos, seconds=61)
    assert_stands(propexos, booked)
    assert propexos.tour(booked).starts_at == START


@pytest.mark.parametrize("outcome", ["SUCCESS", "FAILURE"])
@pytest.mark.parametrize("known", [True, False])
def test_a_tour_cancelled_during_its_move_leaves_nothing(propexos: World, known: bool, outcome: Any) -> None:
    propexos.knock.notices_paused = not known
    booked = book_until_confirmed(propexos)
    run_jobs(propexos)
    propexos.sandbox.propexo.outcome = outcome
    assert propexos.move(booked, TOMORROW).status_code == 202
    cancel_by_prospect(propexos, booked)
    run_jobs(propexos)
    if not known:
        start = TOMORROW if outcome == "SUCCESS" else START
        assert [one.start for one in propexos.standing()] == [start]
        assert tasks(propexos) == [(BY_HAND, {"start": start.isoformat(), "community": COMMUNITY})]
        propexos.knock.notices_paused = False
    run_jobs(propexos, seconds=61)
    assert_nothing_stands(propexos, booked)


# Switched between channels


def test_a_queued_booking_is_polled_after_the_change(propexos: World) -> None:
    booked = propexos.book().json()
    propexos.rules(channel="knock")
    run_jobs(propexos)
    assert_stands(propexos, booked)
    assert "POST /appointment/request" not in names(propexos)


def test_an_unknown_booking_is_repeated_through_the_new_channel(the_world: World) -> None:
    strike(the_world, "POST /appointment/request", "500")
    booked = the_world.book().json()
    serve_through_propexo(the_world)
    run_jobs(the_world, times=6, seconds=30)
    assert_stands(the_world, booked)
    assert names(the_world).count(ORDER) == 1


@pytest.mark.parametrize("first", ["knock", "propexo"])
def test_a_tour_moves_through_the_channel_of_today(the_world: World, first: str) -> None:
    the_world.rules() if first == "knock" else serve_through_propexo(the_world)
    booked = book_until_confirmed(the_world)
    run_jobs(the_world)
    serve_through_propexo(the_world) if first == "knock" else the_world.rules()
    assert the_world.move(booked, TOMORROW).status_code == (202 if first == "knock" else 200)
    run_jobs(the_world)
    assert_stands(the_world, booked)
    assert the_world.tour(booked).starts_at == TOMORROW
    live_the_story(the_world, booked)
    the_world.converge(hours=0.5)
    assert_one_visit(the_world, booked)


def test_a_tour_that_an_agent_leads_stays_with_knock(the_world: World) -> None:
    booked = book_until_confirmed(the_world, tourType="IN_PERSON", profile=JANE)
    serve_through_propexo(the_world)
    assert the_world.move(booked, TOMORROW).status_code == 200
    run_jobs(the_world)
    (appointment,) = the_world.standing()
    assert (appointment.tour_type, appointment.start) == (TourType.IN_PERSON, TOMORROW)
    assert the_world.tour(booked).appointment_id == appointment.appointment_id
    assert the_world.sandbox.propexo.jobs == {}
