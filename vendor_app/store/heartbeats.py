"""Which parts of the product are alive, since when without a break, and when they will say so again."""

from datetime import datetime, timedelta

from vendor_app.store.engine.database import Connection, Row

WEB, JOBS = "web", "jobs"
BEAT = timedelta(seconds=15)
# What is silent for longer was down, and begins anew.
BREAK = timedelta(seconds=60)


def beat(tx: Connection, name: str, now: datetime, every: timedelta = BEAT, *, begins: bool = False) -> None:
    """This part is alive, and says so again after `every`. One that `begins` was down before, however briefly."""
    tx.execute(
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


def find_heartbeat(db: Connection, name: str) -> Row | None:
    """`since_at`, the beginning of its present life, and `seen_at`, when it was last alive; None when it never was."""
    return db.one("SELECT since_at, seen_at FROM heartbeats WHERE name = :name", name=name)


def is_down(sign: Row, now: datetime) -> bool:
    """Whether this part (as find_heartbeat has it) has been silent for so long that it begins anew."""
    return bool(now > sign["seen_at"] + BREAK)


def list_heartbeats(db: Connection) -> list[Row]:
    """`name, since_at, seen_at, due_at` of every part that ever was alive."""
    return db.query("SELECT name, since_at, seen_at, due_at FROM heartbeats ORDER BY name")


def forget_heartbeats(tx: Connection, before: datetime) -> int:
    """Drop those of parts that were last alive before then."""
    return tx.execute("DELETE FROM heartbeats WHERE seen_at < :before", before=before)
