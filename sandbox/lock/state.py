"""Grants, codes and doors. Every method that changes something is atomic and saved before it returns."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sandbox.deliveries.notice_sender import NoticeSender
from sandbox.deliveries.signed_deliveries import Deliveries
from sandbox.lock.callbacks import about, at_door, callback_writer, envelope
from sandbox.lock.doors import doors, is_for
from sandbox.lock.model import Door, DoorEvent, Grant
from sandbox.lock.refusal import Refusal
from sandbox.memory import Memory
from sandbox.settings import SandboxSettings
from sandbox.times import Clock


@dataclass(frozen=True)
class Unsent:
    """A callback that an offline door keeps until it is online again."""

    community_id: str
    door: str
    event_type: str
    grant_id: str
    data: dict[str, Any]


class LockSystem(Deliveries):
    """Look inside with `.grants` (by id), `.activity` (every code typed, oldest first) and `.unsent`.

    `answers_later`: the code comes in a callback. `fails_grants`: a callback says that there will be none. `hangs_grants`:
    neither, until somebody calls `decide`.
    """

    answers_later = False
    fails_grants = False
    hangs_grants = False

    def __init__(
        self,
        units: Mapping[str, list[str]],
        memory: Memory,
        clock: Clock,
        callbacks: NoticeSender,
        settings: SandboxSettings,
    ) -> None:
        super().__init__(callbacks, settings.callback_url, settings.access_secret, callback_writer, clock)
        self.grants: dict[str, Grant] = {}
        self.activity: list[DoorEvent] = []
        self.unsent: list[Unsent] = []
        self.offline: set[tuple[str, str]] = set()
        self._units, self._memory = units, memory

    def doors(self, community_id: str) -> list[Door]:
        """The doors of a property; KeyError when there is no such property."""
        return doors(self._units[community_id])

    def issue(self, asked: Grant) -> str | None:
        """The code of this grant, the same each time; None when the vendor will hear of it in a callback."""
        with self._memory.change():
            grant = self._same_grant(asked)
            self.grants[grant.grant_id] = grant
            if grant.code is None and (self.hangs_grants or self.fails_grants):
                if not self.hangs_grants:
                    self._tell("access.credential_failed", grant, about(grant, self._clock()))
                return None
            grant.code = grant.code or self._new_code()
            if not self.answers_later:
                return grant.code
            self._announce(grant)
            return None

    def decide(self, grant_id: str, succeeds: bool) -> None:
        """A grant that hung succeeds late, or fails late; KeyError when there is no such grant."""
        with self._memory.change():
            grant = self.grants[grant_id]
            if not succeeds:
                self._tell("access.credential_failed", grant, about(grant, self._clock()))
                return
            grant.code = grant.code or self._new_code()
            self._announce(grant)

    def revoke(self, grant_id: str) -> None:
        """From now on the code opens nothing."""
        with self._memory.change():
            if grant_id not in self.grants:
                raise Refusal(404, f"There is no grant {grant_id}.")
            self.grants[grant_id].revoked = True

    def type_code(self, community_id: str, door: str, code: str) -> bool:
        """Somebody types a code at a door: True when it opens, KeyError when there is no such door."""
        with self._memory.change():
            place = {one.name: one for one in self.doors(community_id)}[door]
            grant, now = self._holder(community_id, code), self._clock()
            opened = grant is not None and grant.works(now) and is_for(grant, place)
            if grant:
                grant.inside = grant.inside or opened
                self._at_door("access.door_unlocked" if opened else "access.denied", grant, place, now)
            name = f"{grant.first_name} {grant.last_name}" if grant else ""
            self.activity.append(DoorEvent(community_id, door, opened, name, now, grant.grant_id if grant else ""))
            return opened

    def go_offline(self, community_id: str, door: str) -> None:
        """The door goes on opening, and tells of it later; KeyError when there is no such door."""
        with self._memory.change():
            self.offline.add((community_id, {one.name: one for one in self.doors(community_id)}[door].name))

    def come_online(self, community_id: str, door: str) -> None:
        """The door tells what it kept, with the times at which that occurred."""
        with self._memory.change():
            self.offline.discard((community_id, door))
            kept = [one for one in self.unsent if (one.community_id, one.door) == (community_id, door)]
            for one in kept:
                self._tell(one.event_type, self.grants[one.grant_id], one.data)
            self.unsent = [one for one in self.unsent if one not in kept]

    def inside(self, community_id: str) -> list[Grant]:
        """Who opened a door and has not left yet."""
        with self._memory.lock:
            return [one for one in self.grants.values() if one.community_id == community_id and one.inside]

    def leave(self, grant_id: str) -> None:
        """The holder leaves the building; KeyError when there is no such grant."""
        with self._memory.change():
            grant = self.grants[grant_id]
            grant.inside = False
            self._tell("access.tour_ended", grant, about(grant, self._clock()))

    def remember(self) -> dict[str, Any]:
        """Everything, for the file."""
        return {
            "grants": [asdict(one) for one in self.grants.values()],
            "activity": [asdict(one) for one in self.activity],
            "unsent": [asdict(one) for one in self.unsent],
            "offline": sorted(self.offline),
        }

    def recall(self, kept: dict[str, Any]) -> None:
        """Everything, from the file."""
        self.grants = {row["grant_id"]: Grant(**row) for row in kept["grants"]}
        self.activity = [DoorEvent(**row) for row in kept["activity"]]
        self.unsent = [Unsent(**row) for row in kept.get("unsent", [])]
        self.offline = {(community_id, door) for community_id, door in kept.get("offline", [])}

    def _same_grant(self, asked: Grant) -> Grant:
        grant = self.grants.get(asked.grant_id, asked)
        if asked.community_id not in self._units:
            raise Refusal(400, f"There is no property {asked.community_id}.")
        if grant.terms() != asked.terms():
            raise Refusal(409, f"Grant {asked.grant_id} was made on other terms.")
        if grant.revoked:
            raise Refusal(409, f"Grant {asked.grant_id} is revoked.")
        return grant

    def _new_code(self) -> str:
        used = {one.code for one in self.grants.values()}
        return next(code for code in iter(lambda: f"{secrets.randbelow(10**6):06d}", "") if code not in used)

    def _announce(self, grant: Grant) -> None:
        if not grant.announced:
            grant.announced = True
            self._tell("access.credential_ready", grant, about(grant, self._clock()) | {"code": grant.code})

    def _content(self, event_type: str, details: dict[str, Any], moment: datetime) -> dict[str, Any]:
        return envelope(event_type, details, moment)

    def _holder(self, community_id: str, code: str) -> Grant | None:
        here = (one for one in self.grants.values() if one.community_id == community_id)
        return next((one for one in here if one.code == code), None)

    def _tell(self, event_type: str, grant: Grant, data: dict[str, Any]) -> None:
        self._put(grant.grant_id, envelope(event_type, data, self._clock()))

    def _at_door(self, event_type: str, grant: Grant, door: Door, now: datetime) -> None:
        data = at_door(grant, door, now)
        if (grant.community_id, door.name) in self.offline:
            self.unsent.append(Unsent(grant.community_id, door.name, event_type, grant.grant_id, data))
        else:
            self._tell(event_type, grant, data)
