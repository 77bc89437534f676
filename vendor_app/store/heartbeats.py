"""Heartbeats: which parts of the product are alive, since when without a break, and when the next heartbeat is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.store.table import Table

WEB, JOBS = "web", "jobs"
BEAT = timedelta(seconds=15)
# A longer silence counts as a break: `since_at` begins anew.
BREAK = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """A part of the product: alive without a break since `since_at`, last seen at `seen_at`, the next due at `due_at`."""

    name: str
    since_at: datetime
    seen_at: datetime
    due_at: datetime | None


class Heartbeats(Table):
    """Reads and writes heartbeats."""

    def beat(self, name: str, now: datetime, every: timedelta = BEAT, *, begins: bool = False) -> None:
        """Store that this part is alive, its next heartbeat due after `every`. `begins`: it has just started, so it was down."""
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
        """The part's last heartbeat; None when it never had one."""
        return next((one for one in self.list_all() if one.name == name), None)

    def list_all(self) -> list[Heartbeat]:
        """The last heartbeat of every part."""
        return [
            Heartbeat(**row) for row in self._db.query("SELECT name, since_at, seen_at, due_at FROM heartbeats ORDER BY name")
        ]

    def forget(self, before: datetime) -> int:
        """Delete heartbeats of parts that were last seen before then."""
        return self._db.execute("DELETE FROM heartbeats WHERE seen_at < :before", before=before)


def is_down(heartbeat: Heartbeat, now: datetime) -> bool:
    """Whether this part has been silent for longer than BREAK."""
    return now > heartbeat.seen_at + BREAK
