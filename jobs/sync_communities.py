"""The communities that Knock lists."""

from collections.abc import Callable
from datetime import datetime

from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.sync_communities import SyncCounts, sync_communities


def run(via: Collaborators, clock: Callable[[], datetime]) -> SyncCounts:
    """Fetch the whole list; Knock asks for this daily."""
    return sync_communities(via.db, via.knock, clock())
