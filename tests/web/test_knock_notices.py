"""`POST /webhooks/knock`: kept when it comes from Knock, refused when it does not, and acted on by the job."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.knock.model import Status
from tests.sandbox.stage import Partner
from tests.web.api import BOOKING, SAM, body, post, problem
from tests.world import COMMUNITY, START, WEBHOOK_TOKEN, World
from vendor_app.usecases.operators.operate import list_unreadable_notices


def deliver(the_world: World, content: Any, authorization: str | None = f"Bearer {WEBHOOK_TOKEN}") -> requests.Response:
    """POST a delivery: JSON, or bytes as they are."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"Content-Type": "application/json"} | ({} if authorization is None else {"Authorization": authorization})
    return requests.post(f"{the_world.url}/webhooks/knock", data=data, headers=headers, timeout=30)


def node(appointment_id: str, told: str, at: datetime, **changes: Any) -> dict[str, Any]:
    """A node as Knock writes it; a change to None leaves the field out."""
    written = {
        "appointmentId": appointment_id,
        "prospectId": "51316",
        "startTime": START.isoformat(),
        "endTime": (START + timedelta(minutes=30)).isoformat(),
        "source": "Zillow",
        "status": told,
        "updatedAt": at.isoformat(),
    }
    return {name: value for name, value in {**written, **changes}.items() if value is not None}


def edges(*nodes: Any) -> dict[str, Any]:
    """A delivery of these nodes."""
    return {"edges": [{"type": "APPOINTMENT", "node": one} for one in nodes]}


def deep(levels: int) -> Any:
    """An object so many levels deep."""
    made: Any = "the end"
    for _ in range(levels):
        made = {"inside": made}
    return made


def status(the_world: World, booked: dict[str, Any]) -> str:
    """The tour's, as stored."""
    return the_world.tour(booked).status.value


@pytest.fixture
def booked(the_world: World) -> dict[str, Any]:
    """A tour whose CONFIRMED notice was taken ten minutes ago."""
    answer: dict[str, Any] = the_world.book().json()
    the_world.jobs()
    the_world.clock.move(minutes=10)
    return answer


