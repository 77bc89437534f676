"""What leasing agents do in Knock with appointments of ours, told late, twice, together or in the wrong order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.knock.model import Appointment
from sandbox.times import zulu
from tests.flow.story import book_until_confirmed, code_at_the_door
from tests.world import COMMUNITY, JANE, START, WEBHOOK_TOKEN, World
from vendor_app.usecases.operators.operate import list_dead_messages

LATER, TOMORROW = START + timedelta(hours=1), START + timedelta(days=1)
FIVE = timedelta(minutes=5)
HALF_AN_HOUR = timedelta(minutes=30)
JOE = {**JANE, "email": "joe@example.com", "phone": "2065550000"}

Tour = dict[str, Any]


def with_access(the_world: World, **options: Any) -> tuple[Tour, Appointment]:
    """A confirmed tour whose door code is made, and its appointment."""
    booked = book_until_confirmed(the_world, **options)
    the_world.jobs()
    return booked, the_world.knock.appointments[str(the_world.tour(booked).appointment_id)]


def led(the_world: World) -> tuple[Tour, Appointment]:
    """A tour that an agent leads."""
    return with_access(the_world, tourType="IN_PERSON")


def tell(the_world: World, appointment: Appointment, *nodes: dict[str, Any]) -> None:
    """Deliver notices about it in one envelope; each node says in what it differs from the appointment."""
    told = {
        "appointmentId": appointment.appointment_id,
        "prospectId": appointment.prospect_id,
        "startTime": zulu(appointment.start),
        "endTime": zulu(appointment.end),
        "source": appointment.source_title,
        "status": "CONFIRMED",
        "updatedAt": zulu(the_world.clock()),
    }
    content = {"edges": [{"type": "APPOINTMENT", "node": told | one} for one in nodes]}
    headers = {"Authorization": f"Bearer {WEBHOOK_TOKEN}"}
    assert requests.post(f"{the_world.url}/webhooks/knock", json=content, headers=headers, timeout=60).status_code // 100 == 2


def moved_to(start: datetime, sent: datetime, end: datetime | None = None) -> dict[str, Any]:
    return {"startTime": zulu(start), "endTime": zulu(end or start + HALF_AN_HOUR), "updatedAt": zulu(sent)}


def assert_takes_place(the_world: World, booked: Tour, start: datetime, end: datetime | None = None) -> None:
    """The tour and its only code that works are there, and Knock's appointment is still the one it was."""
    tour, end = the_world.tour(booked), end or start + HALF_AN_HOUR
    assert (tour.status, tour.starts_at, tour.ends_at) == ("confirmed", start, end)
    (appointment,), (grant,) = the_world.standing(), the_world.live_grants()
    assert appointment.appointment_id == tour.appointment_id == booked["appointmentId"]
    assert (tour.opens_at, tour.closes_at) == (start - 2 * FIVE, end + 2 * FIVE)
    assert (grant.starts_at, grant.ends_at) == (tour.opens_at, tour.closes_at)
    assert list_dead_messages(the_world.via) == []


# Another time


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START - 2 * FIVE, START + 4 * FIVE),
        (TOMORROW, TOMORROW + HALF_AN_HOUR),
        (START, START + timedelta(minutes=45)),
        (START + FIVE, START + HALF_AN_HOUR),
    ],
    ids=["earlier", "later", "another end only", "another start only"],
)
def test_an_agent_who_moves_the_appointment_moves_the_tour_and_its_access(
    the_world: World, start: datetime, end: datetime
) -> None:
    booked, appointment = with_access(the_world)
    the_world.sandbox.agent.move(appointment.appointment_id, start, end)
    the_world.jobs()
    assert_takes_place(the_world, booked, start, end)
    assert the_world.act(booked).json()["access"]["state"] == "ready"
    assert "knock.appointment_moved" in the_world.story(booked["tourId"])
    assert [name for name, _ in the_world.sandbox.calls].count("POST /appointment/request") == 1


def test_the_code_of_the_old_time_is_dead_and_the_visit_belongs_to_the_appointment(the_world: World) -> None:
    booked, appointment = with_access(the_world)
    old = code_at_the_door(the_world, booked)
    the_world.sandbox.agent.move(appointment.appointment_id, LATER)
    the_world.jobs()
    assert the_world.act(booked, "check-in").status_code == 409
    assert not the_world.lock.type_code(COMMUNITY, "Front entrance", old)

    new = code_at_the_door(the_world, booked)
    assert not the_world.lock.type_code(COMMUNITY, "Front entrance", old)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", new)
    the_world.converge(hours=1.5, minutes_a_step=15)
    (visit,) = the_world.knock.visits
    assert (visit.appointment_id, visit.source_title) == (appointment.appointment_id, "Zillow")
    assert (the_world.tour(booked).status, the_world.live_grants()) == ("completed", [])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [False, True])
