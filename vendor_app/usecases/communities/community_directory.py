"""Finds communities with their rules, and asks Knock for its list when an id is not in the database."""

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.clients.errors import PartnerError
from vendor_app.clients.knock.client import Knock
from vendor_app.domain import Channel, Community, CommunityRules, TourType
from vendor_app.domain.communities import NAMELESS
from vendor_app.store import Store, Tables
from vendor_app.threads import QueueFull, Threads
from vendor_app.usecases.communities.community_rules import rules_of
from vendor_app.usecases.communities.shared_answer import SharedAnswer
from vendor_app.usecases.communities.sync_communities import sync_communities
from vendor_app.usecases.communities.waiting_places import WaitingPlaces
from vendor_app.usecases.errors import KnockUnavailable, UnknownCommunity

log = logging.getLogger(__name__)

MOST_WAITING = 16
_LOOK_AGAIN_AFTER = timedelta(seconds=15)
_TRY_AGAIN_AFTER = timedelta(seconds=2)
_WAIT_SECONDS = 2.0
_UNREACHABLE = "We cannot reach the leasing system just now. Please try again in a minute."


@dataclass(frozen=True)
class ServedCommunity:
    """A community that prospects may book at: `tour_types` are the kinds it offers, self-guided always first."""

    community_id: str
    name: str
    rules: CommunityRules
    tour_types: tuple[TourType, ...]


class CommunityDirectory:
    """The communities this process serves.

    A background thread fetches Knock's list, one fetch at a time and at most one every few seconds, so that made-up ids cannot
    flood Knock. The first visitors of a new community wait for it: at most MOST_WAITING of them, for two seconds.
    """

    def __init__(self, db: Store, knock: Knock, defaults: CommunityRules, background: Threads) -> None:
        self._db = db
        self._knock = knock
        self._defaults = defaults
        self._background = background
        self._room = WaitingPlaces("communities that we do not know", MOST_WAITING)
        self._guard = threading.Lock()
        self._look: SharedAnswer[None] | None = None
        self._looks = 0
        self._next_look: datetime | None = None
        self._failed = False

    def find(self, community_id: str, now: datetime) -> ServedCommunity:
        """The community, if prospects may book there.

        Raises UnknownCommunity; KnockUnavailable when Knock would have to be asked and cannot be.
        """
        found = self._stored(community_id) or self._looked_up(community_id, now)
        if found is None or found[0].gone_at or found[0].switched_off_at or not found[1].enabled:
            raise UnknownCommunity("There are no self-guided tours at this address. Please check the link.")
        community, rules = found
        return ServedCommunity(community_id, community.name, rules, _tour_types(community, rules))

    def refresh(self, now: datetime) -> None:
        """Fetch Knock's list, however recent the last one is. Waits two seconds at most, and does nothing while Knock is down.

        Callers during a fetch share the one after it: the one under way may have read its pages before the change.
        """
        before, under_way = self._looks, self._look
        with contextlib.suppress(KnockUnavailable):
            self._wait_for(under_way)
            with self._guard:
                down = self._failed and self._next_look is not None and now < self._next_look
                if self._looks == before and not down:
                    self._begin(now)
                look = self._look
            self._wait_for(look)

    def _looked_up(self, community_id: str, now: datetime) -> tuple[Community, CommunityRules] | None:
        with self._guard:
            if self._look is None and (self._next_look is None or now >= self._next_look):
                self._begin(now)
            look = self._look
        self._wait_for(look)
        if self._failed:
            raise KnockUnavailable(_UNREACHABLE)
        return self._stored(community_id)

    def _wait_for(self, look: "SharedAnswer[None] | None") -> None:
        if look is None:
            return
        try:
            with self._room.place(KnockUnavailable(_UNREACHABLE)):
                look.wait(_WAIT_SECONDS)
        except TimeoutError as error:
            raise KnockUnavailable(_UNREACHABLE) from error

    def _begin(self, now: datetime) -> None:
        """Start a fetch in the background; call it with the guard held."""
        look = SharedAnswer(lambda: self._run(now))
        try:
            self._background.submit(look.fetch)
        except QueueFull as error:
            raise KnockUnavailable(_UNREACHABLE) from error
        self._look = look
        self._looks += 1

    def _run(self, now: datetime) -> None:
        failed, started = True, time.monotonic()
        try:
            sync_communities(self._db, self._knock, now)
            failed = False
        except PartnerError as error:
            log.warning("communities could not be synchronised: %s", error)
        finally:
            lasted = timedelta(seconds=time.monotonic() - started)
            with self._guard:
                self._failed, self._look = failed, None
                self._next_look = now + lasted + _TRY_AGAIN_AFTER if failed else now + _LOOK_AGAIN_AFTER

    def _stored(self, community_id: str) -> tuple[Community, CommunityRules] | None:
        with self._db.read() as db:
            community = db.communities.find(community_id)
            return (community, rules_of(db, community_id, self._defaults)) if community else None


def community_name_of(db: Tables, community_id: str) -> str:
    """What the community is called on pages; it may be gone."""
    community = db.communities.find(community_id)
    return community.name if community else NAMELESS


def _tour_types(community: Community, rules: CommunityRules) -> tuple[TourType, ...]:
    """The kinds of tours offered: self-guided always, for Knock has no flag for them; Propexo books no other kind."""
    if rules.channel is Channel.PROPEXO:
        return (TourType.SELF_GUIDED,)
    led = {TourType.IN_PERSON: community.in_person_tours_enabled, TourType.LIVE_VIDEO: community.live_video_tours_enabled}
    return (TourType.SELF_GUIDED, *(kind for kind, is_offered in led.items() if is_offered))