def cancelled(the_world: World, booked: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A delivery that says the tour is cancelled, as of now."""
    return edges(node(booked["appointmentId"], "CANCELLED", the_world.clock.now, **changes))


# From Knock, or not


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", WEBHOOK_TOKEN, f"Basic {WEBHOOK_TOKEN}", f"Bearer {WEBHOOK_TOKEN}x", "Bearer é"],
)
def test_a_delivery_without_the_agreed_token_is_a_401_and_leaves_no_trace(
    the_world: World, booked: dict[str, Any], authorization: str | None
) -> None:
    before = the_world.story(booked["tourId"])

    problem(deliver(the_world, cancelled(the_world, booked), authorization), 401, "unauthorized")
    the_world.jobs()

    assert (status(the_world, booked), the_world.story(booked["tourId"])) == ("confirmed", before)


def test_a_tours_own_token_is_not_knocks(the_world: World, booked: dict[str, Any]) -> None:
    problem(deliver(the_world, cancelled(the_world, booked), f"Bearer {booked['tourToken']}"), 401)


def test_a_refused_delivery_does_not_repeat_the_token(quiet_world: World) -> None:
    assert WEBHOOK_TOKEN not in deliver(quiet_world, edges(), f"Basic {WEBHOOK_TOKEN}").text


# What it says


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "edges"),
        ({"edges": None}, "edges"),
        ({"edges": "none"}, "edges"),
        ({"edges": {}}, "edges"),
        ({"edges": ["x"]}, "edges"),
        ({"edges": [{"type": "APPOINTMENT"}]}, "node"),
        ({"edges": [{"type": "APPOINTMENT", "node": 7}]}, "node"),
        (edges({}), "appointmentId"),
        (edges(node("1", "CONFIRMED", START, appointmentId=None)), "appointmentId"),
        (edges(node("1", "CONFIRMED", START, appointmentId=["1"])), "appointmentId"),
        (edges(node("1", "CONFIRMED", START, status=None)), "status"),
        (edges(node("1", "CONFIRMED", START, updatedAt=None)), "updatedAt"),
        (edges(node("1", "CONFIRMED", START, updatedAt="2026-06-10T19:30:00")), "updatedAt"),
        (edges(node("1", "CONFIRMED", START, startTime="noon")), "startTime"),
        (edges(node("1", "CONFIRMED", START, startTime="noon"), node("2", "CONFIRMED", START, startTime="noon")), "startTime"),
    ],
)
def test_a_delivery_that_cannot_be_read_is_a_400_that_names_the_field(quiet_world: World, content: Any, field: str) -> None:
    assert field in problem(deliver(quiet_world, content), 400)["detail"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"edges=1"])
def test_what_is_not_json_is_a_400_that_says_so(quiet_world: World, content: bytes) -> None:
    assert "JSON" in problem(deliver(quiet_world, content), 400)["detail"]


def test_json_too_deep_for_the_parser_is_a_400(quiet_world: World) -> None:
    problem(deliver(quiet_world, b"[" * 100_000), 400)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"type": "APPOINTMENT", "node": {"appointmentId": "7"}}, id="fields missing"),
        pytest.param({"type": "APPOINTMENT", "node": {}}, id="empty"),
        pytest.param({"type": "APPOINTMENT", "node": node("7", "CANCELLED", START, startTime="noon")}, id="no time"),
        pytest.param({"type": "APPOINTMENT", "node": node("\ud800", "CANCELLED", START)}, id="no text"),
        pytest.param({"type": "APPOINTMENT", "node": None}, id="null"),
        pytest.param({"type": "APPOINTMENT", "node": "gone"}, id="not an object"),
        pytest.param({"type": "APPOINTMENT"}, id="no node"),
        pytest.param("gone", id="no edge"),
        pytest.param({"type": "MESSAGE", "node": {"text": "hello"}}, id="another type"),
        pytest.param({"type": "APPOINTMENT", "node": {"level": float("nan")}}, id="no number"),
        pytest.param({"type": "APPOINTMENT", "node": {"level": float("inf")}}, id="endless"),
        pytest.param({"type": "APPOINTMENT", "node": deep(500)}, id="500 levels"),
        pytest.param({"type": "APPOINTMENT", "node": node("7", "CANCELLED", START) | {"updatedAt": deep(500)}}, id="a deep time"),
    ],
)
def test_one_bad_node_does_not_lose_its_neighbours(the_world: World, booked: dict[str, Any], bad: Any) -> None:
    good = cancelled(the_world, booked)["edges"]

    answer = deliver(the_world, {"edges": [bad, *good, bad]})
    the_world.jobs()

    assert answer.status_code == 200, answer.text
    assert status(the_world, booked) == "cancelled"


def test_a_notice_that_cannot_be_read_is_kept_as_it_came(the_world: World, booked: dict[str, Any]) -> None:
    bad = {"type": "APPOINTMENT", "node": {"appointmentId": "7", "status": "CANCELLED"}}

    for _ in range(2):
        assert deliver(the_world, {"edges": [bad, *cancelled(the_world, booked)["edges"]]}).status_code == 200

    assert [one.payload for one in list_unreadable_notices(the_world.via)] == [{"notice": bad}]


def test_one_that_comes_alone_and_cannot_be_read_is_kept(the_world: World) -> None:
    bad = {"type": "APPOINTMENT", "node": {"appointmentId": "7", "status": "CANCELLED"}}
    assert deliver(the_world, {"edges": [bad]}).status_code == 400
    assert [one.payload for one in list_unreadable_notices(the_world.via)] == [{"notice": bad}]


def test_a_number_beyond_all_numbers_is_kept_as_unreadable(the_world: World, booked: dict[str, Any]) -> None:
    bad = b'{"type": "APPOINTMENT", "node": {"level": 1e999, "depth": ' + b"[" * 500 + b"]" * 500 + b"}}"
    good = json.dumps(cancelled(the_world, booked)["edges"][0]).encode()

    assert deliver(the_world, b'{"edges": [%s, %s]}' % (bad, good)).status_code == 200
    the_world.jobs()

    (kept,) = list_unreadable_notices(the_world.via)
    assert kept.payload["notice"]["node"]["level"] == "inf"
    assert status(the_world, booked) == "cancelled"


def test_fields_that_we_do_not_know_are_no_harm(the_world: World, booked: dict[str, Any]) -> None:
    content = cancelled(the_world, booked, tourType="SELF_GUIDED", agent={"name": "Ann"})

    assert deliver(the_world, {**content, "pageInfo": {}}).status_code == 200
    the_world.jobs()
    assert status(the_world, booked) == "cancelled"


def test_ids_that_come_as_numbers_are_understood(the_world: World, booked: dict[str, Any]) -> None:
    content = edges(node(booked["appointmentId"], "CANCELLED", the_world.clock.now, appointmentId=int(booked["appointmentId"])))

    assert deliver(the_world, content).status_code == 200
    the_world.jobs()
    assert status(the_world, booked) == "cancelled"


def test_an_empty_delivery_is_taken(the_world: World) -> None:
    assert deliver(the_world, {"edges": []}).status_code == 200


# Again, and out of order


def test_a_delivery_that_comes_again_changes_nothing(the_world: World, booked: dict[str, Any]) -> None:
    content = cancelled(the_world, booked)
    for _ in range(3):
        assert deliver(the_world, content).status_code == 200
        the_world.jobs()

    assert the_world.story(booked["tourId"]).count("tour.cancelled") == 1
    assert the_world.story(booked["tourId"]).count("knock.notice") == 2  # this one and the CONFIRMED before it


def test_notices_that_knock_sends_twice_change_nothing(the_world: World) -> None:
    the_world.knock.duplicate_notices = True
    booked = the_world.book().json()
    the_world.jobs()

    assert status(the_world, booked) == "confirmed"
    assert the_world.story(booked["tourId"]).count("tour.confirmed") == 1


def test_a_cancellation_older_than_what_we_know_is_ignored(the_world: World, booked: dict[str, Any]) -> None:
    now = the_world.clock.now
    deliver(the_world, edges(node(booked["appointmentId"], "CONFIRMED", now)))
    the_world.jobs()
    deliver(the_world, edges(node(booked["appointmentId"], "CANCELLED", now - timedelta(minutes=1))))
    the_world.jobs()

    assert status(the_world, booked) == "confirmed"
    assert len(the_world.live_grants()) == 1


@pytest.mark.parametrize("together", [True, False], ids=["in one delivery", "in two"])
def test_a_cancellation_that_a_newer_notice_took_back_is_ignored_though_both_wait(
    the_world: World, booked: dict[str, Any], together: bool
) -> None:
    now = the_world.clock.now
    newer = node(booked["appointmentId"], "CONFIRMED", now)
    older = node(booked["appointmentId"], "CANCELLED", now - timedelta(minutes=1))
    for content in [edges(newer, older)] if together else [edges(newer), edges(older)]:
        deliver(the_world, content)
    the_world.jobs()

    assert status(the_world, booked) == "confirmed"
    assert len(the_world.live_grants()) == 1


def test_a_confirmation_older_than_the_cancellation_does_not_take_it_back(the_world: World, booked: dict[str, Any]) -> None:
    deliver(the_world, cancelled(the_world, booked))
    deliver(the_world, edges(node(booked["appointmentId"], "CONFIRMED", the_world.clock.now - timedelta(minutes=1))))
    the_world.jobs()

    assert status(the_world, booked) == "cancelled"


# What follows


def test_a_cancellation_by_an_agent_cancels_the_tour_and_revokes_its_access(the_world: World, booked: dict[str, Any]) -> None:
    the_world.sandbox.agent.cancel(booked["appointmentId"])
    the_world.jobs()

    seen = the_world.act(booked).json()
    assert (seen["status"], seen["reason"], seen["access"]["state"]) == ("cancelled", "cancelled_in_knock", "closed")
    (grant,) = the_world.lock.grants.values()
    assert grant.revoked


def test_what_knock_cancelled_is_not_cancelled_there_again(the_world: World, booked: dict[str, Any]) -> None:
    the_world.sandbox.agent.cancel(booked["appointmentId"])
    the_world.jobs()

    assert "PUT /appointment/cancel" not in [name for name, _ in the_world.sandbox.calls]


def test_the_time_of_a_tour_that_knock_cancelled_can_be_booked_again(the_world: World, booked: dict[str, Any]) -> None:
    the_world.sandbox.agent.cancel(booked["appointmentId"])
    the_world.jobs()
    the_world.clock.move(seconds=11)

    assert post(the_world, body(profile=SAM), "key-2").status_code == 201


def test_our_own_cancellations_echo_is_no_second_one(the_world: World, booked: dict[str, Any]) -> None:
    the_world.act(booked, "cancel")
    the_world.jobs()
    the_world.jobs()

    assert the_world.act(booked).json()["reason"] == "cancelled_by_prospect"
    assert the_world.story(booked["tourId"]).count("tour.cancelled") == 1


def test_a_notice_of_the_replaced_appointment_does_not_cancel_the_tour(the_world: World) -> None:
    the_world.faults.set(BOOKING, "drop_after")
    the_world.knock.notices_paused = True
    booked = post(the_world, body()).json()
    the_world.clock.move(minutes=2)
    the_world.jobs()  # no notice has come: Knock is asked again, and replaces its first appointment
    the_world.knock.notices_paused = False
    the_world.jobs()
    the_world.jobs()

    assert status(the_world, booked) == "confirmed"
    assert len(the_world.knock.appointments) == 2
    assert [one.appointment_id for one in the_world.standing()] == [the_world.tour(booked).appointment_id]


def test_the_notice_of_a_booking_tells_the_prospect(the_world: World, booked: dict[str, Any]) -> None:
    assert [the_world.act(booked).json()["prospectId"]] == list(the_world.knock.prospects)


@pytest.mark.parametrize("told", [Status.VISITED, Status.NO_SHOW])
def test_a_visited_or_no_show_notice_does_no_harm_to_an_upcoming_tour(
    the_world: World, booked: dict[str, Any], told: Status
) -> None:
    the_world.knock.notify(booked["appointmentId"], told)
    the_world.jobs()

    assert status(the_world, booked) == "confirmed"
    assert len(the_world.live_grants()) == 1


@pytest.mark.parametrize("told", [Status.VISITED, Status.NO_SHOW])
def test_after_such_a_notice_the_tour_still_becomes_its_one_visit(the_world: World, booked: dict[str, Any], told: Status) -> None:
    the_world.knock.notify(booked["appointmentId"], told)
    the_world.jobs()
    the_world.clock.move(minutes=15)
    code = the_world.act(booked, "check-in").json()["code"]
    the_world.lock.type_code(COMMUNITY, "Front entrance", code)
    the_world.jobs()
    the_world.act(booked, "finish")
    the_world.converge(hours=0.5)

    assert [one.appointment_id for one in the_world.knock.visits] == [booked["appointmentId"]]


def test_a_status_that_we_do_not_know_is_kept_and_does_no_harm(the_world: World, booked: dict[str, Any]) -> None:
    content = edges(node(booked["appointmentId"], "RESCHEDULED_BY_MAGIC", the_world.clock.now))

    assert deliver(the_world, content).status_code == 200
    the_world.jobs()
    assert status(the_world, booked) == "confirmed"


def test_a_cancellation_while_the_prospect_is_inside_shuts_the_doors_and_keeps_the_visit(
    the_world: World, booked: dict[str, Any]
) -> None:
    the_world.clock.move(minutes=15)
    code = the_world.act(booked, "check-in").json()["code"]
    the_world.lock.type_code(COMMUNITY, "Front entrance", code)
    the_world.jobs()
    the_world.sandbox.agent.cancel(booked["appointmentId"])
    the_world.jobs()

    assert not the_world.lock.type_code(COMMUNITY, "Front entrance", code)
    assert status(the_world, booked) == "in_progress"


# Not ours


def test_appointments_of_others_are_taken_and_change_nothing(the_world: World, booked: dict[str, Any]) -> None:
    partner = Partner(the_world.partners.url, the_world.clock)
    later = START + timedelta(hours=1)
    theirs = partner.book(later, profile={"email": "sam@example.com", "phone": "2065550000"}, tourType="IN_PERSON").json()
    the_world.jobs()
    the_world.sandbox.agent.cancel(theirs["id"])
    the_world.jobs()

    assert [one.status.value for one in the_world.tours()] == ["confirmed"]
    assert booked["appointmentId"] in [one.appointment_id for one in the_world.standing()]


def test_a_thousand_notices_of_others_are_taken_at_once(the_world: World, booked: dict[str, Any]) -> None:
    now = the_world.clock.now
    content = edges(*(node(f"9{number:05}", "CANCELLED", now) for number in range(1000)))

    answer = deliver(the_world, content)
    for _ in range(6):
        the_world.jobs()

    assert answer.json()["stored"] == 1000
    assert status(the_world, booked) == "confirmed"


def test_a_notice_that_comes_before_the_answer_to_the_booking_is_matched_later(the_world: World) -> None:
    the_world.faults.set(BOOKING, "drop_after")
    booked = post(the_world, body()).json()
    the_world.jobs()  # the CONFIRMED notice is here, of an appointment that is nobody's yet
    the_world.clock.move(minutes=2)
    the_world.jobs()

    assert status(the_world, booked) == "confirmed"
    assert len(the_world.knock.appointments) == 1
