"""Access grants: what we asked of the lock systems."""

from dataclasses import asdict, fields
from datetime import datetime, timedelta

from vendor_app.domain import AccessGrant, AccessState, Credential, LockKind
from vendor_app.store.engine.database import Row
from vendor_app.store.table import Table

_NAMES = [one.name for one in fields(AccessGrant)]
_COLUMNS = ", ".join(_NAMES)
_SELECT = f"SELECT {_COLUMNS} FROM access_grants"
_INSERT = f"INSERT INTO access_grants ({_COLUMNS}) VALUES ({', '.join(':' + name for name in _NAMES)})"


class Grants(Table):
    """Reads and writes grants."""

    def insert(self, grant: AccessGrant) -> None:
        """Store a new grant."""
        self._db.execute(_INSERT, **asdict(grant))

    def find(self, grant_id: str) -> AccessGrant | None:
        """The grant, or None."""
        return _grant(self._db.one(f"{_SELECT} WHERE grant_id = :grant_id", grant_id=grant_id))

    def find_by_reference(self, lock: LockKind, reference: str) -> AccessGrant | None:
        """The grant that a lock system knows by its own id, or None."""
        return _grant(self._db.one(f"{_SELECT} WHERE reference = :reference AND lock = :lock", reference=reference, lock=lock))

    def latest(self, tour_id: str) -> AccessGrant | None:
        """The tour's newest grant that is under way or ready, or else one that failed, or else one that is closed, or None."""
        return _grant(
            self._db.one(
                f"{_SELECT} WHERE tour_id = :tour_id "
                "ORDER BY CASE state WHEN 'closed' THEN 2 WHEN 'failed' THEN 1 ELSE 0 END, "
                "created_at DESC, attempt DESC, grant_id LIMIT 1",
                tour_id=tour_id,
            )
        )

    def of_tour(self, tour_id: str) -> list[AccessGrant]:
        """All of the tour's grants, oldest first."""
        rows = self._db.query(f"{_SELECT} WHERE tour_id = :tour_id ORDER BY created_at, attempt", tour_id=tour_id)
        return [grant for row in rows if (grant := _grant(row))]

    def answer(
        self, grant_id: str, state: AccessState, sealed_code: str | None, now: datetime, sealed_link: str | None = None
    ) -> bool:
        """Store the lock system's answer; False when the grant was closed meanwhile. None leaves a stored code as it is."""
        changed = self._db.execute(
            """UPDATE access_grants SET state = :state, answered_at = :now,
                   sealed_code = coalesce(:sealed_code, sealed_code), sealed_link = coalesce(:sealed_link, sealed_link)
               WHERE grant_id = :grant_id AND state <> 'closed'""",
            grant_id=grant_id,
            state=state,
            sealed_code=sealed_code,
            sealed_link=sealed_link,
            now=now,
        )
        return changed == 1

    def keep_reference(self, grant_id: str, reference: str | None) -> None:
        """Store the lock system's own id of a grant, also of a closed one: the revocation needs it."""
        self._db.execute(
            "UPDATE access_grants SET reference = coalesce(:reference, reference) WHERE grant_id = :grant_id",
            reference=reference,
            grant_id=grant_id,
        )

    def note_asking(self, grant_id: str, may_act_until: datetime | None) -> None:
        """Store until when the lock system may act on a request that it never answered."""
        self._db.execute(
            "UPDATE access_grants SET may_act_until = :until WHERE grant_id = :grant_id", grant_id=grant_id, until=may_act_until
        )

    def close(self, grant_id: str, now: datetime) -> bool:
        """Close the grant, which is then to be revoked, and delete its code; False when it was closed already."""
        changed = self._db.execute(
            """UPDATE access_grants SET state = 'closed', sealed_code = NULL, sealed_link = NULL, closed_at = :now
               WHERE grant_id = :grant_id AND state <> 'closed'""",
            grant_id=grant_id,
            now=now,
        )
        return changed == 1

    def mark_revoke_sent(self, grant_id: str, now: datetime) -> None:
        """Store when the first revocation was sent."""
        self._db.execute(
            "UPDATE access_grants SET revoke_sent_at = :now WHERE grant_id = :grant_id AND revoke_sent_at IS NULL",
            grant_id=grant_id,
            now=now,
        )

    def mark_revoked(self, grant_id: str, now: datetime) -> None:
        """Store that the lock system has confirmed the revocation."""
        self._db.execute("UPDATE access_grants SET revoked_at = :now WHERE grant_id = :grant_id", grant_id=grant_id, now=now)

    def unmark_revoked(self, grant_id: str) -> None:
        """The lock system acted on the grant after it confirmed: its revocation counts as unconfirmed again."""
        self._db.execute("UPDATE access_grants SET revoked_at = NULL WHERE grant_id = :grant_id", grant_id=grant_id)

    def revocation_times(self, since: datetime) -> list[timedelta]:
        """For each grant closed since then, how long it took until the first revocation was sent."""
        rows = self._db.query(
            "SELECT closed_at, revoke_sent_at FROM access_grants WHERE closed_at >= :since AND revoke_sent_at IS NOT NULL",
            since=since,
        )
        return [row["revoke_sent_at"] - row["closed_at"] for row in rows]

    def unrevoked(self, lock: str) -> list[str]:
        """Ids of those at a lock system that may open a door: not closed, or not confirmed as revoked. Oldest first."""
        rows = self._db.query(
            """SELECT grant_id FROM access_grants WHERE lock = :lock AND (state <> 'closed' OR revoked_at IS NULL)
               ORDER BY created_at, grant_id""",
            lock=lock,
        )
        return [row["grant_id"] for row in rows]

    def count_unrevoked(self) -> int:
        """How many closed grants no lock system has confirmed as revoked."""
        row = self._db.one("SELECT count(*) AS n FROM access_grants WHERE state = 'closed' AND revoked_at IS NULL")
        return int(row["n"]) if row else 0


def _grant(row: Row | None) -> AccessGrant | None:
    if row is None:
        return None
    kinds = {"state": AccessState(row["state"]), "lock": LockKind(row["lock"]), "credential": Credential(row["credential"])}
    return AccessGrant(**{**row, **kinds})
