"""Communities: which there are, and which we serve."""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.clients.errors import PartnerError
from vendor_app.clients.knock import Knock
from vendor_app.store import communities as stored
from vendor_app.store.database import Database, Row
from vendor_app.usecases.errors import KnockUnavailable, UnknownCommunity

log = logging.getLogger(__name__)

_LOOK_AGAIN_AFTER = timedelta(seconds=15)
_TRY_AGAIN_AFTER = timedelta(seconds=2)


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
            stored.keep_community(tx, community, now)
        if _is_too_short(stored.count_present(tx), stored.count_unlisted(tx, now)):
            log.error("Knock lists only %d communities, fewer than half of ours; none is taken as gone", len(listed))
            return SyncCounts(len(listed), 0)
        gone = stored.mark_gone(tx, now)
    return SyncCounts(len(listed), gone)


def _is_too_short(ours: int, unlisted: int) -> bool:
    """Whether a list misses so many that it is likelier to be wrong than they are to be gone: their tours would all go too."""
    return unlisted * 2 > ours


class CommunityDirectory:
    """Finds communities, looking in Knock for those we have not heard of; one a process.

    One thread looks at a time and the others wait for what it finds, so that the first visitors of a new community all
    get in. Made-up ids cannot flood Knock: it is looked into once in a while only.
    """

    def __init__(self, db: Database, knock: Knock) -> None:
        self._db = db
        self._knock = knock
        self._looking = threading.Lock()
        self._next_look: datetime | None = None
        self._failed = False

    def find(self, community_id: str, now: datetime) -> Row:
        """The community, if prospects may book there.

        Raises UnknownCommunity; KnockUnavailable when Knock would have to be asked and cannot be.
        """
        community = self._stored(community_id) or self._looked_up(community_id, now)
        if community is None or community["gone_at"] or community["switched_off_at"]:
            raise UnknownCommunity("There are no self-guided tours at this address. Please check the link.")
        return community

    def _looked_up(self, community_id: str, now: datetime) -> Row | None:
        with self._looking:
            if community := self._stored(community_id):
                return community
            if self._next_look is None or now >= self._next_look:
                self._look(now)
            if self._failed:
                raise KnockUnavailable("We cannot reach the leasing system just now. Please try again in a minute.")
        return self._stored(community_id)

    def _look(self, now: datetime) -> None:
        started = time.monotonic()
        try:
            sync_communities(self._db, self._knock, now)
            self._failed, self._next_look = False, now + _LOOK_AGAIN_AFTER
        except PartnerError as error:
            log.warning("communities could not be synchronised: %s", error)
            lasted = timedelta(seconds=time.monotonic() - started)
            self._failed, self._next_look = True, now + lasted + _TRY_AGAIN_AFTER

    def _stored(self, community_id: str) -> Row | None:
        with self._db.read() as db:
            return stored.find_community(db, community_id)


def switch_community(db: Database, community_id: str, on: bool, now: datetime) -> None:
    """Take a community's tours on or off; its upcoming tours are cancelled by the validity job. Raises UnknownCommunity."""
    with db.transaction() as tx:
        if not stored.switch_community(tx, community_id, None if on else now):
            raise UnknownCommunity(f"no community {community_id}; `make sync` fetches those that Knock lists")
