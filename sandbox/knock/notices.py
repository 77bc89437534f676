"""Appointment webhooks (Scheduling API, "Appointment Webhook Notifications"): no signature, no event id."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.deliveries.notice_sender import Notice, PreparedRequest
from sandbox.knock.model import Appointment, Status
from sandbox.times import Clock, zulu


def node(appointment: Appointment, status: Status) -> dict[str, Any]:
    """What is said about an appointment; `updatedAt` is added when it is sent."""
    return {
        "appointmentId": appointment.appointment_id,
        "prospectId": appointment.prospect_id,
        "startTime": zulu(appointment.start),
        "endTime": zulu(appointment.end),
        "source": appointment.source_title,
        "status": status,
    }


def notice_writer(token: str, clock: Clock) -> Callable[[Notice], PreparedRequest]:
    """Writes the envelope with the header agreed upon; `updatedAt` is the time of this very sending, and never one twice.

    A notice's content is one node, or `nodes`: several in one envelope.
    """
    latest = datetime.min.replace(tzinfo=UTC)

    def write(notice: Notice) -> PreparedRequest:
        nonlocal latest
        latest = max(clock(), latest + timedelta(milliseconds=1))
        sent = {"updatedAt": zulu(latest)}
        nodes = notice.content.get("nodes", [notice.content])
        body = json.dumps({"edges": [{"type": "APPOINTMENT", "node": one | sent} for one in nodes]})
        return body.encode(), {"Authorization": f"Bearer {token}"}

    return write
