"""Which parts of the product are alive, since when without a break, and when they will say so again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.store.table import Table

WEB, JOBS = "web", "jobs"
BEAT = timedelta(seconds=15)
# What is silent for longer was down, and begins anew.
BREAK = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """A part of the product: the beginning of its present life, when it was last alive, and when it will say so again."""

    name: str
    since_at: datetime
    seen_at: datetime
    due_at: datetime | None


class Heartbeats(Table):
    """Reads and writes heartbeats."""

    def beat(self, name: str, now: datetime, every: timedelta = BEAT, *, begins: bool = False) -> None:
        """This part is alive, and says so again after `every`. One that `begins` was down before, however briefly."""
        self._db.execute(
            """INSERT INTO heartbeats (name, since_at, seen_at, due_at) VALUES (:name, :now, :now, :due)
               ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, due_at = excluded.due_at,
                   since_at = CASE
                       WHEN :begins OR heartbeats.seen_at < :broken_at THEN excluded.since_at ELSE heartbeats.since_at END""",
            name=name,
            now=now,
            due=now + every,
            begins=begins,
            broken_at=now - every - (BREAK - BEAT),
        )

    def find(self, name: str) -> Heartbeat | None:
        """How this part is; None when it never was alive."""
        return next((one for one in self.list_all() if one.name == name), None)

    def list_all(self) -> list[Heartbeat]:
        """Every part that ever was alive."""
        return [
            Heartbeat(**row) for row in self._db.query("SELECT name, since_at, seen_at, due_at FROM heartbeats ORDER BY name")
        ]

    def forget(self, before: datetime) -> int:
        """Drop those of parts that were last alive before then."""
        return self._db.execute("DELETE FROM heartbeats WHERE seen_at < :before", before=before)


def is_down(heartbeat: Heartbeat, now: datetime) -> bool:
    """Whether this part has been silent for so long that it begins anew."""
    return now > heartbeat.seen_at + BREAK
