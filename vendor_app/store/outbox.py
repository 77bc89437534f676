"""The outbox: messages we owe a partner, claimed with a lease by any number of workers.

1. Whatever causes a message inserts it in its own transaction.
2. A worker claims some that are due, in turn between partners and between their communities, and none that waits for another
   of its tour (domain/delivery/outbox.py, WAITS_FOR); the claim carries a token and an end.
3. It talks to the partner with no transaction open.
4. It finishes or postpones `WHERE lease_token = ?`: a worker that woke up after its lease ended changes nothing.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from vendor_app.domain import Kind, Lane, Message, Places, Recipient
from vendor_app.domain.delivery.outbox import LANE_OF, REFUSALS, WAITS, WAITS_FOR
from vendor_app.domain.delivery.payloads import checked_payload
from vendor_app.store.engine.database import Row
from vendor_app.store.outbox_reports import KeptMessage
from vendor_app.store.rows import columns_of
from vendor_app.store.table import Table

LEASE = timedelta(seconds=90)
_IS_FREE = "state = 'pending' AND (claimed_until IS NULL OR claimed_until <= :now)"
_IS_DUE = f"lane = :lane AND next_attempt_at <= :now AND {_IS_FREE}"
_PAIRS = ", ".join(f"'{kind}>{other}'" for kind, others in WAITS_FOR.items() for other in sorted(others))
_WAITS_FOR_NOTHING = f"""NOT EXISTS (
                   SELECT 1 FROM outbox AS other WHERE other.subject_id = mine.subject_id
                   AND other.state = 'pending' AND other.id <> mine.id AND (mine.kind || '>' || other.kind) IN ({_PAIRS})
                   AND (other.id < mine.id OR other.claimed_until > :now))"""
_RECIPIENT = "partner || '/' || community_id"


class Outbox(Table):
    """Reads and writes messages."""

    def enqueue(
        self,
        kind: Kind,
        subject_id: str,
        now: datetime,
        due: datetime | None = None,
        *,
        partner: str | None = None,
        **payload: Any,
    ) -> None:
        """Store a message about a tour, to be sent at `due` (or at once); `partner` where its lane has several.

        `payload` has the keys that domain/delivery/payloads.py declares for its kind.
        """
        self._db.execute(
            """INSERT INTO outbox (kind, lane, subject_id, partner, community_id, payload, state, attempts, next_attempt_at,
                                   created_at)
               VALUES (:kind, :lane, :subject_id, :partner,
                       coalesce((SELECT community_id FROM tours WHERE tour_id = :subject_id), ''),
                       :payload, 'pending', 0, :due, :now)""",
            kind=kind,
            lane=LANE_OF[kind],
            subject_id=subject_id,
            partner=partner or LANE_OF[kind],
            payload=checked_payload(kind, payload),
            due=due or now,
            now=now,
        )
        if due is None or due <= now:
            self._db.announce()

    def has_due(self, lane: Lane, now: datetime) -> bool:
        """Whether something in the lane is due that nobody has claimed."""
        return self._db.one(f"SELECT 1 AS found FROM outbox WHERE {_IS_DUE} LIMIT 1", lane=lane, now=now) is not None

    def claim_due(self, lane: Lane, places: Places, now: datetime) -> list[Message]:
        """Claim the lane's due messages, as many as there are places for."""
        whom, named = _whom(places)
        rows = self._db.query(
            f"""WITH {_in_turn(whom)},
               taken AS (
                   SELECT id FROM outbox WHERE id IN (SELECT id FROM turns ORDER BY turn, next_attempt_at, id LIMIT :most)
                   AND {_IS_FREE} {self._db.skipping_locked})
               UPDATE outbox SET claimed_until = :until, lease_token = :token, attempts = attempts + 1
               WHERE id IN (SELECT id FROM taken)
               RETURNING id, kind, subject_id, partner, community_id, payload, attempts, lease_token, created_at""",
            lane=lane,
            now=now,
            until=now + LEASE,
            token=secrets.token_hex(16),
            most=places.most,
            share=places.share,
            **named,
        )
        return [Message(**{**row, "kind": Kind(row["kind"])}) for row in sorted(rows, key=lambda row: int(row["id"]))]

    def finish(self, message: Message, now: datetime) -> bool:
        """Mark a claimed message done; False when the lease was lost."""
        return self._settle(message, "state = 'done', done_at = :now, last_error = NULL", now=now)

    def mark_dead(self, message: Message, error: str, now: datetime) -> bool:
        """Give up on a claimed message: kept, counted, shown, replayable. False when the lease was lost."""
        change = "state = 'dead', done_at = :now, last_error = :error, payload = :payload"
        return self._settle(message, change, now=now, error=error, payload=_counting(message, {}))

    def postpone(
        self, message: Message, why: str, until: datetime, refusals: int | None = None, *, is_failing: bool = True
    ) -> bool:
        """Try a claimed message again later; False when the lease was lost. `refusals`: how often its partner refused it so far.

        A message that only waits for something to happen is not failing.
        """
        change = "next_attempt_at = :until, last_error = :why, is_failing = :is_failing, payload = :payload"
        refused, waited = message.refusals if refusals is None else refusals, message.waits + (not is_failing)
        counted = _counting(message, {REFUSALS: refused, WAITS: waited})
        return self._settle(message, change, until=until, why=why, is_failing=is_failing, payload=counted)

    def renew_lease(self, message: Message, now: datetime) -> bool:
        """Renew the lease of a claimed message, for a whole lease from now; False when it was lost."""
        return self._settle(message, "claimed_until = :until", keep_lease=True, until=now + LEASE)

    def _settle(self, message: Message, change: str, keep_lease: bool = False, **params: Any) -> bool:
        release = "" if keep_lease else ", claimed_until = NULL, lease_token = NULL"
        sql = f"UPDATE outbox SET {change}{release} WHERE id = :id AND lease_token = :token AND state = 'pending'"
        return self._db.execute(sql, id=message.id, token=message.lease_token, **params) == 1

    def drop_pending(self, subject_id: str, kind: Kind, why: str, now: datetime) -> int:
        """Mark the tour's pending messages of this kind done without sending them; one that is being sent is left alone."""
        return self._db.execute(
            f"""UPDATE outbox SET state = 'done', done_at = :now, last_error = :why
               WHERE subject_id = :subject_id AND kind = :kind AND {_IS_FREE}""",
            subject_id=subject_id,
            kind=kind,
            why=why,
            now=now,
        )

    def is_unclaimed(self, subject_id: str, kind: Kind, now: datetime, **payload: Any) -> bool:
        """Whether a message with this payload is pending and not being sent just now."""
        rows = self._db.query(
            f"SELECT payload FROM outbox WHERE subject_id = :subject_id AND kind = :kind AND {_IS_FREE}",
            subject_id=subject_id,
            kind=kind,
            now=now,
        )
        return _any_carries(rows, kind, payload)

    def hasten(self, subject_id: str, kind: Kind, due: datetime) -> None:
        """Make the tour's pending messages of this kind due at `due` at the latest."""
        hastened = self._db.execute(
            """UPDATE outbox SET next_attempt_at = :due WHERE subject_id = :subject_id AND kind = :kind AND state = 'pending'
               AND next_attempt_at > :due""",
            subject_id=subject_id,
            kind=kind,
            due=due,
        )
        if hastened:
            self._db.announce()

    def forget_done(self, before: datetime, most: int) -> int:
        """Delete messages done before that instant, at most `most` of them."""
        return self.delete_some("outbox", "id", "state = 'done' AND done_at < :before", most, before=before)

    def repair_after_clock_jump(self, now: datetime) -> int:
        """After the clock has jumped back: make messages written or claimed at a later time than now due and unclaimed."""
        return self._db.execute(
            """UPDATE outbox SET next_attempt_at = :now, claimed_until = NULL, lease_token = NULL
               WHERE state = 'pending'
                 AND (created_at > :soon OR claimed_until > :soon OR (attempts > 0 AND next_attempt_at > :later))""",
            now=now,
            soon=now + 2 * LEASE,
            later=now + timedelta(days=1),
        )

    def replay_dead(self, message_id: int, now: datetime) -> KeptMessage | None:
        """Make a dead message pending again, due now; the message, or None when no such message is dead."""
        row = self._db.one(
            f"""UPDATE outbox SET state = 'pending', attempts = 0, next_attempt_at = :now, created_at = :now, done_at = NULL
                WHERE id = :id AND state = 'dead' RETURNING {columns_of(KeptMessage)}""",
            id=message_id,
            now=now,
        )
        return KeptMessage(**row) if row else None

    def is_untried(self, subject_id: str, kind: Kind, **payload: Any) -> bool:
        """Whether a message of this kind about the tour, with this payload, waits for its first attempt."""
        rows = self._db.query(
            """SELECT payload FROM outbox
               WHERE subject_id = :subject_id AND kind = :kind AND state = 'pending' AND attempts = 0""",
            subject_id=subject_id,
            kind=kind,
        )
        return _any_carries(rows, kind, payload)


