"""Messages we owe a partner. Written in the transaction that causes them, sent afterwards until they are answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a message asks of a partner."""

    BOOK_APPOINTMENT = "book_appointment"
    RESCHEDULE = "reschedule"
    FIND_APPOINTMENT = "find_appointment"
    CANCEL_APPOINTMENT = "cancel_appointment"
    POST_VISIT = "post_visit"
    GRANT_ACCESS = "grant_access"
    READ_ACCESS = "read_access"
    REVOKE_ACCESS = "revoke_access"
    SEND_CODE = "send_code"
    TELL_PROSPECT = "tell_prospect"


class Lane(StrEnum):
    """Messages of one tour and lane go in order; lanes do not wait for each other."""

    KNOCK = "knock"
    NOTICES = "notices"  # what only waits for a notice of Knock's, for days perhaps
    ACCESS = "access"
    READINGS = "readings"
    REVOCATIONS = "revocations"
    MAIL = "mail"


LANE_OF = {
    Kind.BOOK_APPOINTMENT: Lane.KNOCK,
    Kind.RESCHEDULE: Lane.KNOCK,
    Kind.FIND_APPOINTMENT: Lane.NOTICES,
    Kind.CANCEL_APPOINTMENT: Lane.KNOCK,
    Kind.POST_VISIT: Lane.KNOCK,
    Kind.GRANT_ACCESS: Lane.ACCESS,
    Kind.READ_ACCESS: Lane.READINGS,
    Kind.REVOKE_ACCESS: Lane.REVOCATIONS,
    Kind.SEND_CODE: Lane.MAIL,
    Kind.TELL_PROSPECT: Lane.MAIL,
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """A claimed message: ours until the lease it carries runs out. `subject_id` is the tour's id."""

    id: int
    kind: Kind
    subject_id: str
    payload: dict[str, Any]
    attempts: int
    lease_token: str
    created_at: datetime