def test_of_two_moves_the_one_knock_sent_last_counts(the_world: World, order: tuple[int, int], together: bool) -> None:
    booked, appointment = with_access(the_world)
    the_world.knock.loses_notices = True
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    sent = the_world.clock()
    moves = [moved_to(LATER, sent + FIVE), moved_to(TOMORROW, sent + 2 * FIVE)]
    the_world.clock.move(minutes=11)
    for delivery in [[moves[one] for one in order]] if together else [[moves[one]] for one in order]:
        tell(the_world, appointment, *delivery, *delivery)
        the_world.jobs()
    assert_takes_place(the_world, booked, TOMORROW)
    assert the_world.story(booked["tourId"]).count("knock.appointment_moved") == (1 if order == (1, 0) or together else 2)


def test_moves_of_several_tours_and_of_strangers_come_in_one_delivery(the_world: World) -> None:
    booked, first = with_access(the_world)
    theirs, second = with_access(the_world, key="key-2", start=LATER, profile=JOE)
    stranger = the_world.sandbox.agent.book(COMMUNITY, {**JANE, "email": "z@example.com", "phone": "2065559999"}, START)
    the_world.knock.loses_notices = True
    for one, start in ((first, TOMORROW), (second, TOMORROW + HALF_AN_HOUR), (stranger, LATER)):
        the_world.sandbox.agent.move(one.appointment_id, start)
    the_world.knock.loses_notices = False
    the_world.knock.duplicate_notices = True
    the_world.clock.move(minutes=1)
    the_world.knock.notify_batch([one.appointment_id for one in (first, stranger, second)])
    the_world.jobs()
    assert (the_world.tour(booked).starts_at, the_world.tour(theirs).starts_at) == (TOMORROW, TOMORROW + HALF_AN_HOUR)
    assert sorted(one.starts_at for one in the_world.live_grants()) == [
        TOMORROW - 2 * FIVE,
        TOMORROW + HALF_AN_HOUR - 2 * FIVE,
    ]
    assert len(the_world.tours()) == 2


def test_a_repeated_notice_of_the_booking_does_not_take_a_move_back(the_world: World) -> None:
    booked, appointment = with_access(the_world)
    earlier = the_world.clock()
    the_world.clock.move(minutes=5)
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.jobs()
    tell(the_world, appointment, moved_to(START, earlier))
    the_world.jobs()
    assert_takes_place(the_world, booked, TOMORROW)


@pytest.mark.parametrize("end", [None, START - FIVE, TOMORROW])
def test_a_move_whose_end_is_not_told_or_cannot_be_right_keeps_the_tours_length(the_world: World, end: datetime | None) -> None:
    booked, appointment = with_access(the_world)
    the_world.clock.move(minutes=1)
    tell(the_world, appointment, {"startTime": zulu(TOMORROW), "endTime": end and zulu(end)})
    the_world.jobs()
    assert_takes_place(the_world, booked, TOMORROW)


@pytest.mark.parametrize(
    ("zone", "booked_at", "moved_at", "shown"),
    [
        ("America/Los_Angeles", "2026-10-31T19:00Z", "2026-11-02T20:00Z", "2026-11-02T12:00:00-08:00"),
        ("America/Los_Angeles", "2026-11-02T20:00Z", "2026-10-31T19:00Z", "2026-10-31T12:00:00-07:00"),
        ("Europe/London", "2026-10-24T11:00Z", "2026-10-26T12:00Z", "2026-10-26T12:00:00+00:00"),
    ],
)
def test_a_move_across_a_clock_change_is_shown_on_the_propertys_clock(
    the_world: World, zone: str, booked_at: str, moved_at: str, shown: str
) -> None:
    before, after = datetime.fromisoformat(booked_at), datetime.fromisoformat(moved_at)
    the_world.clock.now = min(before, after) - timedelta(days=1)
    the_world.knock.communities[COMMUNITY].time_zone = zone
    the_world.knock.offer(COMMUNITY, None)
    booked, appointment = with_access(the_world, start=before)
    the_world.sandbox.agent.move(appointment.appointment_id, after)
    the_world.jobs()
    seen = the_world.act(booked).json()
    assert (seen["startTime"], seen["access"]["opensAt"][-6:]) == (shown, shown[-6:])
    (grant,) = the_world.live_grants()
    assert (grant.starts_at, grant.ends_at) == (after - 2 * FIVE, after + 8 * FIVE)


