"""Communities as Knock lists them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vendor_app.domain import Community
from vendor_app.store.engine.database import Row
from vendor_app.store.rows import columns_of
from vendor_app.store.table import Table

_FLAGS = ("in_person_tours_enabled", "live_video_tours_enabled")
_SELECT = f"SELECT {columns_of(Community)} FROM communities"


class Communities(Table):
    """Reads and writes communities."""

    def find(self, community_id: str) -> Community | None:
        """The community, or None."""
        row = self._db.one(f"{_SELECT} WHERE community_id = :community_id", community_id=community_id)
        return _community(row) if row else None

    def list_all(self) -> list[Community]:
        """All that Knock ever listed, those that are gone included."""
        return [_community(row) for row in self._db.query(f"{_SELECT} ORDER BY community_id")]

    def lock_list(self) -> None:
        """Let no other process store Knock's list before the transaction ends."""
        self._db.lock("list of communities")

    def keep(self, listed: Mapping[str, Any], now: datetime) -> None:
        """Store a community as listed (keys as the columns); it is not gone any more."""
        self._db.execute(
            """INSERT INTO communities (community_id, community_name, address, geolocation, company_name,
                                        in_person_tours_enabled, live_video_tours_enabled, synced_at)
               VALUES (:community_id, :community_name, :address, :geolocation, :company_name,
                       :in_person_tours_enabled, :live_video_tours_enabled, :now)
               ON CONFLICT (community_id) DO UPDATE SET
                   community_name = excluded.community_name, address = excluded.address,
                   geolocation = excluded.geolocation, company_name = excluded.company_name,
                   in_person_tours_enabled = excluded.in_person_tours_enabled,
                   live_video_tours_enabled = excluded.live_video_tours_enabled,
                   synced_at = excluded.synced_at, gone_at = NULL""",
            **listed,
            now=now,
        )

    def mark_gone(self, community_id: str, now: datetime) -> None:
        """Remember since when a community is not listed any more."""
        self._db.execute(
            "UPDATE communities SET gone_at = :now WHERE community_id = :community_id AND gone_at IS NULL",
            community_id=community_id,
            now=now,
        )

    def switch(self, community_id: str, off_since: datetime | None) -> bool:
        """Switch a community off (or on, with None); False when there is no such community."""
        changed = self._db.execute(
            "UPDATE communities SET switched_off_at = :off_since WHERE community_id = :community_id",
            community_id=community_id,
            off_since=off_since,
        )
        return changed == 1


def _community(row: Row) -> Community:
    return Community(**row | {flag: None if row[flag] is None else bool(row[flag]) for flag in _FLAGS})
