"""Tours that will not take place: cancelled in Knock, doors shut, no visit."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.flow.story import book_until_confirmed, live_the_story
from tests.world import COMMUNITY, JANE, START, World, world
from vendor_app.usecases.communities.sync_communities import switch_community
from vendor_app.usecases.operators.operate import cancel_as_operator


def prospect_id(world: World) -> str:
    (appointment,) = world.knock.appointments.values()
    return str(appointment.prospect_id)


def delete_the_prospect(world: World, tour_id: str) -> None:
    world.sandbox.agent.delete(prospect_id(world))


def mark_as_no_prospect(world: World, tour_id: str) -> None:
    world.sandbox.agent.not_a_prospect(prospect_id(world))


def remove_the_community(world: World, tour_id: str) -> None:
    world.sandbox.agent.remove(COMMUNITY)


def switch_the_community_off(world: World, tour_id: str) -> None:
    switch_community(world.via.db, COMMUNITY, False, world.clock())


def call_it_off(world: World, tour_id: str) -> None:
    cancel_as_operator(world.via, tour_id, world.clock())


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (delete_the_prospect, "prospect_deleted_in_knock"),
        (mark_as_no_prospect, "not_a_prospect_in_knock"),
        (remove_the_community, "community_gone_from_knock"),
        (switch_the_community_off, "community_switched_off"),
        (call_it_off, "cancelled_by_operator"),
    ],
)
def test_a_tour_that_is_no_longer_valid_is_cancelled_in_knock_with_its_reason(
    the_world: World, happens: Callable[[World, str], None], reason: str
) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    assert len(the_world.live_grants()) == 1

    happens(the_world, booked["tourId"])
    the_world.jobs()
    the_world.clock.move(minutes=1)
    the_world.jobs()

    tour = the_world.tour(booked)
    assert (tour.status, tour.reason) == ("cancelled", reason)
    assert the_world.standing() == []
    assert the_world.live_grants() == []
    the_world.converge(hours=2)
    assert the_world.knock.visits == []
    assert the_world.tour(booked).status == "cancelled"


def test_an_agents_cancellation_in_knock_cancels_the_tour_and_revokes_its_access(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    (appointment,) = the_world.standing()
    the_world.sandbox.agent.cancel(appointment.appointment_id)

    the_world.jobs()

    assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("cancelled", "cancelled_in_knock")
    assert the_world.live_grants() == []


def test_a_validity_check_that_knock_does_not_answer_cancels_nothing(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.faults.set("GET /prospect", "500", times=5)
    assert "unchecked 1" in "\n".join(the_world.jobs())
    assert the_world.tour(booked).status == "confirmed"


def test_access_that_cannot_be_granted_by_the_deadline_cancels_the_tour_before_the_prospect_stands_at_the_door(
    the_world: World,
) -> None:
    the_world.lock.fails_grants = True
    booked = book_until_confirmed(the_world)
    the_world.converge(hours=0.3, minutes_a_step=1)  # 15 minutes before the start, and one more attempt
    tour = the_world.tour(booked)
    assert "access.tried_again" in the_world.story(tour.tour_id)
    assert (tour.status, tour.reason) == ("cancelled", "access_not_granted_in_time")
    assert the_world.standing() == []
    assert "access.credential_failed" in the_world.story(tour.tour_id)


def test_access_that_fails_once_is_asked_for_again_and_works(the_world: World) -> None:
    the_world.lock.fails_grants = True
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.lock.fails_grants = False
    the_world.converge(hours=0.2, minutes_a_step=1)
    assert the_world.act(booked).json()["access"]["state"] == "ready"


def test_our_own_downtime_does_not_cancel_a_tour_whose_access_was_never_asked_for(the_world: World) -> None:
    booked = the_world.book().json()
    the_world.clock.move(minutes=22)  # no job ran; the deadline has passed
    the_world.jobs()
    assert the_world.act(booked).json()["access"]["state"] == "ready"


def test_a_newer_booking_of_the_same_prospect_takes_the_older_ones_place(the_world: World) -> None:
    older = book_until_confirmed(the_world)
    the_world.jobs()
    newer = book_until_confirmed(the_world, key="key-2", start=START + timedelta(hours=1))
    the_world.jobs()
    assert (the_world.tour(older).status, the_world.tour(older).reason) == ("cancelled", "replaced_by_a_newer_booking")
    (appointment,) = the_world.standing()
    assert appointment.appointment_id == the_world.tour(newer).appointment_id
    (grant,) = the_world.live_grants()
    assert grant.tour_id == newer["tourId"]


def test_the_notice_that_the_replaced_appointment_was_cancelled_does_not_cancel_the_tour(the_world: World) -> None:
    the_world.knock.notices_paused = True
    the_world.faults.set("POST /appointment/request", "drop_after", seconds=0)
    booked = the_world.book().json()
    the_world.clock.move(seconds=61)
    the_world.jobs()  # no notice yet: asked again, which replaces the first appointment
    assert len(the_world.knock.appointments) == 2
    the_world.knock.notices_paused = False
    the_world.jobs()
    the_world.converge(hours=0.2)
    assert the_world.tour(booked).status == "confirmed"
    assert [one.appointment_id for one in the_world.standing()] == [the_world.tour(booked).appointment_id]


def test_cancelling_while_the_outcome_is_unknown_leaves_nothing_in_knock(the_world: World) -> None:
    the_world.faults.set("POST /appointment/request", "drop_after", seconds=0)
    booked = the_world.book().json()
    assert the_world.act(booked, "cancel").json()["status"] == "cancelled"
    the_world.clock.move(seconds=61)
    the_world.jobs()
    the_world.jobs()
    assert the_world.tour(booked).status == "cancelled"
    assert the_world.standing() == []
    assert the_world.lock.grants == {}


def test_a_cancelled_tour_frees_its_place_for_another_prospect(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    assert the_world.book(key="key-2", profile={**JANE, "email": "joe@example.com", "phone": "2065550000"}).status_code == 409
    the_world.act(booked, "cancel")
    the_world.jobs()
    the_world.clock.move(seconds=11)
    again = the_world.book(key="key-3", profile={**JANE, "email": "joe@example.com", "phone": "2065550000"})
    assert again.status_code == 201


def test_nobody_coming_is_a_no_show_without_a_visit_and_with_shut_doors(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.converge(hours=2)
    assert the_world.tour(booked).status == "no_show"
    assert the_world.knock.visits == []
    assert the_world.live_grants() == []


def test_a_door_event_that_an_offline_lock_tells_hours_later_makes_a_visit_of_a_no_show(the_world: World) -> None:
    book_until_confirmed(the_world)
    the_world.converge(hours=4)
    (grant,) = the_world.lock.grants.values()
    told = {"grantId": grant.grant_id, "door": "Apartment 204", "unitName": "204", "occurredAt": START.isoformat()}
    the_world.lock.send("access.door_unlocked", told)
    the_world.converge(hours=0.5)
    (visit,) = the_world.knock.visits
    assert (visit.visit_time, visit.unit_names) == (START, ["204"])


def test_a_unit_proved_after_the_visit_was_posted_is_kept_and_not_posted_again(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    live_the_story(the_world, booked)
    the_world.converge(hours=1)
    (grant,) = the_world.lock.grants.values()
    late = {"grantId": grant.grant_id, "door": "Apartment 305", "unitName": "305", "occurredAt": START.isoformat()}
    the_world.lock.send("access.door_unlocked", late)
    the_world.converge(hours=0.5)
    assert len(the_world.knock.visits) == 1
    assert "visit.unit_not_reported" in the_world.story(booked["tourId"])


def test_events_that_come_in_the_wrong_order_and_twice_make_one_visit(the_world: World) -> None:
    book_until_confirmed(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=35)
    (grant,) = the_world.lock.grants.values()
    entrance = {"grantId": grant.grant_id, "door": "Front entrance", "occurredAt": START.isoformat()}
    unit = {**entrance, "door": "Apartment 204", "unitName": "204", "occurredAt": (START + timedelta(minutes=3)).isoformat()}
    the_world.lock.send("access.tour_ended", {"grantId": grant.grant_id}, message_id="msg_3")
    the_world.jobs()
    for _ in range(2):
        the_world.lock.send("access.door_unlocked", unit, message_id="msg_2")
        the_world.lock.send("access.door_unlocked", entrance, message_id="msg_1")
        the_world.jobs()
    the_world.converge(hours=0.5)
    (visit,) = the_world.knock.visits
    assert (visit.visit_time, visit.unit_names) == (START, ["204"])


def test_an_unlock_by_hand_from_inside_is_no_evidence_of_a_visit(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    (grant,) = the_world.lock.grants.values()
    for method in ("manual", "automatic"):
        told = {"grantId": grant.grant_id, "door": "Apartment 204", "unitName": "204", "method": method}
        the_world.lock.send("access.door_unlocked", {**told, "occurredAt": the_world.clock().isoformat()})
    the_world.converge(hours=2)
    assert the_world.tour(booked).status == "no_show"
    assert the_world.knock.visits == []


def test_the_window_ending_with_a_door_opened_completes_the_tour(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=30)
    code = the_world.act(booked, "check-in").json()["code"]
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.converge(hours=1)
    assert the_world.tour(booked).status == "completed"
    assert len(the_world.knock.visits) == 1


def test_an_agents_cancellation_during_the_visit_shuts_the_doors_and_keeps_the_visit(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=30)
    code = the_world.act(booked, "check-in").json()["code"]
    the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.jobs()
    (appointment,) = the_world.standing()
    the_world.sandbox.agent.cancel(appointment.appointment_id)
    the_world.jobs()
    assert the_world.live_grants() == []
    the_world.converge(hours=1)
    assert len(the_world.knock.visits) == 1


def test_without_a_lock_system_the_check_in_begins_the_tour_and_is_the_visits_time(database_url: str) -> None:
    with world(database_url, access_url="", access_webhook_secrets=()) as unlocked:
        booked = book_until_confirmed(unlocked)
        unlocked.clock.move(minutes=33)
        arrived = unlocked.act(booked, "check-in").json()
        assert (arrived["status"], arrived["code"], arrived["access"]["state"]) == ("in_progress", None, "none")
        assert unlocked.act(booked, "finish").json()["status"] == "completed"
        unlocked.converge(hours=0.5)
        (visit,) = unlocked.knock.visits
        assert (visit.visit_time, visit.unit_names) == (START + timedelta(minutes=3), [])


def test_a_code_that_comes_later_by_callback_opens_the_doors(the_world: World) -> None:
    the_world.lock.answers_later = True
    booked = book_until_confirmed(the_world)
    live_the_story(the_world, booked)
    the_world.converge(hours=0.5)
    assert len(the_world.knock.visits) == 1
