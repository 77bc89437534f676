"""How many messages a lane may claim next, and for whom, so that a partner that hangs does not hold up the others.

A call that has lasted half a second is stalled, and its recipient (a partner about one community) is slow until it ends. Slow
recipients have a few places of their own; all others share the lane's width, which stalled calls do not use up.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, replace

STALLED_AFTER_SECONDS = 0.5


@dataclass(frozen=True, order=True)
class Recipient:
    """Who has to answer: a partner, about one community."""

    partner: str
    community_id: str


@dataclass(frozen=True, kw_only=True)
class Places:
    """How many messages may begin now: `most`, and for each recipient `share` of them.

    `among` names the only recipients that may get any, `besides` and `besides_partners` those that may not.
    """

    most: int = 1
    share: int = 1
    among: frozenset[Recipient] | None = None
    besides: frozenset[Recipient] = frozenset()
    besides_partners: frozenset[str] = frozenset()


class InFlight:
    """The calls under way in one lane. `now` is in seconds of a clock that never goes back."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._most = 8 * width
        self._calls: dict[Hashable, tuple[Recipient, float]] = {}

    def start(self, call: Hashable, recipient: Recipient, now: float) -> None:
        """A call begins."""
        self._calls[call] = (recipient, now)

    def end(self, call: Hashable) -> None:
        """It has ended, however."""
        del self._calls[call]

    def free(self, now: float) -> list[Places]:
        """The places left: the lane's for recipients that are not slow, and the few that slow ones have of their own."""
        stalled = {call for call, (_, since) in self._calls.items() if now - since >= STALLED_AFTER_SECONDS}
        slow = frozenset(self._calls[call][0] for call in stalled)
        taken_by_others = sum(who not in slow for who, _ in self._calls.values())
        taken_by_slow = len(self._calls) - len(stalled) - taken_by_others
        room = self._places(self._width, taken_by_others)
        slow_room = self._places(self._width // 4, taken_by_slow)
        full = self._full()
        places = [
            replace(room, besides=slow, besides_partners=full),
            replace(slow_room, among=slow, besides_partners=full),
        ]
        return [one for one in places if one.most > 0 and one.among != frozenset()]

    def _places(self, width: int, taken: int) -> Places:
        """The free ones of `width` places, `taken` of which are in use; one recipient may have a quarter of them."""
        free = min(max(1, width) - taken, self._most - len(self._calls))
        return Places(most=free, share=max(1, width // 4))

    def _full(self) -> frozenset[str]:
        """Partners that hold half of all places: they get no more until some of their calls end."""
        held = Counter(who.partner for who, _ in self._calls.values())
        return frozenset(partner for partner, calls in held.items() if calls >= self._most // 2)
