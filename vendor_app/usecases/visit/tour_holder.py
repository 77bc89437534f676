"""What the holder of a tour's token sees and does: show, check in, finish, cancel."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vendor_app.clients.errors import NotSent, PartnerError
from vendor_app.domain import LIVE, AccessState, Kind, Reason, Span, Status, Tour
from vendor_app.domain.access import access_state, each_unit_once, units_entered
from vendor_app.domain.tours import may_cancel
from vendor_app.keys import fingerprint
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.community_directory import community_name_of
from vendor_app.usecases.doors.verify_contact import ContactCheck, contact_check_of, is_passed
from vendor_app.usecases.errors import NotNow, NotVerified, UnknownTour
from vendor_app.usecases.knock.validity import cancel_if_invalid
from vendor_app.usecases.tour import access, transitions
from vendor_app.usecases.tour.limits import CHECK_INS, WRONG_TOKENS, count_attempt, refuse_if_over
from vendor_app.usecases.tour.seals import unsealed
from vendor_app.usecases.tour.tokens import find_by_token

log = logging.getLogger(__name__)

# For Knock's answer at check-in: the prospect stands at the door.
_WAIT_SECONDS = 3.0


@dataclass(frozen=True)
class TourSeen:
    """A tour as its holder sees it: its access, the units they opened, and the code if it may be shown now."""

    tour: Tour
    token: str
    community_name: str
    help_phone: str | None
    access: AccessState
    units_opened: list[str]
    gate: ContactCheck
    code: str | None = None
    link: str | None = None

    @property
    def wanted(self) -> Span | None:
        """The time the prospect wants to move to while that is not settled; None for a tour that is over."""
        return self.tour.next_span if self.tour.status in LIVE else None


def show_tour(via: Collaborators, token: str, now: datetime) -> TourSeen:
    """The tour this token opens; the code only inside the window and after check-in. Raises UnknownTour."""
    with via.db.read() as db:
        return _seen(via, db, find_by_token(db, token), token, now)


def identify_tour(via: Collaborators, tour_id: str | None, token: str, client: str, now: datetime) -> None:
    """Check that the token is this tour's (any tour's, with None). `client` is the caller's masked address.

    Raises UnknownTour for a wrong id or token, and TooManyAttempts instead once this client has tried many. A right token always
    passes and is not counted: somebody else behind the same address may be guessing.
    """
    with via.db.read() as db:
        found = db.tours.id_of_token(fingerprint(token))
        if found is not None and tour_id in (None, found):
            return
        refuse_if_over(db, WRONG_TOKENS, client, now)
    with via.db.transaction() as tx:
        count_attempt(tx, WRONG_TOKENS, client, now)
    raise UnknownTour("There is no tour at this address. Please check the link.")


def check_in(via: Collaborators, token: str, now: datetime) -> TourSeen:
    """The prospect is at the door: show the code, and begin the tour where there is no lock system. Raises NotNow."""

    def change(tx: Tables, tour: Tour) -> None:
        if not tour.is_self_guided:
            raise NotNow("The leasing team leads this tour; there is nothing to check in to.")
        if not tour.in_window(now):
            raise NotNow(_why_no_check_in(tour, now))
        if not is_passed(via, tx, tour):
            raise NotVerified("Please verify your contact first: we have a code for you to type.")
        if tour.checked_in_at is None:
            tour = replace(tour, checked_in_at=now)
            tx.tours.save(tour)
            tx.timeline.note(tour.tour_id, "tour.checked_in", now)
        if tour.status is Status.CONFIRMED:
            _begin_or_ask_for_access(via, tx, tour, now)

    with via.db.transaction() as tx:
        count_attempt(tx, CHECK_INS, find_by_token(tx, token).tour_id, now)
    _cancel_if_invalid_now(via, token, now)
    return _change(via, token, now, change)


def finish_tour(via: Collaborators, token: str, now: datetime, units: Sequence[str] = ()) -> TourSeen:
    """Complete the tour for its prospect; a second call changes nothing. Raises NotNow when the tour has not begun.

    `units` are those they say they have seen: stored beside the door events, and not told Knock.
    """

    def change(tx: Tables, tour: Tour) -> None:
        if tour.status is Status.IN_PROGRESS:
            for unit in each_unit_once(units):
                tx.access_events.keep_reported_unit(tour.tour_id, unit, now)
                tx.timeline.note(tour.tour_id, "visit.unit_told_by_prospect", now, unitName=unit)
            transitions.complete_tour(tx, tour, "the prospect", via.config, now)
        elif not tour.is_self_guided:
            raise NotNow("The leasing team leads this tour; there is nothing for you to end.")
        elif tour.status is not Status.COMPLETED:
            raise NotNow("This tour has not begun: no door has been opened yet.")

    return _change(via, token, now, change)


def cancel_as_prospect(via: Collaborators, token: str, now: datetime) -> TourSeen:
    """Cancel the tour for its prospect; a second call changes nothing. Raises NotNow when the tour has begun or is over."""

    def change(tx: Tables, tour: Tour) -> None:
        if may_cancel(tour, Reason.PROSPECT):
            transitions.cancel_tour(tx, tour, Reason.PROSPECT, now)
        elif tour.status is not Status.CANCELLED:
            raise NotNow(f"This tour is {tour.status.replace('_', ' ')}; it cannot be cancelled any more.")

    return _change(via, token, now, change)


def _change(via: Collaborators, token: str, now: datetime, change: Callable[[Tables, Tour], None]) -> TourSeen:
    with via.db.transaction() as tx:
        found = find_by_token(tx, token)
        change(tx, tx.tours.lock(found.tour_id) or found)
        return _seen(via, tx, find_by_token(tx, token), token, now)


def _begin_or_ask_for_access(via: Collaborators, tx: Tables, tour: Tour, now: datetime) -> None:
    """Begin the tour where its community has no lock system now; with one the first door does, and access is made ready."""
    if not access.opens_doors(tx, tour, via.config):
        transitions.begin_tour(tx, tour, now, now)
        return
    grant = tx.grants.latest(tour.tour_id)
    if grant is None or grant.state is AccessState.CLOSED:
        # Booked while its community had no lock system, or ended by the lock system before anybody came.
        access.resume_access(tx, tour, via.config, now)
    for kind in (Kind.GRANT_ACCESS, Kind.READ_ACCESS):
        tx.outbox.hasten(tour.tour_id, kind, now)  # somebody waits at the door


def _cancel_if_invalid_now(via: Collaborators, token: str, now: datetime) -> None:
    """Ask Knock once more whether the tour is valid; when Knock does not answer soon the prospect gets in."""
    with via.db.read() as db:
        tour = find_by_token(db, token)
    if not (tour.is_self_guided and tour.in_window(now)) or tour.checked_in_at or tour.status is not Status.CONFIRMED:
        return
    try:
        with via.check_ins.place(NotSent("GET /prospect", "too many wait for an answer already")):
            cancel_if_invalid(via, tour, now, most_seconds=_WAIT_SECONDS)
    except PartnerError as error:
        log.warning("tour %s could not be checked at the door: %s", tour.tour_id, error)


def _seen(via: Collaborators, db: Tables, tour: Tour, token: str, now: datetime) -> TourSeen:
    grant = db.grants.latest(tour.tour_id)
    opened = db.access_events.door_openings(tour.tour_id)
    rules = via.rules(db, tour.community_id)
    gate = contact_check_of(db, tour, rules)
    shown = gate.is_passed and tour.in_window(now) and tour.checked_in_at is not None
    ready = grant if shown and grant and grant.state is AccessState.READY else None
    return TourSeen(
        tour=tour,
        token=token,
        community_name=community_name_of(db, tour.community_id),
        help_phone=rules.help_phone,
        access=access_state(tour, grant),
        units_opened=units_entered(opened),
        gate=gate,
        code=unsealed(via.keys, ready.sealed_code, ready.grant_id, tour) if ready else None,
        link=unsealed(via.keys, ready.sealed_link, ready.grant_id, tour) if ready else None,
    )


def _why_no_check_in(tour: Tour, now: datetime) -> str:
    if tour.status is Status.REQUESTED:
        return "We are still confirming your time with the community."
    if tour.opens_at > now and tour.status is Status.CONFIRMED:
        return f"Check-in opens at {tour.local(tour.opens_at).strftime('%-I:%M %p')}, shortly before your tour."
    return "This tour is over." if tour.status is not Status.CANCELLED else "This tour was cancelled."
