"""What the lock system tells the vendor: Standard Webhooks, the same id and body however often it is sent."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.deliveries.notice_sender import Notice, PreparedRequest
from sandbox.lock.model import Door, Grant
from sandbox.times import Clock, offset_utc
from vendor_app.signatures import sign


def envelope(event_type: str, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The outer form of every callback."""
    return {"type": event_type, "timestamp": offset_utc(now), "data": data}


def about(grant: Grant, now: datetime) -> dict[str, Any]:
    """What every callback's data begin with."""
    return {"grantId": grant.grant_id, "tourId": grant.tour_id, "occurredAt": offset_utc(now)}


def at_door(grant: Grant, door: Door, now: datetime) -> dict[str, Any]:
    """A code was typed at this door."""
    unit = {"unitName": door.unit_name} if door.unit_name else {}
    return about(grant, now) | {"door": door.name, "method": "keycode"} | unit


def callback_writer(secret: str, clock: Clock) -> Callable[[Notice], PreparedRequest]:
    """Signs anew at each sending: the time of sending is part of a signature."""

    def write(notice: Notice) -> PreparedRequest:
        body = json.dumps(notice.content).encode()
        return body, sign(secret, notice.message_id, body, clock())

    return write
