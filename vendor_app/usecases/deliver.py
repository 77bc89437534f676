"""Sends the outbox's due messages to the partners. Any number of threads, processes and hosts may run it: claims are atomic.

A lane has many messages under way at once, each on a thread, so that none waits for a partner that hangs
(domain/delivery/in_flight.py). A handler talks to the partner with no transaction open and returns what to record. That is
recorded in the transaction that finishes the message, and only if the lease is still ours.
"""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from vendor_app.clients.errors import KeysRefused, NotEncrypted, PartnerError, Refused
from vendor_app.domain import InFlight, Kind, Lane, Message, Recipient, RetrySchedule
from vendor_app.store import StoreUnavailable, Tables
from vendor_app.usecases.booking.claim_appointment import claim_appointment
from vendor_app.usecases.booking.settle_request import give_up_move, settle_request
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.grant_access import give_up_access, grant_access
from vendor_app.usecases.doors.read_access import read_access
from vendor_app.usecases.doors.revoke_access import ask_for_revocation_by_hand, revoke_access
from vendor_app.usecases.knock.cancel_appointment import cancel_appointment
from vendor_app.usecases.knock.confirm_cancellation import confirm_cancellation
from vendor_app.usecases.knock.find_appointment import find_appointment
from vendor_app.usecases.mail.send_code import send_code
from vendor_app.usecases.mail.tell_prospect import tell_prospect
from vendor_app.usecases.messages import NotYet, Record
from vendor_app.usecases.visit.post_visit import post_visit

log = logging.getLogger(__name__)

HANDLERS: dict[Kind, Callable[[Collaborators, Message, datetime], Record]] = {
    Kind.BOOK_APPOINTMENT: settle_request,
    Kind.RESCHEDULE: settle_request,
    Kind.FIND_APPOINTMENT: find_appointment,
    Kind.CLAIM_APPOINTMENT: claim_appointment,
    Kind.CONFIRM_CANCELLATION: confirm_cancellation,
    Kind.CANCEL_APPOINTMENT: cancel_appointment,
    Kind.POST_VISIT: post_visit,
    Kind.GRANT_ACCESS: grant_access,
    Kind.READ_ACCESS: read_access,
    Kind.REVOKE_ACCESS: revoke_access,
    Kind.SEND_CODE: send_code,
    Kind.TELL_PROSPECT: tell_prospect,
}
AT_THE_END: dict[Kind, Callable[[Tables, Message, datetime], None]] = {
    Kind.GRANT_ACCESS: give_up_access,
    Kind.REVOKE_ACCESS: ask_for_revocation_by_hand,
    Kind.RESCHEDULE: give_up_move,
}
# Partners sometimes refuse by mistake: a message to Knock or a lock system is dead after so many refusals, any other after one.
# (Refused revocations are tried again without end, see doors/revoke_access.py.)
_DEAD_WITH_REFUSAL = 6
_REFUSED_BY_MISTAKE = frozenset(HANDLERS) - {Kind.REVOKE_ACCESS, Kind.SEND_CODE, Kind.TELL_PROSPECT}
_SCHEDULE = RetrySchedule()
_LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True)
class DeliveryCounts:
    """What became of the messages that were due."""

    done: int = 0
    postponed: int = 0
    dead: int = 0
    lost: int = 0


