"""Which messages a lane may take up next, so that no partner that hangs holds up those that answer.

A call that has lasted for a moment is stalled, and whom it asks (a partner at one community) is slow until it ends. Slow
recipients have few places of their own; all others share the lane's width, which stalled calls do not use up.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

STALLED_AFTER_SECONDS = 0.5


@dataclass(frozen=True, order=True)
class Recipient:
    """Who has to answer: a partner, about one community."""

    partner: str
    community_id: str


class InFlight:
    """The calls under way in one lane. `now` is in seconds of a clock that never goes back."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._slow_width = max(1, width // 4)
        self._most = 8 * width
        self._calls: dict[Hashable, tuple[Recipient, float]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def share(self) -> int:
        """How many messages a recipient may get at a time."""
        return max(1, self._width // 4)

    @property
    def slow_share(self) -> int:
        """How many a slow one may get at a time."""
        return max(1, self._width // 16)

    def start(self, call: Hashable, recipient: Recipient, now: float) -> None:
        """A call begins."""
        self._calls[call] = (recipient, now)

    def end(self, call: Hashable) -> None:
        """It has ended, however."""
        del self._calls[call]

    def slow(self, now: float) -> frozenset[Recipient]:
        """Who has not answered for a moment."""
        return frozenset(who for who, since in self._calls.values() if _is_stalled(since, now))

    def full(self) -> frozenset[str]:
        """Partners that have half of all places there are: they get no more before they answer some."""
        held = Counter(who.partner for who, _ in self._calls.values())
        return frozenset(partner for partner, calls in held.items() if calls >= self._most // 2)

    def room(self, now: float) -> int:
        """How many messages may begin for recipients that are not slow."""
        slow = self.slow(now)
        return self._bounded(self._width - sum(who not in slow for who, _ in self._calls.values()))

    def slow_room(self, now: float) -> int:
        """How many may begin for slow ones."""
        slow = self.slow(now)
        fresh = sum(who in slow and not _is_stalled(since, now) for who, since in self._calls.values())
        return self._bounded(self._slow_width - fresh)

    def _bounded(self, free: int) -> int:
        return max(0, min(free, self._most - len(self._calls)))


def _is_stalled(since: float, now: float) -> bool:
    return now - since >= STALLED_AFTER_SECONDS
