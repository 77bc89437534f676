"""Knock tells of appointments: stored at once, acted on by the job."""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vendor_app.domain.tours import LIVE, Status
from vendor_app.store import appointments, notices, tours
from vendor_app.store.database import Connection, Row
from vendor_app.store.timeline import note
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.inbox import act_on_each

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NoticeCounts:
    """What the notices acted on were about."""

    ours: int = 0
    foreign: int = 0
    outdated: int = 0


def take_knock_notices(
    via: Collaborators, readable: Iterable[Mapping[str, Any]], unreadable: Iterable[tuple[Any, str]], now: datetime
) -> int:
    """Store notices (as schemas.knock.Notice loads them) in one transaction; how many were new.

    Those that cannot be read come as they are, each with what is wrong with it: they are kept for an operator.
    """
    with via.db.transaction() as tx:
        for payload, problem in unreadable:
            log.error("a notice of Knock's cannot be read, `make outbox` shows it: %s", problem)
            content = json.dumps(payload, sort_keys=True)
            notices.keep_unreadable_notice(tx, hashlib.sha256(content.encode()).hexdigest(), payload, problem, now)
        return sum(notices.keep_notice(tx, {**notice, "received_at": now}) for notice in readable)


def act_on_knock_notices(via: Collaborators, now: datetime) -> NoticeCounts:
    """Act on the stored notices in the order Knock sent them, each in its own transaction."""

    def act(tx: Connection, notice_id: str) -> str | None:
        notice = notices.lock_unhandled_notice(tx, notice_id)
        if notice is None:
            return None
        notices.mark_notice_handled(tx, notice_id, now)
        return _act(tx, notice, now)

    with via.db.read() as db:
        waiting = notices.unhandled_notices(db)
    return NoticeCounts(**act_on_each(via.db, waiting, act))


def _act(tx: Connection, notice: Row, now: datetime) -> str:
    appointment = appointments.find_appointment(tx, notice["appointment_id"])
    tour = tours.lock_tour(tx, appointment["tour_id"]) if appointment else None
    if appointment is None or tour is None:
        return "foreign"
    if notices.is_outdated(tx, notice):
        return "outdated"
    note(tx, tour.tour_id, "knock.notice", now, status=notice["status"], appointmentId=notice["appointment_id"])
    if notice["status"] == "CANCELLED":
        tour = transitions.drop_appointment(tx, tour, notice["appointment_id"], now)
    elif notice["status"] == "CONFIRMED" and tour.status is Status.CANCELLED and appointment["cancelled_at"]:
        log.error("tour %s is cancelled, yet Knock says its appointment stands; look at Knock's calendar", tour.tour_id)
    elif notice["starts_at"] != tour.starts_at and tour.status in LIVE:
        log.error("tour %s: Knock has moved its appointment; look at Knock's calendar", tour.tour_id)
        note(tx, tour.tour_id, "knock.appointment_moved", now, start=notice["starts_at"].isoformat())
    if notice["prospect_id"] and tour.prospect_id is None:
        transitions.know_prospect(tx, tour, notice["prospect_id"], now)
    return "ours"
