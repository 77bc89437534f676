"""Every change of a tour's state. Each writes the state, the messages it causes and its line in the timeline on one `tx`.

Call these inside one transaction with a tour read in that transaction.
"""

from dataclasses import replace
from datetime import datetime

from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.config import Config
from vendor_app.domain import LIVE, Kind, Reason, Span, Status, Task, Tour, Verification
from vendor_app.domain import tours as rules
from vendor_app.domain.access import window_of
from vendor_app.domain.verification import required_of
from vendor_app.store import Tables
from vendor_app.usecases.communities.community_rules import rules_of
from vendor_app.usecases.tour import access
from vendor_app.usecases.tour.operator_tasks import close_task
from vendor_app.usecases.tour.verified_tours import verified_rivals


def attach_appointment(tx: Tables, tour: Tour, appointment_id: str, now: datetime, starts_at: datetime | None = None) -> bool:
    """Store that this appointment in Knock is the tour's, at `starts_at` or the tour's time; False when it is another tour's.

    Its notices that came before are acted on again.
    """
    lock_appointment(tx, appointment_id)
    if tx.appointments.attach(appointment_id, tour.tour_id, starts_at or tour.starts_at, now):
        tx.notices.reopen(appointment_id)
        return True
    known = tx.appointments.find(appointment_id)
    return known is not None and known.tour_id == tour.tour_id


def lock_appointment(tx: Tables, appointment_id: str) -> None:
    """Be the only one to decide, until the transaction ends, whether this appointment is one of ours."""
    tx.lock(f"appointment:{appointment_id}")


def confirm_tour(tx: Tables, tour: Tour, booked: BookedAppointment | None, config: Config, now: datetime) -> Tour:
    """The tour is booked: access is asked for, and the prospect's earlier bookings there are cancelled, as Knock does.

    `booked` is None for a booking through Propexo, which does not name the appointment: Knock's notices will.
    """
    appointment_id = booked.appointment_id if booked else None
    known = booked.prospect_id if booked else None
    if appointment_id:
        attach_appointment(tx, tour, appointment_id, now)
        known = known or tx.notices.prospect_of_appointment(appointment_id)
    confirmed = rules.confirm(_as_long_as_knock_says(tour, booked), appointment_id, known, now).without_job()
    tx.tours.save(confirmed)
    tx.due_tours.check_again(tour.tour_id, now)
    tx.due_tours.read_again(tour.tour_id, now)
    tx.timeline.note(tour.tour_id, "tour.confirmed", now, appointmentId=appointment_id)
    tx.outbox.drop_pending(tour.tour_id, Kind.BOOK_APPOINTMENT, "confirmed", now)
    if appointment_id is None:
        tx.outbox.enqueue(Kind.FIND_APPOINTMENT, tour.tour_id, now)
    served_by = rules_of(tx, tour.community_id, config.default_rules)
    if rivals := verified_rivals(tx, confirmed, served_by, now):
        return _cancel_for_verified(tx, confirmed, rivals, now)
    if access.opens_doors(tx, confirmed, config):
        access.ask_for_access(tx, confirmed, config, now)
    if required_of(served_by, tour.tour_type) is not Verification.NONE:
        tx.outbox.enqueue(Kind.SEND_CODE, tour.tour_id, now)
    for other in tx.tours.lock_other_bookings_of(confirmed, now):
        cancel_tour(tx, other, Reason.REPLACED, now)
    return confirmed


def _cancel_for_verified(tx: Tables, tour: Tour, verified: list[Tour], now: datetime) -> Tour:
    """Knock replaced a verified tour's appointment by this tour's: cancel this tour, and ask for that one's time again."""
    cancelled = cancel_tour(tx, tour, Reason.NOT_VERIFIED, now)
    for other in verified:
        if other.status is Status.CONFIRMED and other.next_starts_at is None:
            ask_again(tx, other, now)
    return cancelled


def await_review(tx: Tables, tour: Tour, booked: BookedAppointment, now: datetime) -> Tour:
    """Knock has taken the request without booking it: the property decides, and a notice says so. No door opens until then."""
    attach_appointment(tx, tour, booked.appointment_id, now)
    waiting = replace(tour, appointment_id=booked.appointment_id, prospect_id=booked.prospect_id or tour.prospect_id)
    tx.tours.save(waiting)
    tx.outbox.drop_pending(tour.tour_id, Kind.BOOK_APPOINTMENT, "the property reviews it", now)
    tx.timeline.note(tour.tour_id, "knock.under_review", now, appointmentId=booked.appointment_id, status=booked.status)
    return waiting


