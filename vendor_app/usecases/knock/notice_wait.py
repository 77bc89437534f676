"""How long a notice from Knock may take. When that time is over without one, what it would tell of did not happen.

Knock repeats a notice that we did not answer. It can reach us only while our web listens: a restart or an outage of ours starts
the wait anew.
"""

from datetime import datetime, timedelta

from vendor_app.store import heartbeats
from vendor_app.usecases.collaborators import Collaborators

# How many times RECHECK_SECONDS a notice may take; by default longer than the 15 minutes after which Knock repeats one.
_NOTICE_WAITS = 20


def notice_wait(via: Collaborators) -> timedelta:
    """How long a notice may take while our web listens."""
    return _NOTICE_WAITS * via.config.recheck


def notice_is_overdue(via: Collaborators, since: datetime, now: datetime) -> bool:
    """Whether a notice of what Knock did at `since` would have come by now: our web has listened long enough without a break."""
    with via.db.read() as db:
        web = db.heartbeats.find(heartbeats.WEB)
    if web is None:
        return now >= since + notice_wait(via)
    return min(now, web.seen_at) >= max(since, web.since_at) + notice_wait(via)
