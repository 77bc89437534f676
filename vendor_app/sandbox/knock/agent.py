"""What a leasing agent does in Knock, on the sandbox's pages and in tests."""

from dataclasses import replace

from vendor_app.sandbox.knock.model import Appointment, Prospect, Status, TourType
from vendor_app.sandbox.knock.state import Knock
from vendor_app.sandbox.memory import Memory
from vendor_app.sandbox.times import Clock


class Agent:
    """Ids that do not exist raise KeyError; the vendor hears of appointments, and of nothing else."""

    def __init__(self, knock: Knock, memory: Memory, clock: Clock) -> None:
        self._knock, self._memory, self._clock = knock, memory, clock

    def cancel(self, appointment_id: str) -> Appointment:
        """The property calls the tour off."""
        return self._knock.set_status(appointment_id, Status.CANCELLED)

    def no_show(self, appointment_id: str) -> Appointment:
        """The prospect did not come."""
        return self._knock.set_status(appointment_id, Status.NO_SHOW)

    def delete(self, prospect_id: str) -> Prospect:
        """`isDeleted` from now on."""
        return self._mark(prospect_id, is_deleted=True)

    def not_a_prospect(self, prospect_id: str) -> Prospect:
        """`notProspect` from now on: a resident, a vendor, a wrong number."""
        return self._mark(prospect_id, not_prospect=True)

    def remove(self, community_id: str) -> None:
        """The vendor's keys no longer see this community."""
        self._list(community_id, False)

    def restore(self, community_id: str) -> None:
        """They see it again."""
        self._list(community_id, True)

    def toggle(self, community_id: str, tour_type: TourType) -> None:
        """Tour types "can be toggled at any time" (Scheduling API)."""
        with self._memory.change():
            now = set(self._knock.communities[community_id].tour_types) ^ {tour_type}
            self._knock.communities[community_id].tour_types = [one for one in TourType if one in now]

    def _mark(self, prospect_id: str, *, is_deleted: bool = False, not_prospect: bool = False) -> Prospect:
        with self._memory.change():
            before = self._knock.prospects[prospect_id]
            after = replace(
                before,
                is_deleted=before.is_deleted or is_deleted,
                not_prospect=before.not_prospect or not_prospect,
                updated_at=self._clock(),
            )
            self._knock.prospects[prospect_id] = after
            return after

    def _list(self, community_id: str, listed: bool) -> None:
        with self._memory.change():
            self._knock.communities[community_id].listed = listed
