"""Prospects who followed Doorway's link, and the source title they came with."""

from dataclasses import dataclass
from datetime import datetime

from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A prospect who came from Doorway; `source_title` as text, or None when Doorway passed none."""

    community_id: str
    source_title: str | None


class Arrivals(Table):
    """Reads and writes arrivals."""

    def insert(self, arrival_id: str, community_id: str, source_title: str | None, now: datetime) -> None:
        """Keep an arrival; its source title may be any text, or None when Doorway passed none."""
        self._db.execute(
            """INSERT INTO arrivals (arrival_id, community_id, source_title, created_at)
               VALUES (:arrival_id, :community_id, :source_title, :now)""",
            arrival_id=arrival_id,
            community_id=community_id,
            source_title=title_bytes(source_title),
            now=now,
        )

    def find(self, arrival_id: str) -> Arrival | None:
        """The arrival, or None."""
        row = self._db.one(
            "SELECT community_id, source_title FROM arrivals WHERE arrival_id = :arrival_id", arrival_id=arrival_id
        )
        return Arrival(community_id=row["community_id"], source_title=title_text(row["source_title"])) if row else None

    def forget(self, before: datetime, most: int) -> int:
        """Drop arrivals from before that instant: no form is open that long, at most `most` of them."""
        return self.delete_some("arrivals", "arrival_id", "created_at < :before", most, before=before)


def title_bytes(title: str | None) -> bytes | None:
    """A source title as stored, lone surrogates (which JSON can carry) included."""
    return None if title is None else title.encode("utf-8", "surrogatepass")


def title_text(stored: bytes | None) -> str | None:
    """A source title as it came."""
    return None if stored is None else bytes(stored).decode("utf-8", "surrogatepass")
