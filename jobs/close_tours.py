"""Tours whose window is over."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.visit.close_tours import ClosingCounts, close_tours


def run(via: Collaborators, clock: Callable[[], datetime]) -> ClosingCounts:
    """Complete them, or note that nobody came."""
    return close_tours(via, clock())
