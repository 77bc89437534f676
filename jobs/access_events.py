"""What the lock system told us."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.act_on_access_events import AccessEventCounts, act_on_access_events


def run(via: Collaborators, clock: Callable[[], datetime]) -> AccessEventCounts:
    """Act on stored callbacks."""
    return act_on_access_events(via, clock())
