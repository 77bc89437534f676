"""The one seam to lock systems: what the use cases ask of each, whoever made it.

Every adapter raises the family of clients/errors.py, states its abilities, and takes each call again without harm: the
grant's id, which is ours, is its key everywhere. Codes and links never stand in a repr, an error or a log.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.domain.partners.locks import Credential, LockAbilities

__all__ = ["CannotDo", "Credential", "GrantReading", "GrantRequest", "GrantState", "Granted", "LockAbilities", "LockSystem"]


class CannotDo(Refused):
    """Asked for what the abilities say it cannot do. It is final, and nothing was sent."""

    is_final = True

    def __init__(self, call: str, what: str) -> None:
        PartnerError.__init__(self, call, f"this lock system cannot {what}")
        self.said = self.message
        self.status = 0
        self.code = None


@dataclass(frozen=True, kw_only=True)
class GrantRequest:
    """Which doors shall open, when and for whom.

    `unit_names` and `devices` name the same doors in two ways, and each lock system takes the way it knows. No `unit_names`:
    the community's tour route.
    """

    grant_id: str
    tour_id: str
    community_id: str
    starts_at: datetime
    ends_at: datetime
    unit_names: list[str]
    devices: list[str]
    first_name: str
    last_name: str
    credential: Credential = Credential.CODE


@dataclass(frozen=True, kw_only=True)
class Granted:
    """A lock system took a request. `reference` is its own id; without code and link it calls back, or can be read."""

    reference: str | None = None
    code: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)


class GrantState(StrEnum):
    """How far a grant is. FAILED: it will not open every door any more. GONE: there is no such grant."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class GrantReading:
    """A grant as the lock system has it: code or link once it is READY, `problem` (codes of errors) when it FAILED."""

    state: GrantState
    code: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    problem: str = ""


class LockSystem(Protocol):
    """Opens doors for a time. `reference` is what `grant` returned, None when that answer never came."""

    abilities: LockAbilities

    def grant(self, request: GrantRequest, now: datetime) -> Granted:
        """Have the doors opened; asked again, the same grant."""
        ...

    def revoke(self, grant_id: str, reference: str | None, now: datetime) -> bool:
        """Take the grant back; True once nothing opens with it any more, False while that is still being done.

        Refused with `is_gone` when the lock system knows of no such grant: it opens nothing as yet.
        """
        ...

    def check(self, now: datetime) -> None:
        """Find out, changing nothing, whether it answers and takes our key. Raises PartnerError when not."""
        ...

    def change_times(self, grant_id: str, reference: str | None, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
        """Move the window. CannotDo without that ability; Refused when there is no such grant."""
        ...

    def read(self, grant_id: str, reference: str | None, now: datetime) -> GrantReading:
        """How the grant is doing. CannotDo without that ability."""
        ...
