"""Knock's appointment notices: the web stores them at once, the job acts on them."""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain import HOLDS_SLOT, LIVE, Kind, Span, Status, Task, Tour
from vendor_app.store import Appointment, Notice, Tables
from vendor_app.store.engine.interface import storable
from vendor_app.usecases.booking.ask_for_time import goes_through_propexo
from vendor_app.usecases.booking.claim_appointment import look_for_tour_of
from vendor_app.usecases.booking.list_times import offset_at
from vendor_app.usecases.booking.record_answer import record_move_refused
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour import transitions
from vendor_app.usecases.tour.act_on_each import act_on_each
from vendor_app.usecases.tour.operator_tasks import ask_operator

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _NoticeOfTour:
    """A notice with its appointment and tour of ours. `offset`: the property's at the time it moves the tour to, if known."""

    notice: Notice
    appointment: Appointment
    tour: Tour
    offset: timedelta | None

    @property
    def is_current(self) -> bool:
        """Whether the appointment is the one that the tour has now."""
        return self.notice.appointment_id == self.tour.appointment_id


@dataclass(frozen=True)
class NoticeCounts:
    """How many notices were about our tours, about other appointments, or older than one we acted on."""

    ours: int = 0
    foreign: int = 0
    outdated: int = 0


def take_knock_notices(
    via: Collaborators, readable: Iterable[Mapping[str, Any]], unreadable: Iterable[tuple[Any, str]], now: datetime
) -> int:
    """Store notices (as schemas.knock.Notice loads them) in one transaction; how many were new.

    `unreadable` are payloads with what is wrong with each: they are stored for an operator.
    """
    with via.db.inbox() as tx:
        for payload, problem in unreadable:
            log.error("a notice of Knock's cannot be read, `make outbox` shows it: %s", problem)
            kept = storable(payload)
            content = json.dumps(kept, sort_keys=True)
            tx.notices.keep_unreadable(hashlib.sha256(content.encode()).hexdigest(), kept, problem, now)
        return sum(tx.notices.keep(Notice(**notice, received_at=now)) for notice in readable)


def act_on_knock_notices(via: Collaborators, now: datetime) -> NoticeCounts:
    """Act on the stored notices in the order Knock sent them, each in its own transaction."""
    with via.db.read() as db:
        waiting = db.notices.unhandled()
    offsets = {notice_id: offset for notice_id in waiting if (offset := _offset_of_move(via, notice_id, now)) is not None}

    foreign: list[Notice] = []

    def act(tx: Tables, notice_id: str) -> str | None:
        notice = tx.notices.lock_unhandled(notice_id)
        if notice is None:
            return None
        outcome = _act(via, tx, notice, offsets.get(notice_id), now)
        if outcome == "foreign":
            foreign.append(notice)
        return outcome

    counts = NoticeCounts(**act_on_each(via.db, waiting, act))
    for notice in foreign:
        _put_aside(via, notice, now)
    return counts


def _put_aside(via: Collaborators, notice: Notice, now: datetime) -> None:
    """Its appointment is nobody's, unless it has become a tour's at this moment: then the notice is still to be acted on."""
    with via.db.transaction() as tx:
        transitions.lock_appointment(tx, notice.appointment_id)
        if tx.appointments.find(notice.appointment_id) is None:
            tx.notices.mark_handled(notice.notice_id, now)


def _offset_of_move(via: Collaborators, notice_id: str, now: datetime) -> timedelta | None:
    """The property's UTC offset at the time a notice moves a tour to; Knock is asked, so no transaction is open."""
    with via.db.read() as db:
        notice = db.notices.find(notice_id)
        appointment = db.appointments.find(notice.appointment_id) if notice else None
        tour = db.tours.find(appointment.tour_id) if appointment else None
        to = _time_set_by_agent(via, db, notice, tour) if notice and tour else None
    if tour is None or to is None:
        return None
    return offset_at(via, tour, to.start, now)


def _time_set_by_agent(via: Collaborators, db: Tables, notice: Notice, tour: Tour) -> Span | None:
    """The other time that an agent has given this tour, or None; while a move of ours is open, that decides."""
    ours = notice.status == "CONFIRMED" and notice.appointment_id == tour.appointment_id
    if not ours or tour.status not in LIVE or tour.next_starts_at is not None:
        return None
    start, end = notice.starts_at, notice.ends_at
    if end is None or end <= start or goes_through_propexo(via, db, tour):
        # Propexo takes no end time, so the one in Knock is no agent's choice: the tour keeps its length.
        end = start + (tour.ends_at - tour.starts_at)
    to = Span(start, end)
    return None if to == tour.span else to


def _act(via: Collaborators, tx: Tables, notice: Notice, offset: timedelta | None, now: datetime) -> str:
    appointment = tx.appointments.find(notice.appointment_id)
    tour = tx.tours.lock(appointment.tour_id) if appointment else None
    if appointment is None or tour is None:
        look_for_tour_of(tx, notice, now)
        return "foreign"
    tx.notices.mark_handled(notice.notice_id, now)
    if tx.notices.is_outdated(notice):
        return "outdated"
    tx.timeline.note(tour.tour_id, "knock.notice", now, status=notice.status, appointmentId=notice.appointment_id)
    if notice.status == "CONFIRMED":
        tx.appointments.move(notice.appointment_id, notice.starts_at)
    _follow(via, tx, _NoticeOfTour(notice, appointment, tour, offset), now)
    current = tx.tours.lock(tour.tour_id) or tour
    is_current = notice.appointment_id == current.appointment_id
    if notice.prospect_id and current.prospect_id != notice.prospect_id and is_current:
        # It differs from the one we knew: Knock has merged guest cards.
        transitions.set_prospect(tx, current, notice.prospect_id, now)
    return "ours"


