"""The operator's rules as stored."""

from datetime import datetime, timedelta
from typing import Any

from tests.domain.example import NOON
from vendor_app.store.community_rules import drop_rules, find_rules, keep_rules, list_rules, lock_rules
from vendor_app.store.engine.database import Connection, Database

TABLE: dict[str, Any] = {"tour_minutes": 45, "default_source_title": "Zillow + café", "doors": [{"name": "a", "device": "b"}]}
LATER = NOON + timedelta(days=1)


def stored(db: Connection) -> list[tuple[str, bool, datetime]]:
    """What stands beside each table: whether it is enabled, and since when it stands."""
    rows = db.query("SELECT community_id, enabled, applied_at FROM community_rules ORDER BY community_id")
    return [(row["community_id"], bool(row["enabled"]), row["applied_at"]) for row in rows]


def test_rules_come_back_as_they_stand_in_the_file(db: Database) -> None:
    with db.transaction() as tx:
        lock_rules(tx)
        keep_rules(tx, "not listed yet", False, TABLE, NOON)
        assert find_rules(tx, "not listed yet") == TABLE
        assert stored(tx) == [("not listed yet", False, NOON)]


def test_new_rules_take_the_place_of_the_old(db: Database) -> None:
    with db.transaction() as tx:
        keep_rules(tx, "alder", True, TABLE, NOON)
        keep_rules(tx, "alder", False, {"enabled": False}, LATER)
        keep_rules(tx, "maple", True, {}, NOON)
        assert list_rules(tx) == {"alder": {"enabled": False}, "maple": {}}
        assert stored(tx) == [("alder", False, LATER), ("maple", True, NOON)]


def test_a_community_can_lose_its_rules(db: Database) -> None:
    with db.transaction() as tx:
        keep_rules(tx, "alder", True, TABLE, NOON)
        drop_rules(tx, "alder")
        drop_rules(tx, "maple")
        assert (find_rules(tx, "alder"), list_rules(tx)) == (None, {})
