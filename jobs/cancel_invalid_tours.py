"""Tours that are no longer valid."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.cancel_invalid_tours import ValidityCounts, cancel_invalid_tours
from vendor_app.usecases.collaborators import Collaborators


def run(via: Collaborators, clock: Callable[[], datetime]) -> ValidityCounts:
    """Cancel them, each with its reason."""
    return cancel_invalid_tours(via, clock())
