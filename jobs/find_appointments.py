"""Which appointments Propexo has booked: told by Knock's notices alone, and nothing else waits for that."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.domain.delivery.outbox import Lane
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.deliver import DeliveryCounts, deliver_due


def run(via: Collaborators, clock: Callable[[], datetime]) -> DeliveryCounts:
    """Look for those whose turn it is."""
    return deliver_due(via, Lane.NOTICES, clock)
