"""Deletes what is too old to matter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators

_ARRIVALS_KEPT = timedelta(days=30)
_KEYS_KEPT = timedelta(days=30)
_ATTEMPTS_KEPT = timedelta(days=1)
_MESSAGES_KEPT = timedelta(days=30)
# Requests for times that are over, and heartbeats of parts that run no more.
_REQUESTS_KEPT = timedelta(days=30)
_SIGNS_KEPT = timedelta(days=7)
# Knock repeats a notice for three days, and none of our messages waits longer for one; a day more to be safe.
_FOREIGN_NOTICES_KEPT = timedelta(days=4)


# In one transaction, so that nobody waits long for it.
_AT_A_TIME = 500


@dataclass(frozen=True)
class TidyCounts:
    """How many rows of each were deleted; `signs` are heartbeats and partner outcomes."""

    arrivals: int
    keys: int
    foreign_notices: int
    attempts: int
    requests: int
    messages: int
    signs: int


def tidy(via: Collaborators, now: datetime) -> TidyCounts:
    """Delete what is old: arrivals, idempotency keys, requests, done messages, heartbeats, notices for appointments not ours."""
    return TidyCounts(
        arrivals=_drop(via, lambda tx: tx.arrivals.forget(now - _ARRIVALS_KEPT, _AT_A_TIME)),
        keys=_drop(via, lambda tx: tx.idempotency.forget(now - _KEYS_KEPT, _AT_A_TIME)),
        foreign_notices=_drop(via, lambda tx: tx.notices.forget_foreign(now - _FOREIGN_NOTICES_KEPT, _AT_A_TIME)),
        attempts=_drop(via, lambda tx: tx.attempts.forget(now - _ATTEMPTS_KEPT, _AT_A_TIME)),
        requests=_drop(via, lambda tx: tx.appointment_requests.forget(now - _REQUESTS_KEPT, _AT_A_TIME)),
        messages=_drop(via, lambda tx: tx.outbox.forget_done(now - _MESSAGES_KEPT, _AT_A_TIME)),
        signs=_drop(via, lambda tx: tx.heartbeats.forget(now - _SIGNS_KEPT) + tx.partner_outcomes.forget(now - _SIGNS_KEPT)),
    )


def _drop(via: Collaborators, some: Callable[[Tables], int]) -> int:
    """Some, and again some, each in a transaction of its own, until hardly any are left; how many in all."""
    dropped = 0
    while True:
        with via.db.transaction() as tx:
            count = some(tx)
        dropped += count
        if count < _AT_A_TIME:
            return dropped
