"""What we ask of the lock systems; apart from Knock's, and from revocations, which wait for nobody."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.domain.delivery.outbox import Lane
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.deliver import DeliveryCounts, deliver_due


def run(via: Collaborators, clock: Callable[[], datetime]) -> DeliveryCounts:
    """Send what is due: grants."""
    return deliver_due(via, Lane.ACCESS, clock)
