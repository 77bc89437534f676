"""The paths that are measured in answers a second: a row each."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.stage import asks
from bench.stage.asks import COMMUNITY, Ask, Known


@dataclass(frozen=True)
class Path:
    """A path: what is asked, by number; how many requests a turn, each sent once (0: the same again and again); the goal.

    `partner` is the path at the partners that is asked between the first transaction and the second.
    """

    name: str
    goal: float
    ask: Callable[[Known, int], Ask]
    each_once: int = 0
    partner: str = ""


PATHS = (
    Path("times", 0.7, lambda _, __: asks.times(COMMUNITY)),
    Path("book-page", 0.5, lambda known, _: Ask("GET", f"/book/{known.arrival_id}")),
    Path("tour-page", 0.5, lambda known, _: Ask("GET", f"/tour/{known.token}")),
    Path("tour-json", 0.6, lambda known, _: asks.tour(known)),
    Path("doorway", 0.8, lambda _, number: asks.doorway(number), each_once=3000),
    Path("booking", 0.6, asks.booking, each_once=800, partner="/knock/appointment/request"),
    Path("webhook-knock", 0.8, asks.notice, each_once=3000),
    Path("webhook-access", 0.8, lambda known, number: asks.callback(known.tour_id, number), each_once=3000),
)
