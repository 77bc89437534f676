"""An unverified booking never replaces a tour whose contact is verified.

Knock cancels a prospect's appointment when another is booked in their name. So where the same e-mail address or phone number has
a verified tour, a new booking is held: Knock is asked once its contact is verified too. If Knock has booked it all the same
(the other tour was verified meanwhile), the new tour is cancelled, and the verified tour's own time is asked for again.
"""

from dataclasses import replace
from datetime import datetime

from vendor_app.domain import CommunityRules, Kind, Tour, Verification
from vendor_app.domain.verification import is_same_contact, required_of
from vendor_app.store import Tables
from vendor_app.usecases.errors import NotNow

_CALL = "We cannot book this tour online. Please call the community."


def is_verified(db: Tables, tour: Tour) -> bool:
    """Whether the prospect has proved that the contact they gave is theirs."""
    challenge = db.verifications.find(tour.tour_id)
    return challenge is not None and challenge.passed_at is not None


def verified_rivals(db: Tables, tour: Tour, rules: CommunityRules, now: datetime) -> list[Tour]:
    """The verified tours that this booking would replace in Knock and must not; none once it is verified by the same contact."""
    required = required_of(rules, tour.tour_type)
    if required is Verification.NONE:
        return []
    proved = is_verified(db, tour)
    rivals = [one for one in db.tours.upcoming_of_person(tour, now) if is_verified(db, one)]
    return [one for one in rivals if not (proved and is_same_contact(required, tour, one))]


def hold_if_needed(tx: Tables, tour: Tour, rules: CommunityRules, now: datetime) -> bool:
    """Hold a new booking until its contact is verified, where it has verified rivals; whether it is held.

    Raises NotNow when a rival has another contact: a code sent to this booking's contact would prove nothing.
    """
    rivals = verified_rivals(tx, tour, rules, now)
    if not rivals:
        return False
    if not all(is_same_contact(required_of(rules, tour.tour_type), tour, one) for one in rivals):
        raise NotNow(_CALL)
    tx.tours.save(replace(tour, held_at=now))
    tx.timeline.note(tour.tour_id, "tour.held", now)
    tx.outbox.enqueue(Kind.SEND_CODE, tour.tour_id, now)
    return True


def release_held_tour(tx: Tables, tour: Tour, now: datetime) -> None:
    """The contact of a held tour is verified: have Knock asked."""
    if tour.held_at is None:
        return
    tx.tours.save(replace(tour, held_at=None))
    tx.timeline.note(tour.tour_id, "tour.released", now)
    tx.outbox.enqueue(Kind.BOOK_APPOINTMENT, tour.tour_id, now)