def _any_carries(rows: list[Row], kind: Kind, payload: dict[str, Any]) -> bool:
    asked = checked_payload(kind, payload).items()
    return any(asked <= row["payload"].items() for row in rows)


def _in_turn(whom: str) -> str:
    """SQL of `turns`: partners in turn, within each its communities in turn, within those the message that is due longest."""
    return f"""due AS (
               SELECT id, partner, next_attempt_at, row_number() OVER (
                   PARTITION BY partner, community_id ORDER BY next_attempt_at, id) AS place
               FROM outbox AS mine WHERE {_IS_DUE} {whom} AND {_WAITS_FOR_NOTHING}),
           turns AS (
               SELECT id, row_number() OVER (PARTITION BY partner ORDER BY place, next_attempt_at, id) AS turn, next_attempt_at
               FROM due WHERE place <= :share)"""


def _whom(places: Places) -> tuple[str, dict[str, str]]:
    """The condition on the recipients that may get messages, and its parameters."""
    named: dict[str, str] = {}
    chosen = [
        _in(named, _RECIPIENT, "among", map(_name, places.among)) if places.among is not None else "",
        _in(named, _RECIPIENT, "besides", map(_name, places.besides), unless=True),
        _in(named, "partner", "partners", places.besides_partners, unless=True),
    ]
    return "".join(chosen), named


def _in(named: dict[str, str], column: str, name: str, values: Iterable[str], *, unless: bool = False) -> str:
    """`column IN (…)`, or NOT IN with `unless`, its parameters added to `named`; no condition for an empty NOT IN."""
    given = {f"{name}_{number}": value for number, value in enumerate(sorted(set(values)))}
    named.update(given)
    if not given:
        return "" if unless else " AND 1 = 0"
    return f" AND {column} {'NOT ' if unless else ''}IN ({', '.join(f':{one}' for one in given)})"


def _name(recipient: Recipient) -> str:
    return f"{recipient.partner}/{recipient.community_id}"


def _counting(message: Message, counts: Mapping[str, int]) -> dict[str, Any]:
    said = {name: value for name, value in message.payload.items() if name not in (REFUSALS, WAITS)}
    return {**said, **{name: count for name, count in counts.items() if count}}
