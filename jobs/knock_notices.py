"""What Knock told us."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.take_knock_notices import NoticeCounts, act_on_knock_notices


def run(via: Collaborators, clock: Callable[[], datetime]) -> NoticeCounts:
    """Act on stored notices."""
    return act_on_knock_notices(via, clock())
