"""The rules of self-guided tours: dataclasses and pure functions, standard library only, `now` always an argument.

The types that other layers use are imported from here, the functions from their own modules.
"""

from vendor_app.domain.access import AccessGrant, AccessState, Attempt, DoorOpening, NextStep
from vendor_app.domain.cancelling import By, Reason
from vendor_app.domain.communities import Channel, Community, CommunityRules, Door, PropexoRules, Verification
from vendor_app.domain.community_changes import ChangeKind, CommunityChange
from vendor_app.domain.delivery.in_flight import InFlight, Places, Recipient
from vendor_app.domain.delivery.outbox import Kind, Lane, Message
from vendor_app.domain.delivery.payloads import (
    CancelAppointment,
    ClaimAppointment,
    ConfirmCancellation,
    FindAppointment,
    OneGrant,
)
from vendor_app.domain.delivery.retry import RetrySchedule
from vendor_app.domain.partners.known import LOCK_SYSTEMS, LockKind, Partner
from vendor_app.domain.partners.locks import Credential, LockAbilities, LockSettings
from vendor_app.domain.slots import OpenSpans, Rules, Span, Timetable
from vendor_app.domain.tasks import Task
from vendor_app.domain.timing import AccessPeriod, Timing
from vendor_app.domain.tours import HOLDS_SLOT, LIVE, Status, Tour, TourType
from vendor_app.domain.verification import Challenge, CodeCheck

__all__ = [
    "HOLDS_SLOT",
    "LIVE",
    "LOCK_SYSTEMS",
    "AccessGrant",
    "AccessPeriod",
    "AccessState",
    "Attempt",
    "By",
    "CancelAppointment",
    "Challenge",
    "ChangeKind",
    "Channel",
    "ClaimAppointment",
    "CodeCheck",
    "Community",
    "CommunityChange",
    "CommunityRules",
    "ConfirmCancellation",
    "Credential",
    "Door",
    "DoorOpening",
    "FindAppointment",
    "InFlight",
    "Kind",
    "Lane",
    "LockAbilities",
    "LockKind",
    "LockSettings",
    "Message",
    "NextStep",
    "OneGrant",
    "OpenSpans",
    "Partner",
    "Places",
    "PropexoRules",
    "Reason",
    "Recipient",
    "RetrySchedule",
    "Rules",
    "Span",
    "Status",
    "Task",
    "Timetable",
    "Timing",
    "Tour",
    "TourType",
    "Verification",
]
