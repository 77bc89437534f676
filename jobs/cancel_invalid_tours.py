"""Tours that are no longer valid."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.visit.cancel_invalid_tours import ValidityCounts, cancel_invalid_tours


def run(via: Collaborators, clock: Callable[[], datetime]) -> ValidityCounts:
    """Cancel them, each with its reason."""
    return cancel_invalid_tours(via, clock())
