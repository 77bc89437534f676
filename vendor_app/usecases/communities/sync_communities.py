"""Stores the communities that Knock lists, and switches single ones on or off for an operator."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from vendor_app.clients.knock.client import Knock
from vendor_app.domain import ChangeKind, Community, CommunityChange
from vendor_app.domain.community_changes import changes_between
from vendor_app.store import Store
from vendor_app.store.engine.interface import storable
from vendor_app.usecases.errors import UnknownCommunity

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SyncCounts:
    """What a synchronisation found; a community that is listed again counts as `back` only, whatever else has changed."""

    listed: int
    added: int
    changed: int
    gone: int
    back: int


@dataclass(frozen=True)
class Synchronisation:
    """How many communities Knock lists, and what is different from what we knew."""

    listed: int
    changes: list[CommunityChange]

    @property
    def counts(self) -> SyncCounts:
        """The same in numbers."""
        return SyncCounts(self.listed, **{kind.value: sum(one.kind is kind for one in self.changes) for kind in ChangeKind})


def sync_communities(db: Store, knock: Knock, now: datetime) -> Synchronisation:
    """Store the communities that Knock lists and mark those that vanished; a list that breaks off changes nothing.

    Where the list names one twice, what it says last counts. Raises PartnerError when Knock cannot give the whole list.
    """
    listed = {one.community_id: storable(vars(one)) for one in knock.list_communities()}
    with db.transaction() as tx:
        tx.communities.lock_list()
        known = {one.community_id: one for one in tx.communities.list_all()}
        changes = changes_between(known, listed)
        for community in listed.values():
            tx.communities.keep(community, now)
        for gone in _vanished(known, listed, now):
            tx.communities.mark_gone(gone.community_id, now)
            changes.append(CommunityChange(gone.community_id, ChangeKind.GONE, gone.community_name))
    return Synchronisation(len(listed), changes)


def _vanished(known: Mapping[str, Community], listed: Collection[str], now: datetime) -> list[Community]:
    """The communities that Knock lists no longer; none when more than half of ours are missing.

    Such a list is probably wrong, and every tour of those communities would be cancelled. One that another process found
    listed since we asked is not gone either.
    """
    present = [one for one in known.values() if one.gone_at is None]
    unlisted = [one for one in present if one.community_id not in listed and one.synced_at <= now]
    if len(unlisted) * 2 > len(present):
        log.error("Knock's list of %d communities misses more than half of ours; none is taken as gone", len(listed))
        return []
    return unlisted


def switch_community(db: Store, community_id: str, on: bool, now: datetime) -> None:
    """Take a community's tours on or off; its upcoming tours are cancelled by the validity job. Raises UnknownCommunity."""
    with db.transaction() as tx:
        if not tx.communities.switch(community_id, None if on else now):
            raise UnknownCommunity(f"no community {community_id}; `make sync` fetches those that Knock lists")
