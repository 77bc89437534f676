"""Forget what can matter no more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.store import appointment_requests, arrivals, attempts, heartbeats, idempotency, notices, partner_outcomes
from vendor_app.usecases.collaborators import Collaborators

_ARRIVALS_KEPT = timedelta(days=30)
_KEYS_KEPT = timedelta(days=30)
_ATTEMPTS_KEPT = timedelta(days=1)
# Requests for times that are over, and signs of life of what runs no more.
_REQUESTS_KEPT = timedelta(days=30)
_SIGNS_KEPT = timedelta(days=7)
# Knock repeats a notice for three days, and nothing of ours waits longer for one; a day more makes sure.
_FOREIGN_NOTICES_KEPT = timedelta(days=4)


@dataclass(frozen=True)
class TidyCounts:
    """What was dropped."""

    arrivals: int
    keys: int
    foreign_notices: int
    attempts: int
    requests: int
    signs: int


def tidy(via: Collaborators, now: datetime) -> TidyCounts:
    """Drop old arrivals, idempotency keys, requests, signs of life, and notices for appointments that are not ours."""
    with via.db.transaction() as tx:
        return TidyCounts(
            arrivals.forget_arrivals(tx, now - _ARRIVALS_KEPT),
            idempotency.forget_keys(tx, now - _KEYS_KEPT),
            notices.forget_foreign_notices(tx, now - _FOREIGN_NOTICES_KEPT),
            attempts.forget_attempts(tx, now - _ATTEMPTS_KEPT),
            appointment_requests.forget_requests(tx, now - _REQUESTS_KEPT),
            heartbeats.forget_heartbeats(tx, now - _SIGNS_KEPT) + partner_outcomes.forget_outcomes(tx, now - _SIGNS_KEPT),
        )
