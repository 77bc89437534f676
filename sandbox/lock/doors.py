"""Which doors a property has, and which of them a grant is for."""

from collections.abc import Iterable

from sandbox.lock.model import Door, Grant
from sandbox.units import squashed

FRONT = Door("Front entrance")
MODEL = Door("Model unit")


def doors(units: Iterable[str]) -> list[Door]:
    """The front entrance, the model unit, and one door a unit."""
    return [FRONT, MODEL, *(Door(f"Apartment {unit}", unit) for unit in units)]


def is_for(grant: Grant, door: Door) -> bool:
    """The front entrance always; without named units every other door too, else only the apartments named."""
    if door == FRONT or not grant.unit_names:
        return True
    return door.unit_name is not None and squashed(door.unit_name) in map(squashed, grant.unit_names)
