"""Invariant 6: no code, token, key or contact data in logs, problems to others, addresses or metrics."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.knock.model import Status
from tests.web.api import BOOKING, body, problem
from tests.web.visitor import Visitor
from tests.world import COMMUNITY, SECRET, START, WEBHOOK_TOKEN, World
from vendor_app.usecases.operators.operate import tell_tour

CODE = "7731-owl-0429"
PERSON = {
    "firstName": "Zephyrine",
    "lastName": "Quackenbush",
    "email": "zephyrine.quackenbush@example.com",
    "phone": "(206) 555-7391",
}
CONTACT = ["zephyrine", "quackenbush", "555-7391", "20655573"]
KEYS = ["appointment-key", "prospect-key", WEBHOOK_TOKEN, SECRET.removeprefix("whsec_"), "a secret key of the tests only"]


def told(text: str, *secrets: str) -> list[str]:
    """Which of these, of the keys and of the person's data the text gives away."""
    return [one for one in (*CONTACT, *KEYS, CODE, *secrets) if one.casefold() in text.casefold()]


def lines(caplog: pytest.LogCaptureFixture, the_world: World) -> Iterator[str]:
    """Every line logged, tracebacks included, except those of the HTTP client that the test itself plays."""
    ours = urlsplit(the_world.url).port
    for record in caplog.records:
        if record.name.startswith("urllib3") and isinstance(record.args, tuple) and ours in record.args:
            continue
        yield logging.Formatter("%(name)s %(message)s").format(record)


def everything_happens(the_world: World) -> list[dict[str, Any]]:
    """A whole visit, bookings with each kind of trouble, one of them cancelled; the answers to those that were taken."""
    booked = [a_visit(the_world)]
    the_world.knock.offer(COMMUNITY, [START + timedelta(days=1, hours=number) for number in range(5)])
    for number, fault in enumerate(["500", "drop_after", "garbage", "429"]):
        person = {**PERSON, "email": f"zephyrine.quackenbush{number}@example.com", "phone": f"206555730{number}"}
        the_world.faults.set(BOOKING, fault)
        answer = the_world.book(f"key-2{number}", START + timedelta(days=1, hours=number), person)
        assert answer.status_code == (503 if fault == "429" else 202)
        booked += [answer.json()] if answer.ok else []
    the_world.converge(hours=0.5)
    the_world.faults.set("PUT /appointment/cancel", "500")
    the_world.faults.set("GET /prospect", "garbage")
    assert the_world.act(booked[1], "cancel").json()["status"] == "cancelled"
    the_world.converge(hours=0.5)
    assert [the_world.tour(one).status.value for one in booked] == ["completed", "cancelled", "confirmed", "confirmed"]
    return booked


def a_visit(the_world: World) -> dict[str, Any]:
    """From a form that was refused to the visit in Knock, both partners failing now and then."""
    with Visitor(the_world) as visitor:
        assert visitor.book(visitor.arrive(), {**PERSON, "phone": "nonsense"}).status_code == 422
    booked: dict[str, Any] = the_world.book("key-1", profile=PERSON).json()
    the_world.faults.set("POST /lock access.grant_requested", "garbage")
    the_world.jobs()
    the_world.clock.move(seconds=30)
    the_world.jobs()
    the_world.clock.move(minutes=24)
    the_world.lock.send("access.credential_ready", {"tourId": booked["tourId"], "code": CODE})
    the_world.jobs()
    assert the_world.act(booked, "check-in").json()["code"] == CODE
    (grant,) = the_world.lock.grants.values()
    assert grant.code
    the_world.lock.type_code(COMMUNITY, "Front entrance", grant.code)
    the_world.jobs()
    the_world.act(booked, "finish")
    the_world.faults.set("POST /visit", "500_after")
    the_world.converge(hours=0.5)
    assert len(the_world.knock.visits) == 1
    return booked


