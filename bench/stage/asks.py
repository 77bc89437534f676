"""Requests of visitors and partners, each with its number: what must be new each time is made of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bench.stage.partners import COMMUNITIES
from bench.stage.servers import ACCESS_SECRET, WEBHOOK_TOKEN
from vendor_app.signatures import sign

COMMUNITY = COMMUNITIES[0]
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Ask:
    """A request."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def raw(self) -> bytes:
        """As it travels."""
        headers = {"Host": "127.0.0.1", **self.headers}
        if self.method != "GET":
            headers["Content-Length"] = str(len(self.body))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{head}\r\n".encode() + self.body


def put(client: FlaskClient, ask: Ask) -> TestResponse:
    """The answer by Flask's test client. Raises RuntimeError for one that is an error."""
    answer = client.open(ask.path, method=ask.method, headers=dict(ask.headers), data=ask.body)
    if answer.status_code >= 400:
        raise RuntimeError(f"{ask.method} {ask.path}: {answer.status} {answer.get_data(as_text=True)[:300]}")
    return answer


@dataclass(frozen=True)
class Known:
    """The starts that Knock offers, an arrival, and a tour with its token."""

    starts: list[str]
    arrival_id: str
    tour_id: str
    token: str


def times(community_id: str) -> Ask:
    """The open times."""
    return Ask("GET", f"/api/v1/communities/{community_id}/times")


def booking(known: Known, number: int, start: int | None = None) -> Ask:
    """A booking by somebody new, at one of the communities and starts in turn, or at the start with that index.

    In turn the first start is left out: while the bench runs it comes to be over.
    """
    profile = {"firstName": "Jane", "lastName": "Doe", "email": f"jane{number}@example.com", "phone": f"206{number + 2000000:07}"}
    index = 1 + number // len(COMMUNITIES) % (len(known.starts) - 1) if start is None else start
    body = {
        "communityId": COMMUNITIES[number % len(COMMUNITIES)],
        "sourceTitle": "Zillow",
        "startTime": known.starts[index],
        "profile": profile,
        "smsConsent": False,
        "unitNames": ["204"],
    }
    headers = {**_JSON, **_client(number), "Idempotency-Key": f"bench-{number}"}
    return Ask("POST", "/api/v1/tours", headers, json.dumps(body).encode())


def doorway(number: int) -> Ask:
    """Somebody comes from Knock's widget."""
    return Ask("GET", f"/doorway/{COMMUNITY}?utm_knock_source_title=Zillow", _client(number))


def tour(known: Known) -> Ask:
    """A tour, as its holder's program asks."""
    return Ask("GET", f"/api/v1/tours/{known.tour_id}", {"Authorization": f"Bearer {known.token}"})


def cancellation(tour_id: str, token: str) -> Ask:
    """The holder does not come."""
    return Ask("POST", f"/api/v1/tours/{tour_id}/cancel", {"Authorization": f"Bearer {token}"})


def notice(known: Known, number: int) -> Ask:
    """Knock tells of an appointment."""
    node = {
        "appointmentId": f"other{number}",
        "prospectId": f"other{number}",
        "startTime": known.starts[0],
        "status": "CONFIRMED",
        "updatedAt": datetime.now(UTC).isoformat(),
    }
    body = json.dumps({"edges": [{"type": "APPOINTMENT", "node": node}]}).encode()
    return Ask("POST", "/webhooks/knock", {**_JSON, "Authorization": f"Bearer {WEBHOOK_TOKEN}"}, body)


def callback(tour_id: str, number: int) -> Ask:
    """The lock system tells that the prospect opened a door."""
    now = datetime.now(UTC)
    told = {"tourId": tour_id, "door": "Front entrance", "occurredAt": now.isoformat()}
    body = json.dumps({"type": "access.door_unlocked", "timestamp": now.isoformat(), "data": told}).encode()
    return Ask("POST", "/webhooks/access", {**_JSON, **sign(ACCESS_SECRET, f"bench-{number}-{tour_id}", body, now)}, body)


def _client(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"10.{number // 256 % 256}.{number % 256}.1"}
