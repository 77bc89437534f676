"""Finds the appointment that Knock holds for a tour when its answer was lost: in Knock's notices, and in the prospect's events.

A search reads at most 10 guest cards and takes at most 20 seconds, so that the message's lease outlasts it.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from vendor_app.clients.errors import NoSuchProspect, Refused
from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain import Tour
from vendor_app.domain.prospects import same_person
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.notice_wait import notice_is_overdue
from vendor_app.usecases.knock.prospect_events import read_events
from vendor_app.usecases.knock.prospects import find_prospect
from vendor_app.usecases.knock.time_limit import TimeLimit

_CLOCKS_DIFFER = timedelta(minutes=5)
_MOST_CARDS = 10
_MOST_SECONDS = 20.0


def find_in_notices(
    via: Collaborators, tour: Tour, start: datetime, *, cancelled_since: datetime | None = None
) -> BookedAppointment | None:
    """The appointment at `start` that a notice names, no tour has, and whose guest card is this person's at this community.

    With `cancelled_since` also one that Knock has cancelled since then. Raises PartnerError.
    """
    with via.db.read() as db:
        candidates = db.notices.unclaimed_appointments_at(start, tour.created_at - _CLOCKS_DIFFER)
        if cancelled_since is not None:
            candidates += db.notices.unclaimed_cancellations_at(start, cancelled_since)
    limit = TimeLimit(_MOST_SECONDS)
    own_first = sorted(candidates, key=lambda one: one.prospect_id != tour.prospect_id)
    for candidate in islice(own_first, _MOST_CARDS):
        with suppress(Refused):  # a card that Knock refuses to show now is tried again at the next search
            if is_card_of(via, tour, candidate.prospect_id, limit):
                return BookedAppointment(appointment_id=candidate.appointment_id, prospect_id=candidate.prospect_id)
    return None


def is_card_of(via: Collaborators, tour: Tour, prospect_id: str, limit: TimeLimit | None = None) -> bool:
    """Whether the prospect's guest card is the tour's person and community; False without a card. Raises PartnerError."""
    try:
        card = via.knock.get_prospect(prospect_id, limit.left() if limit else None)
    except NoSuchProspect:
        return False
    return card.community_id == tour.community_id and same_person(tour.profile, card.email, card.phone)


def may_be_booked(via: Collaborators, tour: Tour, start: datetime, now: datetime, since: datetime | None = None) -> bool:
    """Whether Knock may hold an appointment of the tour's at `start` that we do not know of, made since the tour (or `since`).

    The prospect's events tell. A prospect unknown to Knock has none; where nothing tells who the prospect is, it is ruled out
    once a notice is overdue. Events never tell of cancellations, so older ones do not count. Raises PartnerError.
    """
    try:
        prospect_id = find_prospect(via, tour, now)
        if prospect_id is None:
            return not _would_have_been_told(via, tour, start, now)
        events = read_events(via, prospect_id, now)
    except Refused:
        return False
    earliest = (since or tour.created_at) - _CLOCKS_DIFFER
    made = [one.appointment for one in events if one.appointment is not None and one.created_at >= earliest]
    with via.db.read() as db:
        known = db.appointments.count_at(tour.tour_id, start, earliest)
    return sum(one.starts_at == start and one.status == "CONFIRMED" for one in made) > known


def _would_have_been_told(via: Collaborators, tour: Tour, start: datetime, now: datetime) -> bool:
    """Whether Knock's notice of an appointment made by our last request for this time would have come by now."""
    with via.db.read() as db:
        asked_at = db.appointment_requests.last_unanswered(tour.tour_id, start)
    return notice_is_overdue(via, asked_at or tour.created_at, now)
