"""What must open nothing any more."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.domain.delivery.outbox import Lane
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.deliver import DeliveryCounts, deliver_due


def run(via: Collaborators, clock: Callable[[], datetime]) -> DeliveryCounts:
    """Tell the lock systems."""
    return deliver_due(via, Lane.REVOCATIONS, clock)
