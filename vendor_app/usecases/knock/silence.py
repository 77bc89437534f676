"""What it proves that Knock has not told us of something: it repeats a notice that found nobody, so that one comes in time.

It can only tell while our web listens: a restart or a break of ours starts the wait anew.
"""

from datetime import datetime, timedelta

from vendor_app.store import heartbeats
from vendor_app.usecases.collaborators import Collaborators

# How many times RECHECK_SECONDS a notice may take; by default longer than the 15 minutes after which Knock repeats one.
_NOTICE_WAITS = 20


def notice_wait(via: Collaborators) -> timedelta:
    """How long after it happened a notice may still come, while our web listens."""
    return _NOTICE_WAITS * via.config.recheck


def is_proven(via: Collaborators, since: datetime, now: datetime) -> bool:
    """Whether our web has listened for so long without a break that it would have heard of what Knock did at `since`."""
    with via.db.read() as db:
        web = db.heartbeats.find(heartbeats.WEB)
    if web is None:
        return now >= since + notice_wait(via)
    return min(now, web.seen_at) >= max(since, web.since_at) + notice_wait(via)