def test_nothing_private_is_logged(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    booked = everything_happens(the_world)

    logged = "\n".join(lines(caplog, the_world))
    assert booked[0]["tourId"] in logged or booked[1]["tourId"] in logged  # so that something was listened to
    assert told(logged, *(one["tourToken"] for one in booked)) == []


def test_nothing_private_is_in_the_metrics(the_world: World) -> None:
    booked = everything_happens(the_world)

    assert told(the_world.get("/metrics").text, *(one["tourToken"] for one in booked), *(one["tourId"] for one in booked)) == []


def test_nothing_private_is_in_a_tours_timeline(the_world: World) -> None:
    for one in everything_happens(the_world):
        story = tell_tour(the_world.via, one["tourId"])
        assert told(repr((story.lines, story.owed)), one["tourToken"]) == []


@pytest.mark.parametrize("fault", ["500", "429", "drop_after", "garbage"])
def test_an_unexpected_error_while_booking_logs_nothing_of_the_person(
    the_world: World, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    the_world.faults.set(BOOKING, fault)
    the_world.book(profile=PERSON)

    assert told("\n".join(lines(caplog, the_world))) == []


def test_a_database_that_fails_while_booking_logs_nothing_of_the_person(
    the_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with the_world.via.db.transaction() as tx:
        tx.connection.execute("DROP TABLE outbox")

    answer = the_world.book(profile=PERSON)

    assert answer.status_code in (500, 503)
    assert told("\n".join(lines(caplog, the_world))) == []
    assert told(answer.text) == []


def problems_to_others(the_world: World, booked: dict[str, Any]) -> list[requests.Response]:
    """What strangers and the next prospect are told around somebody's tour."""
    other = {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com"}
    address = f"{the_world.url}/api/v1/tours/{booked['tourId']}"
    return [
        requests.get(address, timeout=30),
        requests.get(address, headers={"Authorization": "Bearer wrong"}, timeout=30),
        requests.post(f"{address}/check-in", headers={"Authorization": "Bearer wrong"}, timeout=30),
        the_world.book("key-2", profile=other),
        the_world.book("key-1", profile=other),
        requests.post(f"{the_world.url}/webhooks/knock", headers={"Authorization": "Bearer wrong"}, timeout=30),
        requests.post(f"{the_world.url}/webhooks/access", json={"data": {"code": CODE}}, timeout=30),
        the_world.get("/tour/wrong"),
    ]


def test_problems_tell_others_nothing_of_a_tour(the_world: World) -> None:
    booked = the_world.book(profile=PERSON).json()
    the_world.jobs()

    answers = problems_to_others(the_world, booked)

    assert [one.status_code for one in answers] == [401, 401, 401, 409, 422, 401, 401, 404]
    (grant,) = the_world.lock.grants.values()
    secrets = (booked["tourToken"], booked["tourId"], grant.grant_id, grant.code or "")
    assert [found for one in answers if (found := told(one.text, *secrets))] == []


@pytest.mark.parametrize("field", ["firstName", "lastName", "email", "phone", "moveDate"])
def test_a_problem_does_not_repeat_what_was_wrong(the_world: World, field: str) -> None:
    wrong = f"{CODE}\0"
    answer = the_world.book(profile={**PERSON, field: wrong})

    problem(answer, 422)
    assert told(answer.text) == []


def test_a_tours_address_holds_its_token_and_nothing_about_the_person(the_world: World) -> None:
    with Visitor(the_world) as visitor:
        page = visitor.arrive("Zillow")
        tour = visitor.book(page, {**PERSON, "startTime": page.times()[0]}).headers["Location"]

    assert told(page.url + tour) == []


def test_what_knocks_notices_say_about_people_is_not_logged(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    booked = the_world.book(profile=PERSON).json()
    for status in Status:
        the_world.knock.notify(booked["appointmentId"], status)
    bad = {"edges": [{"type": "APPOINTMENT", "node": {**PERSON, "appointmentId": ["zephyrine"], "status": PERSON}}]}
    address, headers = f"{the_world.url}/webhooks/knock", {"Authorization": f"Bearer {WEBHOOK_TOKEN}"}
    answer = requests.post(address, json=bad, headers=headers, timeout=30)
    the_world.jobs()

    assert answer.status_code == 400
    assert told(answer.text) == []
    assert told("\n".join(lines(caplog, the_world))) == []


def test_the_idempotency_key_is_not_logged(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for content in (body(), body(smsConsent=True), {}):
        requests.post(f"{the_world.url}/api/v1/tours", json=content, headers={"Idempotency-Key": "my-own-key"}, timeout=30)

    assert "my-own-key" not in "\n".join(lines(caplog, the_world))
