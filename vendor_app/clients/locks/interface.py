"""The interface to lock systems: the calls that use cases make, and the events that come back.

Every adapter raises the errors of clients/errors.py, states its abilities, and may be called again without harm: our grant id
is the key of a grant everywhere. Codes and links never stand in a repr, an error or a log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from marshmallow import Schema

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.clients.watch import PartnerWatch
from vendor_app.domain import Credential, LockAbilities


class CannotDo(Refused):
    """The lock system was asked for what its abilities exclude; nothing was sent, and asking again is useless."""

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
    """The lock system accepted a request. `reference` is its own id; without code and link it calls back, or can be read."""

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
        """Ask for the grant; asking again makes no second one."""
        ...

    def revoke(self, grant_id: str, reference: str | None, now: datetime) -> bool:
        """Take the grant back; True once nothing opens with it any more, False while that is still being done.

        Refused with `is_gone` when the lock system knows of no such grant: it opens nothing as yet.
        """
        ...

    def check(self, now: datetime) -> None:
        """Check that the lock system answers and accepts our key, changing nothing. Raises PartnerError when not."""
        ...

    def read(self, grant_id: str, reference: str | None, now: datetime) -> GrantReading:
        """The grant's present state. Raises CannotDo without the ability `reads_state`."""
        ...


@dataclass(frozen=True, kw_only=True)
class LockEvent:
    """An event of a lock system's, translated into our types (docs/access.md).

    It is about our grant `grant_id`, or the first of `grant_keys` that is one of ours, or of `references`, the lock system's own
    ids; or about the tour `tour_id`; or happened at a `device`. `payload` is what is stored of it, without codes.
    """

    type: str
    occurred_at: datetime | None
    payload: dict[str, Any]
    tour_id: str | None = None
    grant_id: str | None = None
    grant_keys: Sequence[str] = ()
    references: Sequence[str] = ()
    door: str | None = None
    unit_name: str | None = None
    device: str | None = None
    method: str | None = None
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """How a lock system's events reach us: at `path`, signed with headers that begin with `signed_by` (signatures.py).

    `schema` loads a body; `read` makes the event of what was loaded and of the JSON as it came. `id_prefix` keeps its message ids
    apart from other lock systems'. `proof` turns a method and a payload into a method of ours (domain/access.py), or None where
    the opening counts only if the prospect had checked in; without it `read` gives a method of ours already.
    """

    path: str
    signed_by: str
    id_prefix: str
    schema: Schema
    read: Callable[[Mapping[str, Any], Mapping[str, Any]], LockEvent]
    proof: Callable[[str | None, Mapping[str, Any]], str | None] | None = None


@dataclass(frozen=True, kw_only=True)
class LockVendor:
    """A make of lock systems: `connect` takes its address, our key there, the timeout of a call, and the watch."""

    connect: Callable[[str, str, timedelta, PartnerWatch], LockSystem]
    abilities: LockAbilities
    webhook: Webhook
