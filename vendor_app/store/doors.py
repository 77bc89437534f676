"""The doors of the operator's file, by the device that opens each."""

from collections.abc import Iterable

from vendor_app.domain.communities import Door
from vendor_app.store.engine.database import Connection


def replace_doors(tx: Connection, doors: Iterable[tuple[str, Door]]) -> None:
    """These (community id and door) are all the doors there are."""
    tx.execute("DELETE FROM doors")
    for community_id, door in doors:
        tx.execute(
            "INSERT INTO doors (device, community_id, name, unit) VALUES (:device, :community_id, :name, :unit)",
            device=door.device,
            community_id=community_id,
            name=door.name,
            unit=door.unit,
        )


def find_door(db: Connection, device: str) -> tuple[str, Door] | None:
    """The door this device opens, after its community's id, or None."""
    row = db.one("SELECT community_id, name, unit FROM doors WHERE device = :device", device=device)
    return (row["community_id"], Door(name=row["name"], device=device, unit=row["unit"])) if row else None
