"""Seam as a whole: grants, and what happens at the doors. Every change is atomic and saved before it returns."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sandbox.deliveries.notice_sender import NoticeSender
from sandbox.lock.model import DoorEvent
from sandbox.memory import Memory
from sandbox.seam.events import event, event_writer
from sandbox.seam.grants import Grants
from sandbox.seam.model import AccessGrant, Device
from sandbox.settings import SandboxSettings
from sandbox.times import Clock


@dataclass(frozen=True)
class Unsent:
    """An event that an offline device keeps until it is online again."""

    device_id: str
    event_type: str
    occurred_at: datetime
    details: dict[str, Any] = field(default_factory=dict)


class SeamConnect(Grants):
    """Look inside with `.grants`, `.devices`, `.activity` (who was at a door, oldest first) and `.unsent`.

    `names_codes`: whether doors tell which code was typed; many makes of locks do not. Doors never tell for which grant.
    """

    names_codes = True

    def __init__(
        self, units: Mapping[str, list[str]], memory: Memory, clock: Clock, sender: NoticeSender, settings: SandboxSettings
    ) -> None:
        super().__init__(units, memory, sender, settings.seam_webhook_url, settings.seam_secret, event_writer, clock)
        self.activity: list[DoorEvent] = []
        self.unsent: list[Unsent] = []

    def device_at(self, community_id: str, door: str) -> Device | None:
        """The lock at this door, if it has one of Seam's."""
        here = (one for one in self.devices.values() if one.community_id == community_id)
        return next((one for one in here if one.name == door), None)

    def knows(self, code: str) -> bool:
        """Whether a grant has this code, wherever it opens."""
        return any(one.code == code for one in self._methods())

    def type_code(self, device_id: str, code: str) -> bool:
        """Somebody types a code: True when the door opens, KeyError when there is no such device."""
        with self._memory.change():
            device, grant = self.devices[device_id], self._holder(device_id, code)
            opened = grant is not None and grant.works(self._clock())
            named = {"access_code_id": grant.access_code_ids[device_id], "access_code_is_managed": True} if grant else {}
            details = named if self.names_codes else {}
            if opened:
                self._at_door(device, "lock.unlocked", {"method": "keycode"} | details)
            else:
                self._at_door(device, "lock.access_denied", details)
            self._note(device, opened, grant)
            return opened

    def thumb_turn(self, device_id: str) -> None:
        """Somebody inside turns the thumb-turn, whoever they are; KeyError when there is no such device."""
        with self._memory.change():
            self._at_door(self.devices[device_id], "lock.unlocked", {"method": "manual"})
            self._note(self.devices[device_id], opened=True)

    def go_offline(self, device_id: str) -> None:
        """It still opens for the codes it has, gets no new ones, and tells of it later. KeyError when there is no such device."""
        with self._memory.change():
            self._tell_at(self.devices[device_id].device_id, "device.disconnected", error_code="device_disconnected")
            self.offline.add(device_id)

    def come_online(self, device_id: str) -> None:
        """It tells what it kept, with the times at which that occurred, and gets the codes that waited for it."""
        with self._memory.change():
            self.offline.discard(device_id)
            self._tell_at(device_id, "device.connected")
            for one in (kept for kept in self.unsent if kept.device_id == device_id):
                self._tell_at(device_id, one.event_type, one.occurred_at, **one.details)
            self.unsent = [one for one in self.unsent if one.device_id != device_id]
            for grant in () if self.issues_later else list(self.grants.values()):
                self._issue(grant)

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
        self.grants = {row["access_grant_id"]: AccessGrant(**row) for row in kept["grants"]}
        self.activity = [DoorEvent(**row) for row in kept["activity"]]
        self.unsent = [Unsent(**row) for row in kept["unsent"]]
        self.offline = set(kept["offline"])

    def _content(self, event_type: str, details: dict[str, Any], moment: datetime) -> dict[str, Any]:
        return event(event_type, moment, moment, details)

    def _holder(self, device_id: str, code: str) -> AccessGrant | None:
        here = (one for one in self.grants.values() if device_id in one.device_ids)
        return next((one for one in here if one.has_code(code)), None)

    def _at_door(self, device: Device, event_type: str, details: dict[str, Any]) -> None:
        if device.device_id in self.offline:
            self.unsent.append(Unsent(device.device_id, event_type, self._clock(), details))
        else:
            self._tell_at(device.device_id, event_type, **details)

    def _note(self, device: Device, opened: bool, grant: AccessGrant | None = None) -> None:
        holder, key = (grant.full_name, grant.access_grant_key or "") if grant else ("", "")
        self.activity.append(DoorEvent(device.community_id, device.name, opened, holder, self._clock(), key))
