"""The operator's rules: a row for each community that the file names; `rules` is its table as in the file."""

from datetime import datetime
from typing import Any

from vendor_app.store.table import Table


class CommunityRulesTable(Table):
    """Reads and writes community rules."""

    def find(self, community_id: str) -> dict[str, Any] | None:
        """The community's table, or None where the file does not name it."""
        row = self._db.one("SELECT rules FROM community_rules WHERE community_id = :community_id", community_id=community_id)
        return row["rules"] if row else None

    def list_all(self) -> dict[str, dict[str, Any]]:
        """All tables, by community."""
        rows = self._db.query("SELECT community_id, rules FROM community_rules ORDER BY community_id")
        return {row["community_id"]: row["rules"] for row in rows}

    def lock_all(self) -> None:
        """Let nobody else change rules before the transaction ends."""
        self._db.lock("community rules")

    def keep(self, community_id: str, enabled: bool, rules: dict[str, Any], now: datetime) -> None:
        """Store a community's rules in the place of those it had."""
        self._db.execute(
            """INSERT INTO community_rules (community_id, enabled, rules, applied_at)
               VALUES (:community_id, :enabled, :rules, :now)
               ON CONFLICT (community_id) DO UPDATE SET
                   enabled = excluded.enabled, rules = excluded.rules, applied_at = excluded.applied_at""",
            community_id=community_id,
            enabled=enabled,
            rules=rules,
            now=now,
        )

    def drop(self, community_id: str) -> None:
        """Delete a community's rules: the defaults apply."""
        self._db.execute("DELETE FROM community_rules WHERE community_id = :community_id", community_id=community_id)
