"""The changes of a tour's state. Each writes the state, the messages it causes and its line in the timeline on one `tx`.

Call these inside one transaction with a tour read in that transaction.
"""

import secrets
from dataclasses import replace
from datetime import datetime

from vendor_app.clients.knock_records import BookedAppointment
from vendor_app.config import Config
from vendor_app.domain import tours as rules
from vendor_app.domain.access import AccessGrant, AccessState, window_of
from vendor_app.domain.communities import Verification
from vendor_app.domain.locks import Credential
from vendor_app.domain.outbox import Kind
from vendor_app.domain.slots import Span
from vendor_app.domain.tours import Reason, Status, Tour
from vendor_app.domain.verification import required_of
from vendor_app.store import appointments, grants, notices, outbox, tours
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.community_rules import rules_of

# Cancelled by a rule of ours, so that nobody but us tells the prospect why.
TOLD_BY_US = frozenset({Reason.ACCESS_NOT_GRANTED, Reason.NOT_VERIFIED, Reason.COMMUNITY_OFF, Reason.OPERATOR})


def attach_appointment(tx: Connection, tour: Tour, appointment_id: str, now: datetime) -> None:
    """Knock holds this appointment for the tour; notices that came before we knew are acted on again."""
    if appointments.attach_appointment(tx, appointment_id, tour.tour_id, now):
        notices.reopen_notices(tx, appointment_id)


def confirm_tour(tx: Connection, tour: Tour, booked: BookedAppointment | None, config: Config, now: datetime) -> Tour:
    """It is booked: the doors are asked for, and the prospect's earlier bookings there give way, as in Knock.

    `booked` None: through Propexo, which does not tell the appointment; it is looked for in Knock's notices.
    """
    appointment_id = booked.appointment_id if booked else None
    known = booked.prospect_id if booked else None
    if appointment_id:
        attach_appointment(tx, tour, appointment_id, now)
        known = known or notices.prospect_of_appointment(tx, appointment_id)
    confirmed = rules.confirm(_as_long_as_knock_says(tour, booked), appointment_id, known, now).without_job()
    tours.save_tour(tx, confirmed)
    tours.check_again(tx, tour.tour_id, now)
    tours.read_again(tx, tour.tour_id, now)
    note(tx, tour.tour_id, "tour.confirmed", now, appointmentId=appointment_id)
    outbox.drop_pending(tx, tour.tour_id, Kind.BOOK_APPOINTMENT, "confirmed", now)
    if appointment_id is None:
        outbox.enqueue(tx, Kind.FIND_APPOINTMENT, tour.tour_id, now)
    if opens_doors(tx, confirmed, config):
        ask_for_access(tx, confirmed, config, now)
    served_by = rules_of(tx, tour.community_id, config.default_rules)
    if required_of(served_by, tour.tour_type) is not Verification.NONE:
        outbox.enqueue(tx, Kind.SEND_CODE, tour.tour_id, now)
    for other in tours.lock_other_bookings_of(tx, confirmed, now):
        cancel_tour(tx, other, Reason.REPLACED, now)
    return confirmed


def opens_doors(tx: Connection, tour: Tour, config: Config) -> bool:
    """Whether the tour needs a lock system: its community has one, and the prospect is on their own."""
    return tour.is_self_guided and rules_of(tx, tour.community_id, config.default_rules).has_lock


def _as_long_as_knock_says(tour: Tour, booked: BookedAppointment | None) -> Tour:
    """A tour that an agent leads ends when Knock says; our own end is sent for self-guided ones only."""
    if tour.is_self_guided or booked is None or booked.ends_at is None or booked.ends_at <= tour.starts_at:
        return tour
    return replace(tour, ends_at=booked.ends_at, closes_at=booked.ends_at)


def move_tour(tx: Connection, tour: Tour, to: Span, appointment_id: str | None, config: Config, now: datetime) -> Tour:
    """It takes place at another time (`to` on the property's clock), and its access with it: the old window is shut first."""
    moved = rules.move(tour, to, window_of(tour.tour_type, to, config.early, config.late))
    moved = replace(moved, appointment_id=appointment_id)
    tours.save_tour(tx, moved)
    tours.check_again(tx, tour.tour_id, now)
    note(tx, tour.tour_id, "tour.moved", now, start=to.start.isoformat(), before=tour.local_span.start.isoformat())
    end_access(tx, moved, now)
    if appointment_id is None:
        outbox.enqueue(tx, Kind.FIND_APPOINTMENT, tour.tour_id, now)
    if opens_doors(tx, moved, config):
        ask_for_access(tx, moved, config, now)
    return moved


def reject_tour(tx: Connection, tour: Tour, reason: Reason, now: datetime, **detail: str) -> Tour:
    """It was never booked; its place is free again."""
    rejected = rules.reject(tour, reason)
    tours.save_tour(tx, rejected)
    outbox.drop_pending(tx, tour.tour_id, Kind.BOOK_APPOINTMENT, "rejected", now)
    note(tx, tour.tour_id, "tour.rejected", now, reason=reason, **detail)
    return rejected


def cancel_tour(tx: Connection, tour: Tour, reason: Reason, now: datetime) -> Tour:
    """It will not take place: the doors stay shut, and Knock is told unless it told us.

    For a tour that was only requested the pending `book_appointment` stays: it finds out whether Knock holds something.
    """
    cancelled = rules.cancel(tour, reason, now)
    tours.save_tour(tx, cancelled)
    end_access(tx, cancelled, now)
    note(tx, tour.tour_id, "tour.cancelled", now, reason=reason)
    if reason is not Reason.KNOCK:
        _cancel_in_knock(tx, tour, now)
    if reason in TOLD_BY_US:
        outbox.enqueue(tx, Kind.TELL_PROSPECT, tour.tour_id, now)
    return cancelled


