"""What a campaign is to be like. Everything random in it comes from its seed; only the timing is the machine's."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`faults`: the chance that a partner's call goes wrong. `people`: how many prospects are about at once.

    `seconds` is how long people come, `patience` how long it then waits at most for everything to converge.
    """

    engine: str
    seed: int
    seconds: float
    faults: float = 0.2
    kills: int = 0
    people: int = 10
    patience: float = 420.0

    def dice(self, name: str) -> random.Random:
        """One actor's own chances, the same in each campaign with this seed."""
        return random.Random(f"{self.seed}/{name}")

    def __str__(self) -> str:
        return (
            f"{self.engine}: seed {self.seed}, {self.seconds:.0f} s, {self.faults:.0%} faults, {self.kills} kills, "
            f"{self.people} people at once"
        )
