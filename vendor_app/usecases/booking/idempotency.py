"""Idempotency-Key: the same key with the same body gets the first answer again, whatever happened since; another body is refused.

Stored are the answers "booked", "not known yet" and "time taken". "Nothing was done, try again" (Knock could not be asked, too
many bookings) is not, so that trying again books. But if a repeated request was answered with the tour meanwhile, the tour
stays requested, and Knock is asked for it again.
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
    """A client's Idempotency-Key and the hash of the request's body.

    Each client has keys of its own: `key` is "client:key", `former` the same with the client masked under former secrets.
    """

    key: str
    request_hash: str
    former: tuple[str, ...] = ()

    @classmethod
    def of(cls, key: str, request: Mapping[str, Any], clients: Sequence[str]) -> "BookingKey":
        """`request` is the body as JSON values, its fields in any order. `clients`: the client as masked now, then as before."""
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
        # The first request was cut off before its answer: the repeated one gets the tour as it is now.
        return tour
    return replace(tour, status=Status(row.answer["status"]), appointment_id=row.answer["appointmentId"])


def repeat_answer(via: Collaborators, key: BookingKey) -> Tour | None:
    """The first answer to a repeated request, stored for good from now on; None for a new key. Raises as first_answer."""
    with via.db.read() as db:
        if first_answer(db, key) is None:
            return None
    with via.db.transaction() as tx:
        return repeat_answer_on(tx, key)


def repeat_answer_on(tx: Tables, key: BookingKey) -> Tour | None:
    """As repeat_answer, within the caller's transaction."""
    lock_key(tx, key)
    answered = first_answer(tx, key)
    if answered is not None and answered.status is not Status.REJECTED:  # a rejected tour's answer is its refusal, stored apart
        keep_tour(tx, key, answered)
    return answered


def lock_key(tx: Tables, key: BookingKey) -> None:
    """Let no other request with this key be answered before the transaction ends."""
    tx.lock(f"key:{key.key}")


def take_key(tx: Tables, key: BookingKey, tour: Tour, now: datetime) -> None:
    """Bind the key to this tour. Raises KeyReused when another request has taken it meanwhile."""
    if not tx.idempotency.take(key.key, key.request_hash, tour.tour_id, now):
        raise KeyReused(KEY_REUSED)


def release_key(tx: Tables, key: BookingKey) -> bool:
    """Free a key whose request had no effect; False when a request under it was answered already."""
    return tx.idempotency.release(key.key)


def keep_tour(tx: Tables, key: BookingKey, tour: Tour) -> None:
    """Store this tour as it is now as the key's answer, if it has none."""
    tx.idempotency.keep_answer(key.key, {"status": tour.status, "appointmentId": tour.appointment_id})


def keep_time_taken(tx: Tables, key: BookingKey, refusal: TimeTaken, now: datetime) -> None:
    """Store "time taken" as the key's answer, if it has none."""
    tx.idempotency.take(key.key, key.request_hash, None, now)
    times = [[span.start.isoformat(), span.end.isoformat()] for span in refusal.times]
    tx.idempotency.keep_answer(key.key, {"message": str(refusal), "times": times})


def _time_taken(answer: Mapping[str, Any]) -> TimeTaken:
    times = [Span(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in answer["times"]]
    return TimeTaken(answer["message"], times)
