"""Take a grant back. Revocations have a lane of their own: no grant that hangs, of this tour or another, holds one up."""

from datetime import datetime

from vendor_app.domain.outbox import Message
from vendor_app.store import grants, tasks
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import Record, nothing_to_do
from vendor_app.usecases.messages.grant_access import lock_of


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
    system.revoke(grant_id, grant.reference, now)

    def record(tx: Connection) -> None:
        grants.mark_grant_revoked(tx, grant_id, now)
        note(tx, message.subject_id, "access.revoked", now, grantId=grant_id)

    return record


def ask_for_revocation_by_hand(tx: Connection, message: Message, now: datetime) -> None:
    """The lock system will not take it back: a person has to."""
    tasks.open_task(tx, message.subject_id, "revoke_access_by_hand", now, grantId=message.payload["grantId"])
    note(tx, message.subject_id, "task.opened", now, task="revoke_access_by_hand")
