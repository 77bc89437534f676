"""Who plays with the sandbox in its tests: a clock, a vendor that only listens, and one that only calls."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from vendor_app.signatures import sign

ALDER, MAPLE, SAGUARO = "b9XQN6eMvvrr07zg", "191b65d2686d11e9", "5e0f3c77a1d84b62"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
APPOINTMENT, PROSPECT = "appointment-key", "prospect-key"
PROPEXO = "propexo-TEST-TOKEN"
SEAM = "seam-TEST-KEY"
FRONT_DEVICE, DEVICE_204 = "6ba7b811-9dad-11d1-80b4-00c04fd430c8", "6ba7b812-9dad-11d1-80b4-00c04fd430c8"
NOON_IN_SEATTLE = datetime(2026, 6, 10, 19, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOON_IN_SEATTLE

    def __call__(self) -> datetime:
        return self.now

    def move(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Vendor:
    """Receives notices. `answers` are the next statuses it gives; 200 when there are none left."""

    url: str = ""
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def nodes(self) -> list[dict[str, Any]]:
        return [json.loads(body)["edges"][0]["node"] for path, _, body in self.received if path == "/webhooks/knock"]

    def edges(self) -> list[list[dict[str, Any]]]:
        """Every delivery's edges."""
        return [json.loads(body)["edges"] for path, _, body in self.received if path == "/webhooks/knock"]

    def statuses(self) -> list[tuple[str, str]]:
        return [(node["appointmentId"], node["status"]) for node in self.nodes()]

    def callbacks(self) -> list[dict[str, Any]]:
        return [json.loads(body) for path, _, body in self.received if path == "/webhooks/access"]

    def events(self) -> list[dict[str, Any]]:
        """What Seam told."""
        return [json.loads(body) for path, _, body in self.received if path == "/webhooks/seam"]


@dataclass
class Partner:
    """What the vendor would send, with everything right unless a test says otherwise."""

    url: str
    clock: Clock

    def get(self, path: str, key: str | None = APPOINTMENT, **params: str) -> requests.Response:
        return requests.get(f"{self.url}/knock{path}", params=params, headers=_keys(key), timeout=30)

    def post(self, path: str, body: Any, key: str | None = APPOINTMENT) -> requests.Response:
        return requests.post(f"{self.url}/knock{path}", json=body, headers=_keys(key), timeout=30)

    def put(self, path: str, key: str | None = APPOINTMENT) -> requests.Response:
        return requests.put(f"{self.url}/knock{path}", headers=_keys(key), timeout=30)

    def book(self, start: datetime | None = None, **changes: Any) -> requests.Response:
        return self.post("/appointment/request", self.request(start, **changes))

    def request(self, start: datetime | None = None, **changes: Any) -> dict[str, Any]:
        start = start or self.clock.now + timedelta(minutes=30)
        profile = {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com", "phone": "2065554567"}
        return {
            "communityId": ALDER,
            "profile": profile | changes.pop("profile", {}),
            "requestedTimes": [{"startTime": start.isoformat(), "endTime": (start + timedelta(minutes=30)).isoformat()}],
            "smsConsent": False,
            "sourceTitle": "Zillow",
            "tourType": "SELF_GUIDED",
        } | changes

    def order(self, start: datetime | None = None, token: str | None = PROPEXO, **changes: Any) -> requests.Response:
        """POST an appointment to Propexo; a change to `...` leaves the field out."""
        body = {name: value for name, value in (self.propexo_body(start) | changes).items() if value is not ...}
        path = f"{self.url}/propexo/crm/v1/appointments/knock"
        return requests.post(path, json=body, headers=_bearer(token), timeout=30)

    def propexo_body(self, start: datetime | None = None) -> dict[str, Any]:
        start = start or self.clock.now + timedelta(minutes=30)
        return {
            "integration_id": "clint_01",
            "community_id": "clcom_02",
            "attribution_id": "clatt_zillow",
            "appointment_date": f"{start:%Y-%m-%d}",
            "appointment_time": f"{start:%H:%M:%S}",
            "first_name": "Jane",
            "last_name": "Doe",
            "email_1": "janedoe@example.com",
            "phone_1": "2065554567",
        }

    def status(self, job_id: str, token: str | None = PROPEXO) -> requests.Response:
        path = f"{self.url}/propexo/v1/admin/write-status/{job_id}"
        return requests.get(path, headers=_bearer(token), timeout=30)

    def ordered(self, start: datetime | None = None, **changes: Any) -> dict[str, Any]:
        """Order, and ask twice: what became of it."""
        job_id = self.order(start, **changes).json()["meta"]["job_id"]
        self.status(job_id)
        answer: dict[str, Any] = self.status(job_id).json()
        return answer

    def lock(self, kind: str, data: Any, secret: str = SECRET) -> requests.Response:
        body = json.dumps({"type": kind, "timestamp": self.clock.now.isoformat(), "data": data}).encode()
        headers = sign(secret, "msg_1", body, self.clock.now) | {"Content-Type": "application/json"}
        return requests.post(f"{self.url}/lock", data=body, headers=headers, timeout=30)

    def grant(self, grant_id: str = "g1", **changes: Any) -> requests.Response:
        return self.lock("access.grant_requested", self.terms(grant_id, **changes))

    def seam(self, path: str, body: Any, key: str | None = SEAM) -> requests.Response:
        return requests.post(f"{self.url}/seam{path}", json=body, headers=_bearer(key), timeout=30)

    def seam_grant(self, key: str = "g1", **changes: Any) -> requests.Response:
        """Create an access grant; a change to `...` leaves the field out."""
        body = self.seam_terms(key) | changes
        return self.seam("/access_grants/create", {name: value for name, value in body.items() if value is not ...})

    def seam_terms(self, key: str = "g1") -> dict[str, Any]:
        return {
            "user_identity": {"full_name": "Jane Doe"},
            "device_ids": [FRONT_DEVICE, DEVICE_204],
            "requested_access_methods": [{"mode": "code"}],
            "starts_at": (NOON_IN_SEATTLE + timedelta(minutes=20)).isoformat(),
            "ends_at": (NOON_IN_SEATTLE + timedelta(minutes=70)).isoformat(),
            "access_grant_key": key,
        }

    def seam_code(self, key: str = "g1") -> dict[str, Any]:
        """Of a new grant, its access method as Seam shows it."""
        method_id = self.seam_grant(key).json()["access_grant"]["access_method_ids"][0]
        answer: dict[str, Any] = self.seam("/access_methods/get", {"access_method_id": method_id}).json()["access_method"]
        return answer

    def terms(self, grant_id: str = "g1", **changes: Any) -> dict[str, Any]:
        return {
            "grantId": grant_id,
            "tourId": "t1",
            "communityId": ALDER,
            "startsAt": (NOON_IN_SEATTLE + timedelta(minutes=20)).isoformat(),
            "endsAt": (NOON_IN_SEATTLE + timedelta(minutes=70)).isoformat(),
            "unitNames": ["101"],
            "holder": {"firstName": "Jane", "lastName": "Doe"},
        } | changes


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _keys(key: str | None) -> dict[str, str]:
    return {"x-api-key": key} if key else {}
