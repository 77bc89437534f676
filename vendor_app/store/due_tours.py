"""The tours that are due: to be closed, checked, read about in Knock, or rejected."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.domain import By, Reason, Tour
from vendor_app.store.table import Table
from vendor_app.store.tours import LIVE_ONES, SELECT, first_tour, sql_list, tour_ids, tour_of

# The clocks of two machines may differ by this much.
_A_MOMENT = timedelta(minutes=1)
_BY_DEADLINE = sql_list(one for one in Reason if one.by is By.DEADLINE)


@dataclass(frozen=True, kw_only=True)
class UnservedTour:
    """A tour whose community we do not serve any more; `is_gone`: Knock does not list it."""

    tour_id: str
    is_gone: bool


class DueTours(Table):
    """Reads tours by what is due, and writes when it is due again."""

    def tours_to_close(self, now: datetime) -> list[str]:
        """Ids of live tours whose access window is over and that are not just being moved to a later time."""
        return tour_ids(
            self._db.query(
                f"SELECT tour_id FROM tours WHERE status IN {LIVE_ONES} AND closes_at <= :now AND next_starts_at IS NULL",
                now=now,
            )
        )

    def requests_gone_by(self, now: datetime) -> list[str]:
        """Ids of tours that were never confirmed and whose time is over."""
        return tour_ids(self._db.query("SELECT tour_id FROM tours WHERE status = 'requested' AND ends_at <= :now", now=now))

    def count_upcoming(self, now: datetime) -> int:
        """How many confirmed tours are not over."""
        row = self._db.one("SELECT count(*) AS n FROM tours WHERE status = 'confirmed' AND ends_at > :now", now=now)
        return int(row["n"]) if row else 0

    def upcoming_unserved(self, now: datetime) -> list[UnservedTour]:
        """Upcoming tours at communities that are gone from Knock, switched off, or not enabled."""
        rows = self._db.query(
            """SELECT tours.tour_id, (communities.community_id IS NULL OR communities.gone_at IS NOT NULL) AS is_gone
               FROM tours LEFT JOIN communities ON communities.community_id = tours.community_id
               LEFT JOIN community_rules ON community_rules.community_id = tours.community_id
               WHERE tours.status = 'confirmed' AND tours.ends_at > :now
               AND (communities.community_id IS NULL OR communities.gone_at IS NOT NULL
                    OR communities.switched_off_at IS NOT NULL OR community_rules.enabled = FALSE)""",
            now=now,
        )
        return [UnservedTour(tour_id=row["tour_id"], is_gone=bool(row["is_gone"])) for row in rows]

    def self_guided_before(self, now: datetime, until: datetime) -> list[Tour]:
        """Upcoming self-guided tours that start before `until`."""
        rows = self._db.query(
            f"""{SELECT} WHERE status = 'confirmed' AND tour_type = 'SELF_GUIDED' AND ends_at > :now AND starts_at <= :until
                ORDER BY starts_at""",
            now=now,
            until=until,
        )
        return [tour_of(row) for row in rows]

    def take_due_check(self, now: datetime) -> Tour | None:
        """The next upcoming tour that is due for a check, the nearest first; nobody else takes it before the transaction ends."""
        return first_tour(
            self._db.query(
                f"""{SELECT} WHERE status = 'confirmed' AND check_at <= :now AND ends_at > :now
                    ORDER BY starts_at LIMIT 1 {self._db.skipping_locked}""",
                now=now,
            )
        )

    def check_again(self, tour_id: str, at: datetime) -> None:
        """Its next check is due at that time."""
        self._db.execute("UPDATE tours SET check_at = :at WHERE tour_id = :tour_id", tour_id=tour_id, at=at)

    def take_due_reading(self, now: datetime) -> Tour | None:
        """The next tour whose prospect's events are due to be read; nobody else takes it before the transaction ends."""
        return first_tour(
            self._db.query(
                f"""{SELECT} WHERE read_events_at <= :now AND prospect_id IS NOT NULL
                    ORDER BY read_events_at LIMIT 1 {self._db.skipping_locked}""",
                now=now,
            )
        )

    def read_again(self, tour_id: str, at: datetime | None) -> None:
        """Its prospect's events are read again at that time, or never."""
        self._db.execute("UPDATE tours SET read_events_at = :at WHERE tour_id = :tour_id", tour_id=tour_id, at=at)

    def look_at_all_again(self, now: datetime) -> None:
        """Every upcoming tour is due for a check, and every prospect's events for a reading, now."""
        self._db.execute("UPDATE tours SET check_at = :now WHERE status = 'confirmed' AND check_at > :now", now=now)
        self._db.execute("UPDATE tours SET read_events_at = :now WHERE read_events_at > :now", now=now)

    def held_before(self, before: datetime) -> list[str]:
        """Ids of tours that have been held since before that instant."""
        return tour_ids(self._db.query("SELECT tour_id FROM tours WHERE held_at < :before", before=before))

    def decided_ahead_of_time(self, now: datetime) -> list[str]:
        """Ids of tours still to come that a deadline of ours ended at a time later than now: the clock had jumped ahead."""
        return tour_ids(
            self._db.query(
                f"""SELECT tour_id FROM tours WHERE closes_at > :now AND ended_at > :soon AND tour_type = 'SELF_GUIDED'
                   AND (status = 'no_show' OR (status = 'cancelled' AND reason IN {_BY_DEADLINE}))""",
                now=now,
                soon=now + _A_MOMENT,
            )
        )
