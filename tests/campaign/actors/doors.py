"""The doors of the sandbox's properties, whichever lock system they have."""

from sandbox import Sandbox
from tests.campaign.communities import BY_SEAM
from tests.campaign.ledger import Ledger


class Doors:
    """What is typed at them, the sandbox's lock systems remember themselves."""

    def __init__(self, sandbox: Sandbox, ledger: Ledger) -> None:
        self._sandbox, self._ledger = sandbox, ledger

    def open(self, community_id: str, door: str, code: str) -> bool:
        """Somebody types a code."""
        if community_id != BY_SEAM:
            return self._sandbox.lock.type_code(community_id, door, code)
        device = self._sandbox.seam.device_at(community_id, door)
        return device is not None and self._sandbox.seam.type_code(device.device_id, code)

    def leave(self, tour_id: str) -> None:
        """The building tells that whoever came for this tour has left."""
        with self._sandbox.memory.lock:
            inside = [one.grant_id for one in self._sandbox.lock.grants.values() if one.tour_id == tour_id and one.inside]
        for grant_id in inside:
            self._sandbox.lock.leave(grant_id)
            self._ledger.meddled("left", grant_id)
