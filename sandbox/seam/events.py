"""What Seam tells: flat JSON, signed by Svix anew at each sending."""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.deliveries.notice_sender import Notice, PreparedRequest
from sandbox.seam.answers import WORKSPACE
from sandbox.times import Clock, zulu
from vendor_app.signatures import SVIX, sign


def event(event_type: str, occurred_at: datetime, now: datetime, details: Mapping[str, Any]) -> dict[str, Any]:
    """One event. It is created when Seam hears of it, which may be long after it occurred."""
    return {
        "event_id": str(uuid.uuid4()),
        "event_type": event_type,
        "occurred_at": zulu(occurred_at),
        "created_at": zulu(now),
        "workspace_id": WORKSPACE,
        **details,
    }


def event_writer(secret: str, clock: Clock) -> Callable[[Notice], PreparedRequest]:
    """Body and headers of a notice."""

    def write(notice: Notice) -> PreparedRequest:
        body = json.dumps(notice.content).encode()
        return body, sign(secret, notice.message_id, body, clock(), SVIX)

    return write
