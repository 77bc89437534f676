"""What the product's database says, and what its processes said while they ran."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vendor_app.domain.access import AccessGrant
from vendor_app.domain.tours import LIVE, Status, Tour
from vendor_app.keys import Keys
from vendor_app.store.engine.database import Row
from vendor_app.store.outbox_reports import KeptMessage
from vendor_app.store.store import Store
from vendor_app.store.tables import Tables
from vendor_app.store.tasks import OperatorTask

# What a process says when something happened that nobody had expected.
_UNEXPECTED = re.compile(
    r"^(?:Traceback \(most recent|.* (?:ERROR|CRITICAL) .*(?:unexpectedly|could not be (?:recorded|acted on)))"
)
_ALL = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Ours:
    """Everything by tour, oldest first; `codes` by grant; `uncounted`: when doors were opened that prove nothing.

    `waiting` are events and notices not acted on yet.
    """

    tours: dict[str, Tour]
    grants: dict[str, list[AccessGrant]]
    codes: dict[str, str | None]
    appointments: dict[str, Row]
    timelines: dict[str, list[Row]]
    uncounted: dict[str, set[datetime]]
    tasks: list[OperatorTask]
    dead: list[KeptMessage]
    owed: list[Row]
    waiting: int

    @property
    def live(self) -> list[Tour]:
        """Tours that are to come or under way."""
        return [one for one in self.tours.values() if one.status in LIVE]

    @property
    def over(self) -> list[Tour]:
        """Tours that are over, however they ended."""
        return [one for one in self.tours.values() if one.status not in LIVE and one.status is not Status.REQUESTED]

    def lines(self, tour_id: str, what: str) -> list[dict[str, Any]]:
        """The details of a tour's lines of this kind."""
        return [row["detail"] for row in self.timelines.get(tour_id, ()) if row["what"] == what]


def read_ours(database: Store, keys: Keys) -> Ours:
    """All of it, as it stands now."""
    with database.read() as db:
        tours = {one.tour_id: one for one in reversed(db.tours.newest(_ALL))}
        grants = {tour_id: found for tour_id in tours if (found := db.grants.of_tour(tour_id))}
        return Ours(
            tours=tours,
            grants=grants,
            codes=_codes(keys, grants),
            appointments={row["appointment_id"]: row for row in db.connection.query("SELECT * FROM appointments")},
            timelines=_timelines(db),
            uncounted=_uncounted(db),
            tasks=db.tasks.list_open(),
            dead=db.outbox_reports.dead_messages(),
            owed=db.connection.query(
                """SELECT id, kind, subject_id, payload, attempts, next_attempt_at, claimed_until, last_error FROM outbox
                   WHERE state = 'pending' ORDER BY id"""
            ),
            waiting=_count(db, "access_events") + _count(db, "knock_notices"),
        )


def due(ours: Ours, now: datetime) -> list[Row]:
    """What could be sent now, or is being sent (or was, by a process that was killed)."""
    return [row for row in ours.owed if row["claimed_until"] is not None or row["next_attempt_at"] <= now]


def unexpected(logs: list[Path]) -> list[str]:
    """Lines in the logs that nobody had expected, each with what follows it."""
    found: list[str] = []
    for log in logs:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        found += ["\n".join(lines[number : number + 40]) for number, line in enumerate(lines) if _UNEXPECTED.match(line)]
    return found


def _codes(keys: Keys, grants: dict[str, list[AccessGrant]]) -> dict[str, str | None]:
    all_of_them = (one for found in grants.values() for one in found)
    return {one.grant_id: keys.unseal(one.sealed_code, one.grant_id) if one.sealed_code else None for one in all_of_them}


def _timelines(db: Tables) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in db.connection.query("SELECT tour_id, what, detail, created_at FROM timeline ORDER BY created_at, id"):
        found[row["tour_id"]].append(row)
    return found


def _uncounted(db: Tables) -> dict[str, set[datetime]]:
    found: dict[str, set[datetime]] = defaultdict(set)
    for row in db.connection.query(
        """SELECT matched_tour_id, occurred_at FROM access_events
           WHERE type = 'access.door_unlocked' AND handled_at IS NOT NULL AND NOT counts"""
    ):
        found[row["matched_tour_id"]].add(rounded(row["occurred_at"]))
    return found


def rounded(at: datetime) -> datetime:
    """Some tell of milliseconds only."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _count(db: Tables, table: str) -> int:
    row = db.connection.one(f"SELECT count(*) AS n FROM {table} WHERE handled_at IS NULL")
    return int(row["n"]) if row else 0
