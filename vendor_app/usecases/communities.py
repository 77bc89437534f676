"""Communities: which there are, and which we serve."""

import logging
from dataclasses import dataclass
from datetime import datetime

from vendor_app.clients.knock import Knock
from vendor_app.store import communities as stored
from vendor_app.store.database import Database
from vendor_app.usecases.errors import UnknownCommunity

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SyncCounts:
    """What a synchronisation found."""

    listed: int
    gone: int


def sync_communities(db: Database, knock: Knock, now: datetime) -> SyncCounts:
    """Store the communities that Knock lists and mark those that vanished; a list that breaks off changes nothing.

    Raises PartnerError when Knock cannot give the whole list.
    """
    listed = list(knock.list_communities())
    with db.transaction() as tx:
        for community in listed:
            stored.keep_community(tx, vars(community), now)
        if _is_too_short(stored.count_present(tx), stored.count_unlisted(tx, now)):
            log.error("Knock lists only %d communities, fewer than half of ours; none is taken as gone", len(listed))
            return SyncCounts(len(listed), 0)
        gone = stored.mark_gone(tx, now)
    return SyncCounts(len(listed), gone)


def _is_too_short(ours: int, unlisted: int) -> bool:
    """Whether a list misses so many that it is likelier to be wrong than they are to be gone: their tours would all go too."""
    return unlisted * 2 > ours


def switch_community(db: Database, community_id: str, on: bool, now: datetime) -> None:
    """Take a community's tours on or off; its upcoming tours are cancelled by the validity job. Raises UnknownCommunity."""
    with db.transaction() as tx:
        if not stored.switch_community(tx, community_id, None if on else now):
            raise UnknownCommunity(f"no community {community_id}; `make sync` fetches those that Knock lists")