def _as_long_as_knock_says(tour: Tour, booked: BookedAppointment | None) -> Tour:
    """The tour with Knock's end where an agent leads it; of a self-guided tour the end is ours."""
    if tour.is_self_guided or booked is None or booked.ends_at is None or booked.ends_at <= tour.starts_at:
        return tour
    return replace(tour, ends_at=booked.ends_at, closes_at=booked.ends_at)


def move_tour(tx: Tables, tour: Tour, to: Span, appointment_id: str | None, config: Config, now: datetime) -> Tour:
    """Move the tour to `to` (on the property's clock): the old window's access is revoked, the new one's is asked for."""
    moved = rules.move(tour, to, window_of(tour.tour_type, to, config.early, config.late))
    moved = replace(moved, appointment_id=appointment_id)
    tx.tours.save(moved)
    tx.due_tours.check_again(tour.tour_id, now)
    tx.timeline.note(tour.tour_id, "tour.moved", now, start=to.start.isoformat(), before=tour.local_span.start.isoformat())
    access.end_access(tx, moved, now)
    if appointment_id is None:
        tx.outbox.enqueue(Kind.FIND_APPOINTMENT, tour.tour_id, now)
    if access.opens_doors(tx, moved, config):
        access.ask_for_access(tx, moved, config, now)
    return moved


def reject_tour(tx: Tables, tour: Tour, reason: Reason, now: datetime, **detail: str) -> Tour:
    """The tour was never booked; its slot is free again."""
    rejected = rules.reject(tour, reason)
    tx.tours.save(rejected)
    tx.outbox.drop_pending(tour.tour_id, Kind.BOOK_APPOINTMENT, "rejected", now)
    tx.timeline.note(tour.tour_id, "tour.rejected", now, reason=reason, **detail)
    _cancel_in_knock(tx, tour, now)
    return rejected


def cancel_tour(tx: Tables, tour: Tour, reason: Reason, now: datetime) -> Tour:
    """The tour will not take place: its access ends, and Knock is told unless it told us.

    A requested tour keeps its pending `book_appointment`, which finds out whether Knock holds an appointment.
    """
    cancelled = rules.cancel(tour, reason, now)
    tx.tours.save(cancelled)
    access.end_access(tx, cancelled, now)
    tx.timeline.note(tour.tour_id, "tour.cancelled", now, reason=reason)
    close_task(tx, tour.tour_id, Task.LOOK_FOR_NEWER_APPOINTMENT, now)
    if reason.cancels_in_knock:
        _cancel_in_knock(tx, tour, now)
    if reason.tells_prospect:
        tx.outbox.enqueue(Kind.TELL_PROSPECT, tour.tour_id, now)
    return cancelled


def _cancel_in_knock(tx: Tables, tour: Tour, now: datetime) -> None:
    for appointment_id in tx.appointments.uncancelled(tour.tour_id):
        tx.outbox.enqueue(Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=appointment_id)
    if tour.status is Status.CONFIRMED and tour.appointment_id is None:
        tx.outbox.enqueue(Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=None)


def begin_tour(tx: Tables, tour: Tour, at: datetime, now: datetime) -> Tour:
    """The visit began at `at`, with the first door opened or the check-in."""
    begun = rules.begin(tour, at)
    tx.tours.save(begun)
    tx.timeline.note(tour.tour_id, "tour.begun", now, at=at.isoformat())
    return begun


def begin_earlier(tx: Tables, tour: Tour, at: datetime) -> None:
    """Correct the visit's time: a door event that came late was before the first one we knew."""
    tx.tours.save(replace(tour, started_at=at))


def note_early_end(tx: Tables, tour: Tour, now: datetime) -> None:
    """The lock system says that the tour is over before it reported any door open: events can arrive out of order."""
    tx.tours.save(replace(tour, ended_at=now))
    access.end_access(tx, tour, now)


def complete_tour(tx: Tables, tour: Tour, by: str, config: Config, now: datetime) -> Tour:
    """The visit is over; it is posted to Knock after the settle delay, for lock events that come late."""
    completed = _complete(tx, rules.complete(tour, now), by, now)
    tx.outbox.enqueue(Kind.POST_VISIT, tour.tour_id, now, due=now + config.settle)
    return completed


