"""Deletes what is too old to matter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.usecases.collaborators import Collaborators

_ARRIVALS_KEPT = timedelta(days=30)
_KEYS_KEPT = timedelta(days=30)
_ATTEMPTS_KEPT = timedelta(days=1)
# Requests for times that are over, and heartbeats of parts that run no more.
_REQUESTS_KEPT = timedelta(days=30)
_SIGNS_KEPT = timedelta(days=7)
# Knock repeats a notice for three days, and none of our messages waits longer for one; a day more to be safe.
_FOREIGN_NOTICES_KEPT = timedelta(days=4)


@dataclass(frozen=True)
class TidyCounts:
    """How many rows of each were deleted; `signs` are heartbeats and partner outcomes."""

    arrivals: int
    keys: int
    foreign_notices: int
    attempts: int
    requests: int
    signs: int


def tidy(via: Collaborators, now: datetime) -> TidyCounts:
    """Delete old arrivals, idempotency keys, attempts, requests, heartbeats, and notices for appointments that are not ours."""
    with via.db.transaction() as tx:
        return TidyCounts(
            tx.arrivals.forget(now - _ARRIVALS_KEPT),
            tx.idempotency.forget(now - _KEYS_KEPT),
            tx.notices.forget_foreign(now - _FOREIGN_NOTICES_KEPT),
            tx.attempts.forget(now - _ATTEMPTS_KEPT),
            tx.appointment_requests.forget(now - _REQUESTS_KEPT),
            tx.heartbeats.forget(now - _SIGNS_KEPT) + tx.partner_outcomes.forget(now - _SIGNS_KEPT),
        )
