"""Take a grant back. Revocations have a lane of their own: no grant that hangs, of this tour or another, holds one up.

A request for the grant that was never answered may still be carried out, after the lock system has told us that it knows of no
such grant. So the revocation is sent again and again, and is done only when the lock system confirms it after the last moment
at which it could act on our request.
"""

from datetime import datetime, timedelta

from vendor_app.domain.outbox import Message
from vendor_app.domain.tasks import Task
from vendor_app.store import grants
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do
from vendor_app.usecases.messages.grant_access import lock_of
from vendor_app.usecases.operator_tasks import ask_operator, need_no_operator

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=1)


def revoke_access(via: Collaborators, message: Message, now: datetime) -> Record:
    """Safe to repeat; retried until the lock system confirms."""
    grant_id = message.payload["grantId"]
    with via.db.read() as db:
        grant = grants.find_grant(db, grant_id)
    if grant is None:
        return nothing_to_do
    system = lock_of(via, grant, now)
    with via.db.transaction() as tx:
        grants.mark_revoke_sent(tx, grant_id, now)
    pause = min(_FIRST_PAUSE * 2 ** min(message.attempts, 10), _LONGEST_PAUSE)
    if not system.revoke(grant_id, grant.reference, now):
        raise NotYet("the lock system is still taking it back", now + pause)
    if grant.may_act_until and now <= grant.may_act_until:
        soon = timedelta(seconds=1)
        raise NotYet("the lock system may still act on our request", min(now + pause, grant.may_act_until + soon))

    def record(tx: Connection) -> None:
        grants.mark_grant_revoked(tx, grant_id, now)
        need_no_operator(tx, message.subject_id, Task.REVOKE_ACCESS, now, about=grant_id)
        note(tx, message.subject_id, "access.revoked", now, grantId=grant_id)

    return record


def ask_for_revocation_by_hand(tx: Connection, message: Message, now: datetime) -> None:
    """The lock system will not take it back: a person has to."""
    grant_id = message.payload["grantId"]
    ask_operator(tx, message.subject_id, Task.REVOKE_ACCESS, now, about=grant_id, grantId=grant_id)
