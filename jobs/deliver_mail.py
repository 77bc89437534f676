"""What prospects are told by mail."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.domain.delivery.outbox import Lane
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.deliver import DeliveryCounts, deliver_due


def run(via: Collaborators, clock: Callable[[], datetime]) -> DeliveryCounts:
    """Send what is due."""
    return deliver_due(via, Lane.MAIL, clock)
