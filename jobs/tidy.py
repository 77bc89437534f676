"""What can matter no more."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.operators.tidy import TidyCounts, tidy


def run(via: Collaborators, clock: Callable[[], datetime]) -> TidyCounts:
    """Drop it."""
    return tidy(via, clock())
