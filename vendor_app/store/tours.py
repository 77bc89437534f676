"""Tours."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from vendor_app.domain.slots import Span
from vendor_app.domain.tours import HOLDS_SLOT, LIVE, Reason, Status, Tour
from vendor_app.store.arrivals import title_bytes, title_text
from vendor_app.store.database import Connection, Row

_COLUMNS = [one.name for one in fields(Tour)]
_INSERT = f"INSERT INTO tours ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"
_UPDATE = f"UPDATE tours SET {', '.join(f'{name} = :{name}' for name in _COLUMNS[1:])} WHERE tour_id = :tour_id"


def _among(statuses: frozenset[Status]) -> str:
    return "(" + ", ".join(f"'{status}'" for status in sorted(statuses)) + ")"


_HOLDS_SLOT, _LIVE = _among(HOLDS_SLOT), _among(LIVE)


def insert_tour(db: Connection, tour: Tour) -> None:
    """Store a new tour."""
    db.execute(_INSERT, **_to_row(tour))


def save_tour(db: Connection, tour: Tour) -> None:
    """Store a tour as it is now."""
    db.execute(_UPDATE, **_to_row(tour))


def find_tour(db: Connection, tour_id: str) -> Tour | None:
    """The tour, or None."""
    return _first(db.query("SELECT * FROM tours WHERE tour_id = :tour_id", tour_id=tour_id))


def lock_tour(tx: Connection, tour_id: str) -> Tour | None:
    """The tour, or None; it does not change before the transaction ends."""
    return _first(tx.query(f"SELECT * FROM tours WHERE tour_id = :tour_id {tx.for_update}", tour_id=tour_id))


def find_tour_by_token(db: Connection, token_hash: str) -> Tour | None:
    """The tour whose token has this fingerprint, or None."""
    return _first(db.query("SELECT * FROM tours WHERE token_hash = :token_hash", token_hash=token_hash))


def spans_taken(db: Connection, community_id: str, start: datetime, end: datetime) -> list[Span]:
    """The times of the community's tours that hold a place and touch the span from `start` to `end`."""
    rows = db.query(
        f"""SELECT starts_at, ends_at FROM tours WHERE community_id = :community_id
            AND starts_at < :end AND ends_at > :start AND status IN {_HOLDS_SLOT}""",
        community_id=community_id,
        start=start,
        end=end,
    )
    return [Span(row["starts_at"], row["ends_at"]) for row in rows]


def booked_since(db: Connection, client: str, since: datetime) -> list[datetime]:
    """When this client address booked, from `since` on, oldest first; what never reached Knock does not count."""
    rows = db.query(
        """SELECT created_at FROM tours WHERE client = :client AND created_at > :since
           AND (reason IS NULL OR reason <> :not_sent) ORDER BY created_at""",
        client=client,
        since=since,
        not_sent=Reason.NOT_SENT,
    )
    return [row["created_at"] for row in rows]


def tours_to_close(db: Connection, now: datetime) -> list[str]:
    """Ids of live tours whose access window is over."""
    return _ids(db.query(f"SELECT tour_id FROM tours WHERE status IN {_LIVE} AND closes_at <= :now", now=now))


def requests_gone_by(db: Connection, now: datetime) -> list[str]:
    """Ids of tours that were never confirmed and whose time is over."""
    return _ids(db.query("SELECT tour_id FROM tours WHERE status = 'requested' AND ends_at <= :now", now=now))


def upcoming_tours(db: Connection, now: datetime) -> list[Tour]:
    """Confirmed tours whose booked time is not over, the next first."""
    rows = db.query("SELECT * FROM tours WHERE status = 'confirmed' AND ends_at > :now ORDER BY starts_at", now=now)
    return [_from_row(row) for row in rows]


def lock_other_bookings_of(tx: Connection, tour: Tour, now: datetime) -> list[Tour]:
    """Upcoming tours asked for before this one, at its community, by the same e-mail address or phone number."""
    rows = tx.query(
        f"""SELECT * FROM tours WHERE community_id = :community_id AND tour_id <> :tour_id
           AND (created_at < :created_at OR (created_at = :created_at AND status = 'confirmed'))
           AND status IN ('requested', 'confirmed') AND ends_at > :now
           AND (email_key = :email_key OR phone_key = :phone_key)
           ORDER BY created_at {tx.for_update}""",
        community_id=tour.community_id,
        tour_id=tour.tour_id,
        created_at=tour.created_at,
        now=now,
        email_key=tour.email_key,
        phone_key=tour.phone_key,
    )
    return [_from_row(row) for row in rows]


def newest_tours(db: Connection, limit: int) -> list[Tour]:
    """The tours booked last, newest first."""
    return [_from_row(row) for row in db.query("SELECT * FROM tours ORDER BY created_at DESC LIMIT :limit", limit=limit)]


def count_tours(db: Connection) -> dict[str, int]:
    """How many tours there are by status."""
    return {row["status"]: row["n"] for row in db.query("SELECT status, count(*) AS n FROM tours GROUP BY status")}


def _ids(rows: list[Row]) -> list[str]:
    return [row["tour_id"] for row in rows]


def _first(rows: list[Row]) -> Tour | None:
    return _from_row(rows[0]) if rows else None


def _to_row(tour: Tour) -> dict[str, Any]:
    # Not asdict(): it copies every value deeply, which cost a third of a booking's time.
    return {**vars(tour), "source_title": title_bytes(tour.source_title)}


def _from_row(row: Row) -> Tour:
    return Tour(
        **{
            **row,
            "status": Status(row["status"]),
            "reason": row["reason"] and Reason(row["reason"]),
            "source_title": title_text(row["source_title"]),
            "sms_consent": bool(row["sms_consent"]),
        }
    )
