"""The times Knock offers, asked for at most every few seconds a community, by one request at a time.

Knock is asked on a thread of its own. Those who come while it is asked wait for the answer, failures included; where a recent
list is known they soon take that. A failure is remembered for a moment, so that a Knock that hangs costs nobody two timeouts.
"""

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vendor_app.clients.errors import NotSent, PartnerError, Refused, Unknown
from vendor_app.clients.knock.client import Knock
from vendor_app.domain import Rules, Timetable
from vendor_app.seldom import Seldom
from vendor_app.threads import QueueFull, Threads
from vendor_app.usecases.communities.shared_answer import Flight
from vendor_app.usecases.communities.waiting_places import WaitingPlaces

FRESH_FOR = timedelta(seconds=5)
RECENT_FOR = timedelta(minutes=15)
WHO_MAY_WAIT = 32
_FAILURE_FOR = timedelta(seconds=2)
# From when Knock was asked, by whomever: with a recent list, and without.
_PATIENCE_SECONDS = 0.5
_LONGEST_SECONDS = 8.0
_CALL = "GET /community/available-times"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """Knock's starts for a community as of then; `stale` when Knock did not answer since."""

    times: list[datetime]
    as_of: datetime
    stale: bool = False
    _timetables: list[Timetable] = field(default_factory=list, repr=False, compare=False)

    def timetable(self, rules: Rules) -> Timetable:
        """What the offer comes to by these rules; made once, for all visitors of a community have the same."""
        latest = self._timetables[-1] if self._timetables else None
        if latest is None or latest.rules != rules:
            latest = Timetable(self.times, rules)
            self._timetables[:] = [latest]
        return latest


class OfferedTimes:
    """A small cache in front of Knock's available-times; one a process, shared by its threads."""

    def __init__(self, knock: Knock, background: Threads) -> None:
        self._knock = knock
        self._background = background
        self._room = WaitingPlaces("times", WHO_MAY_WAIT)
        self._tell = Seldom(30)
        self._guard = threading.Lock()
        self._offers: dict[tuple[str, bool], Offer] = {}
        self._failures: dict[tuple[str, bool], tuple[datetime, PartnerError]] = {}
        self._flights: dict[tuple[str, bool], Flight[Offer]] = {}

    def get(self, community_id: str, self_guided: bool, now: datetime, *, afresh: bool = False) -> Offer:
        """The offer: fresh, or stale when Knock is down and a recent one is known. `afresh` asks Knock in any case.

        Tours that agents lead, in person or by video, share one calendar.

        Raises Knock's Refused (an unknown community), or another PartnerError when Knock is down and no recent offer known.
        """
        which = (community_id, self_guided)
        with self._guard:
            offer = self._offers.get(which)
            if offer and not afresh and now - offer.as_of < FRESH_FOR:
                return offer
            failed_at, failure = self._failures.get(which, (None, None))
            if failed_at and failure and not afresh and now - failed_at < _FAILURE_FOR:
                return self._fall_back(offer, failure, now)
        try:
            flight = self._flight(which, now)
            with self._room.place(NotSent(_CALL, "too many wait for an answer already")):
                return flight.answer(_PATIENCE_SECONDS if _is_recent(offer, now) else _LONGEST_SECONDS)
        except TimeoutError:
            return self._fall_back(offer, Unknown(_CALL, "no answer yet"), now)
        except Refused:
            raise
        except PartnerError as error:
            return self._fall_back(offer, error, now)

    def _flight(self, which: tuple[str, bool], now: datetime) -> "Flight[Offer]":
        """The one under way, or a new one."""
        with self._guard:
            flight = self._flights.get(which)
            if flight is None:
                flight = Flight(lambda: self._ask(which, now))
                try:
                    self._background.submit(flight.fly)
                except QueueFull as error:
                    raise NotSent(_CALL, "too much is asked of Knock already") from error
                self._flights[which] = flight
            return flight

    def _ask(self, which: tuple[str, bool], now: datetime) -> Offer:
        offer, failure, started = None, None, time.monotonic()
        try:
            offer = Offer(self._knock.available_times(which[0], self_guided=which[1]), now)
            return offer
        except PartnerError as error:
            failure = error
            if self._tell.now():
                log.warning("the times of community %s cannot be had: %s", which[0], error)
            raise
        finally:
            with self._guard:
                self._flights.pop(which, None)
                if offer:
                    self._failures.pop(which, None)
                    self._offers[which] = offer
                elif failure:
                    # As of the end of the call: what hung for longer than we remember would else be forgotten at once.
                    self._failures[which] = (now + timedelta(seconds=time.monotonic() - started), failure)

    @staticmethod
    def _fall_back(offer: Offer | None, error: PartnerError, now: datetime) -> Offer:
        if offer is None or not _is_recent(offer, now):
            raise error
        return replace(offer, stale=True)


def _is_recent(offer: Offer | None, now: datetime) -> bool:
    return offer is not None and now - offer.as_of <= RECENT_FOR
