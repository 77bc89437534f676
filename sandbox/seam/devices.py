"""The locks of the sandbox's properties: one at each front entrance, and one at each apartment."""

from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from sandbox.seam.model import Device

FRONT = "Front entrance"
# The two that the example of the operator's file names.
_KNOWN = {
    ("b9XQN6eMvvrr07zg", FRONT): "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
    ("b9XQN6eMvvrr07zg", "Apartment 204"): "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
}


def devices(units: Mapping[str, list[str]]) -> dict[str, Device]:
    """By id, for the units of each community; the ids never change."""
    found = (_device(community_id, unit) for community_id, names in units.items() for unit in (None, *names))
    return {one.device_id: one for one in found}


def _device(community_id: str, unit: str | None) -> Device:
    name = f"Apartment {unit}" if unit else FRONT
    device_id = _KNOWN.get((community_id, name)) or str(uuid5(NAMESPACE_URL, f"https://doors.example/{community_id}/{name}"))
    return Device(device_id, community_id, name, unit)
