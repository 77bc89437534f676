"""Both sides beside each other."""

from dataclasses import dataclass
from datetime import datetime

from tests.campaign.ledger import Ledger
from tests.campaign.truth.appointments import appointments_differ, held
from tests.campaign.truth.differences import Difference
from tests.campaign.truth.grants import grants_differ
from tests.campaign.truth.ours import Ours, due
from tests.campaign.truth.tasks import Evidence, Leftover, leftovers
from tests.campaign.truth.theirs import Theirs
from tests.campaign.truth.tours import tours_differ
from tests.campaign.truth.visits import has_visit, visits_differ
from vendor_app.domain.access import AccessState
from vendor_app.store.engine.database import Row

ROWS = ("tours", "appointments", "grants", "visits", "doors", "slots", "answers", "processes", "campaign")


@dataclass(frozen=True)
class Comparison:
    """`counts`: how many there are, ours and theirs, by row. `due`: what is not sent yet though it could be.

    `seen`: the differences that were seen at some moment, which no waiting takes back.
    """

    ours: Ours
    theirs: Theirs
    counts: dict[str, tuple[int, int]]
    differences: list[Difference]
    leftovers: list[Leftover]
    due: list[Row]
    seen: set[Difference]

    @property
    def unexplained(self) -> list[Leftover]:
        """Tasks and dead messages that the campaign cannot explain."""
        return [one for one in self.leftovers if not one.why]

    @property
    def is_settled(self) -> bool:
        """Nothing differs, and nothing is under way."""
        return self.is_at_rest and not self.differences

    @property
    def is_at_rest(self) -> bool:
        """Nothing is under way, and nothing differs that time could still mend."""
        return not (set(self.differences) - self.seen or self.unexplained or self.due or self.ours.waiting)


def compare(ours: Ours, theirs: Theirs, ledger: Ledger, now: datetime) -> Comparison:
    """Where they differ, and what is left over."""
    found = [
        *tours_differ(ours, ledger),
        *appointments_differ(ours, theirs, ledger),
        *grants_differ(ours, theirs),
        *visits_differ(ours, theirs, ledger),
    ]
    seen = {Difference(*one) for one in list(ledger.wrong)}
    counts = {
        "tours": (sum(one in ours.tours for one in ledger.booked), len(ledger.booked)),
        "appointments": (len(ours.live), held(ours, theirs, ledger)),
        "grants": (
            sum(one.state is AccessState.READY for tour in ours.live for one in ours.grants.get(tour.tour_id, ())),
            sum(one.code is not None for one in theirs.held),
        ),
        "visits": (sum(has_visit(ours, theirs, ledger, one) for one in ours.tours.values()), len(theirs.visits)),
    }
    left = list(leftovers(Evidence(ours, theirs, ledger)))
    return Comparison(ours, theirs, counts, sorted({*found, *seen}), left, due(ours, now), seen)
