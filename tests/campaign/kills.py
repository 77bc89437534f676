"""Kills processes with SIGKILL at random moments and starts them again."""

import random
import threading
import time
from collections.abc import Sequence

from tests.campaign.plan import Plan
from tests.campaign.process import Process

# What a killed worker had claimed is free again after 90 seconds: a campaign ends its kills before it ends itself, a short one
# at half-time.
_WITHOUT_KILLS = 0.5
_LONGEST_WITHOUT_KILLS = 90.0


def moments_of_kills(plan: Plan, dice: random.Random) -> list[float]:
    """So many seconds from the beginning."""
    last = plan.seconds - min(plan.seconds * _WITHOUT_KILLS, _LONGEST_WITHOUT_KILLS)
    return sorted(dice.uniform(0, last) for _ in range(plan.kills))


def kill_at_random(processes: Sequence[Process], plan: Plan, over: threading.Event) -> None:
    """Kill one of them at each moment, whatever it is doing, and start it again at once."""
    dice, began = plan.dice("kills"), time.monotonic()
    for moment in moments_of_kills(plan, dice):
        over.wait(max(0.0, began + moment - time.monotonic()))
        dice.choice(processes).kill_and_start()
