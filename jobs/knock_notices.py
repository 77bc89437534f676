"""What Knock told us."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.booking.take_knock_notices import NoticeCounts, act_on_knock_notices
from vendor_app.usecases.collaborators import Collaborators


def run(via: Collaborators, clock: Callable[[], datetime]) -> NoticeCounts:
    """Act on stored notices."""
    return act_on_knock_notices(via, clock())
