"""What operators and alarms ask of the outbox; nothing here changes it."""

from datetime import datetime

from vendor_app.store.engine.database import Connection, Row


def dead_messages(db: Connection) -> list[Row]:
    """What we gave up on, oldest first."""
    return db.query("SELECT id, kind, subject_id, attempts, last_error, done_at FROM outbox WHERE state = 'dead' ORDER BY id")


def pending_messages_of(db: Connection, subject_id: str) -> list[Row]:
    """What is still owed about a tour, in order."""
    return db.query(
        """SELECT id, kind, attempts, created_at, next_attempt_at, last_error FROM outbox
           WHERE subject_id = :subject_id AND state = 'pending' ORDER BY id""",
        subject_id=subject_id,
    )


def count_messages(db: Connection) -> list[Row]:
    """How many messages there are by kind and state."""
    return db.query("SELECT kind, state, count(*) AS n FROM outbox GROUP BY kind, state")


def postponed_messages(db: Connection, most: int) -> list[Row]:
    """Those that were tried and will be tried again, and why (`last_error`), oldest first: failing ones, and ones that wait."""
    return db.query(
        """SELECT id, kind, subject_id, attempts, created_at, next_attempt_at, last_error FROM outbox
           WHERE state = 'pending' AND attempts > 0 AND last_error IS NOT NULL ORDER BY created_at, id LIMIT :most""",
        most=most,
    )


def count_failing(db: Connection) -> Row:
    """`n` messages that were tried in vain and will be tried again, the oldest from `oldest_at`; not those that only wait."""
    counted = db.one("SELECT count(*) AS n, min(created_at) AS oldest_at FROM outbox WHERE state = 'pending' AND is_failing")
    return counted or {"n": 0, "oldest_at": None}


def oldest_due(db: Connection) -> datetime | None:
    """Since when the longest waiting message is due, or None."""
    row = db.one("SELECT min(next_attempt_at) AS due_at FROM outbox WHERE state = 'pending'")
    return row["due_at"] if row else None
