"""Forget what can matter no more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.store import arrivals, attempts, idempotency, notices
from vendor_app.usecases.collaborators import Collaborators

_ARRIVALS_KEPT = timedelta(days=30)
_KEYS_KEPT = timedelta(days=30)
_ATTEMPTS_KEPT = timedelta(days=1)
# Knock repeats a notice for three days, and nothing of ours waits longer for one; a day more makes sure.
_FOREIGN_NOTICES_KEPT = timedelta(days=4)


@dataclass(frozen=True)
class TidyCounts:
    """What was dropped."""

    arrivals: int
    keys: int
    foreign_notices: int
    attempts: int


def tidy(via: Collaborators, now: datetime) -> TidyCounts:
    """Drop old arrivals, idempotency keys, and notices for appointments that are not ours."""
    with via.db.transaction() as tx:
        return TidyCounts(
            arrivals.forget_arrivals(tx, now - _ARRIVALS_KEPT),
            idempotency.forget_keys(tx, now - _KEYS_KEPT),
            notices.forget_foreign_notices(tx, now - _FOREIGN_NOTICES_KEPT),
            attempts.forget_attempts(tx, now - _ATTEMPTS_KEPT),
        )
