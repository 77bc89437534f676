"""A live tour has one live appointment in Knock, and a tour that is over has none, however late Knock carries things out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.propexo.refusal import Refusal
from tests.flow.propexo import carry_out, names, serve_through_propexo
from tests.flow.story import assert_one_visit, book_until_confirmed, live_the_story
from tests.world import COMMUNITY, JANE, START, World
from vendor_app.store import heartbeats
from vendor_app.usecases.operators.heartbeat import HeartbeatWriter
from vendor_app.usecases.operators.operate import list_dead_messages, list_tasks

REQUEST, CANCEL, VISIT = "POST /appointment/request", "PUT /appointment/cancel", "POST /visit"
NEW, ORDER = "POST /prospect", "POST /crm/v1/appointments/knock"
LATER, TOMORROW = START + timedelta(hours=1), START + timedelta(days=1)

Tour = dict[str, Any]


def run_jobs(world: World, times: int = 4, seconds: float = 31) -> None:
    for _ in range(times):
        world.clock.move(seconds=seconds)
        world.jobs()


def tasks(world: World) -> list[str]:
    return [task.what for task in list_tasks(world.via)]


def owed(world: World, booked: Tour) -> list[str]:
    with world.via.db.read() as db:
        return [one.kind for one in db.outbox_reports.pending_messages_of(booked["tourId"])]


def assert_stands_at(world: World, booked: Tour, start: datetime) -> None:
    """The tour, its one appointment in Knock and its one code at the lock agree, and nothing is left to do."""
    tour = world.tour(booked)
    (appointment,), (grant,) = world.standing(), world.live_grants()
    assert (tour.status, tour.starts_at, tour.next_span) == ("confirmed", start, None)
    assert (appointment.appointment_id, appointment.start) == (tour.appointment_id, start)
    assert (grant.tour_id, grant.starts_at) == (tour.tour_id, tour.opens_at)
    assert (tasks(world), owed(world, booked), list_dead_messages(world.via)) == ([], [], [])


def asked_twice(world: World) -> Tour:
    """A tour whose first request Knock has put off, confirmed by the second one."""
    world.faults.set(REQUEST, "late")
    booked: Tour = world.book(start=TOMORROW).json()
    run_jobs(world)
    assert world.tour(booked).status == "confirmed"
    return booked


# Carried out late


@pytest.mark.parametrize("held", [False, True])
def test_a_request_carried_out_late_keeps_the_tour(the_world: World, held: bool) -> None:
    booked = asked_twice(the_world)
    before = the_world.tour(booked).appointment_id
    the_world.knock.notices_paused = held
    the_world.faults.work_off()
    run_jobs(the_world, times=1)
    the_world.knock.notices_paused = False
    run_jobs(the_world)
    assert the_world.tour(booked).appointment_id != before
    assert_stands_at(the_world, booked, TOMORROW)


def test_a_request_carried_out_before_we_ask_again_is_adopted(the_world: World) -> None:
    the_world.faults.set(REQUEST, "late")
    booked = the_world.book(start=TOMORROW).json()
    the_world.faults.work_off()
    run_jobs(the_world, times=2, seconds=6)
    assert_stands_at(the_world, booked, TOMORROW)
    assert names(the_world).count(REQUEST) == 1


def test_who_took_another_time_meanwhile_keeps_it(the_world: World) -> None:
    the_world.faults.set(REQUEST, "late")
    first = the_world.book(start=START).json()
    the_world.clock.move(seconds=5)
    second = book_until_confirmed(the_world, key="key-2", start=TOMORROW)
    run_jobs(the_world)
    the_world.faults.work_off()
    run_jobs(the_world, times=5)
    assert (the_world.tour(first).status, the_world.tour(first).reason) == ("cancelled", "replaced_by_a_newer_booking")
    assert_stands_at(the_world, second, TOMORROW)


def test_whose_own_time_was_given_away_meanwhile_is_told(the_world: World) -> None:
    the_world.faults.set(REQUEST, "late")
    the_world.book(start=START)
    the_world.clock.move(seconds=5)
    second = book_until_confirmed(the_world, key="key-2", start=TOMORROW)
    run_jobs(the_world)
    the_world.faults.work_off()
    the_world.knock.offer(COMMUNITY, [LATER])
    run_jobs(the_world, times=6)
    tour = the_world.tour(second)
    assert (tour.status, tour.reason) == ("cancelled", "appointment_lost_in_knock")
    assert (the_world.standing(), the_world.live_grants(), tasks(the_world)) == ([], [], [])
    assert "cannot take place" in the_world.sandbox.mailbox.mails[-1].text


def test_a_move_carried_out_late_keeps_the_tour(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.faults.set(REQUEST, "late")
    assert the_world.move(booked, TOMORROW).status_code == 202
    run_jobs(the_world)
    the_world.faults.work_off()
    run_jobs(the_world)
    assert_stands_at(the_world, booked, TOMORROW)


def test_a_refused_move_carried_out_late_leaves_the_tour_where_it_was(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.faults.set(REQUEST, "late")
    assert the_world.move(booked, LATER).status_code == 202
    the_world.knock.offer(COMMUNITY, [TOMORROW])
    run_jobs(the_world)
    assert the_world.tour(booked).next_starts_at is None
    the_world.knock.offer(COMMUNITY, [LATER, TOMORROW])
    the_world.faults.work_off()
    run_jobs(the_world, times=5)
    assert_stands_at(the_world, booked, TOMORROW)


def test_a_request_carried_out_after_the_cancellation_is_cancelled(the_world: World) -> None:
    the_world.faults.set(REQUEST, "late")
    booked = the_world.book(start=TOMORROW).json()
    the_world.act(booked, "cancel")
    run_jobs(the_world)
    the_world.faults.work_off()
    run_jobs(the_world)
    assert (the_world.tour(booked).status, the_world.standing(), tasks(the_world)) == ("cancelled", [], [])


def asked_in_vain(world: World, fault: str) -> Tour:
    """A tour of which nothing tells whether Knock has booked it: the answer is lost, and so is that about its prospect."""
    world.faults.set(NEW, "drop_before")
    world.faults.set(REQUEST, fault)
    booked: Tour = world.book(start=TOMORROW).json()
    assert booked["status"] == "requested"
    return booked


def listen_for(world: World, minutes: int) -> None:
    """Our web listens all the while, and the jobs run."""
    for _ in range(minutes):
        beat(world)
        run_jobs(world, times=1, seconds=60)


def test_knocks_silence_ends_the_search_for_a_cancelled_tour(the_world: World) -> None:
    booked = asked_in_vain(the_world, "drop_before")
    the_world.act(booked, "cancel")
    listen_for(the_world, 15)
    assert owed(the_world, booked) == ["book_appointment"]
    listen_for(the_world, 10)
    assert (owed(the_world, booked), tasks(the_world)) == ([], [])


def test_a_request_carried_out_after_long_silence_is_cancelled(the_world: World) -> None:
    booked = asked_in_vain(the_world, "late")
    the_world.act(booked, "cancel")
    listen_for(the_world, 25)
    assert owed(the_world, booked) == []
    the_world.faults.work_off()
    run_jobs(the_world)
    assert (the_world.standing(), owed(the_world, booked), tasks(the_world)) == ([], [], [])


def test_silence_proves_nothing_while_our_web_is_down(the_world: World) -> None:
    the_world.knock.notices_paused = True
    booked = asked_in_vain(the_world, "drop_after")
    the_world.act(booked, "cancel")
    listen_for(the_world, 3)
    run_jobs(the_world, times=25, seconds=60)
    assert (owed(the_world, booked), tasks(the_world)) == (["book_appointment"], ["look_for_an_appointment"])
    the_world.knock.notices_paused = False
    listen_for(the_world, 3)
    assert (the_world.standing(), owed(the_world, booked), tasks(the_world)) == ([], [], [])


def test_nobody_looks_for_an_appointment_whose_time_is_over(the_world: World) -> None:
    the_world.knock.notices_paused = True
    the_world.faults.set(REQUEST, "drop_after")
    booked = the_world.book(start=START).json()
    the_world.knock.offer(COMMUNITY, [])
    run_jobs(the_world, times=28, seconds=60)
    assert tasks(the_world) == ["look_for_an_appointment"]
    run_jobs(the_world, times=40, seconds=60)
    assert (the_world.tour(booked).status, tasks(the_world)) == ("rejected", [])


def test_a_time_refused_after_a_lost_answer_is_given_up_in_silence(the_world: World) -> None:
    booked = asked_in_vain(the_world, "drop_before")
    the_world.knock.offer(COMMUNITY, [START])
    listen_for(the_world, 25)
    tour = the_world.tour(booked)
    assert (tour.status, owed(the_world, booked), tasks(the_world)) == ("rejected", [], [])


def test_of_two_appointments_at_the_tours_time_one_is_cancelled(the_world: World) -> None:
    the_world.knock.communities[COMMUNITY].at_once = 9
    before = book_until_confirmed(the_world, key="key-0", start=LATER)
    the_world.act(before, "cancel")
    run_jobs(the_world)
    the_world.knock.notices_paused = True
    the_world.faults.set(REQUEST, "500_after")
    booked = the_world.book(start=TOMORROW).json()
    the_world.sandbox.agent.approve(str(before["appointmentId"]))  # which the request that is repeated replaces
    run_jobs(the_world)
    assert [one.start for one in the_world.standing()] == [TOMORROW, TOMORROW]
    the_world.knock.notices_paused = False
    listen_for(the_world, 15)
    assert len(the_world.standing()) == 2
    listen_for(the_world, 15)
    (appointment,), tour = the_world.standing(), the_world.tour(booked)
    assert (tour.status, tour.appointment_id) == ("confirmed", appointment.appointment_id)
    assert owed(the_world, booked) == []


def test_an_agents_cancellation_counts_after_one_pause(the_world: World) -> None:
    booked = asked_twice(the_world)
    the_world.sandbox.agent.cancel(str(the_world.tour(booked).appointment_id))
    run_jobs(the_world, times=1, seconds=2)
    assert the_world.tour(booked).status == "confirmed"
    run_jobs(the_world, times=7, seconds=10)
    assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("cancelled", "cancelled_in_knock")
    assert (the_world.standing(), the_world.live_grants()) == ([], [])


def test_an_agents_cancellation_counts_at_once_when_nothing_is_open(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.sandbox.agent.cancel(str(the_world.tour(booked).appointment_id))
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.live_grants()) == ("cancelled", [])


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_propexos_two_orders_leave_one_appointment(the_world: World, order: tuple[int, int]) -> None:
    serve_through_propexo(the_world)
    the_world.sandbox.propexo.polls_until_done = 50
    the_world.faults.set(ORDER, "drop_after")
    booked = the_world.book(start=TOMORROW).json()
    run_jobs(the_world, times=3)
    assert list(the_world.sandbox.propexo.jobs) == ["cljob_0001", "cljob_0002"]
    for number in order:
        carry_out(the_world, f"cljob_000{number}")
        run_jobs(the_world, times=2, seconds=16)
    run_jobs(the_world)
    assert_stands_at(the_world, booked, TOMORROW)


# Cancelling


def test_a_cancellation_that_is_not_found_is_not_believed(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.faults.set(CANCEL, "404", times=3)
    the_world.act(booked, "cancel")
    the_world.jobs()
    assert len(the_world.standing()) == 1
    run_jobs(the_world, times=6, seconds=61)
    assert (the_world.standing(), owed(the_world, booked), tasks(the_world)) == ([], [], [])


def test_a_cancellation_that_is_never_found_is_a_task(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.faults.set(CANCEL, "404", times=999)
    the_world.act(booked, "cancel")
    the_world.converge(hours=1)
    assert tasks(the_world) == ["cancel_in_knock_by_hand"]
    (appointment,) = the_world.standing()
    the_world.sandbox.agent.cancel(appointment.appointment_id)
    the_world.converge(hours=0.5)
    assert (tasks(the_world), owed(the_world, booked)) == ([], [])


def test_a_cancellation_overtakes_a_move_that_waits(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.faults.set(REQUEST, "500", times=99)
    assert the_world.move(booked, LATER).status_code == 202
    run_jobs(the_world, times=6, seconds=61)
    the_world.act(booked, "cancel")
    the_world.jobs()
    assert (the_world.standing(), the_world.live_grants()) == ([], [])


def test_a_partner_out_of_service_is_asked_again_when_it_says(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.faults.set(CANCEL, "503", seconds=600)
    the_world.act(booked, "cancel")
    run_jobs(the_world, times=9, seconds=61)
    assert (names(the_world).count(CANCEL), len(the_world.standing())) == (1, 1)
    run_jobs(the_world, times=2, seconds=61)
    assert the_world.standing() == []


def test_an_appointment_revived_under_a_cancelled_tour_is_cancelled(the_world: World) -> None:
    booked = book_until_confirmed(the_world, start=TOMORROW)
    the_world.jobs()
    the_world.act(booked, "cancel")
    run_jobs(the_world)
    the_world.sandbox.agent.approve(str(booked["appointmentId"]))
    run_jobs(the_world)
    assert (the_world.standing(), tasks(the_world)) == ([], ["look_at_a_revived_appointment"])


# The visit


def visit_without_an_answer(world: World, fault: str) -> Tour:
    """The visit's answer is lost, and Knock's notices find nobody from then on: our web is down."""
    booked = book_until_confirmed(world)
    beat(world)
    world.faults.set(VISIT, fault)
    world.knock.notices_paused = True
    live_the_story_without_notices(world, booked)
    beat(world)
    return booked


def live_the_story_without_notices(world: World, booked: Tour) -> None:
    live_the_story(world, booked)
    run_jobs(world, times=3, seconds=61)


def beat(world: World) -> None:
    """Our web listens."""
    with world.via.db.transaction() as tx:
        tx.heartbeats.beat(heartbeats.WEB, world.clock())


def test_a_visit_is_not_sent_again_while_our_web_was_down(the_world: World) -> None:
    booked = visit_without_an_answer(the_world, "drop_after")
    run_jobs(the_world, times=25, seconds=61)
    beat(the_world)
    run_jobs(the_world, times=10, seconds=61)
    assert names(the_world).count(VISIT) == 1
    the_world.knock.notices_paused = False
    beat(the_world)
    the_world.converge(hours=0.2)
    assert_one_visit(the_world, booked)


def test_a_visit_that_waited_long_is_tried_again_soon(the_world: World) -> None:
    booked = visit_without_an_answer(the_world, "drop_before")
    the_world.faults.set(VISIT, "429", times=3)
    listen_for(the_world, 25)
    assert names(the_world).count(VISIT) >= 3
    listen_for(the_world, 5)
    assert_one_visit(the_world, booked)


def test_a_web_restarted_within_seconds_waits_anew(the_world: World) -> None:
    booked = visit_without_an_answer(the_world, "drop_after")
    listen_for(the_world, 15)
    HeartbeatWriter.of_web(the_world.via).beat()
    listen_for(the_world, 15)
    assert names(the_world).count(VISIT) == 1
    the_world.knock.notices_paused = False
    listen_for(the_world, 2)
    the_world.converge(hours=0.2)
    assert_one_visit(the_world, booked)


def test_a_visit_that_knock_never_took_is_sent_again(the_world: World) -> None:
    booked = visit_without_an_answer(the_world, "drop_before")
    for _ in range(50):
        beat(the_world)
        run_jobs(the_world, times=1, seconds=30)
    assert_one_visit(the_world, booked)


# What Knock's answer says


def test_a_request_under_review_is_confirmed_by_its_notice(the_world: World) -> None:
    the_world.knock.reviews_requests = True
    answer = the_world.book(start=TOMORROW)
    booked = answer.json()
    run_jobs(the_world)
    assert (answer.status_code, booked["status"], the_world.tour(booked).status) == (202, "requested", "requested")
    assert the_world.live_grants() == []
    assert "looks at each request" in the_world.get(f"/tour/{booked['tourToken']}").text
    the_world.sandbox.agent.approve(str(the_world.tour(booked).appointment_id))
    run_jobs(the_world)
    assert_stands_at(the_world, booked, TOMORROW)


@pytest.mark.parametrize("how", ["prospect", "agent", "nobody"])
def test_a_request_under_review_may_come_to_nothing(the_world: World, how: str) -> None:
    the_world.knock.reviews_requests = True
    booked = the_world.book(start=TOMORROW).json()
    if how == "prospect":
        the_world.act(booked, "cancel")
    elif how == "agent":
        the_world.sandbox.agent.cancel(str(the_world.tour(booked).appointment_id))
    else:
        the_world.converge(hours=26, minutes_a_step=60)
    run_jobs(the_world)
    assert the_world.tour(booked).status == ("cancelled" if how == "prospect" else "rejected")
    assert [one.status for one in the_world.knock.appointments.values()] == ["CANCELLED"]


@pytest.mark.parametrize("approved", [True, False])
def test_a_move_under_review_waits_for_its_notice(the_world: World, approved: bool) -> None:
    booked = book_until_confirmed(the_world, start=START)
    the_world.jobs()
    the_world.knock.reviews_requests = True
    assert the_world.move(booked, TOMORROW).status_code == 202
    run_jobs(the_world, times=2)
    (new,) = (one for one in the_world.knock.appointments.values() if one.status == "REQUESTED")
    if approved:
        the_world.sandbox.agent.approve(new.appointment_id)
        run_jobs(the_world, times=3)
        assert_stands_at(the_world, booked, TOMORROW)
    else:
        the_world.sandbox.agent.cancel(new.appointment_id)
        run_jobs(the_world, times=3)
        assert_stands_at(the_world, booked, START)


def test_a_merged_guest_cards_new_id_is_the_visits(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    (appointment,) = the_world.standing()
    merged = the_world.knock.add_prospect({"communityId": COMMUNITY, **JANE, "email": "j@example.com", "phone": "2065550001"})
    appointment.prospect_id = merged.prospect_id
    the_world.clock.move(seconds=10)
    the_world.knock.notify(appointment.appointment_id)
    live_the_story(the_world, booked)
    the_world.converge(hours=0.5)
    assert [visit.prospect_id for visit in the_world.knock.visits] == [merged.prospect_id]


@pytest.mark.parametrize("fault", [None, "drop_after"])
def test_a_prospect_is_asked_for_once_and_nobody_is_written_to(the_world: World, fault: str | None) -> None:
    the_world.knock.notices_paused = True
    if fault:
        the_world.faults.set(NEW, fault)
    booked = book_until_confirmed(the_world)
    run_jobs(the_world, times=5, seconds=61)
    assert names(the_world).count(NEW) == 1
    live_the_story(the_world, booked)
    run_jobs(the_world, times=5, seconds=61)
    the_world.knock.notices_paused = False
    the_world.converge(hours=0.5)
    assert_one_visit(the_world, booked)
    assert (names(the_world).count(NEW), the_world.knock.autoresponses) == (1, [])


def test_a_prospect_that_a_notice_names_is_not_asked_for(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    (card,) = the_world.knock.prospects.values()
    card.first_name = "Janet"  # the leasing team has put it right
    live_the_story(the_world, booked)
    the_world.converge(hours=0.5)
    assert (names(the_world).count(NEW), card.first_name) == (0, "Janet")


# Propexo


def test_what_propexo_says_of_the_prospects_own_details_is_told_them(the_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_through_propexo(the_world)

    def refuses(_: Any) -> Any:
        raise Refusal(400, "Invalid.", {"phone_1": ["Not a number we take."]})

    monkeypatch.setattr(the_world.sandbox.propexo, "take", refuses)
    refused = the_world.book()
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["profile.phone"])
    monkeypatch.undo()
    assert the_world.book().status_code == 202


def test_a_notice_hastens_a_queued_order(the_world: World) -> None:
    serve_through_propexo(the_world)
    the_world.sandbox.propexo.polls_until_done = 3
    booked = the_world.book(start=TOMORROW).json()
    run_jobs(the_world, times=1, seconds=3)
    carry_out(the_world, "cljob_0001")
    the_world.jobs()
    assert the_world.tour(booked).status == "confirmed"


def test_a_late_notice_from_before_the_cancellation_leaves_no_task(the_world: World) -> None:
    the_world.knock.notices_paused = True
    booked = book_until_confirmed(the_world)
    assert the_world.act(booked, "cancel").status_code == 200
    the_world.jobs()
    the_world.clock.move(seconds=30)
    the_world.knock.notices_paused = False
    the_world.converge(hours=0.2, minutes_a_step=1)
    assert the_world.standing() == []
    assert list_tasks(the_world.via) == []
