"""Asks for an appointment at a time: Knock itself, or Propexo in front of it, as the community's rules say.

Bookings, moves and settle_request.py all ask this way. Knock answers with the appointment. Propexo only queues a job: how it
ended is asked later, and it never names Knock's ids.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from vendor_app.clients.errors import DetailsRefused, NotSent, Refused, Unknown
from vendor_app.clients.knock.records import AppointmentRequest, BookedAppointment
from vendor_app.clients.propexo.client import Propexo
from vendor_app.clients.propexo.order import AppointmentOrder
from vendor_app.domain import Channel, CommunityRules, Kind, Span, Tour
from vendor_app.store import RequestOutcome, Tables
from vendor_app.usecases.collaborators import Collaborators

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TimeRequest:
    """A tour is to be booked at `span` (on the property's clock), or moved there."""

    tour: Tour
    span: Span
    is_move: bool

    @property
    def kind(self) -> Kind:
        """The kind of message that settles the request when no answer comes."""
        return Kind.RESCHEDULE if self.is_move else Kind.BOOK_APPOINTMENT


@dataclass(frozen=True)
class QueuedAppointment:
    """Propexo's job that will book it, or fail to."""

    job_id: str


TimeAnswer = BookedAppointment | QueuedAppointment | Refused | NotSent | Unknown


def store_request(via: Collaborators, tx: Tables, request: TimeRequest, now: datetime) -> None:
    """Store the request before it is sent, with the message that settles it when no answer comes."""
    tx.outbox.enqueue(request.kind, request.tour.tour_id, now, due=now + via.config.recheck)
    tx.appointment_requests.note(request.tour.tour_id, request.span.start, now)


def ask_for_time(via: Collaborators, request: TimeRequest, now: datetime) -> TimeAnswer:
    """Send a stored request; the answer, errors included. After Unknown it stays unanswered in appointment_requests."""
    try:
        return _ask(via, request, now)
    except Unknown as error:
        return error
    except (NotSent, Refused) as error:
        outcome = RequestOutcome.REFUSED if isinstance(error, Refused) else RequestOutcome.NOT_SENT
        with via.db.transaction() as tx:
            tx.appointment_requests.answer(request.tour.tour_id, request.span.start, outcome, now)
        return error


def _ask(via: Collaborators, request: TimeRequest, now: datetime) -> BookedAppointment | QueuedAppointment:
    tour, span = request.tour, request.span
    with via.db.read() as db:
        rules = via.rules(db, tour.community_id)
    if _is_propexos(rules, tour):
        return _queue(via, _order(request, rules), now)
    asked = AppointmentRequest(
        community_id=tour.community_id,
        tour_type=tour.tour_type,
        profile=tour.profile,
        start=span.start,
        end=span.end if tour.is_self_guided else None,
        sms_consent=tour.sms_consent,
        source_title=tour.source_title,
    )
    return via.knock.request_appointment(asked)


def goes_through_propexo(via: Collaborators, db: Tables, tour: Tour) -> bool:
    """Whether the tour would be booked through Propexo now."""
    return _is_propexos(via.rules(db, tour.community_id), tour)


def _is_propexos(rules: CommunityRules, tour: Tour) -> bool:
    """Whether the tour goes through Propexo, which takes self-guided tours only; others are booked in Knock itself."""
    return rules.channel is Channel.PROPEXO and tour.is_self_guided


def _queue(via: Collaborators, order: AppointmentOrder, now: datetime) -> QueuedAppointment:
    try:
        return QueuedAppointment(propexo_of(via).request_appointment(order, now))
    except DetailsRefused:
        raise
    except Refused as refusal:
        # Our ids are wrong, not the prospect's time: whether that is free the job tells later.
        log.error("Propexo refuses a booking: check the community's propexo table in communities.toml (%s)", refusal.reason)
        raise NotSent(refusal.call, refusal.reason) from refusal


def propexo_of(via: Collaborators) -> Propexo:
    """The connected Propexo. Raises NotSent when there is none (any more)."""
    if via.propexo is None:
        raise NotSent("Propexo", "it is not connected: set VENDOR_PROPEXO_BASE_URL and VENDOR_PROPEXO_TOKEN")
    return via.propexo


def _order(request: TimeRequest, rules: CommunityRules) -> AppointmentOrder:
    tour, span = request.tour, request.span
    if rules.propexo is None:
        raise NotSent("Propexo", f"community {tour.community_id} has no propexo table in its rules")
    return AppointmentOrder(
        rules=rules.propexo,
        start=span.start,
        end=span.end,
        profile=tour.profile,
        unit_names=tour.unit_names,
        source_title=tour.source_title,
    )
