"""Revokes a grant. Revocations have a lane of their own, so that no grant that hangs holds one up.

A request for the grant that was never answered may still be carried out after the lock system has said that it knows no such
grant. So the revocation is repeated, with growing pauses and always for the same grant id (over HTTP each time under a new
message id), until the lock system confirms it after the last moment at which it could act on our request. A refused one is
repeated too, and an operator is asked to look; "no such grant" is believed only after some tries.
"""

import logging
from datetime import datetime, timedelta

from vendor_app.clients.errors import Refused
from vendor_app.domain import Message, OneGrant, Task
from vendor_app.domain.delivery.retry import growing_pause
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.grant_access import lock_of
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do
from vendor_app.usecases.tour.operator_tasks import ask_operator, close_task

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=1)
_TRIES_BEFORE_TASK = 6


def revoke_access(via: Collaborators, message: Message, now: datetime) -> Record:
    """Have the message's grant revoked; safe to repeat, and retried until the lock system confirms."""
    grant_id = OneGrant.of(message).grant_id
    with via.db.read() as db:
        grant = db.grants.find(grant_id)
    if grant is None:
        return nothing_to_do
    system = lock_of(via, grant, now)
    with via.db.transaction() as tx:
        tx.grants.mark_revoke_sent(grant_id, now)
    pause = growing_pause(_FIRST_PAUSE, message.attempts, _LONGEST_PAUSE)
    try:
        is_revoked = system.revoke(grant_id, grant.reference, now)
    except Refused as refusal:
        if refusal.is_final:
            raise
        is_revoked = refusal.is_gone and message.attempts >= _TRIES_BEFORE_TASK
        if not is_revoked:
            _ask_after_some_tries(via, message, now)
            raise NotYet(refusal.reason, now + pause, is_failing=True) from refusal
    if not is_revoked:
        raise NotYet("the lock system is still taking it back", now + pause)
    if grant.may_act_until and now <= grant.may_act_until:
        soon = timedelta(seconds=1)
        raise NotYet("the lock system may still act on our request", min(now + pause, grant.may_act_until + soon))

    def record(tx: Tables) -> None:
        tx.grants.mark_revoked(grant_id, now)
        close_task(tx, message.subject_id, Task.REVOKE_ACCESS, now, about=grant_id)
        tx.timeline.note(message.subject_id, "access.revoked", now, grantId=grant_id)

    return record


def _ask_after_some_tries(via: Collaborators, message: Message, now: datetime) -> None:
    if message.attempts != _TRIES_BEFORE_TASK:
        return
    log.error("tour %s: the lock system refuses to take its access back; `make tasks`", message.subject_id)
    with via.db.transaction() as tx:
        ask_for_revocation_by_hand(tx, message, now)


def ask_for_revocation_by_hand(tx: Tables, message: Message, now: datetime) -> None:
    """The lock system will not revoke the grant: ask an operator to do it by hand."""
    grant_id = OneGrant.of(message).grant_id
    ask_operator(tx, message.subject_id, Task.REVOKE_ACCESS, now, about=grant_id, grantId=grant_id)
