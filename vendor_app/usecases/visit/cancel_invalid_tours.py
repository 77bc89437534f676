"""Cancels upcoming tours that are no longer valid, each with its reason.

Reasons in our own database are looked for in every run, for all tours. Knock is asked tour by tour, each by one worker: about
near tours every minute, about far ones as the load allows (domain/check_intervals.py).
"""

from dataclasses import dataclass
from datetime import datetime

from vendor_app.domain import Kind, Reason, Status, Tour
from vendor_app.domain.check_intervals import next_check
from vendor_app.domain.verification import HELD_FOR, deadline
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.ensure_access import ensure_access
from vendor_app.usecases.doors.verify_contact import contact_check_of, is_passed
from vendor_app.usecases.knock.ask_about_each import ask_about_each
from vendor_app.usecases.knock.validity import cancel_for_reason, cancel_if_invalid
from vendor_app.usecases.tour import access, transitions


@dataclass(frozen=True)
class ValidityCounts:
    """How many tours Knock was asked about, how many were cancelled, and about how many Knock did not answer."""

    checked: int = 0
    cancelled: int = 0
    unchecked: int = 0


def cancel_invalid_tours(via: Collaborators, now: datetime) -> ValidityCounts:
    """Cancel the tours that are not valid any more.

    Knock not answering is no reason to cancel. After three questions in a row without an answer the run ends, so that the
    other reasons are looked for again soon.
    """
    _reject_unverified_holds(via, now)
    cancelled = _cancel_unserved(via, now) + _cancel_unverified(via, now) + ensure_access(via, now)
    with via.db.read() as db:
        upcoming = db.due_tours.count_upcoming(now)
    answers = ask_about_each(
        lambda: _claim_due_check(via, upcoming, now), lambda tour: cancel_if_invalid(via, tour, now), "it could not be checked"
    )
    return ValidityCounts(answers.asked, cancelled + answers.found, answers.unanswered)


def _reject_unverified_holds(via: Collaborators, now: datetime) -> None:
    """Reject held bookings whose contact was not verified in time; their slots are free again."""
    with via.db.read() as db:
        held = db.due_tours.held_before(now - HELD_FOR)
    for tour_id in held:
        with via.db.transaction() as tx:
            tour = tx.tours.lock(tour_id)
            if tour is not None and tour.held_at is not None and tour.status is Status.REQUESTED:
                transitions.reject_tour(tx, tour, Reason.NOT_VERIFIED, now)


def _cancel_unserved(via: Collaborators, now: datetime) -> int:
    with via.db.read() as db:
        unserved = db.due_tours.upcoming_unserved(now)
    return sum(
        cancel_for_reason(via, one.tour_id, Reason.COMMUNITY_GONE if one.is_gone else Reason.COMMUNITY_OFF, now)
        for one in unserved
    )


def _cancel_unverified(via: Collaborators, now: datetime) -> int:
    """Cancel tours whose contact was not verified in time: their prospects would get no code."""
    with via.db.read() as db:
        near = db.due_tours.self_guided_before(now, now + via.config.access_deadline)
        late = [tour.tour_id for tour in near if not is_passed(via, db, tour)]
    return sum(_cancel_if_unverified(via, tour_id, now) for tour_id in late)


def _cancel_if_unverified(via: Collaborators, tour_id: str, now: datetime) -> bool:
    with via.db.transaction() as tx:
        tour = tx.tours.lock(tour_id)
        if tour is None or tour.status is not Status.CONFIRMED:
            return False
        gate = contact_check_of(tx, tour, via.rules(tx, tour.community_id))
        if gate.is_passed:
            return False
        asked_at = tx.verifications.first_asked(tour_id)
        if asked_at is None and gate.sent_to:
            if not any(one.kind == Kind.SEND_CODE for one in tx.outbox_reports.pending_messages_of(tour_id)):
                tx.outbox.enqueue(Kind.SEND_CODE, tour_id, now)  # the rule is newer than the booking
            return False
        if now < deadline(tour, via.config.access_deadline, asked_at or tour.confirmed_at or tour.created_at):
            return False
        transitions.cancel_tour(tx, tour, Reason.NOT_VERIFIED, now)
    return True


def _claim_due_check(via: Collaborators, upcoming: int, now: datetime) -> Tour | None:
    """The next tour whose check is due, for this worker only. Asks for access where the community got its lock system since."""
    with via.db.transaction() as tx:
        tour = tx.due_tours.take_due_check(now)
        if tour is None:
            return None
        tx.due_tours.check_again(tour.tour_id, next_check(tour.starts_at, upcoming, now))
        if tx.grants.latest(tour.tour_id) is None and access.opens_doors(tx, tour, via.config):
            # Booked while its community had no lock system: it has one by now.
            access.ask_for_access(tx, tour, via.config, now)
    return tour
