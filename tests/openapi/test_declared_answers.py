"""What is declared occurs, and what occurs is declared: every operation is brought to every answer it can give."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from tests.openapi.description import Description
from tests.web.api import BOOKING, SAM, TIMES, body
from tests.world import COMMUNITY, SECRET, START, world
from vendor_app.signatures import sign

Answers = Iterator[tuple[str, requests.Response]]
Scene = Callable[[Description], Answers]
DENIED = b'{"type": "access.denied", "data": {"tourId": "nobodys"}}'
LATER = "2026-06-10T13:30:00-07:00"
NOT_OFFERED = "2026-06-10T13:31:00-07:00"
WITH_A_BODY = {"bookTour": body(), "finishTour": {}, "rescheduleTour": {"startTime": LATER}, "verifyContact": {}}
BY_THE_HOLDER = ("showTour", "showTimeline", "cancelTour", "checkIn", "finishTour", "rescheduleTour", "verifyContact")


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def booked(told: Description, name: str = "key-1", **changes: Any) -> dict[str, Any]:
    """A confirmed tour."""
    answer: dict[str, Any] = told.world.book(name, **changes).json()
    return answer


def callback(told: Description, content: bytes = DENIED, **changes: str) -> requests.Response:
    """As the lock system signs it."""
    headers = {**sign(SECRET, "msg_1", content, told.world.clock.now), **changes}
    return told.call("tellOfAccess", data=content, headers={**headers, "Content-Type": "application/json"})


def ask_all(told: Description, tour: dict[str, Any] | None) -> Answers:
    """Every operation, with nothing wrong about the request."""
    yield "listTimes", told.call("listTimes", community_id=COMMUNITY)
    yield "bookTour", told.call("bookTour", json=body(), headers=key("another"))
    yield "tellOfAccess", callback(told)
    for name in BY_THE_HOLDER:
        yield name, told.call(name, tour, **({"json": WITH_A_BODY[name]} if name in WITH_A_BODY else {}))


# The scenes


def a_tour_that_takes_place(told: Description) -> Answers:
    yield "listTimes", told.call("listTimes", community_id=COMMUNITY)
    booking = told.call("bookTour", json=body(), headers=key("key-1"))
    yield "bookTour", booking
    tour = booking.json()
    yield "showTour", told.call("showTour", tour)
    yield "rescheduleTour", told.call("rescheduleTour", tour, json={"startTime": LATER})
    yield "finishTour", told.call("finishTour", tour, json={"unitNames": ["204"]})  # too early
    yield "checkIn", told.call("checkIn", tour)  # too early
    told.world.jobs()
    told.world.clock.move(minutes=90)
    told.world.jobs()
    yield "checkIn", told.call("checkIn", tour)
    opened = {"tourId": tour["tourId"], "door": "Front entrance", "occurredAt": told.world.clock.now.isoformat()}
    yield "tellOfAccess", callback(told, json.dumps({"type": "access.door_unlocked", "data": opened}).encode())
    told.world.jobs()
    yield "cancelTour", told.call("cancelTour", tour)  # too late
    yield "rescheduleTour", told.call("rescheduleTour", tour, json={"startTime": LATER})  # too late
    yield "finishTour", told.call("finishTour", tour, json={"unitNames": ["204"]})
    yield "showTimeline", told.call("showTimeline", tour)


def times_that_are_taken(told: Description) -> Answers:
    tour = booked(told)
    yield "bookTour", told.call("bookTour", json=body(profile=SAM), headers=key("key-2"))
    yield "bookTour", told.call("bookTour", json=body(startTime=LATER), headers=key("key-2"))  # the key of another booking
    yield "rescheduleTour", told.call("rescheduleTour", tour, json={"startTime": NOT_OFFERED})
    yield "cancelTour", told.call("cancelTour", tour)


def a_contact_to_verify(told: Description) -> Answers:
    told.world.rules(require_verified="email")
    tour = booked(told)
    yield "verifyContact", told.call("verifyContact", tour, json={"code": "123456"})  # none was sent
    told.world.clock.move(minutes=25)
    yield "checkIn", told.call("checkIn", tour)  # not verified
    yield "verifyContact", told.call("verifyContact", tour)
    told.world.jobs()
    code = told.world.sandbox.mailbox.mails[-1].text[:6]
    yield "verifyContact", told.call("verifyContact", tour, json={"code": f"{(int(code) + 1) % 10**6:06}"})
    yield "verifyContact", told.call("verifyContact", tour, json={"code": code})


def answers_that_are_not_known(told: Description) -> Answers:
    told.world.faults.set(BOOKING, "500")
    yield "bookTour", told.call("bookTour", json=body(), headers=key("key-1"))
    told.world.faults.clear()
    tour = booked(told, "key-2", start=START.replace(day=11), profile=SAM)
    told.world.faults.set(BOOKING, "500")
    yield "rescheduleTour", told.call("rescheduleTour", tour, json={"startTime": LATER})
    told.world.faults.clear()


def a_knock_that_cannot_be_asked(told: Description) -> Answers:
    told.world.faults.set(TIMES, "500")
    yield "listTimes", told.call("listTimes", community_id=COMMUNITY)
    told.world.faults.clear()


def a_community_that_is_none(told: Description) -> Answers:
    tour = booked(told)
    yield "listTimes", told.call("listTimes", community_id="nowhere")
    told.world.rules(enabled=False)
    yield "bookTour", told.call("bookTour", json=body(), headers=key("key-2"))
    yield "rescheduleTour", told.call("rescheduleTour", tour, json={"startTime": LATER})


def requests_that_are_wrong(told: Description) -> Answers:
    tour = booked(told)
    yield "listTimes", told.call("listTimes", community_id=COMMUNITY, params={"tourType": "BY_BOAT"})
    yield "bookTour", told.call("bookTour", json=body())  # without a key
    yield "tellOfAccess", callback(told, b"{}")
    yield "tellOfAccess", callback(told, b"{}", **{"webhook-signature": "v1,AAAA"})
    yield "tellOfAccess", told.call("tellOfAccess", data=b"x" * 1_100_000, headers={"webhook-id": "msg_2"})
    for name in WITH_A_BODY:
        json_headers = {"Content-Type": "application/json", **key("key-2")}
        yield name, told.call(name, tour, data=b"{", headers=json_headers)
        yield name, told.call(name, tour, data=b"{}", headers={"Content-Type": "text/plain", **key("key-2")})
        yield name, told.call(name, tour, json={"colour": "red"}, headers=key("key-2"))
        yield name, told.call(name, tour, data=b'"' + b"x" * 1_100_000 + b'"', headers=json_headers)
    for name in BY_THE_HOLDER:
        yield name, told.call(name)


def somebody_who_tries_too_often(told: Description) -> Answers:
    tour = booked(told)
    yield "bookTour", told.call("bookTour", json=body(startTime=LATER), headers=key("key-2"))
    for number in range(30):
        told.call("showTour", {**tour, "tourToken": f"wrong-{number}"})
    for name in BY_THE_HOLDER:
        yield name, told.call(name, {**tour, "tourToken": "wrong"})


def a_database_that_is_gone(told: Description) -> Answers:
    tour = booked(told)
    with told.world.via.db.transaction() as tx:
        for table in ("tours", "attempts", "communities", "access_events"):
            tx.connection.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
    yield from ask_all(told, tour)


def a_mistake_of_ours(told: Description) -> Answers:
    """The application's clock, not its partners', says what is no time; and then its store is none."""
    tour = booked(told)
    installed = told.world.app.extensions["vendor_app"]
    without_store = replace(installed.via, db=object())
    for broken in (replace(installed, clock=lambda: None), replace(installed, via=without_store)):
        told.world.app.extensions["vendor_app"] = broken
        yield from ask_all(told, tour)
    told.world.app.extensions["vendor_app"] = installed


SCENES: list[Scene] = [
    a_tour_that_takes_place,
    times_that_are_taken,
    a_contact_to_verify,
    answers_that_are_not_known,
    a_knock_that_cannot_be_asked,
    a_community_that_is_none,
    requests_that_are_wrong,
    somebody_who_tries_too_often,
    a_database_that_is_gone,
    a_mistake_of_ours,
]


def test_each_declared_answer_is_given_and_no_other(tmp_path: Path) -> None:
    given: set[tuple[str, int]] = set()
    declared: set[tuple[str, int]] = set()
    kinds: set[str] = set()
    wrong: list[str] = []

    for scene in SCENES:
        settings: dict[str, Any] = {"knock_timeout": timedelta(seconds=60)}
        settings |= {"bookings_per_hour": 1} if scene is somebody_who_tries_too_often else {}
        with world(f"sqlite:///{tmp_path / scene.__name__}.db", **settings) as made:
            told = Description(made)
            declared = {(name, status) for name in told.operations for status in told.responses(name)}
            for name, answer in scene(told):
                given.add((name, answer.status_code))
                kinds |= {answer.json()["type"]} if answer.status_code >= 400 else set()
                wrong += [f"{scene.__name__}: {name} {answer.status_code}: {one}" for one in told.differs(name, answer)]

    assert wrong == []
    assert sorted(declared - given) == []
    assert sorted(given - declared) == []
    named = set(re.findall("`([a-z-]+)`", told.document["components"]["schemas"]["Problem"]["properties"]["type"]["description"]))
    assert kinds == named
