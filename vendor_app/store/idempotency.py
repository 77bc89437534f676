"""Idempotency keys: the request under each key, and the first answer to it (rules: usecases/booking/idempotency.py)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class KeyInUse:
    """The hash of the request under a key, the tour it became, and its first answer; None for what there is not (yet)."""

    request_hash: str
    tour_id: str | None
    answer: dict[str, Any] | None


class Idempotency(Table):
    """Reads and writes idempotency keys."""

    def find(self, key: str) -> KeyInUse | None:
        """What is under the key, or None."""
        row = self._db.one("SELECT request_hash, tour_id, answer FROM idempotency_keys WHERE idempotency_key = :key", key=key)
        return KeyInUse(**row) if row else None

    def take(self, key: str, request_hash: str, tour_id: str | None, now: datetime) -> bool:
        """Bind a key to a request; False when it is bound already."""
        taken = self._db.execute(
            """INSERT INTO idempotency_keys (idempotency_key, request_hash, tour_id, created_at)
               VALUES (:key, :request_hash, :tour_id, :now) ON CONFLICT (idempotency_key) DO NOTHING""",
            key=key,
            request_hash=request_hash,
            tour_id=tour_id,
            now=now,
        )
        return taken == 1

    def keep_answer(self, key: str, answer: dict[str, Any]) -> None:
        """Keep the first answer; a later one changes nothing."""
        self._db.execute(
            "UPDATE idempotency_keys SET answer = :answer WHERE idempotency_key = :key AND answer IS NULL",
            key=key,
            answer=answer,
        )

    def release(self, key: str) -> bool:
        """Forget a key whose request certainly had no effect, so that it may be tried again; False when it was answered."""
        return self._db.execute("DELETE FROM idempotency_keys WHERE idempotency_key = :key AND answer IS NULL", key=key) == 1

    def forget(self, before: datetime, most: int) -> int:
        """Drop keys from before that instant, at most `most` of them."""
        return self.delete_some("idempotency_keys", "idempotency_key", "created_at < :before", most, before=before)
