"""The times Knock offers, asked for at most every few seconds a community, by one request at a time.

Those who come while a request is in flight wait for its answer, failures included, so that a Knock that hangs costs each
of them one timeout and not one after the other; where a recent list is known they soon take that. A failure is remembered
for a moment for the same reason.
"""

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vendor_app.clients.errors import PartnerError, Refused, Unknown
from vendor_app.clients.knock import Knock

FRESH_FOR = timedelta(seconds=5)
RECENT_FOR = timedelta(minutes=15)
_FAILURE_FOR = timedelta(seconds=2)
_PATIENCE_SECONDS = 1.0


@dataclass(frozen=True)
class Offer:
    """Knock's starts for a community as of then; `stale` when Knock did not answer since."""

    times: list[datetime]
    as_of: datetime
    stale: bool = False


class OfferedTimes:
    """A small cache in front of Knock's available-times; one a process, shared by its threads."""

    def __init__(self, knock: Knock) -> None:
        self._knock = knock
        self._guard = threading.Lock()
        self._offers: dict[tuple[str, bool], Offer] = {}
        self._failures: dict[tuple[str, bool], tuple[datetime, PartnerError]] = {}
        self._flights: dict[tuple[str, bool], Future[Offer]] = {}

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
            flight = self._flights.get(which)
            leads = flight is None
            if flight is None:
                flight = self._flights[which] = Future()
        if leads:
            self._ask(which, flight, now)
        try:
            return flight.result(_PATIENCE_SECONDS if _is_recent(offer, now) else None)
        except TimeoutError:
            return self._fall_back(offer, Unknown("GET /community/available-times", "no answer yet"), now)
        except Refused:
            raise
        except PartnerError as error:
            return self._fall_back(offer, error, now)

    def _ask(self, which: tuple[str, bool], flight: "Future[Offer]", now: datetime) -> None:
        offer, failure, started = None, None, time.monotonic()
        try:
            offer = Offer(self._knock.available_times(which[0], self_guided=which[1]), now)
        except PartnerError as error:
            failure = error
        finally:
            # Whatever happened, a bug included, those who wait must not wait for ever.
            with self._guard:
                del self._flights[which]
                if offer:
                    self._failures.pop(which, None)
                    self._offers[which] = offer
                elif failure:
                    # As of the end of the call: what hung for longer than we remember would else be forgotten at once.
                    self._failures[which] = (now + timedelta(seconds=time.monotonic() - started), failure)
            if offer:
                flight.set_result(offer)
            else:
                flight.set_exception(failure or RuntimeError("asking Knock for times failed unexpectedly"))

    @staticmethod
    def _fall_back(offer: Offer | None, error: PartnerError, now: datetime) -> Offer:
        if offer is None or not _is_recent(offer, now):
            raise error
        return replace(offer, stale=True)


def _is_recent(offer: Offer | None, now: datetime) -> bool:
    return offer is not None and now - offer.as_of <= RECENT_FOR