def deliver_due(via: Collaborators, lane: Lane, clock: Callable[[], datetime], most: int = 5000) -> DeliveryCounts:
    """Send the lane's due messages, at most `most`, until none is due and none is under way."""
    counts: Counter[str] = Counter()
    flight, running = InFlight(via.config.messages_in_flight), set[Future[str]]()
    claimed = 0
    while True:
        for message in _claim(via, lane, flight, clock) if claimed < most else ():
            claimed += 1
            call = via.threads.submit(_deliver, via, message, clock)
            flight.start(call, Recipient(message.partner, message.community_id), time.monotonic())
            running.add(call)
        if not running:
            return DeliveryCounts(**counts)
        ended, running = wait(running, timeout=_LOOK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
        for call in ended:
            flight.end(call)
            counts[call.result()] += 1


def _claim(via: Collaborators, lane: Lane, flight: InFlight, clock: Callable[[], datetime]) -> list[Message]:
    """Claim the messages that may be sent now: for slow recipients on places of their own, for all others on the lane's."""
    with via.db.read() as db:
        if not db.outbox.has_due(lane, clock()):
            return []
    with via.db.transaction() as tx:
        return [one for places in flight.free(time.monotonic()) for one in tx.outbox.claim_due(lane, places, clock())]


def _deliver(via: Collaborators, message: Message, clock: Callable[[], datetime]) -> str:
    """What became of the message; if that cannot be recorded, the message is sent again when its lease is over."""
    try:
        return _deliver_recorded(via, message, clock)
    except StoreUnavailable as error:
        log.warning("message %s (%s): %s; it is sent again", message.id, message.kind, error)
    except Exception:  # a bug must not end the threads' work on the others
        log.exception("what came of message %s (%s) could not be recorded", message.id, message.kind)
    return "lost"


def _deliver_recorded(via: Collaborators, message: Message, clock: Callable[[], datetime]) -> str:
    try:
        record = HANDLERS[message.kind](via, message, clock())
    except NotYet as wait:
        if _SCHEDULE.is_over(message.attempts, message.created_at, wait.until):
            return _give_up(via, message, str(wait), clock())
        return _postpone(via, message, str(wait), wait.until, is_failing=wait.is_failing)
    except Refused as refusal:
        return _refused(via, message, refusal, clock())
    except PartnerError as error:
        if isinstance(error, KeysRefused):
            log.error("a partner refuses our key, messages wait until it is right: %s", error)
        if isinstance(error, NotEncrypted):
            log.error("messages wait until a connection is encrypted: %s", error)
        return _try_again(via, message, error, clock())
    except Exception as error:  # a bug must not stop the messages behind it, nor lose this one
        log.exception("message %s (%s) failed unexpectedly", message.id, message.kind)
        return _try_again(via, message, error, clock())
    return _finish(via, message, record, clock())


def _finish(via: Collaborators, message: Message, record: Record, now: datetime) -> str:
    with _alone_with_tour(via, message) as tx:
        if not tx.outbox.finish(message, now):
            return "lost"
        record(tx)
    return "done"


@contextmanager
def _alone_with_tour(via: Collaborators, message: Message) -> Iterator[Tables]:
    """A transaction that locks the tour first, as every one that changes its rows does: otherwise two could deadlock."""
    with via.db.transaction() as tx:
        tx.tours.lock(message.subject_id)
        yield tx


def _try_again(via: Collaborators, message: Message, error: Exception, now: datetime) -> str:
    retry_after = getattr(error, "retry_after", None)
    due = _SCHEDULE.next_attempt(message.tries, message.created_at, now, _chance(), retry_after)
    said = str(error) if isinstance(error, PartnerError) else type(error).__name__
    if due is None:
        return _give_up(via, message, said, now)
    _warn(message, "failed", message.tries, said)
    return _postpone(via, message, said, due)


def _refused(via: Collaborators, message: Message, refusal: Refused, now: datetime) -> str:
    refusals = message.refusals + 1
    due = _SCHEDULE.next_attempt(refusals, message.created_at, now, _chance())
    most = _DEAD_WITH_REFUSAL if message.kind in _REFUSED_BY_MISTAKE else 1
    if due is None or refusal.is_final or refusals >= most:
        return _give_up(via, message, refusal.reason, now)
    _warn(message, "was refused", refusals, str(refusal))
    return _postpone(via, message, refusal.reason, due, refusals)


def _warn(message: Message, what: str, times: int, why: str) -> None:
    """Log a warning at the first failure, the second, the fourth, and so on."""
    if times & (times - 1) == 0:
        log.warning("message %s (%s) of %s %s %d times: %s", message.id, message.kind, message.subject_id, what, times, why)


def _chance() -> float:
    return secrets.randbelow(1000) / 999


def _postpone(
    via: Collaborators, message: Message, why: str, until: datetime, refusals: int | None = None, *, is_failing: bool = True
) -> str:
    with via.db.transaction() as tx:
        return "postponed" if tx.outbox.postpone(message, why, until, refusals, is_failing=is_failing) else "lost"


def _give_up(via: Collaborators, message: Message, why: str, now: datetime) -> str:
    log.error("message %s (%s) of %s is dead; `make outbox` says why", message.id, message.kind, message.subject_id)
    with _alone_with_tour(via, message) as tx:
        if not tx.outbox.mark_dead(message, why, now):
            return "lost"
        tx.timeline.note(message.subject_id, "message.dead", now, kind=message.kind, messageId=message.id, error=why)
        if at_the_end := AT_THE_END.get(message.kind):
            at_the_end(tx, message, now)
    return "dead"
