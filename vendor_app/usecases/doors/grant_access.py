"""Asks the lock system for a grant: doors that open in a tour's window."""

from datetime import datetime, timedelta

from vendor_app.clients.errors import NotSent, Refused
from vendor_app.clients.locks.interface import Granted, GrantRequest, LockSystem
from vendor_app.domain import LIVE, AccessGrant, AccessState, Attempt, Kind, Message, OneGrant, Tour
from vendor_app.domain.access import devices_for, grant_deadline
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do, renew_lease
from vendor_app.usecases.tour import access

_TRY_ANOTHER_GRANT_AFTER = timedelta(seconds=60)
# A grant that failed is asked for again when an operator replays its message.
_ASKABLE = frozenset({AccessState.PENDING, AccessState.FAILED})


def grant_access(via: Collaborators, message: Message, now: datetime) -> Record:
    """Ask the lock system for the message's grant.

    `may_act_until` is stored first: until then the lock system may act on a request whose answer is lost. If the tour is
    cancelled meanwhile, the revocation does not wait for the answer, and is repeated until it is confirmed after that moment
    (doors/revoke_access.py). An answer that comes late has it sent at once.
    """
    asked = _begin(via, message, now)
    if asked is None:
        return nothing_to_do
    tour, grant, system, devices = asked
    try:
        granted = system.grant(_request(tour, grant, devices), now)
    except (NotSent, Refused):
        with via.db.transaction() as tx:
            tx.grants.note_asking(grant.grant_id, grant.may_act_until)
        raise

    def record(tx: Tables) -> None:
        tx.grants.note_asking(grant.grant_id, grant.may_act_until)
        tx.timeline.note(
            tour.tour_id, "access.requested", now, grantId=grant.grant_id, lock=grant.lock, credential=grant.credential
        )
        tx.grants.keep_reference(grant.grant_id, granted.reference)
        _record_answer(via, tx, system, grant, granted, now)

    return record


def _begin(via: Collaborators, message: Message, now: datetime) -> tuple[Tour, AccessGrant, LockSystem, list[str]] | None:
    """The tour, the grant, its lock system and devices; None when the grant is not wanted any more."""
    with via.db.transaction() as tx:
        tour = tx.tours.lock(message.subject_id)
        grant = tx.grants.find(OneGrant.of(message).grant_id)
        if tour is None or grant is None or tour.status not in LIVE or grant.state not in _ASKABLE:
            return None
        system = lock_of(via, grant, now)
        renew_lease(via, tx, message)
        tx.grants.note_asking(grant.grant_id, via.clock() + via.config.knock_timeout + system.abilities.acts_within)
        return tour, grant, system, devices_for(via.rules(tx, tour.community_id), tour.unit_names)


def lock_of(via: Collaborators, grant: AccessGrant, now: datetime) -> LockSystem:
    """The lock system of a grant. Raises NotYet when it is not connected (any more)."""
    system = via.locks.get(grant.lock)
    if system is None:
        why = f"the lock system {grant.lock!r} is not connected; set its VENDOR_… variables"
        raise NotYet(why, now + via.config.pause, is_failing=True)
    return system


def record_credential(
    via: Collaborators, tx: Tables, grant: AccessGrant, code: str | None, link: str | None, now: datetime
) -> None:
    """The lock system has issued the credential, unless the grant was closed meanwhile. Code and link are kept sealed."""
    sealed_code, sealed_link = (one and via.keys.seal(one, grant.grant_id) for one in (code, link))
    if tx.grants.answer(grant.grant_id, AccessState.READY, sealed_code, now, sealed_link):
        tx.timeline.note(grant.tour_id, "access.ready", now, grantId=grant.grant_id)


def record_failure(via: Collaborators, tx: Tables, tour: Tour, grant: AccessGrant, now: datetime) -> bool:
    """The lock system will not issue the credential; False when the grant was closed meanwhile.

    Another grant is asked for while there is time; near the deadline usecases/doors/ensure_access.py decides.
    """
    if not tx.grants.answer(grant.grant_id, AccessState.FAILED, None, now):
        return False
    others = (one for one in tx.grants.of_tour(tour.tour_id) if one.grant_id != grant.grant_id)
    again_at = now + _TRY_ANOTHER_GRANT_AFTER
    if any(one.state in (AccessState.PENDING, AccessState.READY) for one in others):
        access.end_grant(tx, grant, now)
    elif tour.status in LIVE and again_at < grant_deadline(tour, via.config.access_deadline, has_failed=True):
        access.ask_for_access(tx, tour, via.config, now, again_at, Attempt(grant.attempt, grant.credential))
        # The failed grant may still be issued: then two credentials would open the doors.
        access.end_grant(tx, grant, now)
    return True


def give_up_access(tx: Tables, message: Message, now: datetime) -> None:
    """The lock system will not grant: another attempt follows, or the tour is cancelled when the deadline comes."""
    tx.grants.answer(OneGrant.of(message).grant_id, AccessState.FAILED, None, now)


def _record_answer(
    via: Collaborators, tx: Tables, system: LockSystem, grant: AccessGrant, granted: Granted, now: datetime
) -> None:
    current = tx.grants.find(grant.grant_id)
    if current is None or current.state is AccessState.CLOSED:
        access.revoke_again(tx, grant, now)
    elif granted.code or granted.link:
        record_credential(via, tx, grant, granted.code, granted.link, now)
    elif system.abilities.reads_state:
        tx.outbox.enqueue(Kind.READ_ACCESS, grant.tour_id, now, partner=grant.lock, grantId=grant.grant_id)


def _request(tour: Tour, grant: AccessGrant, devices: list[str]) -> GrantRequest:
    return GrantRequest(
        grant_id=grant.grant_id,
        tour_id=tour.tour_id,
        community_id=tour.community_id,
        starts_at=tour.local(tour.opens_at),
        ends_at=tour.local(tour.closes_at),
        unit_names=tour.unit_names,
        devices=devices,
        first_name=tour.profile.get("firstName", ""),
        last_name=tour.profile.get("lastName", ""),
        credential=grant.credential,
    )