def test_knock_not_telling_its_times_does_not_keep_a_move_waiting(the_world: World) -> None:
    booked, appointment = with_access(the_world)
    the_world.clock.move(minutes=16)
    the_world.faults.set("GET /community/available-times", "500", times=99)
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.jobs()
    assert_takes_place(the_world, booked, TOMORROW)


def test_a_move_during_the_visit_leaves_the_visit_alone_and_is_told_to_the_operator(
    the_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    booked, appointment = with_access(the_world)
    code = code_at_the_door(the_world, booked)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.jobs()
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.tour(booked).starts_at) == ("in_progress", START)
    assert len(the_world.live_grants()) == 1
    assert "look at Knock's calendar" in caplog.text
    the_world.converge(hours=1.5, minutes_a_step=15)
    assert [visit.appointment_id for visit in the_world.knock.visits] == [appointment.appointment_id]
    assert the_world.live_grants() == []


def test_a_move_after_nobody_came_is_told_to_the_operator(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    booked, appointment = with_access(the_world)
    the_world.converge(hours=2, minutes_a_step=20)
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.live_grants(), the_world.knock.visits) == ("no_show", [], [])
    assert "is no_show, yet Knock says its appointment stands" in caplog.text


def test_a_move_told_in_the_last_moment_of_the_window_still_moves_the_tour(the_world: World) -> None:
    booked, appointment = with_access(the_world)
    the_world.clock.move(minutes=69)
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.jobs()
    the_world.converge(hours=0.5)
    assert_takes_place(the_world, booked, TOMORROW)


def test_a_move_into_the_past_ends_as_nobody_having_come(the_world: World) -> None:
    booked, appointment = with_access(the_world, start=TOMORROW)
    the_world.sandbox.agent.move(appointment.appointment_id, START - timedelta(hours=3))
    the_world.converge(hours=0.5)
    assert (the_world.tour(booked).status, the_world.live_grants(), the_world.knock.visits) == ("no_show", [], [])


def test_a_move_told_before_our_own_booking_call_has_returned_is_not_lost(the_world: World) -> None:
    the_world.faults.set("POST /appointment/request", "drop_after")
    the_world.knock.notices_paused = True
    booked = the_world.book().json()
    (appointment,) = the_world.standing()
    the_world.sandbox.agent.move(appointment.appointment_id, START + FIVE)
    the_world.knock.notices_paused = False
    for _ in range(3):
        the_world.jobs()
        the_world.clock.move(seconds=61)
    tour, (standing,), (grant,) = the_world.tour(booked), the_world.standing(), the_world.live_grants()
    assert (tour.status, tour.starts_at, tour.appointment_id) == ("confirmed", standing.start, standing.appointment_id)
    assert grant.starts_at == tour.opens_at


def test_the_place_of_a_moved_tour_is_free_and_its_new_one_taken(the_world: World) -> None:
    _, appointment = with_access(the_world)
    the_world.sandbox.agent.move(appointment.appointment_id, LATER)
    the_world.jobs()
    codes = [the_world.book(key=f"at {start}", start=start, profile=JOE).status_code for start in (LATER, START)]
    assert codes == [409, 201]


def test_a_prospect_can_move_what_an_agent_has_moved(the_world: World) -> None:
    booked, appointment = with_access(the_world)
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.jobs()
    assert the_world.move(booked, LATER).status_code == 200
    the_world.jobs()
    (standing,), (grant,), tour = the_world.standing(), the_world.live_grants(), the_world.tour(booked)
    assert (standing.start, standing.appointment_id) == (LATER, tour.appointment_id)
    assert grant.starts_at == tour.opens_at == LATER - 2 * FIVE


# A cancellation, whichever way round it comes


@pytest.mark.parametrize("turned", [False, True])
def test_a_move_and_a_cancellation_count_in_the_order_knock_sent_them(the_world: World, turned: bool) -> None:
    booked, appointment = with_access(the_world)
    the_world.knock.loses_notices = True
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.sandbox.agent.cancel(appointment.appointment_id)
    sent = the_world.clock()
    told = [moved_to(TOMORROW, sent + FIVE), moved_to(TOMORROW, sent + 2 * FIVE) | {"status": "CANCELLED"}]
    the_world.clock.move(minutes=11)
    tell(the_world, appointment, *(told[::-1] if turned else told))
    the_world.jobs()
    assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("cancelled", "cancelled_in_knock")
    assert (the_world.standing(), the_world.live_grants()) == ([], [])


