"""Communities as Knock lists them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vendor_app.store.database import Connection, Row


def find_community(db: Connection, community_id: str) -> Row | None:
    """The community, or None."""
    return db.one("SELECT * FROM communities WHERE community_id = :community_id", community_id=community_id)


def keep_community(db: Connection, listed: Mapping[str, Any], now: datetime) -> None:
    """Store a community as listed (keys as the columns); one that had vanished is back."""
    db.execute(
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


def count_present(db: Connection) -> int:
    """How many communities are not gone."""
    return _count(db.one("SELECT count(*) AS n FROM communities WHERE gone_at IS NULL"))


def count_unlisted(db: Connection, now: datetime) -> int:
    """How many of those the synchronisation of `now` did not list."""
    return _count(db.one("SELECT count(*) AS n FROM communities WHERE gone_at IS NULL AND synced_at < :now", now=now))


def _count(row: Row | None) -> int:
    return int(row["n"]) if row else 0


def mark_gone(db: Connection, now: datetime) -> int:
    """Mark those that the synchronisation of `now` did not list; how many are newly gone."""
    return db.execute("UPDATE communities SET gone_at = :now WHERE synced_at < :now AND gone_at IS NULL", now=now)


def switch_community(db: Connection, community_id: str, off_since: datetime | None) -> bool:
    """Switch a community off (or on, with None); False when there is no such community."""
    changed = db.execute(
        "UPDATE communities SET switched_off_at = :off_since WHERE community_id = :community_id",
        community_id=community_id,
        off_since=off_since,
    )
    return changed == 1
