"""What operators and alarms read in the outbox; nothing here changes it."""

from dataclasses import dataclass
from datetime import datetime

from vendor_app.store.rows import columns_of
from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class KeptMessage:
    """A message as it stands; `last_error` is why it was not done so far."""

    id: int
    kind: str
    subject_id: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    done_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, kw_only=True)
class MessageCount:
    """How many messages of a kind are in a state."""

    kind: str
    state: str
    n: int


@dataclass(frozen=True, kw_only=True)
class Failing:
    """How many messages have failed and will be tried again, and when the oldest was written."""

    n: int
    oldest_at: datetime | None


_SELECT = f"SELECT {columns_of(KeptMessage)} FROM outbox"


class OutboxReports(Table):
    """Reads what operators want to know of the outbox."""

    def dead_messages(self) -> list[KeptMessage]:
        """The messages we gave up on, oldest first."""
        return [KeptMessage(**row) for row in self._db.query(f"{_SELECT} WHERE state = 'dead' ORDER BY id")]

    def pending_messages_of(self, subject_id: str) -> list[KeptMessage]:
        """The tour's messages still to be sent, in order."""
        rows = self._db.query(
            f"{_SELECT} WHERE subject_id = :subject_id AND state = 'pending' ORDER BY id", subject_id=subject_id
        )
        return [KeptMessage(**row) for row in rows]

    def count_open(self) -> list[MessageCount]:
        """How many messages there are of a kind that are owed, or that we gave up on."""
        rows = self._db.query(
            """SELECT kind, state, count(*) AS n FROM outbox WHERE state = 'pending' GROUP BY kind, state
               UNION ALL SELECT kind, state, count(*) AS n FROM outbox WHERE state = 'dead' GROUP BY kind, state"""
        )
        return [MessageCount(**row) for row in rows]

    def postponed_messages(self, most: int) -> list[KeptMessage]:
        """The messages that were tried and will be tried again, oldest first: failing ones, and waiting ones."""
        rows = self._db.query(
            f"""{_SELECT} WHERE state = 'pending' AND attempts > 0 AND last_error IS NOT NULL
                ORDER BY created_at, id LIMIT :most""",
            most=most,
        )
        return [KeptMessage(**row) for row in rows]

    def count_failing(self) -> Failing:
        """How many messages fail; one that only waits for something does not."""
        (row,) = self._db.query(
            "SELECT count(*) AS n, min(created_at) AS oldest_at FROM outbox WHERE state = 'pending' AND is_failing"
        )
        return Failing(**row)

    def oldest_due(self) -> datetime | None:
        """Since when the longest waiting message is due, or None."""
        row = self._db.one("SELECT min(next_attempt_at) AS due_at FROM outbox WHERE state = 'pending'")
        return row["due_at"] if row else None
