"""Take a grant back."""

from datetime import datetime

from vendor_app.domain.outbox import Message
from vendor_app.store.database import Connection
from vendor_app.store.grants import mark_grant_revoked
from vendor_app.store.timeline import note
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import NotYet, Record


def revoke_access(via: Collaborators, message: Message, now: datetime) -> Record:
    """Safe to repeat; retried until the lock system confirms."""
    grant_id = message.payload["grantId"]
    if via.lock is None:
        raise NotYet(
            "no lock system is connected any more (VENDOR_ACCESS_URL); the grant cannot be revoked",
            now + via.config.pause,
        )
    via.lock.revoke(grant_id, now)

    def record(tx: Connection) -> None:
        mark_grant_revoked(tx, grant_id, now)
        note(tx, message.subject_id, "access.revoked", now, grantId=grant_id)

    return record
