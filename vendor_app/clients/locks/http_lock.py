"""A lock system over the generic contract: signed JSON (Standard Webhooks) to one address.

Both calls are safe to repeat: the lock system knows a grant by our grant id. A repeated grant request has the same message id;
every revocation has a new one, for a receiver that drops repeated ids must act on each.
The contract has units, not devices, and codes only; a grant cannot be read.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from schemas.access import Callback, Failure, GrantAnswer
from vendor_app.clients.errors import Refused
from vendor_app.clients.http import Key, PartnerHttp, Request, load
from vendor_app.clients.locks.interface import (
    CannotDo,
    Granted,
    GrantReading,
    GrantRequest,
    LockEvent,
    LockVendor,
    Webhook,
)
from vendor_app.clients.watch import PartnerWatch
from vendor_app.domain import LockAbilities
from vendor_app.signatures import STANDARD, TOLERANCE, sign

_answer = GrantAnswer()
_GRANT, _REVOKE = "access.grant_requested", "access.revoke_requested"


class HttpLock:
    """Grants and revokes access; `reference` is never needed."""

    # The lock system refuses a request whose signature is older than that.
    abilities = LockAbilities(acts_within=TOLERANCE)

    def __init__(self, url: str, secret: str, timeout: timedelta, watch: PartnerWatch | None = None) -> None:
        self._http = PartnerHttp(url, timeout, [Failure()], watch)
        self._secret = secret

    def grant(self, request: GrantRequest, now: datetime) -> Granted:
        """Ask for the grant; without a code when the lock system will call back with it."""
        if request.credential not in self.abilities.credentials:
            raise CannotDo(_GRANT, f"issue a {request.credential}")
        details = {
            "grantId": request.grant_id,
            "tourId": request.tour_id,
            "communityId": request.community_id,
            "startsAt": request.starts_at.isoformat(),
            "endsAt": request.ends_at.isoformat(),
            "unitNames": request.unit_names,
            "holder": {"firstName": request.first_name, "lastName": request.last_name},
        }
        status, answer = self._send(_GRANT, f"access_grant_requested_{request.grant_id}", details, now)
        return Granted() if status == 202 else Granted(code=load(_answer, answer, _GRANT)["code"])

    def revoke(self, grant_id: str, reference: str | None, now: datetime) -> bool:
        """Revoke the grant; True once nothing opens with it any more, False (202) while that is still being done."""
        status, _ = self._send(_REVOKE, f"access_revoke_requested_{secrets.token_hex(16)}", {"grantId": grant_id}, now)
        return status != 202

    def read(self, grant_id: str, reference: str | None, now: datetime) -> GrantReading:
        """Raises CannotDo: the contract has no such call."""
        raise CannotDo("access.read_requested", "be asked about a grant")

    def check(self, now: datetime) -> None:
        """Revoke a grant that never existed. Raises PartnerError when the answer is not as expected."""
        try:
            self.revoke(f"grant_of_the_doctor_{secrets.token_hex(8)}", None, now)
        except Refused as refusal:
            if not refusal.is_gone:
                raise

    def _send(self, kind: str, message_id: str, details: Mapping[str, Any], now: datetime) -> tuple[int, Any]:
        body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": details}).encode()
        key = Key("VENDOR_ACCESS_WEBHOOK_SECRETS", sign(self._secret, message_id, body, now))
        return self._http.call(Request(name=kind, key=key, method="POST", path="", body=body))


def _read(callback: Mapping[str, Any], _: Mapping[str, Any]) -> LockEvent:
    told = callback["data"]
    return LockEvent(
        type=callback["type"],
        occurred_at=told["occurred_at"] or callback["timestamp"],
        payload={name: value for name, value in told.items() if isinstance(value, str) and name != "code"},
        **{name: told[name] for name in ("tour_id", "grant_id", "door", "unit_name", "method", "code")},
    )


VENDOR = LockVendor(
    connect=HttpLock,
    abilities=HttpLock.abilities,
    webhook=Webhook(path="/webhooks/access", signed_by=STANDARD, id_prefix="", schema=Callback(), read=_read),
)
