"""The payloads of messages: a dataclass for each kind that has one, a field for each key.

Stored are the keys in camelCase, as `enqueue(…, appointmentId=…)` names them; one that is not declared here is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from vendor_app.domain.delivery.outbox import Kind, Message


@dataclass(frozen=True, kw_only=True)
class Payload:
    """A message's payload. Times are as they are stored, ISO 8601."""

    @classmethod
    def of(cls, message: Message) -> Self:
        """Read from a message. Keys that are no fields are left out: the outbox counts refusals and waits beside them."""
        said = ((one.name, _key(one.name)) for one in fields(cls))
        return cls(**{name: message.payload[key] for name, key in said if key in message.payload})


@dataclass(frozen=True, kw_only=True)
class FindAppointment(Payload):
    """`since`: a cancellation from then on is the tour's own. None: since the message or the tour was written."""

    since: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClaimAppointment(Payload):
    """An appointment that a notice names, its prospect and its start."""

    appointment_id: str
    prospect_id: str
    starts_at: str


@dataclass(frozen=True, kw_only=True)
class ConfirmCancellation(Payload):
    """The appointment that Knock says is cancelled."""

    appointment_id: str


@dataclass(frozen=True, kw_only=True)
class CancelAppointment(Payload):
    """`appointment_id` None: a notice has to name it. `starts_at`: if it is not the tour's own time.

    `beside`: another one stands at the tour's time too, and Knock's notice will say which of them it cancelled.
    """

    appointment_id: str | None
    starts_at: str | None = None
    beside: bool = False


@dataclass(frozen=True, kw_only=True)
class OneGrant(Payload):
    """The grant that the lock system is asked about."""

    grant_id: str


PAYLOAD_OF: dict[Kind, type[Payload]] = {
    Kind.FIND_APPOINTMENT: FindAppointment,
    Kind.CLAIM_APPOINTMENT: ClaimAppointment,
    Kind.CONFIRM_CANCELLATION: ConfirmCancellation,
    Kind.CANCEL_APPOINTMENT: CancelAppointment,
    Kind.GRANT_ACCESS: OneGrant,
    Kind.READ_ACCESS: OneGrant,
    Kind.REVOKE_ACCESS: OneGrant,
}


def keys_of(kind: Kind) -> frozenset[str]:
    """The keys that messages of this kind may have."""
    return frozenset(_key(one.name) for one in fields(PAYLOAD_OF.get(kind, Payload)))


def checked_payload(kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as a dict. Raises TypeError when it has a key that this kind does not declare."""
    if unknown := payload.keys() - keys_of(kind):
        raise TypeError(f"{kind} does not say {', '.join(sorted(unknown))}")
    return dict(payload)


def _key(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(one.title() for one in rest)
