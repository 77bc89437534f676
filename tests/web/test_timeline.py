"""`GET /api/v1/tours/{id}/timeline`: what happened, ours and Knock's in order, for the holder of the token alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from tests.flow.story import book_until_confirmed, code_at_the_door, live_the_story
from tests.web.api import problem
from tests.world import COMMUNITY, JANE, START, World
from vendor_app import __main__ as launcher

PRIVATE = "jane-private@example.com, 206 555 9876"


def timeline(world: World, booked: dict[str, Any]) -> list[dict[str, Any]]:
    answer = world.get(address(booked), headers={"Authorization": f"Bearer {booked['tourToken']}"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["tourId"] == booked["tourId"]
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


def address(booked: dict[str, Any]) -> str:
    return f"/api/v1/tours/{booked['tourId']}/timeline"


def known(world: World) -> dict[str, Any]:
    booked = book_until_confirmed(world)
    world.jobs()
    return booked


def say(world: World, booked: dict[str, Any], type: str, description: str, **data: Any) -> None:
    world.clock.move(seconds=1)
    world.sandbox.agent.message(world.tour(booked).prospect_id or "", type, description, data)


def test_a_new_tour_has_its_own_lines_at_once(the_world: World) -> None:
    events = timeline(the_world, the_world.book().json())
    assert [(one["source"], one["type"]) for one in events] == [("vendor", "tour.requested"), ("vendor", "tour.confirmed")]
    assert events[0]["at"] == "2026-06-10T12:00:00-07:00"
    assert events[0].keys() == {"at", "source", "type", "description", "detail"}


def test_knocks_events_stand_between_our_own_in_order(the_world: World) -> None:
    booked = known(the_world)
    live_the_story(the_world, booked)
    the_world.converge(hours=1)

    events = timeline(the_world, booked)

    at = [datetime.fromisoformat(one["at"]) for one in events]
    assert at == sorted(at)
    assert {one["at"][-6:] for one in events} == {"-07:00"}
    types = [one["type"] for one in events if one["source"] == "knock"]
    assert types == ["APPOINTMENT_CREATED"]
    order = [one["type"] for one in events]
    told = ["tour.requested", "APPOINTMENT_CREATED", "tour.checked_in", "tour.begun", "knock.visit_posted"]
    assert [order.index(one) for one in told] == sorted(order.index(one) for one in told)


def test_a_created_appointment_is_told_with_its_times_kind_and_source(the_world: World) -> None:
    booked = known(the_world)
    (made,) = (one for one in timeline(the_world, booked) if one["source"] == "knock")
    assert made == {
        "at": "2026-06-10T12:00:00-07:00",
        "source": "knock",
        "type": "APPOINTMENT_CREATED",
        "description": "A tour appointment was scheduled via knock",
        "detail": {
            "startTime": "2026-06-10T19:30:00+00:00",
            "endTime": "2026-06-10T20:00:00+00:00",
            "status": "confirmed",
            "tourType": "SELF_GUIDED",
            "sourceTitle": "Zillow",
        },
    }


@pytest.mark.parametrize("type", ["SMS_MESSAGE", "KNOCKBOT_MESSAGE", "appointment_created", "never heard of"])
def test_messages_to_the_leasing_team_are_not_shown(the_world: World, type: str) -> None:
    booked = known(the_world)
    say(the_world, booked, type, "There was a message", body=PRIVATE, startTime=START.isoformat())
    the_world.jobs()
    told = timeline(the_world, booked)
    assert [one["type"] for one in told if one["source"] == "knock"] == ["APPOINTMENT_CREATED"]
    assert "There was a message" not in str(told)
    assert PRIVATE not in str(told)


def test_what_knock_knows_from_before_the_tour_is_not_told_to_whoever_books_with_that_address(the_world: World) -> None:
    made = the_world.sandbox.agent.book(COMMUNITY, JANE, START + timedelta(days=3))
    the_world.sandbox.agent.message(made.prospect_id, "SMS_MESSAGE", "Her private matters")
    the_world.clock.move(minutes=10)
    booked = known(the_world)
    assert the_world.tour(booked).prospect_id == made.prospect_id
    assert [one["type"] for one in timeline(the_world, booked) if one["source"] == "knock"] == ["APPOINTMENT_CREATED"]
    assert "Her private matters" not in str(timeline(the_world, booked))


def test_a_clock_of_knocks_that_is_a_little_behind_hides_nothing(the_world: World) -> None:
    booked = known(the_world)
    (prospect,) = the_world.knock.prospects.values()
    prospect.events[0].event_time -= timedelta(minutes=4)
    the_world.jobs()
    assert [one["source"] for one in timeline(the_world, booked)].count("knock") == 2
    assert timeline(the_world, booked)[0]["source"] == "knock"


def test_a_tour_whose_prospect_is_not_known_has_our_lines_only(the_world: World) -> None:
    the_world.knock.notices_paused = True
    the_world.faults.set("POST /appointment/request", "500")
    booked = the_world.book().json()
    assert [one["type"] for one in timeline(the_world, booked)] == ["tour.requested", "knock.answer_unknown"]


def test_why_partners_failed_is_for_operators(the_world: World) -> None:
    the_world.faults.set("POST /appointment/request", "500")
    booked = the_world.book().json()
    the_world.knock.offer(COMMUNITY, [START + timedelta(hours=5)])
    the_world.clock.move(seconds=61)
    the_world.jobs()
    events = timeline(the_world, booked)
    assert [one["type"] for one in events][-1] == "tour.rejected"
    assert all({"error", "errors"}.isdisjoint(one["detail"]) for one in events)
    assert "POST /" not in str(events)


def test_the_timeline_of_a_whole_visit_tells_no_code_no_token_and_no_contact_data(the_world: World) -> None:
    booked = known(the_world)
    code = code_at_the_door(the_world, booked)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.converge(hours=1)
    text = str(timeline(the_world, booked))
    for secret in (code, booked["tourToken"], JANE["email"], JANE["phone"], "Doe"):
        assert secret not in text


def test_only_the_holder_of_the_tours_own_token_reads_it(the_world: World) -> None:
    booked = known(the_world)
    other = the_world.book(key="key-2", start=START + timedelta(hours=1), profile={**JANE, "email": "s@example.com"}).json()
    for authorization in (None, "Bearer ", f"Bearer {other['tourToken']}", f"Basic {booked['tourToken']}"):
        headers = {"Authorization": authorization} if authorization else {}
        problem(the_world.get(address(booked), headers=headers), 401, "unauthorized")
    problem(the_world.get(f"{address(booked)}?token={booked['tourToken']}"), 401)
    nobodys = {**booked, "tourId": "tour_" + "0" * 32}
    problem(the_world.get(address(nobodys), headers={"Authorization": f"Bearer {booked['tourToken']}"}), 401)


def test_looking_changes_nothing_and_asks_knock_nothing(the_world: World) -> None:
    booked = known(the_world)
    before, asked = the_world.tour(booked), len(the_world.sandbox.calls)
    assert timeline(the_world, booked) == timeline(the_world, booked)
    assert (the_world.tour(booked), len(the_world.sandbox.calls)) == (before, asked)
    answer = requests.post(
        the_world.url + address(booked), headers={"Authorization": f"Bearer {booked['tourToken']}"}, timeout=30
    )
    assert answer.status_code == 405


def test_make_tour_tells_an_operator_nothing_private(the_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    booked = known(the_world)
    say(the_world, booked, "SMS_MESSAGE", f"She wrote {PRIVATE}", body=PRIVATE)
    code = code_at_the_door(the_world, booked)
    the_world.jobs()
    monkeypatch.setattr(launcher, "_connect", lambda: the_world.via)

    told = CliRunner().invoke(launcher.commands, ["tour", booked["tourId"]])

    assert (told.exit_code, booked["tourId"] in told.output, "tour.checked_in" in told.output) == (0, True, True)
    for secret in (code, booked["tourToken"], PRIVATE, "jane-private", JANE["email"], JANE["phone"], "Doe"):
        assert secret not in told.output
