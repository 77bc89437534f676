"""One-time codes that verify a contact: the newest of a tour is the one that counts."""

from dataclasses import asdict
from datetime import datetime

from vendor_app.domain import Challenge, Verification
from vendor_app.store.engine.database import Row
from vendor_app.store.table import Table

_COLUMNS = "tour_id, contact, code_mac, sealed_code, created_at, tries, passed_at"
_NEWEST = f"SELECT {_COLUMNS} FROM verifications WHERE tour_id = :tour_id ORDER BY created_at DESC LIMIT 1"


class Verifications(Table):
    """Reads and writes one-time codes."""

    def insert(self, challenge: Challenge) -> None:
        """Store a new challenge; those before it do not count any more."""
        self._db.execute(
            f"""INSERT INTO verifications ({_COLUMNS})
                VALUES (:tour_id, :contact, :code_mac, :sealed_code, :created_at, :tries, :passed_at)""",
            **asdict(challenge),
        )

    def lock(self, tour_id: str) -> Challenge | None:
        """The tour's newest, or None; nobody else changes it before the transaction ends."""
        return _challenge(self._db.one(f"{_NEWEST} {self._db.for_update}", tour_id=tour_id))

    def find(self, tour_id: str) -> Challenge | None:
        """The tour's newest, or None."""
        return _challenge(self._db.one(_NEWEST, tour_id=tour_id))

    def save(self, challenge: Challenge) -> None:
        """Store the challenge's tries and outcome."""
        self._db.execute(
            """UPDATE verifications SET tries = :tries, passed_at = :passed_at, sealed_code = :sealed_code
               WHERE tour_id = :tour_id AND created_at = :created_at""",
            tries=challenge.tries,
            passed_at=challenge.passed_at,
            sealed_code=challenge.sealed_code,
            tour_id=challenge.tour_id,
            created_at=challenge.created_at,
        )

    def first_asked(self, tour_id: str) -> datetime | None:
        """When the first code was made for the tour, or None."""
        row = self._db.one("SELECT min(created_at) AS asked_at FROM verifications WHERE tour_id = :tour_id", tour_id=tour_id)
        return row["asked_at"] if row else None

    def forget_code(self, tour_id: str) -> None:
        """Delete the sealed code: it has been sent."""
        self._db.execute("UPDATE verifications SET sealed_code = NULL WHERE tour_id = :tour_id", tour_id=tour_id)


def _challenge(row: Row | None) -> Challenge | None:
    return Challenge(**{**row, "contact": Verification(row["contact"])}) if row else None
