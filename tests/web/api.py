"""What the tests of the JSON API share: requests as programs send them, and what a problem looks like."""

from typing import Any

import requests

from tests.world import COMMUNITY, JANE, START, World

HERE_AND_NOW = "2026-06-10T12:30:00-07:00"  # START in the property's offset
SAM = {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com"}
BOOKING = "POST /appointment/request"
TIMES = "GET /community/available-times"


def body(**changes: Any) -> dict[str, Any]:
    """A good booking; a change to None leaves the field out."""
    good = {"communityId": COMMUNITY, "startTime": START.isoformat(), "profile": JANE}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def post(the_world: World, content: Any, key: str | None = "key-1", path: str = "/api/v1/tours") -> requests.Response:
    """POST JSON, or bytes as they are."""
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key is not None else {})
    sent: dict[str, Any] = {"data": content} if isinstance(content, bytes) else {"json": content}
    return requests.post(f"{the_world.url}{path}", headers=headers, timeout=30, **sent)


def problem(answer: requests.Response, status: int, kind: str | None = None) -> dict[str, Any]:
    """The body of an answer that must be a problem (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["type"]
    assert said["title"]
    assert said["detail"]
    if kind is not None:
        assert said["type"] == kind
    return said


def nothing_happened(the_world: World) -> bool:
    """Whether neither we nor Knock hold anything."""
    return not the_world.tours() and not the_world.knock.appointments and not the_world.knock.prospects
