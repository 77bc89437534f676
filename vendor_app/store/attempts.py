"""How often somebody has tried something, counted in the database, so that all processes count together."""

from datetime import datetime

from vendor_app.store.table import Table


class Attempts(Table):
    """Reads and writes attempts that are limited."""

    def note(self, bucket: str, now: datetime) -> None:
        """One more try."""
        self._db.execute("INSERT INTO attempts (bucket, made_at) VALUES (:bucket, :now)", bucket=bucket, now=now)

    def since(self, bucket: str, since: datetime) -> list[datetime]:
        """When it was tried after that instant, oldest first."""
        rows = self._db.query(
            "SELECT made_at FROM attempts WHERE bucket = :bucket AND made_at > :since ORDER BY made_at",
            bucket=bucket,
            since=since,
        )
        return [row["made_at"] for row in rows]

    def forget(self, before: datetime, most: int) -> int:
        """Drop tries from before that instant, at most `most` of them."""
        return self.delete_some("attempts", "id", "made_at < :before", most, before=before)
