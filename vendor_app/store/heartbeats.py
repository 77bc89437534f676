"""Which parts of the product are alive, and since when without a break."""

from datetime import datetime, timedelta

from vendor_app.store.database import Connection, Row

WEB = "web"
BEAT = timedelta(seconds=15)
# What is silent for longer was down, and begins anew.
BREAK = timedelta(seconds=60)


def beat(tx: Connection, name: str, now: datetime) -> None:
    """This part is alive."""
    tx.execute(
        """INSERT INTO heartbeats (name, since_at, seen_at) VALUES (:name, :now, :now)
           ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at,
               since_at = CASE WHEN heartbeats.seen_at < :broken_at THEN excluded.since_at ELSE heartbeats.since_at END""",
        name=name,
        now=now,
        broken_at=now - BREAK,
    )


def find_heartbeat(db: Connection, name: str) -> Row | None:
    """`since_at`, the beginning of its present life, and `seen_at`, when it was last alive; None when it never was."""
    return db.one("SELECT since_at, seen_at FROM heartbeats WHERE name = :name", name=name)


def list_heartbeats(db: Connection) -> list[Row]:
    """`name, since_at, seen_at` of every part that ever was alive."""
    return db.query("SELECT name, since_at, seen_at FROM heartbeats ORDER BY name")
