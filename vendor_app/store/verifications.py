"""The identity gate's challenges: the newest of a tour is the one that counts."""

from dataclasses import asdict
from datetime import datetime

from vendor_app.domain.communities import Verification
from vendor_app.domain.verification import Challenge
from vendor_app.store.engine.database import Connection, Row

_COLUMNS = "tour_id, contact, code_mac, sealed_code, created_at, tries, passed_at"


def insert_challenge(tx: Connection, challenge: Challenge) -> None:
    """Store a new challenge; those before it do not count any more."""
    tx.execute(
        f"""INSERT INTO verifications ({_COLUMNS})
            VALUES (:tour_id, :contact, :code_mac, :sealed_code, :created_at, :tries, :passed_at)""",
        **asdict(challenge),
    )


def lock_challenge(tx: Connection, tour_id: str) -> Challenge | None:
    """The tour's newest, or None; nobody else changes it before the transaction ends."""
    return _challenge(tx.one(f"{_NEWEST} {tx.for_update}", tour_id=tour_id))


def find_challenge(db: Connection, tour_id: str) -> Challenge | None:
    """The tour's newest, or None."""
    return _challenge(db.one(_NEWEST, tour_id=tour_id))


def save_challenge(tx: Connection, challenge: Challenge) -> None:
    """Store how it stands."""
    tx.execute(
        """UPDATE verifications SET tries = :tries, passed_at = :passed_at, sealed_code = :sealed_code
           WHERE tour_id = :tour_id AND created_at = :created_at""",
        tries=challenge.tries,
        passed_at=challenge.passed_at,
        sealed_code=challenge.sealed_code,
        tour_id=challenge.tour_id,
        created_at=challenge.created_at,
    )


def first_asked(db: Connection, tour_id: str) -> datetime | None:
    """When the first code was made for the tour, or None."""
    row = db.one("SELECT min(created_at) AS asked_at FROM verifications WHERE tour_id = :tour_id", tour_id=tour_id)
    return row["asked_at"] if row else None


def forget_code(tx: Connection, tour_id: str) -> None:
    """Nothing is to be sent any more."""
    tx.execute("UPDATE verifications SET sealed_code = NULL WHERE tour_id = :tour_id", tour_id=tour_id)


_NEWEST = f"SELECT {_COLUMNS} FROM verifications WHERE tour_id = :tour_id ORDER BY created_at DESC LIMIT 1"


def _challenge(row: Row | None) -> Challenge | None:
    return Challenge(**{**row, "contact": Verification(row["contact"])}) if row else None
