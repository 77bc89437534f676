"""Have the doors opened for a tour's window."""

from datetime import datetime

from vendor_app.clients.lock import GrantRequest
from vendor_app.domain.access import AccessState
from vendor_app.domain.outbox import Message
from vendor_app.domain.tours import LIVE, Tour
from vendor_app.store import grants, tours
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import Record, nothing_to_do

# A grant that failed is asked for again when an operator replays its message.
_ASKABLE = frozenset({AccessState.PENDING, AccessState.FAILED})


def grant_access(via: Collaborators, message: Message, now: datetime) -> Record:
    """Ask the lock system. A grant that was closed meanwhile has its revocation waiting behind this message."""
    grant_id = message.payload["grantId"]
    with via.db.read() as db:
        tour = tours.find_tour(db, message.subject_id)
        grant = grants.find_grant(db, grant_id)
    if via.lock is None or tour is None or grant is None or tour.status not in LIVE or grant.state not in _ASKABLE:
        return nothing_to_do
    code = via.lock.grant(_request(tour, grant_id), now)

    def record(tx: Connection) -> None:
        note(tx, tour.tour_id, "access.requested", now, grantId=grant_id)
        if code is not None:
            record_code(tx, tour.tour_id, grant_id, via.keys.seal(code), now)

    return record


def record_code(tx: Connection, tour_id: str, grant_id: str, sealed_code: str | None, now: datetime) -> None:
    """The lock system has issued the credential, unless the grant was closed meanwhile."""
    if grants.answer_grant(tx, grant_id, AccessState.READY, sealed_code, now):
        note(tx, tour_id, "access.ready", now, grantId=grant_id)


def give_up_access(tx: Connection, message: Message, now: datetime) -> None:
    """The lock system will not grant: the validity job cancels the tour when the deadline comes."""
    grants.answer_grant(tx, message.payload["grantId"], AccessState.FAILED, None, now)


def _request(tour: Tour, grant_id: str) -> GrantRequest:
    return GrantRequest(
        grant_id=grant_id,
        tour_id=tour.tour_id,
        community_id=tour.community_id,
        starts_at=tour.local(tour.opens_at),
        ends_at=tour.local(tour.closes_at),
        unit_names=tour.unit_names,
        first_name=tour.profile.get("firstName", ""),
        last_name=tour.profile.get("lastName", ""),
    )
