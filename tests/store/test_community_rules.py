"""The operator's rules as stored."""

from datetime import datetime, timedelta
from typing import Any

from tests.domain.example import NOON
from vendor_app.store.store import Store
from vendor_app.store.tables import Tables

TABLE: dict[str, Any] = {"tour_minutes": 45, "default_source_title": "Zillow + café", "doors": [{"name": "a", "device": "b"}]}
LATER = NOON + timedelta(days=1)


def stored(db: Tables) -> list[tuple[str, bool, datetime]]:
    """What stands beside each table: whether it is enabled, and since when it stands."""
    rows = db.connection.query("SELECT community_id, enabled, applied_at FROM community_rules ORDER BY community_id")
    return [(row["community_id"], bool(row["enabled"]), row["applied_at"]) for row in rows]


def test_rules_come_back_as_they_stand_in_the_file(db: Store) -> None:
    with db.transaction() as tx:
        tx.community_rules.lock_all()
        tx.community_rules.keep("not listed yet", False, TABLE, NOON)
        assert tx.community_rules.find("not listed yet") == TABLE
        assert stored(tx) == [("not listed yet", False, NOON)]


def test_new_rules_take_the_place_of_the_old(db: Store) -> None:
    with db.transaction() as tx:
        tx.community_rules.keep("alder", True, TABLE, NOON)
        tx.community_rules.keep("alder", False, {"enabled": False}, LATER)
        tx.community_rules.keep("maple", True, {}, NOON)
        assert tx.community_rules.list_all() == {"alder": {"enabled": False}, "maple": {}}
        assert stored(tx) == [("alder", False, LATER), ("maple", True, NOON)]


def test_a_community_can_lose_its_rules(db: Store) -> None:
    with db.transaction() as tx:
        tx.community_rules.keep("alder", True, TABLE, NOON)
        tx.community_rules.drop("alder")
        tx.community_rules.drop("maple")
        assert (tx.community_rules.find("alder"), tx.community_rules.list_all()) == (None, {})