def complete_without_visit(tx: Tables, tour: Tour, by: str, now: datetime) -> Tour:
    """The tour is over and we post no visit: an agent led it, or the leasing team has entered the visit in Knock."""
    return _complete(tx, replace(rules.complete(tour, now), visit_posted_at=None if not tour.is_self_guided else now), by, now)


def _complete(tx: Tables, completed: Tour, by: str, now: datetime) -> Tour:
    tx.tours.save(completed)
    access.end_access(tx, completed, now)
    tx.timeline.note(completed.tour_id, "tour.completed", now, by=by)
    return completed


def miss_tour(tx: Tables, tour: Tour, now: datetime) -> Tour:
    """The window is over and nobody came."""
    missed = rules.miss(tour, now)
    tx.tours.save(missed)
    access.end_access(tx, missed, now)
    tx.timeline.note(tour.tour_id, "tour.no_show", now)
    return missed


def drop_appointment(tx: Tables, tour: Tour, appointment_id: str, now: datetime) -> Tour:
    """Knock says that this appointment of the tour is cancelled; a tour with another uncancelled one at its time goes on."""
    tx.appointments.mark_cancelled(appointment_id, now)
    if tour.appointment_id != appointment_id:
        tx.timeline.note(tour.tour_id, "knock.replaced_appointment_cancelled", now, appointmentId=appointment_id)
        return tour
    if tour.next_starts_at is not None:
        # Perhaps Knock replaced it by the new time we asked for: the answer to that request decides.
        tx.timeline.note(tour.tour_id, "knock.cancelled_while_moving", now, appointmentId=appointment_id)
        return tour
    if standing := tx.appointments.standing_at(tour.tour_id, tour.starts_at):
        return use_appointment(tx, tour, standing[0], now)
    if tour.status in LIVE and (tx.appointment_requests.may_replace(tour, now) or tx.appointment_requests.was_replaced(tour)):
        # Perhaps nobody cancelled it: Knock carried out late a request of ours that it never answered.
        tx.timeline.note(tour.tour_id, "knock.cancellation_in_doubt", now, appointmentId=appointment_id)
        tx.outbox.enqueue(Kind.CONFIRM_CANCELLATION, tour.tour_id, now, appointmentId=appointment_id)
        return tour
    return accept_cancellation(tx, tour, now)


def accept_cancellation(tx: Tables, tour: Tour, now: datetime) -> Tour:
    """The leasing team has cancelled the tour; if somebody is inside already the doors are shut and the visit is kept."""
    if tour.status is Status.REQUESTED:
        return reject_tour(tx, tour, Reason.REFUSED, now)
    if tour.status is Status.CONFIRMED:
        return cancel_tour(tx, tour, Reason.KNOCK, now)
    if tour.status is Status.IN_PROGRESS:
        tx.timeline.note(tour.tour_id, "knock.cancelled_during_the_visit", now)
        access.end_access(tx, tour, now)
    return tour


def ask_again(tx: Tables, tour: Tour, now: datetime) -> Tour:
    """A late request of ours replaced the tour's appointment: ask for the tour's own time again, as a move to it."""
    asking = rules.ask_to_move(tour, tour.local_span)
    tx.tours.save(asking)
    tx.timeline.note(tour.tour_id, "knock.appointment_asked_again", now)
    tx.outbox.enqueue(Kind.RESCHEDULE, tour.tour_id, now)
    return asking


def use_appointment(tx: Tables, tour: Tour, appointment_id: str, now: datetime) -> Tour:
    """Make another of the tour's appointments its current one: the one that stands in Knock."""
    changed = replace(tour, appointment_id=appointment_id)
    tx.tours.save(changed)
    tx.timeline.note(tour.tour_id, "knock.appointment_changed", now, appointmentId=appointment_id)
    return changed


def set_prospect(tx: Tables, tour: Tour, prospect_id: str, now: datetime) -> Tour:
    """Store which prospect in Knock the tour belongs to."""
    known = replace(tour, prospect_id=prospect_id)
    tx.tours.save(known)
    tx.timeline.note(tour.tour_id, "knock.prospect_known", now, prospectId=prospect_id)
    return known
