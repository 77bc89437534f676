"""Requests to Knock and its answers as dataclasses. Times are aware; ids are text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vendor_app.domain import TourType


@dataclass(frozen=True, kw_only=True)
class KnockCommunity:
    """A node of `GET /communities` (Scheduling API); the inner shapes of address and geolocation are unknown and kept."""

    community_id: str
    community_name: str | None = None
    address: Any = None
    geolocation: Any = None
    company_name: str | None = None
    in_person_tours_enabled: bool | None = None
    live_video_tours_enabled: bool | None = None


@dataclass(frozen=True, kw_only=True)
class AppointmentRequest:
    """A tour to be booked. `profile` is Knock's own, camelCase. `source_title` goes out verbatim, or not at all when it is None.

    Self-guided tours need an `end`; for the others Knock has its own.
    """

    community_id: str
    tour_type: TourType
    profile: Mapping[str, Any]
    start: datetime
    end: datetime | None
    sms_consent: bool
    source_title: str | None


@dataclass(frozen=True, kw_only=True)
class BookedAppointment:
    """What Knock answers to a booking (Scheduling API). Most answers do not name the prospect; `ends_at` is Knock's own end.

    Only CONFIRMED is booked; any other status is for the property to decide, and a notice will tell.
    """

    appointment_id: str
    prospect_id: str | None = None
    ends_at: datetime | None = None
    status: str = "CONFIRMED"

    @property
    def is_confirmed(self) -> bool:
        """Whether it stands in Knock's calendar."""
        return self.status == "CONFIRMED"


@dataclass(frozen=True, kw_only=True)
class KnockProspect:
    """A guest card (Get Prospect), as far as it matters to a tour."""

    prospect_id: str
    community_id: str | None
    email: str | None
    phone: str | None
    is_deleted: bool
    not_prospect: bool
    sms_consent: bool | None
    status: str | None


@dataclass(frozen=True, kw_only=True)
class CreatedAppointment:
    """The `data` of an APPOINTMENT_CREATED event (Prospect Events). It does not name the appointment."""

    starts_at: datetime
    ends_at: datetime | None
    status: str
    tour_type: str | None


@dataclass(frozen=True, kw_only=True)
class ProspectEvent:
    """One event of a prospect (Prospect Events); `appointment` is there when it is an APPOINTMENT_CREATED."""

    type: str
    description: str | None
    occurred_at: datetime
    created_at: datetime
    source_title: str | None
    agent: str | None
    detail: dict[str, Any] = field(default_factory=dict)
    appointment: CreatedAppointment | None = None
