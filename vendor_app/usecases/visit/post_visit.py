"""Posts a completed visit to Knock: one tour, one visit.

Knock has no idempotency keys, so `visit_asked_at` is stored before asking. If the answer is lost or unreadable, or we were
killed, the next attempt finds it and waits for Knock's VISITED notice. Only when that is overdue (notice_wait.py) is the visit
taken as not made, and sent again.

A tour booked through Propexo has no appointment until a notice names it: when that is overdue, posting the visit is the
operator's task.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from vendor_app.clients.errors import NotSent, Refused, Unknown
from vendor_app.domain import Message, Status, Task, Tour
from vendor_app.domain.access import is_among, units_entered
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import find_in_notices
from vendor_app.usecases.knock.notice_wait import notice_is_overdue, notice_wait
from vendor_app.usecases.knock.prospects import find_prospect
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do, renew_lease
from vendor_app.usecases.tour import transitions
from vendor_app.usecases.tour.operator_tasks import ask_operator

# A visit must be in the past by Knock's clock, too.
_CLOCKS_DIFFER = timedelta(minutes=5)


def post_visit(via: Collaborators, message: Message, now: datetime) -> Record:
    """Post the visit, or find out that Knock has it already."""
    with via.db.read() as db:
        tour = db.tours.find(message.subject_id)
    if tour is None or tour.status is not Status.COMPLETED or tour.visit_posted_at:
        return nothing_to_do
    appointment_id = tour.appointment_id or _appointment_from_notice(via, tour, message, now)
    if appointment_id is None:
        return _left_to_operator(tour, now)
    if tour.visit_asked_at and _visit_is_in_knock(via, tour, now):
        return _posted(tour, None, now)
    prospect_id = find_prospect(via, tour, now)
    if prospect_id is None:
        _wait_for_notice(via, message, "no notice of Knock's names the prospect yet", now)
        return _left_to_operator(tour, now)
    with via.db.read() as db:
        units = units_entered(db.access_events.door_openings(tour.tour_id))
    _mark_asked(via, message, units, now)
    try:
        visit_id = via.knock.post_visit(
            prospect_id=prospect_id,
            appointment_id=appointment_id,
            visit_time=tour.started_at or tour.starts_at,
            unit_names=units,
            source_title=tour.source_title,
        )
    except Unknown as error:
        raise NotYet(f"{error}; waiting for Knock's notice", now + via.config.pause) from error
    except (NotSent, Refused) as error:
        _restore_asked(via, tour)
        if isinstance(error, Refused) and now < (tour.started_at or now) + _CLOCKS_DIFFER:
            raise NotYet(f"{error}; perhaps Knock's clock is behind ours", now + via.config.pause) from error
        raise
    return _posted(tour, visit_id, now)


def _appointment_from_notice(via: Collaborators, tour: Tour, message: Message, now: datetime) -> str | None:
    """The appointment that a notice names; None when no notice came in time. Raises NotYet, PartnerError."""
    if found := find_in_notices(via, tour, tour.starts_at):
        with via.db.transaction() as tx:
            current = tx.tours.lock(tour.tour_id) or tour
            if transitions.attach_appointment(tx, current, found.appointment_id, now):
                transitions.use_appointment(tx, current, found.appointment_id, now)
                return found.appointment_id
    _wait_for_notice(via, message, "no notice of Knock's names the appointment yet", now)
    return None


def _wait_for_notice(via: Collaborators, message: Message, why: str, now: datetime) -> None:
    if now < message.created_at + notice_wait(via):
        raise NotYet(why, now + via.config.pause)


def _left_to_operator(tour: Tour, now: datetime) -> Record:
    def record(tx: Tables) -> None:
        visited_at = (tour.started_at or tour.starts_at).isoformat()
        units = units_entered(tx.access_events.door_openings(tour.tour_id))
        ask_operator(tx, tour.tour_id, Task.POST_VISIT, now, visitTime=visited_at, unitNames=units)

    return record


def _visit_is_in_knock(via: Collaborators, tour: Tour, now: datetime) -> bool:
    """Whether a VISITED notice came since we asked. Raises NotYet until it is overdue."""
    asked_at = tour.visit_asked_at or now
    with via.db.read() as db:
        if tour.appointment_id and db.notices.visited_since(tour.appointment_id, asked_at):
            return True
    if not notice_is_overdue(via, asked_at, now):
        raise NotYet("the visit's answer was lost; waiting for Knock's notice while our web listens", now + via.config.pause)
    return False


def _mark_asked(via: Collaborators, message: Message, units: list[str], now: datetime) -> None:
    with via.db.transaction() as tx:
        renew_lease(via, tx, message)
        _save_asked(tx, message.subject_id, now, units)


def _restore_asked(via: Collaborators, tour: Tour) -> None:
    """Restore what the attempt before stored: this one had no effect, that one, its answer lost, may have had."""
    with via.db.transaction() as tx:
        _save_asked(tx, tour.tour_id, tour.visit_asked_at, tour.visit_unit_names)


def _save_asked(tx: Tables, tour_id: str, asked_at: datetime | None, units: list[str] | None) -> None:
    if tour := tx.tours.lock(tour_id):
        tx.tours.save(replace(tour, visit_asked_at=asked_at, visit_unit_names=units))


def _posted(tour: Tour, visit_id: str | None, now: datetime) -> Record:
    """Record the visit as posted; `visit_id` None when a notice told so and the answer was lost."""

    def record(tx: Tables) -> None:
        current = tx.tours.lock(tour.tour_id) or tour
        told = current.visit_unit_names or []
        for unit in units_entered(tx.access_events.door_openings(tour.tour_id)):
            if not is_among(unit, told):  # its door event came while we were asking
                tx.timeline.note(tour.tour_id, "visit.unit_not_reported", now, unitName=unit)
        tx.tours.save(replace(current, visit_id=visit_id, visit_posted_at=now))
        how = {"visitId": visit_id} if visit_id else {"learnedFrom": "Knock's VISITED notice"}
        tx.timeline.note(tour.tour_id, "knock.visit_posted", now, **how, unitNames=current.visit_unit_names)

    return record
