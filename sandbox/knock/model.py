"""What Knock keeps: communities, prospects with their events, appointments and visits."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class TourType(StrEnum):
    """Scheduling API, "Variable Definitions"; Self-Guided Appointment API, step 3."""

    IN_PERSON = "IN_PERSON"
    LIVE_VIDEO = "LIVE_VIDEO"
    SELF_GUIDED = "SELF_GUIDED"


class Status(StrEnum):
    """Scheduling API, "Appointment Statuses"; and one for what an office looks at by hand first, which is not documented."""

    REQUESTED = "REQUESTED"
    CONFIRMED = "CONFIRMED"
    VISITED = "VISITED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


DOCUMENTED = (Status.CONFIRMED, Status.VISITED, Status.CANCELLED, Status.NO_SHOW)


@dataclass
class Community:
    """A property. `offered` replaces the usual calendar; when not `listed`, the vendor's keys cannot see it.

    `at_once`: how many self-guided tours its calendar takes at the same time.
    """

    community_id: str
    name: str
    company: str
    address: dict[str, str]
    geolocation: dict[str, float]
    time_zone: str
    units: list[str]
    tour_types: list[TourType] = field(default_factory=lambda: list(TourType))
    listed: bool = True
    offered: list[datetime] | None = None
    at_once: int = 1

    def __post_init__(self) -> None:
        self.tour_types = [TourType(one) for one in self.tour_types]


@dataclass
class Event:
    """One line of a prospect's history. Knock does not say in it which appointment it is about."""

    type: str
    description: str
    event_time: datetime
    source_title: str | None
    details: dict[str, Any]


@dataclass
class Prospect:
    """A guest card. `profile` holds the optional answers, named and written as on the wire."""

    prospect_id: str
    community_id: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    source_title: str | None
    sms_consent: bool
    profile: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    is_deleted: bool = False
    not_prospect: bool = False
    status: str = "new"
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.events = [Event(**one) if isinstance(one, dict) else one for one in self.events]


@dataclass
class Appointment:
    """A tour on the calendar. `source_title` is kept exactly as it came."""

    appointment_id: str
    prospect_id: str
    community_id: str
    start: datetime
    end: datetime
    tour_type: TourType
    source_title: str | None
    status: Status = Status.CONFIRMED

    def __post_init__(self) -> None:
        self.tour_type, self.status = TourType(self.tour_type), Status(self.status)


@dataclass
class Visit:
    """A tour that took place. `unit_names` is what the vendor sent, `units` those of them the community has."""

    visit_id: str
    prospect_id: str
    appointment_id: str | None
    visit_time: datetime
    is_self_guided: bool
    source_title: str | None
    unit_names: list[str]
    units: list[str]
