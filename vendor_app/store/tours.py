"""Tours."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from vendor_app.domain import HOLDS_SLOT, LIVE, Reason, Span, Status, Tour, TourType
from vendor_app.store.arrivals import title_bytes, title_text
from vendor_app.store.engine.database import Row
from vendor_app.store.table import Table

_COLUMNS = [one.name for one in fields(Tour)]
SELECT = f"SELECT {', '.join(_COLUMNS)} FROM tours"
_INSERT = f"INSERT INTO tours ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"
_UPDATE = f"UPDATE tours SET {', '.join(f'{name} = :{name}' for name in _COLUMNS[1:])} WHERE tour_id = :tour_id"


def sql_list(ours: Iterable[Status | Reason]) -> str:
    """States or reasons as a list in SQL."""
    return "(" + ", ".join(f"'{one}'" for one in sorted(ours)) + ")"


_HOLDS_SLOT, LIVE_ONES = sql_list(HOLDS_SLOT), sql_list(LIVE)
# Holding a slot follows from the two states; said as well because the index tours_holding serves only queries that say it.
_UPCOMING_OF_PERSON = f"""community_id = :community_id AND tour_id <> :tour_id AND ends_at > :now
               AND status IN ('requested', 'confirmed') AND status IN {_HOLDS_SLOT}
               AND (email_key = :email_key OR phone_key = :phone_key)"""


class Tours(Table):
    """Reads and writes tours."""

    def insert(self, tour: Tour) -> None:
        """Store a new tour."""
        self._db.execute(_INSERT, **_to_row(tour))

    def save(self, tour: Tour) -> None:
        """Store a tour as it is now."""
        self._db.execute(_UPDATE, **_to_row(tour))

    def find(self, tour_id: str) -> Tour | None:
        """The tour, or None."""
        return first_tour(self._db.query(f"{SELECT} WHERE tour_id = :tour_id", tour_id=tour_id))

    def lock(self, tour_id: str) -> Tour | None:
        """The tour, or None; it does not change before the transaction ends."""
        return first_tour(self._db.query(f"{SELECT} WHERE tour_id = :tour_id {self._db.for_update}", tour_id=tour_id))

    def find_by_token(self, token_hash: str) -> Tour | None:
        """The tour whose token has this fingerprint, or None."""
        return first_tour(self._db.query(f"{SELECT} WHERE token_hash = :token_hash", token_hash=token_hash))

    def id_of_token(self, token_hash: str) -> str | None:
        """The id of that tour, or None: reading all of a tour takes several times as long."""
        row = self._db.one("SELECT tour_id FROM tours WHERE token_hash = :token_hash", token_hash=token_hash)
        return row["tour_id"] if row else None

    def spans_taken(self, community_id: str, start: datetime, end: datetime, besides: str = "") -> list[Span]:
        """The times that the community's self-guided tours hold between `start` and `end`, those of the tour `besides` left out.

        A tour that is being moved holds both its own time and the new one.
        """
        rows = self._db.query(
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

    def booked_since(self, client: str, since: datetime) -> list[datetime]:
        """When this client booked, from `since` on, oldest first; bookings that never reached Knock are left out."""
        rows = self._db.query(
            """SELECT created_at FROM tours WHERE client = :client AND created_at > :since
               AND (reason IS NULL OR reason <> :not_sent) ORDER BY created_at""",
            client=client,
            since=since,
            not_sent=Reason.NOT_SENT,
        )
        return [row["created_at"] for row in rows]

    def without_appointment_at(self, starts_at: datetime) -> list[str]:
        """Ids of tours at that time, live or missed, whose appointment in Knock is not known."""
        return tour_ids(
            self._db.query(
                f"""SELECT tour_id FROM tours WHERE (status IN {LIVE_ONES} OR status = '{Status.NO_SHOW}')
                    AND appointment_id IS NULL AND starts_at = :starts_at""",
                starts_at=starts_at,
            )
        )

    def queued_at(self, starts_at: datetime) -> list[str]:
        """Ids of tours that Propexo has in its queue for that time: to be booked, or moved to it."""
        return tour_ids(
            self._db.query(
                f"""SELECT tour_id FROM tours WHERE status IN {_HOLDS_SLOT} AND job_id IS NOT NULL
                    AND (starts_at = :starts_at OR next_starts_at = :starts_at)""",
                starts_at=starts_at,
            )
        )

    def self_guided_between(self, community_id: str, start: datetime, end: datetime) -> list[str]:
        """Ids of the community's self-guided tours whose access window touches that span, those that are over included."""
        return tour_ids(
            self._db.query(
                """SELECT tour_id FROM tours WHERE community_id = :community_id AND tour_type = 'SELF_GUIDED'
                   AND opens_at <= :end AND closes_at >= :start
                   AND status IN ('confirmed', 'in_progress', 'completed', 'no_show')""",
                community_id=community_id,
                start=start,
                end=end,
            )
        )

    def cancelled_on_site_at(self, community_id: str, at: datetime) -> list[str]:
        """Ids of the community's self-guided tours in whose window `at` lies, cancelled after the prospect had checked in."""
        return tour_ids(
            self._db.query(
                """SELECT tour_id FROM tours WHERE community_id = :community_id AND tour_type = 'SELF_GUIDED'
                   AND opens_at <= :at AND closes_at >= :at AND status = 'cancelled' AND checked_in_at <= :at""",
                community_id=community_id,
                at=at,
            )
        )

    def lock_other_bookings_of(self, tour: Tour, now: datetime) -> list[Tour]:
        """Upcoming tours booked before this one, at its community, with the same e-mail address or phone number, locked."""
        rows = self._db.query(
            f"""{SELECT} WHERE {_UPCOMING_OF_PERSON}
               AND (created_at < :created_at OR (created_at = :created_at AND status = 'confirmed'))
               ORDER BY created_at {self._db.for_update}""",
            tour_id=tour.tour_id,
            created_at=tour.created_at,
            now=now,
            **person_keys(tour),
        )
        return [tour_of(row) for row in rows]

    def upcoming_of_person(self, tour: Tour, now: datetime) -> list[Tour]:
        """The other upcoming tours at its community with the same e-mail address or phone number."""
        rows = self._db.query(f"{SELECT} WHERE {_UPCOMING_OF_PERSON}", tour_id=tour.tour_id, now=now, **person_keys(tour))
        return [tour_of(row) for row in rows]

    def newest(self, limit: int) -> list[Tour]:
        """The tours booked last, newest first."""
        return [tour_of(row) for row in self._db.query(f"{SELECT} ORDER BY created_at DESC LIMIT :limit", limit=limit)]

    def count(self) -> dict[str, int]:
        """How many tours there are by status."""
        return {row["status"]: row["n"] for row in self._db.query("SELECT status, count(*) AS n FROM tours GROUP BY status")}


def tour_ids(rows: list[Row]) -> list[str]:
    """Of rows with a tour_id."""
    return [row["tour_id"] for row in rows]


def first_tour(rows: list[Row]) -> Tour | None:
    """Of whole rows, or None."""
    return tour_of(rows[0]) if rows else None


def person_keys(tour: Tour) -> dict[str, str | None]:
    """What names the tour's prospect among those of its community in a query."""
    return {"community_id": tour.community_id, "email_key": tour.email_key, "phone_key": tour.phone_key}


def _to_row(tour: Tour) -> dict[str, Any]:
    # Not asdict(): it copies every value deeply, which cost a third of a booking's time.
    return {**vars(tour), "source_title": title_bytes(tour.source_title)}


def tour_of(row: Row) -> Tour:
    """A whole row as a tour."""
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
