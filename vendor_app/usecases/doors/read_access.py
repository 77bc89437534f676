"""Asks a lock system whether a grant is ready, where it can be asked: its events may be late or lost."""

from datetime import datetime, timedelta

from vendor_app.clients.locks.interface import GrantState
from vendor_app.domain import AccessState, Message, OneGrant
from vendor_app.domain.delivery.retry import growing_pause
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.grant_access import lock_of, record_credential, record_failure
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=2)


def read_access(via: Collaborators, message: Message, now: datetime) -> Record:
    """Read the grant again and again until it is ready, has failed or is closed."""
    with via.db.read() as db:
        grant = db.grants.find(OneGrant.of(message).grant_id)
    if grant is None or grant.state is not AccessState.PENDING:
        return nothing_to_do
    reading = lock_of(via, grant, now).read(grant.grant_id, grant.reference, now)
    if reading.state is GrantState.PENDING:
        pause = growing_pause(_FIRST_PAUSE, message.attempts, _LONGEST_PAUSE)
        raise NotYet("the lock system has not issued the credential yet", now + pause)

    def record(tx: Tables) -> None:
        if reading.state is GrantState.READY:
            record_credential(via, tx, grant, reading.code, reading.link, now)
        elif (tour := tx.tours.lock(grant.tour_id)) and record_failure(via, tx, tour, grant, now):
            tx.timeline.note(
                grant.tour_id, "access.failed", now, grantId=grant.grant_id, error=reading.problem or reading.state.value
            )

    return record
