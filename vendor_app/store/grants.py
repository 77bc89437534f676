"""Access grants: what we asked of the lock system."""

from dataclasses import asdict
from datetime import datetime

from vendor_app.domain.access import AccessGrant, AccessState
from vendor_app.store.database import Connection, Row

_COLUMNS = "grant_id, tour_id, state, sealed_code, created_at, answered_at, revoked_at"


def insert_grant(db: Connection, grant: AccessGrant) -> None:
    """Store a new grant."""
    db.execute(
        f"""INSERT INTO access_grants ({_COLUMNS})
            VALUES (:grant_id, :tour_id, :state, :sealed_code, :created_at, :answered_at, :revoked_at)""",
        **asdict(grant),
    )


def find_grant(db: Connection, grant_id: str) -> AccessGrant | None:
    """The grant, or None."""
    return _grant(db.one(f"SELECT {_COLUMNS} FROM access_grants WHERE grant_id = :grant_id", grant_id=grant_id))


def latest_grant(db: Connection, tour_id: str) -> AccessGrant | None:
    """The tour's newest grant that is not closed, or else its newest, or None."""
    return _grant(
        db.one(
            f"SELECT {_COLUMNS} FROM access_grants WHERE tour_id = :tour_id "
            "ORDER BY CASE WHEN state = 'closed' THEN 1 ELSE 0 END, created_at DESC, grant_id LIMIT 1",
            tour_id=tour_id,
        )
    )


def grants_of(db: Connection, tour_id: str) -> list[AccessGrant]:
    """All of the tour's grants, oldest first."""
    rows = db.query(f"SELECT {_COLUMNS} FROM access_grants WHERE tour_id = :tour_id ORDER BY created_at", tour_id=tour_id)
    return [grant for row in rows if (grant := _grant(row))]


def answer_grant(db: Connection, grant_id: str, state: AccessState, sealed_code: str | None, now: datetime) -> bool:
    """Note the lock system's answer; False when the grant was closed meanwhile. A code that is known is kept."""
    changed = db.execute(
        """UPDATE access_grants SET state = :state, sealed_code = coalesce(:sealed_code, sealed_code), answered_at = :now
           WHERE grant_id = :grant_id AND state <> 'closed'""",
        grant_id=grant_id,
        state=state,
        sealed_code=sealed_code,
        now=now,
    )
    return changed == 1


def close_grant(db: Connection, grant_id: str) -> bool:
    """It shall open nothing any more, and its code is forgotten; False when it was closed already."""
    changed = db.execute(
        "UPDATE access_grants SET state = 'closed', sealed_code = NULL WHERE grant_id = :grant_id AND state <> 'closed'",
        grant_id=grant_id,
    )
    return changed == 1


def mark_grant_revoked(db: Connection, grant_id: str, now: datetime) -> None:
    """The lock system has confirmed that it opens nothing."""
    db.execute("UPDATE access_grants SET revoked_at = :now WHERE grant_id = :grant_id", grant_id=grant_id, now=now)


def _grant(row: Row | None) -> AccessGrant | None:
    return AccessGrant(**{**row, "state": AccessState(row["state"])}) if row else None
