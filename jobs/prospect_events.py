"""What Knock's feeds tell of the prospects of our tours."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.prospect_events import FeedCounts, read_prospect_events


def run(via: Collaborators, clock: Callable[[], datetime]) -> FeedCounts:
    """Read the feeds that are due."""
    return read_prospect_events(via, clock())
