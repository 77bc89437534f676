"""Access grants, from being asked for to being issued, failing or being deleted."""

import secrets
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sandbox.deliveries.signed_deliveries import Deliveries
from sandbox.memory import Memory
from sandbox.seam.devices import devices
from sandbox.seam.events import event
from sandbox.seam.model import AccessGrant, AccessMethod
from sandbox.seam.refusal import Refusal, no_such
from sandbox.times import zulu

_FAILURE = {"error_message": "A lock takes no more codes."}


class Grants(Deliveries):
    """`.grants` by Seam's id, `.devices`, `.offline` (ids of devices), and the switches for what happens to new grants.

    `issues_later`: issued by `issue`, or after `polls_until_issued` looks at the method; until then the grant hangs.
    `fails_methods`: the grant is made, and has an error. `fails_codes`: no device takes the code, and only events say so.
    `deletes_slowly`: a deleted grant can still be seen, as being deleted.
    """

    issues_later = False
    polls_until_issued: int | None = None
    fails_methods = False
    fails_codes = False
    deletes_slowly = False

    def __init__(self, units: Mapping[str, list[str]], memory: Memory, *delivery: Any) -> None:
        super().__init__(*delivery)
        self.grants: dict[str, AccessGrant] = {}
        self.devices = devices(units)
        self.offline: set[str] = set()
        self._memory = memory

    def find(self, id_or_key: str) -> AccessGrant:
        """By Seam's id or by the caller's key; Refusal when there is none any more."""
        known = [one for one in self.grants.values() if id_or_key in (one.access_grant_id, one.access_grant_key)]
        found = [one for one in known if not one.deleted] or [one for one in known[-1:] if self.deletes_slowly]
        if not found:
            raise no_such("access_grant")
        return found[0]

    def create(self, asked: Mapping[str, Any]) -> AccessGrant:
        """A loaded request as a grant, issued at once unless a switch or an offline device is in the way."""
        with self._memory.change():
            grant = self._new_grant(asked)
            self.grants[grant.access_grant_id] = grant
            self._tell_of(grant, "access_grant.created")
            if self.fails_methods:
                self._fail(grant)
                return grant
            grant.methods = [self._new_method(mode) for mode in grant.modes]
            if not self.issues_later:
                self._issue(grant)
            return grant

    def update(self, access_grant_id: str, starts_at: datetime | None = None, ends_at: datetime | None = None) -> None:
        """Other times; the code stays."""
        with self._memory.change():
            grant = self._standing(access_grant_id)
            begin, end = starts_at or grant.starts_at, ends_at or grant.ends_at
            self._check_window(begin, end)
            grant.starts_at, grant.ends_at = begin, end
            key = {"access_grant_key": grant.access_grant_key} if grant.access_grant_key else {}
            self._tell_of(grant, "access_grant.access_times_changed", starts_at=zulu(begin), ends_at=zulu(end), **key)

    def delete(self, access_grant_id: str) -> None:
        """It opens nothing any more, and its key is free."""
        with self._memory.change():
            grant = self._standing(access_grant_id)
            grant.deleted = True
            self._tell_of(grant, "access_grant.deleted")

    def poll(self, access_method_id: str) -> AccessMethod:
        """The method as it stands; issues it when somebody looked often enough."""
        with self._memory.change():
            grant, method = self._with_method(access_method_id)
            method.polls += 1
            if self.polls_until_issued is not None and method.polls > self.polls_until_issued:
                self._issue(grant)
            return method

    def issue(self, id_or_key: str) -> None:
        """Late success: what hangs is issued now, unless codes fail or a device is offline."""
        with self._memory.change():
            self._issue(self.find(id_or_key))

    def fail(self, id_or_key: str) -> None:
        """Late failure: what hangs will never be issued."""
        with self._memory.change():
            self._fail(self.find(id_or_key))

    def _issue(self, grant: AccessGrant) -> None:
        waiting = grant.open_methods
        if not waiting or grant.failed or grant.deleted or self.offline & set(grant.device_ids):
            return
        if self.fails_codes:
            for device_id, code_id in grant.access_code_ids.items():
                self._tell_at(device_id, "access_code.failed_to_set_on_device", access_code_id=code_id)
            return
        for method in waiting:
            method.issued_at = self._clock()
            self._tell_issued(grant, method)
        self._tell_of(grant, "access_grant.access_granted_to_all_doors")

    def _tell_issued(self, grant: AccessGrant, method: AccessMethod) -> None:
        code = {"code": method.code} if method.code else {}
        for device_id, code_id in grant.access_code_ids.items() if method.code else ():
            self._tell_at(device_id, "access_code.set_on_device", access_code_id=code_id, code=method.code)
        keys = {"access_grant_keys": [grant.access_grant_key]} if grant.access_grant_key else {}
        ids = {"access_method_id": method.access_method_id, "access_grant_ids": [grant.access_grant_id]}
        self._tell(grant.access_grant_id, "access_method.issued", ids | keys | code)

    def _fail(self, grant: AccessGrant) -> None:
        grant.failed = True
        name = "access_grant.could_not_create_requested_access_methods"
        self._tell_of(grant, name, missing_device_ids=grant.device_ids, **_FAILURE)

    def _new_grant(self, asked: Mapping[str, Any]) -> AccessGrant:
        ids, key = [str(one) for one in asked["device_ids"]], asked.get("access_grant_key")
        if not set(ids) <= self.devices.keys():
            raise no_such("device")
        if key and any(one.access_grant_key == key and not one.deleted for one in self.grants.values()):
            raise Refusal(409, "duplicate_access_grant_key", "There is an access grant with this key.")
        self._check_window(asked["starts_at"], asked["ends_at"])
        return AccessGrant(
            access_grant_id=str(uuid.uuid4()),
            access_grant_key=key,
            full_name=asked["user_identity"]["full_name"],
            device_ids=ids,
            modes=[one["mode"] for one in asked["requested_access_methods"]],
            starts_at=asked["starts_at"],
            ends_at=asked["ends_at"],
            created_at=self._clock(),
            access_code_ids={one: str(uuid.uuid4()) for one in ids},
        )

    def _new_method(self, mode: str) -> AccessMethod:
        method = AccessMethod(str(uuid.uuid4()), mode, self._clock())
        if mode == "code":
            used = {one.code for one in self._methods()}
            method.code = next(code for code in iter(lambda: f"{secrets.randbelow(10**6):06d}", "") if code not in used)
        else:
            method.instant_key_url = f"https://ik.seam.example/{secrets.token_urlsafe(9)}"
        return method

    def _check_window(self, starts_at: datetime, ends_at: datetime) -> None:
        if ends_at <= max(starts_at, self._clock()):
            raise Refusal(400, "invalid_input", "ends_at: Must be in the future and after starts_at.")

    def _standing(self, access_grant_id: str) -> AccessGrant:
        grant = self.grants.get(access_grant_id)
        if grant is None or grant.deleted:
            raise no_such("access_grant")
        return grant

    def _with_method(self, access_method_id: str) -> tuple[AccessGrant, AccessMethod]:
        for grant in self.grants.values():
            for method in () if grant.deleted else grant.methods:
                if method.access_method_id == access_method_id:
                    return grant, method
        raise no_such("access_method")

    def _methods(self) -> Iterator[AccessMethod]:
        return (method for grant in self.grants.values() for method in grant.methods)

    def _tell_of(self, grant: AccessGrant, event_type: str, **details: Any) -> None:
        self._tell(grant.access_grant_id, event_type, {"access_grant_id": grant.access_grant_id, **details})

    def _tell_at(self, device_id: str, event_type: str, occurred_at: datetime | None = None, **details: Any) -> None:
        self._tell(device_id, event_type, {"device_id": device_id, **details}, occurred_at)

    def _tell(self, lane: str, event_type: str, details: Mapping[str, Any], occurred_at: datetime | None = None) -> None:
        now = self._clock()
        self._put(lane, event(event_type, occurred_at or now, now, details))
