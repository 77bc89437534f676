"""Finding out what Knock holds for a tour when no answer of its own has told us: by its notices, and by asking for events."""

from datetime import datetime, timedelta

from vendor_app.clients.errors import Refused
from vendor_app.clients.knock_records import BookedAppointment
from vendor_app.domain.prospects import same_person
from vendor_app.domain.tours import Tour
from vendor_app.store import notices
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.prospect_events import read_events

_CLOCKS_DIFFER = timedelta(minutes=5)


def told_by_notice(
    via: Collaborators, tour: Tour, start: datetime, *, cancelled_since: datetime | None = None
) -> BookedAppointment | None:
    """The appointment at `start` that a notice tells of: unclaimed, and its guest card is this person at this community.

    With `cancelled_since` also one that Knock has cancelled since then. Raises PartnerError.
    """
    with via.db.read() as db:
        candidates = notices.unclaimed_appointments_at(db, start)
        if cancelled_since is not None:
            candidates += notices.unclaimed_cancellations_at(db, start, cancelled_since)
    for candidate in candidates:
        try:
            prospect = via.knock.get_prospect(candidate["prospect_id"])
        except Refused:
            continue
        if prospect.community_id == tour.community_id and same_person(tour.profile, prospect.email, prospect.phone):
            return BookedAppointment(appointment_id=candidate["appointment_id"], prospect_id=prospect.prospect_id)
    return None


def has_appointment_in_knock(
    via: Collaborators, tour: Tour, start: datetime, now: datetime, since: datetime | None = None
) -> bool:
    """Whether Knock has noted an appointment of theirs at `start` since we asked: for the tour itself, or at `since`.

    A prospect that Knock refuses to know has none. Events never tell of cancellations: one made before may be long gone.
    Raises PartnerError.
    """
    try:
        prospect_id = tour.prospect_id or via.knock.create_prospect(tour.community_id, tour.profile, tour.source_title)
        events = read_events(via, prospect_id, now)
    except Refused:
        return False
    earliest = (since or tour.created_at) - _CLOCKS_DIFFER
    made = [one.appointment for one in events if one.appointment is not None and one.created_at >= earliest]
    return any(one.starts_at == start and one.status == "CONFIRMED" for one in made)