def test_a_cancellation_taken_back_by_a_move_before_we_looked_leaves_the_tour_at_its_new_time(the_world: World) -> None:
    booked, appointment = with_access(the_world)
    the_world.knock.notices_paused = True
    the_world.sandbox.agent.cancel(appointment.appointment_id)
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.knock.loses_notices = True
    sent = the_world.clock()
    the_world.clock.move(minutes=11)
    tell(the_world, appointment, moved_to(TOMORROW, sent + 2 * FIVE), {"status": "CANCELLED", "updatedAt": zulu(sent + FIVE)})
    the_world.jobs()
    assert_takes_place(the_world, booked, TOMORROW)


# What the agent says of the tour, in each of its states


def upcoming(the_world: World, booked: Tour) -> None:
    """Nothing more."""


def going_on(the_world: World, booked: Tour) -> None:
    code = code_at_the_door(the_world, booked)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.jobs()


def visited(the_world: World, booked: Tour) -> None:
    going_on(the_world, booked)
    the_world.converge(hours=1.5, minutes_a_step=30)
    assert len(the_world.knock.visits) == 1


def missed(the_world: World, booked: Tour) -> None:
    the_world.converge(hours=1.5, minutes_a_step=30)


def called_off(the_world: World, booked: Tour) -> None:
    the_world.act(booked, "cancel")
    the_world.jobs()


SAYS: dict[str, Callable[[World, str], Any]] = {
    "VISITED": lambda the_world, one: the_world.sandbox.agent.visited(one),
    "NO_SHOW": lambda the_world, one: the_world.sandbox.agent.no_show(one),
    "CANCELLED": lambda the_world, one: the_world.sandbox.agent.cancel(one),
}


@pytest.mark.parametrize(
    ("before", "says", "after", "visits"),
    [
        # Where the prospect is on their own the doors decide, whatever the office believes.
        (upcoming, "VISITED", "completed", 0),  # they have noted the visit themselves
        (upcoming, "NO_SHOW", "no_show", 0),
        (upcoming, "CANCELLED", "cancelled", 0),
        (going_on, "VISITED", "completed", 1),
        (going_on, "NO_SHOW", "completed", 1),
        (going_on, "CANCELLED", "completed", 1),
        (visited, "NO_SHOW", "completed", 1),
        (missed, "VISITED", "no_show", 0),
        (missed, "CANCELLED", "no_show", 0),
        (called_off, "VISITED", "cancelled", 0),
    ],
)
def test_what_an_agent_says_of_a_self_guided_tour(
    the_world: World, before: Callable[[World, Tour], None], says: str, after: str, visits: int
) -> None:
    booked, appointment = with_access(the_world)
    before(the_world, booked)
    the_world.knock.duplicate_notices = True
    SAYS[says](the_world, appointment.appointment_id)
    the_world.jobs()
    the_world.converge(hours=2, minutes_a_step=30)
    assert (the_world.tour(booked).status, len(the_world.knock.visits), the_world.live_grants()) == (after, visits, [])
    assert list_dead_messages(the_world.via) == []


@pytest.mark.parametrize(
    ("hours", "says", "after"),
    [
        (0, ["VISITED"], "completed"),
        (0, ["NO_SHOW"], "no_show"),
        (0, ["CANCELLED"], "cancelled"),
        (2, [], "completed"),
        (2, ["NO_SHOW"], "no_show"),
        (2, ["NO_SHOW", "VISITED"], "completed"),
        (2, ["VISITED", "NO_SHOW"], "no_show"),
        (2, ["CANCELLED"], "completed"),
    ],
)
def test_of_a_tour_that_an_agent_leads_what_the_agent_said_last_is_true(
    the_world: World, hours: int, says: list[str], after: str
) -> None:
    booked, appointment = led(the_world)
    the_world.converge(hours=hours, minutes_a_step=30)
    for one in says:
        the_world.clock.move(minutes=1)
        SAYS[one](the_world, appointment.appointment_id)
        the_world.jobs()
    the_world.converge(hours=2, minutes_a_step=30)
    assert (the_world.tour(booked).status, the_world.knock.visits, the_world.lock.grants) == (after, [], {})
    assert appointment.status == (says[-1] if says else "CONFIRMED")
    assert list_dead_messages(the_world.via) == []


@pytest.mark.parametrize("turned", [False, True])
def test_the_agents_last_word_counts_in_whatever_order_it_comes(the_world: World, turned: bool) -> None:
    booked, appointment = led(the_world)
    the_world.clock.move(hours=2)
    sent = the_world.clock()
    told = [
        {"status": "NO_SHOW", "updatedAt": zulu(sent - 2 * FIVE)},
        {"status": "VISITED", "updatedAt": zulu(sent - FIVE)},
    ]
    for one in told[::-1] if turned else told:
        tell(the_world, appointment, one)
        the_world.jobs()
    assert the_world.tour(booked).status == "completed"
    assert the_world.knock.visits == []