def _follow(via: Collaborators, tx: Tables, told: _NoticeOfTour, now: datetime) -> None:
    """Act on the notice's status. VISITED and NO_SHOW of a self-guided tour change nothing: door events decide."""
    notice, tour, is_current = told.notice, told.tour, told.is_current
    status = notice.status
    if status == "CANCELLED" and not is_current and _is_requested_move(tx, told):
        tx.appointments.mark_cancelled(notice.appointment_id, now)
        record_move_refused(tx, tour.tour_id, "the property has refused it", now)
    elif status == "CANCELLED":
        transitions.drop_appointment(tx, tour, notice.appointment_id, now)
    elif status == "CONFIRMED" and tour.status not in HOLDS_SLOT:
        _cancel_if_tour_is_over(tx, told, now)
    elif status == "CONFIRMED" and tour.status is Status.REQUESTED and is_current:
        transitions.confirm_tour(tx, tour, _booked(notice), via.config, now)
    elif status == "CONFIRMED" and notice.starts_at == tour.next_starts_at and not is_current:
        tx.outbox.hasten(tour.tour_id, Kind.RESCHEDULE, now)
    elif to := _time_set_by_agent(via, tx, notice, tour):
        _move(via, tx, told, to, now)
    elif status == "VISITED" and is_current and not tour.is_self_guided and tour.status in (Status.CONFIRMED, Status.NO_SHOW):
        transitions.complete_without_visit(tx, tour, "the agent who led it", now)
    elif status == "NO_SHOW" and is_current and not tour.is_self_guided and tour.status in (Status.CONFIRMED, Status.COMPLETED):
        transitions.miss_tour(tx, tour, now)


def _is_requested_move(tx: Tables, told: _NoticeOfTour) -> bool:
    """Whether the appointment is the one made by the tour's open move, and not an older one at the same time."""
    appointment, tour = told.appointment, told.tour
    if appointment.starts_at != tour.next_starts_at:
        return False
    asked = [one.created_at for one in tx.outbox_reports.pending_messages_of(tour.tour_id) if one.kind == Kind.RESCHEDULE]
    return any(appointment.learned_at >= at for at in asked)


def _booked(notice: Notice) -> BookedAppointment:
    return BookedAppointment(appointment_id=notice.appointment_id, prospect_id=notice.prospect_id, ends_at=notice.ends_at)


def _cancel_if_tour_is_over(tx: Tables, told: _NoticeOfTour, now: datetime) -> None:
    """Cancel in Knock an appointment that stands there although its tour is over.

    If an agent took a cancellation back, or moved a tour that took place to a later time, an operator is asked to tell them.
    """
    notice, appointment, tour = told.notice, told.appointment, told.tour
    appointment_id, start = notice.appointment_id, notice.starts_at
    took_place = tour.status in (Status.COMPLETED, Status.NO_SHOW)
    if took_place and told.is_current:
        if start >= tour.closes_at:
            _ask_about_revival(tx, tour, notice, now)
        return
    if appointment.cancelled_at and notice.updated_at <= appointment.cancelled_at:
        return
    if appointment.cancelled_at:
        tx.appointments.mark_standing(appointment_id)
        _ask_about_revival(tx, tour, notice, now)
    if not tx.outbox.is_unclaimed(tour.tour_id, Kind.CANCEL_APPOINTMENT, now, appointmentId=appointment_id):
        tx.outbox.enqueue(Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=appointment_id)


def _ask_about_revival(tx: Tables, tour: Tour, notice: Notice, now: datetime) -> None:
    log.error("tour %s is %s, yet Knock says its appointment stands; look at Knock's calendar", tour.tour_id, tour.status)
    told = {"appointmentId": notice.appointment_id, "start": notice.starts_at.isoformat(), "tour": tour.status}
    ask_operator(tx, tour.tour_id, Task.LOOK_AT_REVIVED_APPOINTMENT, now, about=notice.appointment_id, **told)


def _move(via: Collaborators, tx: Tables, told: _NoticeOfTour, to: Span, now: datetime) -> None:
    """An agent has moved the appointment: the tour and its access move too, unless it has begun."""
    tour = told.tour
    zone = timezone(told.offset if told.offset is not None else timedelta(seconds=tour.utc_offset))
    local = Span(to.start.astimezone(zone), to.end.astimezone(zone))
    tx.timeline.note(tour.tour_id, "knock.appointment_moved", now, start=local.start.isoformat(), end=local.end.isoformat())
    if tour.status is Status.CONFIRMED:
        transitions.move_tour(tx, tour, local, tour.appointment_id, via.config, now)
    else:
        log.error("tour %s has begun, and Knock has moved its appointment; look at Knock's calendar", tour.tour_id)
