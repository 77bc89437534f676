"""Tours."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from vendor_app.domain.slots import Span
from vendor_app.domain.tours import HOLDS_SLOT, LIVE, Reason, Status, Tour, TourType
from vendor_app.store.arrivals import title_bytes, title_text
from vendor_app.store.database import Connection, Row

_COLUMNS = [one.name for one in fields(Tour)]
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM tours"
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
    return _first(db.query(f"{_SELECT} WHERE tour_id = :tour_id", tour_id=tour_id))


def lock_tour(tx: Connection, tour_id: str) -> Tour | None:
    """The tour, or None; it does not change before the transaction ends."""
    return _first(tx.query(f"{_SELECT} WHERE tour_id = :tour_id {tx.for_update}", tour_id=tour_id))


def find_tour_by_token(db: Connection, token_hash: str) -> Tour | None:
    """The tour whose token has this fingerprint, or None."""
    return _first(db.query(f"{_SELECT} WHERE token_hash = :token_hash", token_hash=token_hash))


def spans_taken(db: Connection, community_id: str, start: datetime, end: datetime, besides: str = "") -> list[Span]:
    """The times that the community's self-guided tours hold between `start` and `end`, those of the tour `besides` left out.

    A tour that is being moved holds both its own time and the new one.
    """
    rows = db.query(
        f"""SELECT starts_at, ends_at FROM tours WHERE community_id = :community_id AND tour_type = 'SELF_GUIDED'
            AND tour_id <> :besides AND starts_at < :end AND ends_at > :start AND status IN {_HOLDS_SLOT}
            UNION ALL
            SELECT next_starts_at, next_ends_at FROM tours WHERE community_id = :community_id AND tour_type = 'SELF_GUIDED'
            AND tour_id <> :besides AND next_starts_at < :end AND next_ends_at > :start AND status IN {_HOLDS_SLOT}""",
        community_id=community_id,
        start=start,
        end=end,
        besides=besides,
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
    """Ids of live tours whose access window is over and that are not just being moved to a later time."""
    return _ids(
        db.query(
            f"SELECT tour_id FROM tours WHERE status IN {_LIVE} AND closes_at <= :now AND next_starts_at IS NULL",
            now=now,
        )
    )


def requests_gone_by(db: Connection, now: datetime) -> list[str]:
    """Ids of tours that were never confirmed and whose time is over."""
    return _ids(db.query("SELECT tour_id FROM tours WHERE status = 'requested' AND ends_at <= :now", now=now))


def count_upcoming(db: Connection, now: datetime) -> int:
    """How many confirmed tours are not over."""
    row = db.one("SELECT count(*) AS n FROM tours WHERE status = 'confirmed' AND ends_at > :now", now=now)
    return int(row["n"]) if row else 0


def upcoming_unserved(db: Connection, now: datetime) -> list[Row]:
    """Upcoming tours (`tour_id, is_gone`) at communities that are gone from Knock, switched off, or not enabled."""
    return db.query(
        """SELECT tours.tour_id, (communities.community_id IS NULL OR communities.gone_at IS NOT NULL) AS is_gone
           FROM tours LEFT JOIN communities ON communities.community_id = tours.community_id
           LEFT JOIN community_rules ON community_rules.community_id = tours.community_id
           WHERE tours.status = 'confirmed' AND tours.ends_at > :now
           AND (communities.community_id IS NULL OR communities.gone_at IS NOT NULL
                OR communities.switched_off_at IS NOT NULL OR community_rules.enabled = FALSE)""",
        now=now,
    )


def without_appointment_at(db: Connection, starts_at: datetime) -> list[str]:
    """Ids of live tours at that time whose appointment in Knock is not known."""
    return _ids(
        db.query(
            f"SELECT tour_id FROM tours WHERE status IN {_LIVE} AND appointment_id IS NULL AND starts_at = :starts_at",
            starts_at=starts_at,
        )
    )


def self_guided_at(db: Connection, community_id: str, at: datetime) -> list[str]:
    """Ids of the community's self-guided tours in whose access window that instant is, those that are over included."""
    return _ids(
        db.query(
            """SELECT tour_id FROM tours WHERE community_id = :community_id AND tour_type = 'SELF_GUIDED'
               AND opens_at <= :at AND closes_at >= :at AND status IN ('confirmed', 'in_progress', 'completed', 'no_show')""",
            community_id=community_id,
            at=at,
        )
    )


def self_guided_before(db: Connection, now: datetime, until: datetime) -> list[Tour]:
    """Upcoming self-guided tours that start before `until`."""
    rows = db.query(
        f"""{_SELECT} WHERE status = 'confirmed' AND tour_type = 'SELF_GUIDED' AND ends_at > :now AND starts_at <= :until
            ORDER BY starts_at""",
        now=now,
        until=until,
    )
    return [_from_row(row) for row in rows]


def take_due_check(tx: Connection, now: datetime) -> Tour | None:
    """The next upcoming tour that is due for a check, the nearest first; nobody else takes it before the transaction ends."""
    return _first(
        tx.query(
            f"""{_SELECT} WHERE status = 'confirmed' AND check_at <= :now AND ends_at > :now
                ORDER BY starts_at LIMIT 1 {tx.skipping_locked}""",
            now=now,
        )
    )


def check_again(tx: Connection, tour_id: str, at: datetime) -> None:
    """Its next check is due at that time."""
    tx.execute("UPDATE tours SET check_at = :at WHERE tour_id = :tour_id", tour_id=tour_id, at=at)


def take_due_reading(tx: Connection, now: datetime) -> Tour | None:
    """The next tour whose prospect's events are due to be read; nobody else takes it before the transaction ends."""
    return _first(
        tx.query(
            f"""{_SELECT} WHERE read_events_at <= :now AND prospect_id IS NOT NULL
                ORDER BY read_events_at LIMIT 1 {tx.skipping_locked}""",
            now=now,
        )
    )


def read_again(tx: Connection, tour_id: str, at: datetime | None) -> None:
    """Its prospect's events are read again at that time, or never."""
    tx.execute("UPDATE tours SET read_events_at = :at WHERE tour_id = :tour_id", tour_id=tour_id, at=at)


def look_at_all_again(tx: Connection, now: datetime) -> None:
    """Every upcoming tour is due for a check, and every prospect's events for a reading, now."""
    tx.execute("UPDATE tours SET check_at = :now WHERE status = 'confirmed' AND check_at > :now", now=now)
    tx.execute("UPDATE tours SET read_events_at = :now WHERE read_events_at > :now", now=now)


def lock_other_bookings_of(tx: Connection, tour: Tour, now: datetime) -> list[Tour]:
    """Upcoming tours asked for before this one, at its community, by the same e-mail address or phone number."""
    rows = tx.query(
        f"""{_SELECT} WHERE community_id = :community_id AND tour_id <> :tour_id
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
    return [_from_row(row) for row in db.query(f"{_SELECT} ORDER BY created_at DESC LIMIT :limit", limit=limit)]


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
            "tour_type": TourType(row["tour_type"]),
            "source_title": title_text(row["source_title"]),
            "sms_consent": bool(row["sms_consent"]),
        }
    )
