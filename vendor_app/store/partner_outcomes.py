"""How the last call with each of our keys went, stored for all processes."""

from dataclasses import dataclass
from datetime import datetime

from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class PartnerOutcome:
    """How the last call with a key went; `since_at`: since when calls succeed, or fail."""

    key: str
    problem: str | None
    refused: bool
    since_at: datetime


class PartnerOutcomes(Table):
    """Reads and writes partner outcomes."""

    def keep(self, key: str, problem: str | None, refused: bool, now: datetime) -> None:
        """Store how the newest call went; `problem` is None for an answer."""
        self._db.execute(
            """INSERT INTO partner_outcomes (key, problem, refused, since_at, seen_at)
               VALUES (:key, :problem, :refused, :now, :now)
               ON CONFLICT (key) DO UPDATE SET problem = excluded.problem, refused = excluded.refused, seen_at = excluded.seen_at,
                   since_at = CASE WHEN (partner_outcomes.problem IS NULL) = (excluded.problem IS NULL)
                              THEN partner_outcomes.since_at ELSE excluded.since_at END""",
            key=key,
            problem=problem,
            refused=refused,
            now=now,
        )

    def list_all(self) -> list[PartnerOutcome]:
        """The last outcome of every key, ordered by key."""
        rows = self._db.query("SELECT key, problem, refused, since_at FROM partner_outcomes ORDER BY key")
        return [PartnerOutcome(**{**row, "refused": bool(row["refused"])}) for row in rows]

    def forget(self, before: datetime) -> int:
        """Drop those of keys that were last used before then."""
        return self._db.execute("DELETE FROM partner_outcomes WHERE seen_at < :before", before=before)
