"""A completed self-guided tour has exactly one visit, with the units whose doors its own code opened; others have none."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from sandbox.knock.model import Visit
from sandbox.lock.model import DoorEvent
from tests.campaign.ledger import Ledger
from tests.campaign.truth.differences import Difference
from tests.campaign.truth.ours import Ours, rounded
from tests.campaign.truth.theirs import Theirs
from vendor_app.domain.access import each_unit_once
from vendor_app.domain.communities import unit_key
from vendor_app.domain.prospects import same_person
from vendor_app.domain.tasks import Task
from vendor_app.domain.tours import Status, Tour

_GRACE = timedelta(minutes=5)
_BY_THE_TEAM = "the leasing team, who noted the visit in Knock"


def visits_differ(ours: Ours, theirs: Theirs, ledger: Ledger) -> Iterator[Difference]:
    """Visits that are missing, too many, nobody's, or not of what happened at the doors."""
    found: dict[str, list[Visit]] = defaultdict(list)
    for visit in theirs.visits:
        owner = ours.appointments.get(visit.appointment_id or "")
        if owner is None:
            yield Difference("visits", f"visit {visit.visit_id}", f"of appointment {visit.appointment_id} is no tour's")
        else:
            found[owner["tour_id"]].append(visit)
    for tour in ours.tours.values():
        expected, visits = int(has_visit(ours, theirs, ledger, tour)), found[tour.tour_id]
        if len(visits) != expected:
            yield Difference("visits", tour.tour_id, f"is {tour.status} and has {len(visits)} visits instead of {expected}")
        for visit in visits[:expected]:
            for what in _wrong(ours, theirs, tour, visit):
                yield Difference("visits", tour.tour_id, what)
        if what := _unheard(ours, theirs, tour):
            yield Difference("visits", tour.tour_id, what)


def has_visit(ours: Ours, theirs: Theirs, ledger: Ledger, tour: Tour) -> bool:
    """Whether Knock must have a visit of ours for it. One that a person is asked to post is for the tasks to explain."""
    by_team = any(line["by"] == _BY_THE_TEAM for line in ours.lines(tour.tour_id, "tour.completed"))
    by_hand = any(one.what is Task.POST_VISIT and one.tour_id == tour.tour_id for one in ours.tasks)
    is_ours = tour.status is Status.COMPLETED and tour.is_self_guided
    return is_ours and not by_team and not by_hand and not _looks_posted(ours, theirs, ledger, tour)


def _looks_posted(ours: Ours, theirs: Theirs, ledger: Ledger, tour: Tour) -> bool:
    """Its answer was lost, it was not made, and an agent marked the appointment as visited: from outside that looks the same."""
    told = any("learnedFrom" in line for line in ours.lines(tour.tour_id, "knock.visit_posted"))
    made = any(one.appointment_id == tour.appointment_id for one in theirs.visits)
    return told and not made and ledger.meddled_with(tour.appointment_id or "", "visited")


def _wrong(ours: Ours, theirs: Theirs, tour: Tour, visit: Visit) -> Iterator[str]:
    if visit.source_title != tour.source_title:
        yield f"its visit's source title is {visit.source_title!r}"
    card = theirs.prospects[visit.prospect_id]
    if not visit.is_self_guided or not same_person(tour.profile, card.email, card.phone):
        yield "its visit is not self-guided, or somebody else's"
    if not tour.opens_at - _GRACE <= visit.visit_time <= tour.closes_at + _GRACE:
        yield f"its visit was at {visit.visit_time}, outside its window"
    told_late = {unit_key(line["unitName"]) for line in ours.lines(tour.tour_id, "visit.unit_not_reported")}
    entered = each_unit_once(unit for one in entries(ours, theirs, tour) if (unit := unit_of(one)))
    expected = [unit for unit in entered if unit_key(unit) not in told_late]
    if visit.unit_names != expected:
        yield f"its visit names {visit.unit_names}, and its code opened {entered} ({sorted(told_late)} told late)"


def _unheard(ours: Ours, theirs: Theirs, tour: Tour) -> str:
    """A door that was opened makes a visit, or a person is told why not."""
    closed = {one.grant_id for one in ours.grants.get(tour.tour_id, ()) if one.closed_at is not None}
    for one in _openings(ours, theirs, tour):
        named = f"its code opened {one.door} at {one.occurred_at:%H:%M:%S}"
        if not _is_uncounted(ours, tour, one):
            if tour.status not in (Status.COMPLETED, Status.IN_PROGRESS):
                return f"{named}, and it is {tour.status}"
        elif one.grant_id not in closed:
            return f"{named}, which does not count, and its grant was never closed"
        elif {"task": Task.SEE_WHO_OPENED} not in ours.lines(tour.tour_id, "task.opened"):
            return f"{named}, which does not count, and nobody was told"
    return ""


def entries(ours: Ours, theirs: Theirs, tour: Tour) -> list[DoorEvent]:
    """The doors that the tour's own code has opened in its own time, but for those that do not count."""
    return [one for one in _openings(ours, theirs, tour) if not _is_uncounted(ours, tour, one)]


def unit_of(opened: DoorEvent) -> str | None:
    """The unit behind a door, as the sandbox names its doors."""
    return opened.door.removeprefix("Apartment ") if opened.door.startswith("Apartment ") else None


def _openings(ours: Ours, theirs: Theirs, tour: Tour) -> list[DoorEvent]:
    """Not those with the code of a time that the tour has moved away from."""
    grants = ours.grants.get(tour.tour_id, ())
    own = {one.grant_id for one in grants if (one.opens_at, one.closes_at) == (tour.opens_at, tour.closes_at)}
    return [one for one in theirs.opened if one.grant_id in own]


def _is_uncounted(ours: Ours, tour: Tour, opened: DoorEvent) -> bool:
    return rounded(opened.occurred_at) in ours.uncounted.get(tour.tour_id, ())
