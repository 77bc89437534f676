"""What must hold at every moment: no code opens when it must not, and no slot holds more than its limit. Looks twice a second."""

from datetime import datetime
from typing import Any

from tests.campaign.communities import MOST_AT_ONCE
from tests.campaign.ledger import Ledger
from tests.campaign.system import System
from vendor_app.domain.slots import Span
from vendor_app.store.engine.database import Row
from vendor_app.store.tables import Tables

_HOLDS = "('requested', 'confirmed', 'in_progress')"


class Watch:
    """`looks` counts the samples; what it sees goes to the ledger, each thing once."""

    def __init__(self, system: System, ledger: Ledger) -> None:
        self.looks = 0
        self._system, self._ledger = system, ledger
        self._told: set[tuple[str, str]] = set()

    def step(self) -> None:
        """Look once. Ours is read first, so that what the locks hold is never older than what we say of it."""
        now = self._system.sandbox.clock()
        near = self._codes_in_their_window(now)
        with self._system.db.read() as db:
            grants = _grants(db, near)
            for community_id, limit in MOST_AT_ONCE.items():
                self._look_at_slots(community_id, limit, _spans(db, community_id))
        working = self._codes_in_their_window(self._system.sandbox.clock(), working=True)
        for grant_id in near & working:
            self._look_at_code(grant_id, grants.get(grant_id), now)
        self.looks += 1

    def _codes_in_their_window(self, now: datetime, *, working: bool = False) -> set[str]:
        """Our ids of grants whose window it is at the locks; or those whose code opens doors just now."""
        sandbox = self._system.sandbox
        with sandbox.memory.lock:
            http = [
                one.grant_id for one in sandbox.lock.grants.values() if _is_near(one, now) and (not working or one.works(now))
            ]
            seam = [
                one.access_grant_key or one.access_grant_id
                for one in sandbox.seam.grants.values()
                if _is_near(one, now)
                and (not working or (one.works(now) and any(one.has_code(m.code or "") for m in one.methods)))
            ]
        return {*http, *seam}

    def _look_at_code(self, grant_id: str, ours: Row | None, now: datetime) -> None:
        if ours is None:
            self._tell("doors", grant_id, "a code opens doors that we know nothing of")
        elif ours["revoked_at"] is not None:
            self._tell("doors", ours["tour_id"], f"{grant_id} opens doors after its revocation was confirmed")
        elif ours["state"] != "closed" and not (ours["tour_opens_at"] <= now <= ours["tour_closes_at"]):
            self._tell("doors", ours["tour_id"], f"{grant_id} opens doors outside the tour's window")
        elif ours["state"] != "closed" and ours["status"] not in ("confirmed", "in_progress"):
            self._tell("doors", ours["tour_id"], f"{grant_id} opens doors for a tour that is {ours['status']}")

    def _look_at_slots(self, community_id: str, limit: int, taken: list[tuple[str, Span]]) -> None:
        """A tour that is being moved holds two spans, and is still one tour."""
        for _, span in taken:
            crowd = len({tour_id for tour_id, other in taken if other.start <= span.start < other.end})
            if crowd > limit:
                self._tell("slots", community_id, f"{crowd} tours at {span.start.isoformat()}, {limit} at most")

    def _tell(self, row: str, subject: str, what: str) -> None:
        if (subject, what) not in self._told:
            self._told.add((subject, what))
            self._ledger.found(row, subject, what)


def _is_near(grant: Any, now: datetime) -> bool:
    return bool(grant.starts_at <= now <= grant.ends_at)


def _grants(db: Tables, ids: set[str]) -> dict[str, Row]:
    named = {f"id_{number}": one for number, one in enumerate(sorted(ids))}
    if not named:
        return {}
    rows = db.connection.query(
        f"""SELECT access_grants.grant_id, access_grants.tour_id, access_grants.state, access_grants.revoked_at, tours.status,
                   tours.opens_at AS tour_opens_at, tours.closes_at AS tour_closes_at
            FROM access_grants JOIN tours ON tours.tour_id = access_grants.tour_id
            WHERE access_grants.grant_id IN ({", ".join(f":{name}" for name in named)})""",
        **named,
    )
    return {row["grant_id"]: row for row in rows}


def _spans(db: Tables, community_id: str) -> list[tuple[str, Span]]:
    rows = db.connection.query(
        f"""SELECT tour_id, starts_at, ends_at FROM tours WHERE community_id = :community_id AND tour_type = 'SELF_GUIDED'
            AND status IN {_HOLDS}
            UNION ALL SELECT tour_id, next_starts_at, next_ends_at FROM tours WHERE community_id = :community_id
            AND tour_type = 'SELF_GUIDED' AND status IN {_HOLDS} AND next_starts_at IS NOT NULL
            AND next_starts_at <> starts_at""",
        community_id=community_id,
    )
    return [(row["tour_id"], Span(row["starts_at"], row["ends_at"])) for row in rows]
