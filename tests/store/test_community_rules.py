"""The operator's rules as stored."""

from datetime import timedelta
from typing import Any

from tests.domain.example import NOON
from vendor_app.store.community_rules import drop_rules, find_rules, keep_rules, list_rules, lock_rules
from vendor_app.store.engine.database import Database

TABLE: dict[str, Any] = {"tour_minutes": 45, "default_source_title": "Zillow + café", "doors": [{"name": "a", "device": "b"}]}
LATER = NOON + timedelta(days=1)


def test_rules_come_back_as_they_stand_in_the_file(db: Database) -> None:
    with db.transaction() as tx:
        lock_rules(tx)
        keep_rules(tx, "not listed yet", False, TABLE, NOON)
        row = find_rules(tx, "not listed yet")
    assert row is not None
    assert (row["rules"], bool(row["enabled"]), row["applied_at"]) == (TABLE, False, NOON)


def test_new_rules_take_the_place_of_the_old(db: Database) -> None:
    with db.transaction() as tx:
        keep_rules(tx, "alder", True, TABLE, NOON)
        keep_rules(tx, "alder", False, {"enabled": False}, LATER)
        keep_rules(tx, "maple", True, {}, NOON)
        rows = list_rules(tx)
    assert [(row["community_id"], bool(row["enabled"]), row["rules"], row["applied_at"]) for row in rows] == [
        ("alder", False, {"enabled": False}, LATER),
        ("maple", True, {}, NOON),
    ]


def test_a_community_can_lose_its_rules(db: Database) -> None:
    with db.transaction() as tx:
        keep_rules(tx, "alder", True, TABLE, NOON)
        drop_rules(tx, "alder")
        drop_rules(tx, "maple")
        assert (find_rules(tx, "alder"), list_rules(tx)) == (None, [])
