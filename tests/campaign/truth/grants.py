"""Access is ready exactly when the lock holds that live code, and a tour that is over holds none."""

from collections import defaultdict
from collections.abc import Iterator

from tests.campaign.truth.differences import Difference
from tests.campaign.truth.ours import Ours
from tests.campaign.truth.theirs import Held, Theirs
from vendor_app.domain.access import AccessGrant, AccessState


def grants_differ(ours: Ours, theirs: Theirs) -> Iterator[Difference]:
    """What opens doors and must not, or does not and should."""
    known = {one.grant_id: one for found in ours.grants.values() for one in found}
    held: dict[str, list[Held]] = defaultdict(list)
    for one in theirs.held:
        held[one.grant_id].append(one)
    for grant_id, stands in held.items():
        if problem := _must_not_stand(ours, known.get(grant_id), stands):
            grant = known.get(grant_id)
            yield Difference("grants", grant.tour_id if grant else grant_id, f"{grant_id} {problem}")
    for tour in ours.live:
        for grant in ours.grants.get(tour.tour_id, ()):
            if problem := _not_as_said(ours, grant, held[grant.grant_id]):
                yield Difference("grants", tour.tour_id, f"{grant.grant_id} {problem}")


def _must_not_stand(ours: Ours, grant: AccessGrant | None, stands: list[Held]) -> str:
    if grant is None:
        return "stands at a lock, and we do not know it"
    what = "opens doors" if any(one.code for one in stands) else "stands at the lock"
    if grant.tour_id not in {tour.tour_id for tour in ours.live}:
        return f"{what}, and its tour is {ours.tours[grant.tour_id].status}"
    return f"{what}, and is closed" if grant.state is AccessState.CLOSED else ""


def _not_as_said(ours: Ours, grant: AccessGrant, stands: list[Held]) -> str:
    """What is wrong with a grant of a live tour, beside standing after it was closed."""
    live = [one for one in stands if one.code]
    if grant.state is AccessState.READY and [one.code for one in live] != [ours.codes[grant.grant_id]]:
        return f"is ready, and the lock holds {len(live)} live codes, or another one"
    if grant.state in (AccessState.PENDING, AccessState.FAILED) and live:
        return f"is {grant.state}, and the lock holds its live code"
    if grant.state is AccessState.READY and (live[0].opens_at, live[0].closes_at) != (grant.opens_at, grant.closes_at):
        return "has another window at the lock"
    tour = ours.tours[grant.tour_id]
    if grant.state is AccessState.READY and (grant.opens_at, grant.closes_at) != (tour.opens_at, tour.closes_at):
        return "is ready for another window than the tour's"
    return ""
