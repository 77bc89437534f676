"""What it proves that Knock has not told us of something: it repeats a notice that found nobody, so that one comes in time.

It can only tell while our web listens: a break of ours starts the wait anew.
"""

from datetime import datetime

from vendor_app.store import heartbeats
from vendor_app.usecases.collaborators import Collaborators

# How many times RECHECK_SECONDS a notice may take; by default longer than the 15 minutes after which Knock repeats one.
NOTICE_WAITS = 20


def proven_at(via: Collaborators, since: datetime, now: datetime) -> datetime | None:
    """When we would have heard of what Knock did at `since`; None while our web does not listen."""
    with via.db.read() as db:
        web = heartbeats.find_heartbeat(db, heartbeats.WEB)
    if web and now > web["seen_at"] + heartbeats.BREAK:
        return None
    return max(since, web["since_at"] if web else since) + NOTICE_WAITS * via.config.recheck
