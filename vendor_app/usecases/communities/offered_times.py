"""The times Knock offers, asked for at most every few seconds a community, by one request at a time.

A background thread asks Knock. Requests that come meanwhile wait for its answer, failures included; where a recent list is known
they take that after half a second. A failure is remembered for two seconds, so that nobody waits for two timeouts.
"""

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vendor_app.clients.errors import NotSent, PartnerError, Refused, Unknown
from vendor_app.clients.knock.client import Knock
from vendor_app.domain import Rules, Timetable
from vendor_app.log_limit import LogLimit
from vendor_app.threads import QueueFull, Threads
from vendor_app.usecases.communities.shared_answer import SharedAnswer
from vendor_app.usecases.communities.waiting_places import WaitingPlaces

FRESH_FOR = timedelta(seconds=5)
RECENT_FOR = timedelta(minutes=15)
MOST_WAITING = 32
_FAILURE_FOR = timedelta(seconds=2)
# Counted from when Knock was asked: with a recent list to fall back on, and without.
_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 8.0
_CALL = "GET /community/available-times"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnockTimes:
    """The starts that Knock offered for a community at `as_of`; `stale` when Knock did not answer when asked again."""

    times: list[datetime]
    as_of: datetime
    stale: bool = False
    _timetables: list[Timetable] = field(default_factory=list, repr=False, compare=False)

    def timetable(self, rules: Rules) -> Timetable:
        """These times by the community's rules; made once, for all its visitors see the same."""
        latest = self._timetables[-1] if self._timetables else None
        if latest is None or latest.rules != rules:
            latest = Timetable(self.times, rules)
            self._timetables[:] = [latest]
        return latest


class OfferedTimes:
    """A cache in front of Knock's available-times; one a process, shared by its threads."""

    def __init__(self, knock: Knock, background: Threads) -> None:
        self._knock = knock
        self._background = background
        self._room = WaitingPlaces("times", MOST_WAITING)
        self._log_limit = LogLimit(30)
        self._guard = threading.Lock()
        self._known: dict[tuple[str, bool], KnockTimes] = {}
        self._failures: dict[tuple[str, bool], tuple[datetime, PartnerError]] = {}
        self._under_way: dict[tuple[str, bool], SharedAnswer[KnockTimes]] = {}

    def get(self, community_id: str, self_guided: bool, now: datetime, *, afresh: bool = False) -> KnockTimes:
        """Knock's times: fresh, or stale when Knock is down and a recent list is known. `afresh` asks Knock in any case.

        Tours that agents lead, in person or by video, share one calendar.

        Raises Knock's Refused (an unknown community), or another PartnerError when Knock is down and no recent list is known.
        """
        which = (community_id, self_guided)
        with self._guard:
            known = self._known.get(which)
            if known and not afresh and now - known.as_of < FRESH_FOR:
                return known
            failed_at, failure = self._failures.get(which, (None, None))
            if failed_at and failure and not afresh and now - failed_at < _FAILURE_FOR:
                return self._fall_back(known, failure, now)
        try:
            answer = self._begin_or_join(which, now)
            with self._room.place(NotSent(_CALL, "too many wait for an answer already")):
                return answer.wait(_WAIT_SECONDS if _is_recent(known, now) else _LONGEST_WAIT_SECONDS)
        except TimeoutError:
            return self._fall_back(known, Unknown(_CALL, "no answer yet"), now)
        except Refused:
            raise
        except PartnerError as error:
            return self._fall_back(known, error, now)

    def _begin_or_join(self, which: tuple[str, bool], now: datetime) -> "SharedAnswer[KnockTimes]":
        """The question to Knock that is under way, or a new one."""
        with self._guard:
            answer = self._under_way.get(which)
            if answer is None:
                answer = SharedAnswer(lambda: self._ask(which, now))
                try:
                    self._background.submit(answer.fetch)
                except QueueFull as error:
                    raise NotSent(_CALL, "too much is asked of Knock already") from error
                self._under_way[which] = answer
            return answer

    def _ask(self, which: tuple[str, bool], now: datetime) -> KnockTimes:
        known, failure, started = None, None, time.monotonic()
        try:
            known = KnockTimes(self._knock.available_times(which[0], self_guided=which[1]), now)
            return known
        except PartnerError as error:
            failure = error
            if self._log_limit.allows():
                log.warning("the times of community %s cannot be had: %s", which[0], error)
            raise
        finally:
            with self._guard:
                self._under_way.pop(which, None)
                if known:
                    self._failures.pop(which, None)
                    self._known[which] = known
                elif failure:
                    # Counted from the end of the call: a call longer than _FAILURE_FOR would otherwise be forgotten at once.
                    self._failures[which] = (now + timedelta(seconds=time.monotonic() - started), failure)

    @staticmethod
    def _fall_back(known: KnockTimes | None, error: PartnerError, now: datetime) -> KnockTimes:
        if known is None or not _is_recent(known, now):
            raise error
        return replace(known, stale=True)


def _is_recent(known: KnockTimes | None, now: datetime) -> bool:
    return known is not None and now - known.as_of <= RECENT_FOR
