"""A lock system over the generic contract: signed JSON (Standard Webhooks) to one address.

Both calls are safe to repeat: the grant's id, which is ours, is the lock system's key too, and part of the message's id.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.access import GrantAnswer
from vendor_app.clients.errors import Refused
from vendor_app.clients.http import PartnerHttp, load
from vendor_app.signatures import sign

_answer = GrantAnswer()
_GONE = (404, 410)


@dataclass(frozen=True)
class GrantRequest:
    """Which doors shall open, when and for whom. No `unit_names`: the community's tour route."""

    grant_id: str
    tour_id: str
    community_id: str
    starts_at: datetime
    ends_at: datetime
    unit_names: list[str]
    first_name: str
    last_name: str


class HttpLock:
    """Grants and revokes access; raises the family of clients/errors.py."""

    def __init__(self, url: str, secret: str, timeout: timedelta) -> None:
        self._http = PartnerHttp(url, timeout)
        self._secret = secret

    def grant(self, request: GrantRequest, now: datetime) -> str | None:
        """The door code, or None when the lock system will call back with it."""
        details = {
            "grantId": request.grant_id,
            "tourId": request.tour_id,
            "communityId": request.community_id,
            "startsAt": request.starts_at.isoformat(),
            "endsAt": request.ends_at.isoformat(),
            "unitNames": request.unit_names,
            "holder": {"firstName": request.first_name, "lastName": request.last_name},
        }
        status, answer = self._send("access.grant_requested", request.grant_id, details, now)
        return None if status == 202 else str(load(_answer, answer, "access.grant_requested")["code"])

    def revoke(self, grant_id: str, now: datetime) -> None:
        """Nothing opens with this grant any more; one that the lock system does not know never did."""
        try:
            self._send("access.revoke_requested", grant_id, {"grantId": grant_id}, now)
        except Refused as refusal:
            if refusal.status not in _GONE:
                raise

    def _send(self, kind: str, grant_id: str, details: Mapping[str, Any], now: datetime) -> tuple[int, Any]:
        body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": details}).encode()
        headers = {
            "Content-Type": "application/json",
            **sign(self._secret, f"{kind.replace('.', '_')}_{grant_id}", body, now),
        }
        return self._http.call("POST", "", headers=headers, body=body, name=kind)
