"""Doors, access grants and what happened at the doors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Door:
    """`unit_name` is None for doors that belong to no apartment."""

    name: str
    unit_name: str | None = None


@dataclass
class Grant:
    """A code and what it is good for. `announced`: the vendor was told the code in a callback."""

    grant_id: str
    tour_id: str
    community_id: str
    starts_at: datetime
    ends_at: datetime
    unit_names: list[str]
    first_name: str
    last_name: str
    code: str | None = None
    announced: bool = False
    revoked: bool = False
    inside: bool = False

    def terms(self) -> tuple[Any, ...]:
        """What must not change between two requests for one grant."""
        who = (self.tour_id, self.first_name, self.last_name)
        return (*who, self.community_id, self.starts_at, self.ends_at, sorted(self.unit_names))

    def works(self, now: datetime) -> bool:
        """Whether the code opens anything at this moment."""
        return self.code is not None and not self.revoked and self.starts_at <= now <= self.ends_at


@dataclass(frozen=True)
class DoorEvent:
    """A code that was typed at a door. `holder` and `grant_id` (the vendor's) are empty when the code is nobody's."""

    community_id: str
    door: str
    opened: bool
    holder: str
    occurred_at: datetime
    grant_id: str = ""
