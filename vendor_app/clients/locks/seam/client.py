"""Seam: one API in front of most brands of locks (partner-contract, section 3; seamapi/docs).

Our grant id is Seam's `access_grant_key`, so asking twice makes one grant. A new grant is not programmed yet: its code opens
doors only once its access method is issued. Seam programs codes up to three days ahead, and sends an event then.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from vendor_app.clients.errors import NotSent, Refused
from vendor_app.clients.http import Key, PartnerHttp, Request, load
from vendor_app.clients.locks.interface import (
    CannotDo,
    Granted,
    GrantReading,
    GrantRequest,
    GrantState,
)
from vendor_app.clients.locks.seam import answers
from vendor_app.clients.locks.seam.state import being_deleted, can_serve, method_ids, reading
from vendor_app.clients.watch import PartnerWatch
from vendor_app.domain import Credential, LockAbilities

_CREATE, _GET = "/access_grants/create", "/access_grants/get"
_UPDATE, _DELETE = "/access_grants/update", "/access_grants/delete"
_METHOD = "/access_methods/get"
_GONE = (404, 410)
_grant, _method = answers.GrantAnswer(), answers.MethodAnswer()


class SeamLock:
    """Seam's API for one workspace. `reference` is Seam's access_grant_id."""

    abilities = LockAbilities(opens_devices=True, reads_state=True, credentials=(Credential.CODE, Credential.MOBILE_KEY))

    def __init__(self, base_url: str, key: str, timeout: timedelta, watch: PartnerWatch | None = None) -> None:
        self._http = PartnerHttp(base_url, timeout, [answers.Failure()], watch)
        self._key = Key("VENDOR_SEAM_KEY", {"Authorization": f"Bearer {key}"})

    def grant(self, request: GrantRequest, now: datetime) -> Granted:
        """Create the grant, or take the one there is; with its code or link if that is issued already."""
        if not request.devices:
            raise CannotDo(f"POST {_CREATE}", "open doors without devices")
        try:
            grant = self._create(request)
        except Refused as refusal:
            grant = self._take_existing(request, refusal)
        now_open = self._reading(grant)
        return Granted(reference=grant["access_grant_id"], code=now_open.code, link=now_open.link)

    def revoke(self, grant_id: str, reference: str | None, now: datetime) -> bool:
        """Delete the grant; True once Seam has none. A deleted one stays visible as long as some lock still has its code."""
        if reference is None:
            grant = self._get_any_state(grant_id, None)
            if grant is None:
                return True
            reference = grant["access_grant_id"]
        self._unless_gone(_DELETE, {"access_grant_id": reference})
        return self._get_any_state(grant_id, reference) is None

    def read(self, grant_id: str, reference: str | None, now: datetime) -> GrantReading:
        """The grant's state; READY only when all access methods are issued, and no error or change is pending."""
        grant = self._get_live(grant_id, reference)
        return GrantReading(state=GrantState.GONE) if grant is None else self._reading(grant)

    def check(self, now: datetime) -> None:
        """Ask for a grant that never existed. Raises PartnerError when the answer is not as expected."""
        self._get_any_state("grant_of_the_doctor", None)

    def _create(self, request: GrantRequest) -> Any:
        return load(_grant, self._call(_CREATE, _order(request)), f"POST {_CREATE}")["access_grant"]

    def _take_existing(self, request: GrantRequest, refusal: Refused) -> Any:
        """The grant that exists under this key already, if that is why Seam refused: its words for that are not documented.

        It gets the times asked for. One that failed, or has another credential, is deleted and created anew.
        """
        grant = self._get_any_state(request.grant_id, None)
        if grant is None:
            raise refusal
        if can_serve(grant, request.credential):
            self._move(grant, request.starts_at, request.ends_at)
            return grant
        if not being_deleted(grant):
            self._unless_gone(_DELETE, {"access_grant_id": grant["access_grant_id"]})
        try:
            return self._create(request)
        except Refused as still:
            raise NotSent(f"POST {_CREATE}", "an earlier grant under the same key is still being deleted") from still

    def _reading(self, grant: Mapping[str, Any]) -> GrantReading:
        found = (self._unless_gone(_METHOD, {"access_method_id": one}) for one in method_ids(grant))
        return reading(grant, [load(_method, one, f"POST {_METHOD}")["access_method"] for one in found if one is not None])

    def _move(self, grant: Mapping[str, Any], starts_at: datetime, ends_at: datetime) -> None:
        """Give an existing grant the times asked for now, if it has others."""
        times = _times(starts_at, ends_at)
        if times != _times(grant["starts_at"], grant["ends_at"]):
            self._call(_UPDATE, {"access_grant_id": grant["access_grant_id"], **times})

    def _get_live(self, grant_id: str, reference: str | None) -> Any:
        """The grant, or None when there is none any more."""
        grant = self._get_any_state(grant_id, reference)
        return None if grant is None or being_deleted(grant) else grant

    def _get_any_state(self, grant_id: str, reference: str | None) -> Any:
        """The grant, also while it is being deleted; None when Seam does not know it."""
        try:
            return self._get({"access_grant_id": reference} if reference else {"access_grant_key": grant_id})
        except Refused as refusal:
            if refusal.status not in _GONE:
                raise
            return None

    def _get(self, which: Mapping[str, str]) -> Any:
        return load(_grant, self._call(_GET, which), f"POST {_GET}")["access_grant"]

    def _unless_gone(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer, or None when Seam does not know the id."""
        try:
            return self._call(path, body) or {}
        except Refused as refusal:
            if refusal.status not in _GONE:
                raise
            return None

    def _call(self, path: str, body: Mapping[str, Any]) -> Any:
        request = Request(name=f"POST {path}", key=self._key, method="POST", path=path, body=json.dumps(body).encode())
        return self._http.call(request)[1]


def _order(request: GrantRequest) -> dict[str, Any]:
    return {
        "user_identity": {"full_name": f"{request.first_name} {request.last_name}".strip()},
        "device_ids": request.devices,
        "requested_access_methods": [{"mode": request.credential.value}],
        "access_grant_key": request.grant_id,
        **_times(request.starts_at, request.ends_at),
    }


def _times(starts_at: datetime | None, ends_at: datetime | None) -> dict[str, str | None]:
    return {"starts_at": _zulu(starts_at), "ends_at": _zulu(ends_at)}


def _zulu(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
