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
    CLAIM_APPOINTMENT = "claim_appointment"
    CONFIRM_CANCELLATION = "confirm_cancellation"
    CANCEL_APPOINTMENT = "cancel_appointment"
    POST_VISIT = "post_visit"
    GRANT_ACCESS = "grant_access"
    READ_ACCESS = "read_access"
    REVOKE_ACCESS = "revoke_access"
    SEND_CODE = "send_code"
    TELL_PROSPECT = "tell_prospect"


class Lane(StrEnum):
    """Which job sends the message, with workers of its own. Lanes do not order messages: WAITS_FOR does."""

    KNOCK = "knock"
    NOTICES = "notices"  # what waits for notices from Knock, or finds the tour of one
    ACCESS = "access"
    READINGS = "readings"
    REVOCATIONS = "revocations"
    MAIL = "mail"


LANE_OF = {
    Kind.BOOK_APPOINTMENT: Lane.KNOCK,
    Kind.RESCHEDULE: Lane.KNOCK,
    Kind.FIND_APPOINTMENT: Lane.NOTICES,
    Kind.CLAIM_APPOINTMENT: Lane.NOTICES,
    Kind.CONFIRM_CANCELLATION: Lane.NOTICES,
    Kind.CANCEL_APPOINTMENT: Lane.KNOCK,
    Kind.POST_VISIT: Lane.KNOCK,
    Kind.GRANT_ACCESS: Lane.ACCESS,
    Kind.READ_ACCESS: Lane.READINGS,
    Kind.REVOKE_ACCESS: Lane.REVOCATIONS,
    Kind.SEND_CODE: Lane.MAIL,
    Kind.TELL_PROSPECT: Lane.MAIL,
}


_NOTHING = frozenset[Kind]()
_ASKING_FOR_A_TIME = frozenset({Kind.BOOK_APPOINTMENT, Kind.RESCHEDULE})

WAITS_FOR: dict[Kind, frozenset[Kind]] = {
    Kind.BOOK_APPOINTMENT: _ASKING_FOR_A_TIME,
    Kind.RESCHEDULE: _ASKING_FOR_A_TIME,
    Kind.FIND_APPOINTMENT: _NOTHING,
    Kind.CLAIM_APPOINTMENT: _NOTHING,
    Kind.CONFIRM_CANCELLATION: _NOTHING,
    Kind.CANCEL_APPOINTMENT: _NOTHING,  # it makes others pointless
    Kind.POST_VISIT: _ASKING_FOR_A_TIME | {Kind.POST_VISIT},
    Kind.GRANT_ACCESS: _NOTHING,
    Kind.READ_ACCESS: _NOTHING,
    Kind.REVOKE_ACCESS: _NOTHING,  # it makes others pointless
    Kind.SEND_CODE: frozenset({Kind.SEND_CODE}),  # else both would send the same code
    Kind.TELL_PROSPECT: _NOTHING,
}
"""A message waits for its tour's pending messages of these kinds: those written before it, due or not, and those being sent."""


REFUSALS, WAITS = "refusals", "waits"
"""Keys under which the outbox counts in a message's payload."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A claimed message: ours until the lease it carries runs out. `subject_id` is the tour's id.

    `partner` and `community_id` say who has to answer it; see in_flight.py.
    """

    id: int
    kind: Kind
    subject_id: str
    partner: str
    community_id: str
    payload: dict[str, Any]
    attempts: int
    lease_token: str
    created_at: datetime

    @property
    def refusals(self) -> int:
        """How often its partner has refused it so far."""
        return int(self.payload.get(REFUSALS, 0))

    @property
    def waits(self) -> int:
        """How often it was only postponed until something happens so far."""
        return int(self.payload.get(WAITS, 0))

    @property
    def tries(self) -> int:
        """How often it was tried, this time included; waiting is no try."""
        return self.attempts - self.waits
