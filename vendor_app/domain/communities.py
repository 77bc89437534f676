"""A community and the rules it is served by: its channel, its lock system, its doors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from vendor_app.domain.partners.known import LockKind
from vendor_app.domain.slots import Rules

NAMELESS = "the community"


@dataclass(frozen=True, kw_only=True)
class Community:
    """A community as Knock listed it last. `gone_at`: not listed since; `switched_off_at`: by an operator."""

    community_id: str
    community_name: str | None
    address: Any
    geolocation: Any
    company_name: str | None
    in_person_tours_enabled: bool | None
    live_video_tours_enabled: bool | None
    switched_off_at: datetime | None
    gone_at: datetime | None
    synced_at: datetime

    @property
    def name(self) -> str:
        """What it is called on pages."""
        return self.community_name or NAMELESS


class Channel(StrEnum):
    """Through whom appointments are booked."""

    KNOCK = "knock"
    PROPEXO = "propexo"


class Verification(StrEnum):
    """What of a prospect must be verified before the code is shown."""

    NONE = "none"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, kw_only=True)
class Door:
    """A door of the lock system's; `unit` None: one that every tour needs, such as an entrance."""

    name: str
    device: str
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class PropexoRules:
    """Propexo's own ids for a community. The enum values are not documented: they are sent only where configured."""

    integration_id: str
    community_id: str
    attribution_id: str
    attributions: Mapping[str, str] = field(default_factory=dict)
    tour_type: str | None = None
    first_contact_type: str | None = None

    def attribution_of(self, source_title: str | None) -> str:
        """The attribution that stands for a source title; the default where the table has none."""
        return self.attributions.get(source_title or "", self.attribution_id)


@dataclass(frozen=True, kw_only=True)
class CommunityRules:
    """Everything an operator decides about a community; `slots` says which times are open.

    `is_lock_stated`: the community's own rules name its lock; otherwise it is the one that the settings connect.
    """

    slots: Rules
    enabled: bool = True
    default_source_title: str | None = None
    channel: Channel = Channel.KNOCK
    lock: LockKind = LockKind.NONE
    is_lock_stated: bool = False
    help_phone: str | None = None
    require_verified: Verification = Verification.NONE
    doors: tuple[Door, ...] = ()
    propexo: PropexoRules | None = None

    @property
    def has_lock(self) -> bool:
        """Whether a lock system opens the doors; without one a tour begins with the prospect's check-in."""
        return self.lock is not LockKind.NONE

    def accepts_events_of(self, lock: str) -> bool:
        """Whether this lock system's events count here: the community's own, or, where its rules name none, an HTTP one."""
        return lock == self.lock or (self.lock is LockKind.NONE and not self.is_lock_stated and lock == LockKind.HTTP)

    def has_unit(self, name: str) -> bool:
        """Whether one of the community's doors has this unit; true where its doors name no units."""
        units = {unit_key(door.unit) for door in self.doors if door.unit is not None}
        return not units or unit_key(name) in units


def unit_key(name: str) -> str:
    """A unit's name for comparing, as Knock does: without case and spaces (Self-Guided API)."""
    return "".join(name.split()).casefold()
