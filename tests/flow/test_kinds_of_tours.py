"""Tours that agents lead, in person and by video: offered where Knock says so, booked like any other, and left to the agents."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.knock.model import TourType
from tests.flow.story import book_until_confirmed, live_the_story
from tests.world import COMMUNITY, JANE, START, World

LED = [TourType.IN_PERSON, TourType.LIVE_VIDEO]
TIMES = f"/api/v1/communities/{COMMUNITY}/times"
SAM = {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com", "phone": "2065550000"}
HALF_PAST_ONE = "2026-06-10T13:30:00-07:00"
BOOK = "POST /appointment/request"
PROPEXO = {"integration_id": "clint_01", "community_id": "clcom_01", "attribution_id": "clatt_default"}


def times(world: World, kind: str) -> Any:
    return world.get(f"{TIMES}?tourType={kind}")


def starts(world: World, kind: str) -> list[str]:
    answer = times(world, kind)
    assert answer.status_code == 200, answer.text
    return [one["startTime"] for one in answer.json()["times"]]


def booked(world: World, kind: str = "IN_PERSON", **changes: Any) -> dict[str, Any]:
    answer = world.book(tourType=kind, **changes)
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said


def calls(world: World) -> list[str]:
    return [name for name, _ in world.sandbox.calls]


def assert_left_to_the_agents(world: World) -> None:
    """No doors, no visit, nothing owed."""
    assert world.lock.grants == {}
    assert world.knock.visits == []
    assert "POST /visit" not in calls(world)
    with world.via.db.read() as db:
        assert [db.outbox_reports.pending_messages_of(tour.tour_id) for tour in world.tours()] == [[]] * len(world.tours())


# What is offered


def test_a_community_offers_the_kinds_that_knock_says_it_has(the_world: World) -> None:
    for kind in LED:
        assert starts(the_world, kind)[1] == HALF_PAST_ONE
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.LIVE_VIDEO)
    the_world.jobs()
    assert (times(the_world, "IN_PERSON").status_code, times(the_world, "LIVE_VIDEO").status_code) == (200, 422)


def test_times_of_tours_that_agents_lead_are_asked_for_without_for_self_guided(the_world: World) -> None:
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.SELF_GUIDED)
    assert len(starts(the_world, "SELF_GUIDED")) == 0
    assert len(starts(the_world, "IN_PERSON")) == len(starts(the_world, "LIVE_VIDEO")) == 3


def test_without_a_kind_the_times_are_those_of_self_guided_tours(the_world: World) -> None:
    assert the_world.get(TIMES).json() == times(the_world, "SELF_GUIDED").json()


@pytest.mark.parametrize("kind", [*LED, "SELF_GUIDED"])
def test_the_answer_names_the_kind(the_world: World, kind: str) -> None:
    assert times(the_world, kind).json()["tourType"] == kind
    assert booked(the_world, kind)["tourType"] == kind


def test_a_kind_that_does_not_exist_is_a_422_that_names_the_field(the_world: World) -> None:
    for kind in ("", "in_person", "IN-PERSON", "ON_THE_MOON", "null"):
        for answer in (times(the_world, kind), the_world.book(tourType=kind)):
            assert (answer.status_code, *answer.json()["errors"]) == (422, "tourType")
    assert (the_world.tours(), the_world.knock.appointments) == ([], {})


def test_a_kind_that_is_known_to_be_off_is_a_422_that_names_the_field_and_knock_is_not_asked(the_world: World) -> None:
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)
    the_world.jobs()
    for answer in (times(the_world, "IN_PERSON"), the_world.book(tourType="IN_PERSON")):
        assert (answer.status_code, *answer.json()["errors"]) == (422, "tourType")
        assert answer.json()["detail"] == "This community offers no in-person tours just now. Please choose another kind."
    assert the_world.tours() == []
    assert BOOK not in calls(the_world)


def test_a_key_under_which_a_kind_was_refused_as_off_is_still_free(the_world: World) -> None:
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)
    the_world.jobs()
    assert the_world.book(tourType="IN_PERSON").status_code == 422
    assert the_world.book(tourType="LIVE_VIDEO").status_code == 201


def test_propexo_cannot_be_told_of_another_kind_so_none_is_offered(the_world: World) -> None:
    the_world.rules(channel="propexo", propexo=PROPEXO)
    assert [times(the_world, kind).status_code for kind in LED] == [422, 422]
    assert len(starts(the_world, "SELF_GUIDED")) == 3


# Switched off in between


@pytest.mark.parametrize("kind", LED)
def test_a_kind_switched_off_in_between_gets_knocks_own_words_and_is_not_offered_any_more(
    the_world: World, kind: TourType
) -> None:
    assert starts(the_world, kind)
    the_world.sandbox.agent.toggle(COMMUNITY, kind)

    answer = the_world.book(tourType=kind)

    assert (answer.status_code, answer.json()["type"]) == (409, "time-taken")
    assert answer.json()["detail"] == f"Tour type {kind} is not supported by this community."
    assert answer.json()["times"] == []
    assert times(the_world, kind).status_code == 422  # refreshed, however short ago it was looked at
    with the_world.via.db.read() as db:
        known = db.communities.find(COMMUNITY)
    assert known and (known.in_person_tours_enabled, known.live_video_tours_enabled) == tuple(one != kind for one in LED)
    (tour,) = the_world.tours()
    assert (tour.status, tour.reason) == ("rejected", "refused_by_knock")
    assert the_world.knock.appointments == {}
    other = next(one for one in LED if one is not kind)
    assert the_world.book(key="key-2", tourType=other).status_code == 201


def test_the_same_key_gets_the_refusal_again_and_asks_nobody(the_world: World) -> None:
    starts(the_world, "IN_PERSON")
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)
    first = the_world.book(tourType="IN_PERSON")
    asked = len(the_world.sandbox.calls)
    assert the_world.book(tourType="IN_PERSON").json() == first.json()
    assert len(the_world.sandbox.calls) == asked


@pytest.mark.parametrize("fault", ["500", "429", "garbage"])
def test_a_knock_that_does_not_tell_its_list_does_not_hide_its_refusal(the_world: World, fault: str) -> None:
    starts(the_world, "IN_PERSON")
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)
    the_world.faults.set("GET /communities", fault, times=3)
    answer = the_world.book(tourType="IN_PERSON")
    assert (answer.status_code, answer.json()["detail"]) == (409, "Tour type IN_PERSON is not supported by this community.")
    the_world.faults.clear()
    the_world.clock.move(seconds=20)
    assert the_world.book(key="key-2", tourType="IN_PERSON").status_code == 409
    assert the_world.book(key="key-3", tourType="IN_PERSON").status_code == 422
    assert the_world.knock.appointments == {}


def test_a_kind_switched_on_is_offered_after_the_daily_list(the_world: World) -> None:
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.LIVE_VIDEO)
    assert times(the_world, "LIVE_VIDEO").status_code == 422
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.LIVE_VIDEO)
    the_world.jobs()
    assert len(starts(the_world, "LIVE_VIDEO")) == 3
    assert booked(the_world, "LIVE_VIDEO")["status"] == "confirmed"


def test_a_tour_booked_before_its_kind_was_switched_off_takes_place(the_world: World) -> None:
    tour = booked(the_world)
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)
    the_world.jobs()
    the_world.clock.move(minutes=1)
    the_world.jobs()
    assert the_world.tour(tour).status == "confirmed"
    assert len(the_world.standing()) == 1


# Their life


@pytest.mark.parametrize("kind", LED)
def test_a_tour_that_an_agent_leads_gets_no_access_and_no_visit_and_is_no_no_show_by_our_clock(
    the_world: World, kind: TourType
) -> None:
    tour = booked(the_world, kind)
    (appointment,) = the_world.standing()
    assert (appointment.tour_type, appointment.start, appointment.source_title) == (kind, START, "Zillow")
    assert the_world.act(tour).json()["access"] == {
        "state": "none",
        "opensAt": "2026-06-10T12:30:00-07:00",
        "closesAt": "2026-06-10T13:00:00-07:00",
    }
    the_world.converge(hours=30, minutes_a_step=60)
    assert the_world.tour(tour).status == "completed"
    assert the_world.standing() == [appointment]
    assert the_world.story(tour["tourId"])[-1] != "tour.no_show"
    assert_left_to_the_agents(the_world)


def test_it_ends_when_knock_says_not_when_our_rules_say(the_world: World) -> None:
    the_world.rules(tour_minutes=50)
    tour = booked(the_world)
    (appointment,) = the_world.standing()
    assert (appointment.end, tour["endTime"]) == (START + timedelta(minutes=30), "2026-06-10T13:00:00-07:00")
    stored = the_world.tour(tour)
    assert (stored.opens_at, stored.closes_at) == (START, START + timedelta(minutes=30))
    the_world.jobs()
    assert "knock.appointment_moved" not in the_world.story(stored.tour_id)
    alone = booked(the_world, "SELF_GUIDED", key="key-2", profile=SAM)
    assert alone["endTime"] == "2026-06-10T13:20:00-07:00"


@pytest.mark.parametrize("shape", ["id", "appointmentId", "nested"])
def test_knocks_end_is_found_in_each_of_its_answers(the_world: World, shape: Any) -> None:
    the_world.knock.response_shape = shape
    the_world.rules(tour_minutes=50)
    assert booked(the_world)["endTime"] == "2026-06-10T13:00:00-07:00"


@pytest.mark.parametrize("fault", ["drop_after", "500"])
def test_one_whose_answer_was_lost_is_settled_with_knocks_end_and_without_doors(the_world: World, fault: str) -> None:
    the_world.rules(tour_minutes=50)
    the_world.faults.set(BOOK, fault)
    answer = the_world.book(tourType="IN_PERSON")
    assert answer.status_code == 202
    the_world.clock.move(seconds=61)
    the_world.jobs()
    the_world.clock.move(minutes=2)
    the_world.jobs()
    (appointment,) = the_world.standing()
    tour = the_world.tour(answer.json())
    assert (tour.status, tour.appointment_id, tour.starts_at) == ("confirmed", appointment.appointment_id, START)
    assert (tour.ends_at, tour.closes_at) == (appointment.end, appointment.end)
    assert_left_to_the_agents(the_world)


def test_check_in_and_finish_are_refused_with_a_clear_sentence_and_change_nothing(the_world: World) -> None:
    tour = booked(the_world)
    the_world.clock.move(minutes=31)
    before = the_world.tour(tour)
    for verb in ("check-in", "finish"):
        answer = the_world.act(tour, verb)
        assert (answer.status_code, answer.json()["type"]) == (409, "not-now")
        assert answer.json()["detail"].startswith("The leasing team leads this tour")
        assert "code" not in answer.json()
    assert the_world.tour(tour) == before
    assert "GET /prospect" not in calls(the_world)


def test_it_can_be_cancelled_by_the_prospect(the_world: World) -> None:
    tour = booked(the_world)
    assert the_world.act(tour, "cancel").json()["status"] == "cancelled"
    the_world.jobs()
    assert the_world.standing() == []
    assert_left_to_the_agents(the_world)


def test_the_agents_visited_completes_it_and_makes_no_visit_of_ours(the_world: World) -> None:
    tour = booked(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=50)
    the_world.sandbox.agent.visited(the_world.tour(tour).appointment_id or "")
    the_world.jobs()
    assert the_world.tour(tour).status == "completed"
    the_world.converge(hours=4, minutes_a_step=20)
    assert the_world.tour(tour).status == "completed"
    assert_left_to_the_agents(the_world)


@pytest.mark.parametrize("minutes", [40, 90], ids=["before its end", "after it"])
def test_the_agents_no_show_makes_it_one_whether_or_not_our_clock_has_ended_it(the_world: World, minutes: int) -> None:
    tour = booked(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=minutes)
    the_world.jobs()
    the_world.sandbox.agent.no_show(the_world.tour(tour).appointment_id or "")
    the_world.jobs()
    assert the_world.tour(tour).status == "no_show"
    the_world.converge(hours=4, minutes_a_step=20)
    assert the_world.tour(tour).status == "no_show"
    assert_left_to_the_agents(the_world)


def test_what_an_agent_says_of_a_self_guided_tour_does_not_decide_it(the_world: World) -> None:
    tour = booked(the_world, "SELF_GUIDED")
    the_world.jobs()
    (appointment,) = the_world.standing()
    the_world.sandbox.agent.no_show(appointment.appointment_id)
    the_world.jobs()
    assert the_world.tour(tour).status == "confirmed"


def test_an_agent_may_call_it_off_or_drag_it_to_another_time(the_world: World) -> None:
    tour = booked(the_world)
    the_world.jobs()
    (appointment,) = the_world.standing()
    there = START + timedelta(hours=2)
    the_world.sandbox.agent.move(appointment.appointment_id, there, there + timedelta(minutes=45))
    the_world.jobs()
    moved = the_world.tour(tour)
    assert (moved.status, moved.starts_at, moved.ends_at) == ("confirmed", there, there + timedelta(minutes=45))
    assert (moved.opens_at, moved.closes_at) == (moved.starts_at, moved.ends_at)
    the_world.sandbox.agent.cancel(appointment.appointment_id)
    the_world.jobs()
    assert (the_world.tour(tour).status, the_world.tour(tour).reason) == ("cancelled", "cancelled_in_knock")
    assert_left_to_the_agents(the_world)


def test_a_door_event_that_names_it_makes_no_visit_of_it(the_world: World) -> None:
    tour = booked(the_world)
    the_world.clock.move(minutes=35)
    told = {"tourId": tour["tourId"], "door": "Apartment 204", "unitName": "204", "occurredAt": the_world.clock().isoformat()}
    assert the_world.lock.send("access.door_unlocked", told) < 300
    assert the_world.lock.send("access.tour_ended", {"tourId": tour["tourId"]}) < 300
    the_world.jobs()
    assert the_world.tour(tour).status == "confirmed"
    the_world.converge(hours=2, minutes_a_step=10)
    assert the_world.tour(tour).status == "completed"
    assert_left_to_the_agents(the_world)


def test_it_is_cancelled_with_its_prospect(the_world: World) -> None:
    tour = booked(the_world)
    the_world.jobs()
    the_world.sandbox.agent.delete(the_world.tour(tour).prospect_id or "")
    the_world.jobs()
    the_world.jobs()
    assert (the_world.tour(tour).status, the_world.tour(tour).reason) == ("cancelled", "prospect_deleted_in_knock")
    assert the_world.standing() == []


def test_it_moves_to_another_time_of_its_own_kind_and_gets_no_doors_there(the_world: World) -> None:
    the_world.rules(tour_minutes=50)
    tour = booked(the_world)
    assert the_world.move(tour, START + timedelta(hours=1)).status_code == 200
    the_world.jobs()
    the_world.clock.move(minutes=2)
    the_world.jobs()
    (appointment,) = the_world.standing()
    moved = the_world.tour(tour)
    assert (moved.starts_at, moved.tour_type) == (START + timedelta(hours=1), "IN_PERSON")
    assert (appointment.tour_type, appointment.start) == ("IN_PERSON", moved.starts_at)
    assert (moved.ends_at, moved.closes_at) == (appointment.end, appointment.end)
    assert_left_to_the_agents(the_world)


# Beside self-guided tours


def test_the_limit_of_self_guided_tours_does_not_count_those_that_agents_lead_and_the_other_way_round(
    the_world: World,
) -> None:
    booked(the_world, "IN_PERSON")
    alone = booked(the_world, "SELF_GUIDED", key="key-2", profile=SAM)
    third = {**SAM, "email": "third@example.com", "phone": "2065550001"}
    assert the_world.book(key="key-3", profile=third).status_code == 409
    assert starts(the_world, "SELF_GUIDED")[0] == HALF_PAST_ONE
    assert (len(the_world.standing()), alone["status"]) == (2, "confirmed")


def test_a_self_guided_tour_takes_no_place_from_those_that_agents_lead(the_world: World) -> None:
    booked(the_world, "SELF_GUIDED")
    the_world.clock.move(seconds=10)
    assert starts(the_world, "IN_PERSON")[0] == "2026-06-10T12:30:00-07:00"
    booked(the_world, "IN_PERSON", key="key-2", profile=SAM)
    assert len(the_world.standing()) == 2


def test_a_prospect_who_books_another_kind_has_that_one_only_and_the_doors_stay_shut(the_world: World) -> None:
    alone = book_until_confirmed(the_world)
    the_world.jobs()
    assert len(the_world.live_grants()) == 1
    led = booked(the_world, key="key-2", start=START + timedelta(hours=1))
    the_world.jobs()
    the_world.jobs()
    assert (the_world.tour(alone).status, the_world.tour(alone).reason) == ("cancelled", "replaced_by_a_newer_booking")
    assert the_world.live_grants() == []
    (appointment,) = the_world.standing()
    assert (appointment.appointment_id, appointment.tour_type) == (led["appointmentId"], "IN_PERSON")


def test_the_other_way_round_the_tour_alone_takes_place_with_its_visit(the_world: World) -> None:
    led = booked(the_world, start=START + timedelta(hours=1))
    alone = book_until_confirmed(the_world, key="key-2", profile=JANE)
    live_the_story(the_world, alone)
    the_world.converge(hours=2, minutes_a_step=10)
    assert (the_world.tour(led).status, the_world.tour(alone).status) == ("cancelled", "completed")
    assert len(the_world.knock.visits) == 1
