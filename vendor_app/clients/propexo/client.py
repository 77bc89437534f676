"""Propexo, the other way into Knock's calendar: it queues a booking as a job, which can be asked about.

From Create Appointment: Knock, and Propexo's public pages on write status, failures and rate limits. Raises the errors of
clients/errors.py. A refusal here is about our request; whether the time was free is in the job's errors.
"""

import contextlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from schemas import propexo as answers
from schemas.knock import Refusal
from vendor_app.clients.errors import DetailsRefused, Refused, Throttled, without_contact_data
from vendor_app.clients.http import Key, PartnerHttp, Request, load, path_part
from vendor_app.clients.propexo.order import AppointmentOrder, appointment_body, own_fields
from vendor_app.clients.propexo.rate import CallsLeft
from vendor_app.clients.watch import PartnerWatch

_POST, _GET = "POST /crm/v1/appointments/knock", "GET /v1/admin/write-status"
# So many calls of each minute are kept for bookings and not used for polling.
_KEPT_FOR_BOOKINGS = 10
# Propexo passes on what Knock says.
_FAILURES = (Refusal(), answers.Failure())
_queued, _status = answers.QueuedWrite(), answers.WriteStatus()


class WriteState(StrEnum):
    """How far a queued write is; only PENDING can still change."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
    FAILURE = "FAILURE"


@dataclass(frozen=True)
class WriteStatus:
    """A job's state. `errors` are without contact data; `record_id` is Propexo's id of the first record it made."""

    state: WriteState
    errors: list[str]
    record_id: str | None


class Propexo:
    """Propexo's API; one object a process, for it counts the calls. `now` is aware, in UTC."""

    def __init__(self, base_url: str, token: str, timeout: timedelta, watch: PartnerWatch | None = None) -> None:
        self._http = PartnerHttp(base_url, timeout, _FAILURES, watch)
        self._key = Key("VENDOR_PROPEXO_TOKEN", {"Authorization": f"Bearer {token}"})
        self._left = CallsLeft()

    def request_appointment(self, order: AppointmentOrder, now: datetime) -> str:
        """Queue the booking; its job's id. Raises PartnerError, DetailsRefused for the prospect's details."""
        body = json.dumps(appointment_body(order)).encode()
        try:
            answer = self._call("POST", "/crm/v1/appointments/knock", body, _POST, now)
        except Refused as refusal:
            if fields := own_fields(refusal.fields):
                raise DetailsRefused(refusal.call, refusal.said, refusal.status, refusal.code, fields) from refusal
            raise
        return str(load(_queued, answer, _POST)["job_id"])

    def write_status(self, job_id: str, now: datetime) -> WriteStatus:
        """The job's state. Raises Refused with status 404 for a job that Propexo does not know."""
        path = f"/v1/admin/write-status/{path_part(job_id)}"
        loaded = load(_status, self._call("GET", path, None, _GET, now, _KEPT_FOR_BOOKINGS), _GET)
        errors = [without_contact_data(one) for one in loaded["errors"]]
        return WriteStatus(WriteState(loaded["write_status"]), errors, loaded["created_record_id"])

    def check(self, now: datetime) -> None:
        """Ask about a job that never existed. Raises PartnerError when the answer is not as expected."""
        with contextlib.suppress(Refused):
            self.write_status("job-of-the-doctor", now)

    def _call(self, method: str, path: str, body: bytes | None, name: str, now: datetime, reserve: int = 0) -> Any:
        self._left.take(name, now, reserve)
        request = Request(name=name, key=self._key, method=method, path=path, body=body)
        try:
            return self._http.call(request, lambda said: self._left.note_headers(said, now))[1]
        except Throttled as throttled:
            raise Throttled(name, throttled.message, self._left.note_throttled(throttled, now)) from throttled
