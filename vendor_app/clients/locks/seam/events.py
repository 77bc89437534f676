"""Translates Seam's events. Events about a grant name it by our own id, door events name only the device."""

from collections.abc import Mapping
from typing import Any

from schemas.pins import redacted
from vendor_app.clients.locks.interface import LockEvent, Webhook
from vendor_app.clients.locks.seam.answers import SeamEvent
from vendor_app.domain.access import KEYCODE_OF_OTHERS, REMOTE_BY_OTHERS
from vendor_app.signatures import SVIX

_TYPES = {
    "lock.unlocked": "access.door_unlocked",
    "lock.access_denied": "access.denied",
    "access_method.issued": "access.credential_ready",
    "access_grant.could_not_create_requested_access_methods": "access.credential_failed",
}
_OURS = frozenset({"keycode"})
_REMOTE = frozenset({"remote", "seamapi"})


def _read(event: Mapping[str, Any], raw: Mapping[str, Any]) -> LockEvent:
    return LockEvent(
        type=_TYPES.get(event["event_type"], f"seam.{event['event_type']}"),
        occurred_at=event["occurred_at"],
        payload=redacted(raw),
        grant_keys=event["access_grant_keys"],
        references=event["access_grant_ids"],
        device=event["device_id"],
        method=event["method"],
        code=event["code"],
    )


def _proof(method: str | None, payload: Mapping[str, Any]) -> str | None:
    """A code is the prospect's own if Seam manages it; None where Seam does not say: then it is if they had checked in.

    A remote opening is never the prospect's, for we ask for none.
    """
    how = (method or "unknown").lower()
    if how in _REMOTE:
        return REMOTE_BY_OTHERS
    is_managed = payload.get("access_code_is_managed")
    if how not in _OURS or is_managed:
        return how
    return None if is_managed is None else KEYCODE_OF_OTHERS


WEBHOOK = Webhook(path="/webhooks/seam", signed_by=SVIX, id_prefix="seam:", schema=SeamEvent(), read=_read, proof=_proof)
