"""Idempotency: the same key with the same body gets the first answer again, whatever happened between.

Kept are the answers that say what became of a request: booked, not known yet, time taken. One that says nothing was done
and to try again (Knock could not be asked, too many bookings) is not kept, so trying again does try again. Unless somebody who
repeated the request meanwhile has been told of its tour: that stays requested, and is asked for again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from vendor_app.domain import Span, Status, Tour
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import KeyReused, TimeTaken

KEY_REUSED = "This Idempotency-Key was used for another request; use a new key for a new booking."


@dataclass(frozen=True)
class BookingKey:
    """The client's Idempotency-Key and the hash of what was asked under it.

    Each client has keys of its own: `key` is the client's key with the client, `former` the same under former secrets.
    """

    key: str
    request_hash: str
    former: tuple[str, ...] = ()

    @classmethod
    def of(cls, key: str, request: Mapping[str, Any], clients: Sequence[str]) -> "BookingKey":
        """`request` is the body as JSON values; the order of its fields does not matter. `clients`: the client, masked, first as
        it is now.
        """
        content = json.dumps(request, sort_keys=True, default=str)
        own, *former = [f"{client}:{key}" for client in clients]
        return cls(own, hashlib.sha256(content.encode()).hexdigest(), tuple(former))


def first_answer(db: Tables, key: BookingKey) -> Tour | None:
    """The tour as it was first answered, or None for a new key. Raises KeyReused, or the TimeTaken of the first answer."""
    found = (db.idempotency.find(one) for one in (key.key, *key.former))
    row = next((one for one in found if one is not None), None)
    if row is None:
        return None
    if row.request_hash != key.request_hash:
        raise KeyReused(KEY_REUSED)
    if row.answer and "times" in row.answer:
        raise _time_taken(row.answer)
    tour = db.tours.find(row.tour_id) if row.tour_id else None
    if tour is None or not row.answer:
        # The first request was cut off before its answer: whoever asks again learns how the tour stands.
        return tour
    return replace(tour, status=Status(row.answer["status"]), appointment_id=row.answer["appointmentId"])


def repeat_answer(via: Collaborators, key: BookingKey) -> Tour | None:
    """The first answer for one who asks again, kept for good: they have been told of this tour. Raises as first_answer."""
    with via.db.read() as db:
        if first_answer(db, key) is None:
            return None
    with via.db.transaction() as tx:
        return repeat_answer_in(tx, key)


def repeat_answer_in(tx: Tables, key: BookingKey) -> Tour | None:
    """The same in a transaction that goes on."""
    lock_key(tx, key)
    answered = first_answer(tx, key)
    if answered is not None and answered.status is not Status.REJECTED:  # what that is told comes with its refusal
        keep_tour(tx, key, answered)
    return answered


def lock_key(tx: Tables, key: BookingKey) -> None:
    """Nobody else is told an answer before the transaction ends."""
    tx.lock(f"key:{key.key}")


def take_key(tx: Tables, key: BookingKey, tour: Tour, now: datetime) -> None:
    """The key stands for this tour. Raises KeyReused when another request has taken it in this very moment."""
    if not tx.idempotency.take(key.key, key.request_hash, tour.tour_id, now):
        raise KeyReused(KEY_REUSED)


def release_key(tx: Tables, key: BookingKey) -> bool:
    """Nothing was done, so the key may be used again; False when somebody has been told an answer."""
    return tx.idempotency.release(key.key)


def keep_tour(tx: Tables, key: BookingKey, tour: Tour) -> None:
    """The first answer was this tour as it is now."""
    tx.idempotency.keep_answer(key.key, {"status": tour.status, "appointmentId": tour.appointment_id})


def keep_time_taken(tx: Tables, key: BookingKey, refusal: TimeTaken, now: datetime) -> None:
    """The first answer was that the time is taken."""
    tx.idempotency.take(key.key, key.request_hash, None, now)
    times = [[span.start.isoformat(), span.end.isoformat()] for span in refusal.times]
    tx.idempotency.keep_answer(key.key, {"message": str(refusal), "times": times})


def _time_taken(answer: Mapping[str, Any]) -> TimeTaken:
    times = [Span(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in answer["times"]]
    return TimeTaken(answer["message"], times)
