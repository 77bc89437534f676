"""A live tour has one appointment in Knock, the one it names; a tour that is over, and nobody, has none to come."""

from collections.abc import Iterator

from sandbox.knock.model import Appointment
from sandbox.knock.model import Status as InKnock
from tests.campaign.communities import BY_PROPEXO
from tests.campaign.ledger import Ledger
from tests.campaign.truth.differences import Difference
from tests.campaign.truth.ours import Ours
from tests.campaign.truth.theirs import Theirs
from vendor_app.domain.prospects import same_person
from vendor_app.domain.tours import LIVE, Status, Tour

# Who made it stand beside the tour's: an agent.
_BY_HAND = ("made by hand", "revived")
_TAKES_PLACE = {*LIVE, Status.COMPLETED, Status.NO_SHOW}


def appointments_differ(ours: Ours, theirs: Theirs, ledger: Ledger) -> Iterator[Difference]:
    """What is on Knock's calendar and not ours, or the other way round."""
    for tour in ours.live:
        for what in _not_there(tour, theirs, ledger):
            yield Difference("appointments", tour.tour_id, what)
    for tour in ours.tours.values():
        made = theirs.appointments.get(tour.appointment_id or "")
        if made and tour.community_id != BY_PROPEXO and made.source_title != tour.source_title:
            yield Difference("appointments", tour.tour_id, f"its source title in Knock is {made.source_title!r}")
    for one in unowned(ours, theirs, ledger):
        owner = ours.appointments.get(one.appointment_id)
        whose = owner["tour_id"] if owner else f"appointment {one.appointment_id}"
        named = f"appointment {one.appointment_id} at {one.start:%d. %H:%M:%S} stands in Knock"
        yield Difference("appointments", whose, f"{named}, and is {'not its own (any more)' if owner else 'nobody’s'}")


def held(ours: Ours, theirs: Theirs, ledger: Ledger) -> int:
    """How many appointments Knock holds for live tours, and beside them for nobody."""
    named = {tour.appointment_id for tour in ours.live}
    there = [one for one in named if one in theirs.appointments and theirs.appointments[one].status is not InKnock.CANCELLED]
    return len(there) + len(unowned(ours, theirs, ledger))


def unowned(ours: Ours, theirs: Theirs, ledger: Ledger) -> list[Appointment]:
    """Appointments that stand, are not those of tours that take or took place, and were not made by an agent."""
    named = {tour.appointment_id for tour in ours.tours.values() if tour.status in _TAKES_PLACE}
    return [
        one
        for one in theirs.appointments.values()
        if one.status is InKnock.CONFIRMED
        and one.appointment_id not in named
        and not ledger.meddled_with(one.appointment_id, *_BY_HAND)
    ]


def _not_there(tour: Tour, theirs: Theirs, ledger: Ledger) -> Iterator[str]:
    made = theirs.appointments.get(tour.appointment_id or "")
    if made is None:
        yield f"names appointment {tour.appointment_id}, which Knock does not have"
        return
    if made.status is not InKnock.CONFIRMED and not _by_an_agent(tour, made, ledger):
        yield f"its appointment {made.appointment_id} is {made.status} in Knock"
    if made.start != tour.starts_at and tour.status is Status.CONFIRMED:
        there, ours_at = f"{made.start:%d. %H:%M:%S}", f"{tour.starts_at:%d. %H:%M:%S}"
        yield f"its appointment {made.appointment_id} is at {there}, and the tour at {ours_at}"
    card = theirs.prospects[made.prospect_id]
    if not same_person(tour.profile, card.email, card.phone):
        yield f"its appointment {made.appointment_id} is somebody else's"


def _by_an_agent(tour: Tour, made: Appointment, ledger: Ledger) -> bool:
    """Marks change nothing; a cancellation during the visit shuts the doors and keeps it."""
    marked = made.status in (InKnock.VISITED, InKnock.NO_SHOW) and ledger.meddled_with(made.appointment_id, "visited", "no_show")
    inside = tour.status is Status.IN_PROGRESS and made.status is InKnock.CANCELLED
    return marked or (inside and _cancelled_by_an_agent(made, ledger))


def _cancelled_by_an_agent(made: Appointment, ledger: Ledger) -> bool:
    return ledger.meddled_with(made.appointment_id, "cancelled") or ledger.meddled_with(made.prospect_id, "booked by hand")
