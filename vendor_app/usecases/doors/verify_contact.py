"""Verifies a prospect's contact: where a community requires it, the door code is shown only after they typed a one-time code.

A one-time code has 6 digits, holds for 10 minutes and takes 5 tries. It is stored as a fingerprint, and sealed beside it only
until it has been sent. An outside identity service could take this place: the rest of the product asks only `is_passed`.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

from vendor_app.domain import HOLDS_SLOT, CodeCheck, CommunityRules, Kind, Tour, Verification
from vendor_app.domain.verification import check_code, contact_of, masked, required_of
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import InvalidField, NotNow
from vendor_app.usecases.tour.limits import CODES, count_attempt
from vendor_app.usecases.tour.tokens import find_by_token
from vendor_app.usecases.tour.verified_tours import release_held_tour

_SAID = {
    CodeCheck.WRONG: "This is not the code we sent. Please look again.",
    CodeCheck.EXPIRED: "This code has expired. Please have another one sent.",
    CodeCheck.USED_UP: "This code was tried too often. Please have another one sent.",
}


@dataclass(frozen=True)
class ContactCheck:
    """Whether the contact that must be verified is; `required` NONE always is. `sent_to` is masked."""

    required: Verification
    is_passed: bool
    sent_to: str | None = None
    expires_at: datetime | None = None


def contact_check_of(db: Tables, tour: Tour, rules: CommunityRules) -> ContactCheck:
    """What of the tour's contact must be verified by these rules, and whether it is."""
    required = required_of(rules, tour.tour_type)
    if required is Verification.NONE:
        return ContactCheck(Verification.NONE, True)
    challenge = db.verifications.find(tour.tour_id)
    contact = contact_of(tour.profile, required)
    if challenge is None or challenge.contact is not required:
        return ContactCheck(required, False, contact and masked(contact))
    return ContactCheck(required, challenge.passed_at is not None, contact and masked(contact), challenge.expires_at)


def is_passed(via: Collaborators, db: Tables, tour: Tour) -> bool:
    """Whether the prospect's contact is verified, or need not be."""
    return contact_check_of(db, tour, via.rules(db, tour.community_id)).is_passed


def request_code(via: Collaborators, token: str, now: datetime) -> ContactCheck:
    """Have a one-time code sent. Raises UnknownTour, NotNow, TooManyAttempts."""
    with via.db.transaction() as tx:
        tour = find_by_token(tx, token)
        gate = contact_check_of(tx, tour, via.rules(tx, tour.community_id))
        if gate.is_passed or tour.status not in HOLDS_SLOT:
            raise NotNow("There is nothing to verify for this tour (any more).")
        count_attempt(tx, CODES, tour.tour_id, now)
        tx.outbox.enqueue(Kind.SEND_CODE, tour.tour_id, now)
        return gate


def verify_code(via: Collaborators, token: str, code: str, now: datetime) -> None:
    """Check a typed code. Raises UnknownTour, NotNow when none was sent, InvalidField when it is wrong, expired or used up."""
    with via.db.transaction() as tx:
        tour = find_by_token(tx, token)
        tx.tours.lock(tour.tour_id)
        challenge = tx.verifications.lock(tour.tour_id)
        if challenge is None:
            raise NotNow("We have not sent you a code yet. Please have one sent.")
        right = hmac.compare_digest(challenge.code_mac, via.keys.code_mac(tour.tour_id, "".join(code.split())))
        outcome, after = check_code(challenge, right, now)
        if after != challenge:
            tx.verifications.save(after)
        if outcome is CodeCheck.RIGHT and challenge.passed_at is None:
            tx.timeline.note(tour.tour_id, "verification.passed", now, contact=challenge.contact)
            release_held_tour(tx, tx.tours.lock(tour.tour_id) or tour, now)
    if outcome is not CodeCheck.RIGHT:
        raise InvalidField("code", _SAID[outcome])
