"""Finding out what Knock holds for a tour when no answer of its own has told us: by its notices, and by asking for events.

Looking is bounded: so many guest cards a time, and so many seconds in all, so that whoever looks still has their lease.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from vendor_app.clients.errors import NoSuchProspect, Refused
from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain import Tour
from vendor_app.domain.prospects import same_person
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.prospect_events import read_events
from vendor_app.usecases.knock.prospects import find_prospect
from vendor_app.usecases.knock.silence import is_proven
from vendor_app.usecases.knock.time_limit import TimeLimit

_CLOCKS_DIFFER = timedelta(minutes=5)
_MOST_CARDS = 10
_MOST_SECONDS = 20.0


def told_by_notice(
    via: Collaborators, tour: Tour, start: datetime, *, cancelled_since: datetime | None = None
) -> BookedAppointment | None:
    """The appointment at `start` that a notice tells of: unclaimed, and its guest card is this person at this community.

    With `cancelled_since` also one that Knock has cancelled since then. Raises PartnerError.
    """
    with via.db.read() as db:
        candidates = db.notices.unclaimed_appointments_at(start, tour.created_at - _CLOCKS_DIFFER)
        if cancelled_since is not None:
            candidates += db.notices.unclaimed_cancellations_at(start, cancelled_since)
    limit = TimeLimit(_MOST_SECONDS)
    own_first = sorted(candidates, key=lambda one: one.prospect_id != tour.prospect_id)
    for candidate in islice(own_first, _MOST_CARDS):
        with suppress(Refused):  # a refused card is nobody's, for now
            if is_of(via, tour, candidate.prospect_id, limit):
                return BookedAppointment(appointment_id=candidate.appointment_id, prospect_id=candidate.prospect_id)
    return None


def is_of(via: Collaborators, tour: Tour, prospect_id: str, limit: TimeLimit | None = None) -> bool:
    """Whether this guest card is the tour's person at the tour's community. Raises PartnerError; no card is nobody's."""
    try:
        card = via.knock.get_prospect(prospect_id, limit.left() if limit else None)
    except NoSuchProspect:
        return False
    return card.community_id == tour.community_id and same_person(tour.profile, card.email, card.phone)


def may_be_booked(via: Collaborators, tour: Tour, start: datetime, now: datetime, since: datetime | None = None) -> bool:
    """Whether Knock has noted an appointment of theirs at `start` that we do not know of, since we asked (or since `since`).

    A prospect that Knock refuses to know has none. Where nothing tells who they are in Knock, only its silence rules it out.
    Events never tell of cancellations: one made before may be long gone. Raises PartnerError.
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
    """Whether a notice would have told us by now of what Knock has made of our last request for this time."""
    with via.db.read() as db:
        asked_at = db.appointment_requests.last_unanswered(tour.tour_id, start)
    return is_proven(via, asked_at or tour.created_at, now)