def _cancel_in_knock(tx: Connection, tour: Tour, now: datetime) -> None:
    for appointment_id in appointments.uncancelled_appointments(tx, tour.tour_id):
        outbox.enqueue(tx, Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=appointment_id)
    if tour.status is Status.CONFIRMED and tour.appointment_id is None:
        outbox.enqueue(tx, Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=None)


def begin_tour(tx: Connection, tour: Tour, at: datetime, now: datetime) -> Tour:
    """The prospect is in; `at` is the visit's time."""
    begun = rules.begin(tour, at)
    tours.save_tour(tx, begun)
    note(tx, tour.tour_id, "tour.begun", now, at=at.isoformat())
    return begun


def begin_earlier(tx: Connection, tour: Tour, at: datetime) -> None:
    """A door event that came late tells of an earlier first door."""
    tours.save_tour(tx, replace(tour, started_at=at))


def end_told(tx: Connection, tour: Tour, now: datetime) -> None:
    """The lock system says it is over, but no door has been reported open yet: events can overtake each other."""
    tours.save_tour(tx, replace(tour, ended_at=now))
    end_access(tx, tour, now)


def complete_tour(tx: Connection, tour: Tour, by: str, config: Config, now: datetime) -> Tour:
    """The visit is over; it is posted to Knock after the settle delay, for lock events that come late."""
    completed = _complete(tx, rules.complete(tour, now), by, now)
    outbox.enqueue(tx, Kind.POST_VISIT, tour.tour_id, now, due=now + config.settle)
    return completed


def complete_without_visit(tx: Connection, tour: Tour, by: str, now: datetime) -> Tour:
    """It is over, and there is no visit of ours to post: an agent led it, or the leasing team has noted the visit itself."""
    return _complete(tx, replace(rules.complete(tour, now), visit_posted_at=None if not tour.is_self_guided else now), by, now)


def _complete(tx: Connection, completed: Tour, by: str, now: datetime) -> Tour:
    tours.save_tour(tx, completed)
    end_access(tx, completed, now)
    note(tx, completed.tour_id, "tour.completed", now, by=by)
    return completed


def miss_tour(tx: Connection, tour: Tour, now: datetime) -> Tour:
    """The window is over and nobody came."""
    missed = rules.miss(tour, now)
    tours.save_tour(tx, missed)
    end_access(tx, missed, now)
    note(tx, tour.tour_id, "tour.no_show", now)
    return missed


def ask_for_access(
    tx: Connection,
    tour: Tour,
    config: Config,
    now: datetime,
    due: datetime | None = None,
    *,
    attempt: int = 1,
    credential: Credential = Credential.CODE,
) -> AccessGrant:
    """Have the community's lock system asked for a new grant, from `due` (or at once)."""
    grant = AccessGrant(
        grant_id=f"grant_{secrets.token_hex(16)}",
        tour_id=tour.tour_id,
        state=AccessState.PENDING,
        lock=rules_of(tx, tour.community_id, config.default_rules).lock,
        credential=credential,
        attempt=attempt,
        created_at=now,
    )
    grants.insert_grant(tx, grant)
    outbox.enqueue(tx, Kind.GRANT_ACCESS, tour.tour_id, now, due=due, grantId=grant.grant_id)
    return grant


def end_access(tx: Connection, tour: Tour, now: datetime) -> None:
    """Nothing opens for this tour any more: grants not sent yet never go out, all others are revoked first thing."""
    outbox.drop_pending(tx, tour.tour_id, Kind.GRANT_ACCESS, "the tour is over", now)
    outbox.drop_pending(tx, tour.tour_id, Kind.READ_ACCESS, "the tour is over", now)
    for grant in grants.grants_of(tx, tour.tour_id):
        if grants.close_grant(tx, grant.grant_id, now):
            outbox.enqueue(tx, Kind.REVOKE_ACCESS, tour.tour_id, now, grantId=grant.grant_id)


def drop_appointment(tx: Connection, tour: Tour, appointment_id: str, now: datetime) -> Tour:
    """Knock says this appointment of the tour is cancelled; the tour lives on if it has another that stands."""
    appointments.mark_appointment_cancelled(tx, appointment_id, now)
    if tour.appointment_id != appointment_id:
        note(tx, tour.tour_id, "knock.replaced_appointment_cancelled", now, appointmentId=appointment_id)
        return tour
    if tour.next_starts_at is not None:
        # Perhaps it gave way to the new time we asked for: what became of that decides.
        note(tx, tour.tour_id, "knock.cancelled_while_moving", now, appointmentId=appointment_id)
        return tour
    if standing := appointments.uncancelled_appointments(tx, tour.tour_id):
        return use_appointment(tx, tour, standing[0], now)
    if tour.status is Status.CONFIRMED:
        return cancel_tour(tx, tour, Reason.KNOCK, now)
    if tour.status is Status.IN_PROGRESS:
        note(tx, tour.tour_id, "knock.cancelled_during_the_visit", now)
        end_access(tx, tour, now)
    return tour


def use_appointment(tx: Connection, tour: Tour, appointment_id: str, now: datetime) -> Tour:
    """Another of the tour's appointments is the one that stands in Knock."""
    changed = replace(tour, appointment_id=appointment_id)
    tours.save_tour(tx, changed)
    note(tx, tour.tour_id, "knock.appointment_changed", now, appointmentId=appointment_id)
    return changed


def know_prospect(tx: Connection, tour: Tour, prospect_id: str, now: datetime) -> Tour:
    """We have learned which prospect in Knock the tour belongs to."""
    known = replace(tour, prospect_id=prospect_id)
    tours.save_tour(tx, known)
    note(tx, tour.tour_id, "knock.prospect_known", now, prospectId=prospect_id)
    return known