def test_an_agents_move_of_a_tour_that_they_lead_moves_it_with_the_end_they_give(the_world: World) -> None:
    booked, appointment = led(the_world)
    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW, TOMORROW + timedelta(minutes=50))
    the_world.jobs()
    tour = the_world.tour(booked)
    assert (tour.starts_at, tour.ends_at, tour.closes_at) == (TOMORROW, TOMORROW + timedelta(minutes=50), tour.ends_at)
    assert (tour.status, the_world.lock.grants) == ("confirmed", {})


# Appointments that are not ours


def test_an_agents_own_appointments_are_kept_as_long_as_they_may_match_and_no_longer(the_world: World) -> None:
    for number in range(3):
        profile = {**JANE, "email": f"z{number}@example.com", "phone": f"206555777{number}"}
        the_world.sandbox.agent.book(COMMUNITY, profile, START + number * timedelta(days=1))
    the_world.jobs()
    kept = []
    for _ in range(3):
        the_world.clock.move(days=3)
        the_world.jobs()
        with the_world.via.db.read() as db:
            kept.append(len(db.connection.query("SELECT 1 AS one FROM knock_notices")))
    assert (kept, the_world.tours(), len(the_world.standing())) == ([3, 0, 0], [], 3)


# Through Propexo, which names no appointment and takes no end

BY_PROPEXO: dict[str, Any] = {
    "channel": "propexo",
    "tour_minutes": 45,
    "propexo": {"integration_id": "clint_01", "community_id": "clcom_02", "attribution_id": "clatt_zillow"},
}


def through_propexo(the_world: World) -> Tour:
    the_world.rules(**BY_PROPEXO)
    booked: Tour = the_world.book().json()
    for _ in range(4):
        the_world.clock.move(seconds=20)
        the_world.jobs()
    assert the_world.tour(booked).status == "confirmed"
    return booked


def test_the_end_that_knock_takes_for_a_tour_booked_through_propexo_is_no_agents_wish(the_world: World) -> None:
    booked = through_propexo(the_world)
    the_world.converge(hours=0.2)
    (appointment,), tour = the_world.standing(), the_world.tour(booked)
    assert (tour.appointment_id, appointment.end) == (appointment.appointment_id, START + HALF_AN_HOUR)
    assert (tour.starts_at, tour.ends_at) == (START, START + timedelta(minutes=45))

    the_world.sandbox.agent.move(appointment.appointment_id, TOMORROW)
    the_world.jobs()
    tour, (grant,) = the_world.tour(booked), the_world.live_grants()
    assert (tour.starts_at, tour.ends_at) == (TOMORROW, TOMORROW + timedelta(minutes=45))
    assert (grant.starts_at, grant.ends_at) == (tour.opens_at, tour.closes_at)


@pytest.mark.parametrize("notices", ["come", "are lost"])
def test_a_tour_booked_through_propexo_is_moved_through_propexo(the_world: World, notices: str) -> None:
    the_world.knock.loses_notices = notices == "are lost"
    booked = through_propexo(the_world)
    assert the_world.move(booked, LATER).status_code == 202
    for _ in range(6):
        the_world.clock.move(seconds=30)
        the_world.jobs()
    tour, (appointment,), (grant,) = the_world.tour(booked), the_world.standing(), the_world.live_grants()
    assert (tour.starts_at, tour.next_span, appointment.start) == (LATER, None, LATER)
    assert tour.appointment_id == (appointment.appointment_id if notices == "come" else None)
    assert (grant.starts_at, grant.ends_at) == (tour.opens_at, tour.closes_at)


def test_a_move_that_propexo_could_not_make_leaves_the_tour_and_its_appointment_is_still_found(the_world: World) -> None:
    the_world.knock.notices_paused = True
    booked = through_propexo(the_world)
    the_world.sandbox.propexo.outcome = "FAILURE"
    assert the_world.move(booked, LATER).status_code == 202
    for _ in range(6):
        the_world.clock.move(seconds=30)
        the_world.jobs()
    assert (the_world.tour(booked).starts_at, the_world.tour(booked).next_span) == (START, None)
    the_world.knock.notices_paused = False
    the_world.converge(hours=0.2, minutes_a_step=3)
    (appointment,), (grant,) = the_world.standing(), the_world.live_grants()
    assert the_world.tour(booked).appointment_id == appointment.appointment_id
    assert (appointment.start, grant.starts_at) == (START, START - 2 * FIVE)
