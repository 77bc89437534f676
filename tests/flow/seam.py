"""COMMUNITY with Seam's locks, and what tests do at its doors."""

from typing import Any

from sandbox.seam.model import AccessGrant as SeamGrant
from tests.world import COMMUNITY, World
from vendor_app.domain.access import AccessGrant

FRONT, APARTMENT, OTHER_APARTMENT = "Front entrance", "Apartment 204", "Apartment 305"
CREATE, DELETE = "POST /access_grants/create", "POST /access_grants/delete"


def serve_by_seam(world: World, **rules: Any) -> None:
    """Have Seam open the front entrance and two apartments of COMMUNITY."""
    named = [(FRONT, {}), (APARTMENT, {"unit": "204"}), (OTHER_APARTMENT, {"unit": "305"})]
    doors = [{"name": name, "device": device(world, name), **unit} for name, unit in named]
    world.rules(lock="seam", doors=doors, **rules)


def device(world: World, door: str) -> str:
    """The id of the lock at this door."""
    found = world.sandbox.seam.device_at(COMMUNITY, door)
    assert found is not None
    return found.device_id


def book(world: World, **options: Any) -> dict[str, Any]:
    """A confirmed tour of apartment 204."""
    answer = world.book(**options)
    assert answer.status_code == 201, answer.text
    booked: dict[str, Any] = answer.json()
    return booked


def go_there(world: World, booked: dict[str, Any]) -> dict[str, Any]:
    """Be at the door when the window opens, and check in; the tour as its holder sees it then."""
    world.clock.now = max(world.clock.now, world.tour(booked).opens_at)
    world.jobs()
    answer = world.act(booked, "check-in")
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


def type_at(world: World, door: str, code: str) -> bool:
    """Somebody types a code, half a minute later; whether the door opens."""
    world.clock.move(seconds=30)
    return world.sandbox.seam.type_code(device(world, door), code)


def access(world: World, booked: dict[str, Any]) -> str:
    """What the prospect is told about their access."""
    return str(world.act(booked).json()["access"]["state"])


def opened_units(world: World, booked: dict[str, Any]) -> list[str]:
    """The units whose visit is proved."""
    units: list[str] = world.act(booked).json()["unitsOpened"]
    return units


def grants_of(world: World, booked: dict[str, Any]) -> list[AccessGrant]:
    """What we asked of Seam for the tour, oldest first."""
    with world.via.db.read() as db:
        return db.grants.of_tour(booked["tourId"])


def live(world: World) -> list[SeamGrant]:
    """Grants at Seam that are not deleted."""
    return [one for one in world.sandbox.seam.grants.values() if not one.deleted]


def visited_by(world: World, booked: dict[str, Any]) -> list[str] | None:
    """After the window and the settle delay: the units of the visit in Knock, None when there is no visit."""
    world.clock.now = max(world.clock.now, world.tour(booked).closes_at)
    for _ in range(3):
        world.clock.move(minutes=3)
        world.jobs()
    visits = world.knock.visits
    assert len(visits) <= 1
    return visits[0].unit_names if visits else None
