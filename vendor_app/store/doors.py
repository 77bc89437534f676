"""The doors of the operator's file, by the device that opens each."""

from collections.abc import Iterable

from vendor_app.domain import Door
from vendor_app.store.table import Table


class Doors(Table):
    """Reads and writes doors."""

    def replace(self, doors: Iterable[tuple[str, Door]]) -> None:
        """Store these (community id and door) in place of all doors."""
        self._db.execute("DELETE FROM doors")
        for community_id, door in doors:
            self._db.execute(
                "INSERT INTO doors (device, community_id, name, unit) VALUES (:device, :community_id, :name, :unit)",
                device=door.device,
                community_id=community_id,
                name=door.name,
                unit=door.unit,
            )

    def find(self, device: str) -> tuple[str, Door] | None:
        """The door this device opens, after its community's id, or None."""
        row = self._db.one("SELECT community_id, name, unit FROM doors WHERE device = :device", device=device)
        return (row["community_id"], Door(name=row["name"], device=device, unit=row["unit"])) if row else None
