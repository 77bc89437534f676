"""Sends a prospect their one-time code: by mail, or to their phone through the operator's gateway from mail to text messages."""

import secrets
from datetime import datetime, timedelta
from math import ceil

from vendor_app.clients.mail import Letter
from vendor_app.domain import HOLDS_SLOT, Challenge, Message, Tour, Verification
from vendor_app.domain.verification import DIGITS, contact_of, required_of
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.community_directory import community_name_of
from vendor_app.usecases.mail.recipients import address_of, send_letter
from vendor_app.usecases.messages import Record, nothing_to_do
from vendor_app.usecases.tour.seals import unsealed

_TICK = timedelta(microseconds=1)  # no two codes of a tour have the same created_at


def send_code(via: Collaborators, message: Message, now: datetime) -> Record:
    """Make a code and send it; a code whose sending failed is sent again while it is valid."""
    with via.db.transaction() as tx:
        tour = tx.tours.lock(message.subject_id)
        challenge = _challenge(via, tx, tour, now) if tour is not None and tour.status in HOLDS_SLOT else None
        name = community_name_of(tx, tour.community_id) if tour else ""
    code = unsealed(via.keys, challenge.sealed_code, tour.tour_id, tour) if tour and challenge else None
    if tour is None or challenge is None or code is None:
        return nothing_to_do
    to = address_of(via, contact_of(tour.profile, challenge.contact) or "", challenge.contact)
    send_letter(via, _letter(tour, challenge, code, to, name, now), now)

    def record(tx: Tables) -> None:
        tx.verifications.forget_code(tour.tour_id)
        tx.timeline.note(tour.tour_id, "verification.code_sent", now, contact=challenge.contact)

    return record


def _challenge(via: Collaborators, tx: Tables, tour: Tour, now: datetime) -> Challenge | None:
    """The challenge to send: the last one while it is unsent and valid, or a new one; None when nothing must be verified."""
    required = required_of(via.rules(tx, tour.community_id), tour.tour_type)
    if required is Verification.NONE or contact_of(tour.profile, required) is None:
        return None
    last = tx.verifications.lock(tour.tour_id)
    if last is not None and last.contact is required and (last.passed_at or _is_to_be_sent(via, tour, last, now)):
        return last
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    made = Challenge(
        tour_id=tour.tour_id,
        contact=required,
        code_mac=via.keys.code_mac(tour.tour_id, code),
        sealed_code=via.keys.seal(code, tour.tour_id),
        created_at=max(now, last.created_at + _TICK) if last else now,
    )
    tx.verifications.insert(made)
    return made


def _is_to_be_sent(via: Collaborators, tour: Tour, challenge: Challenge, now: datetime) -> bool:
    return now < challenge.expires_at and unsealed(via.keys, challenge.sealed_code, tour.tour_id, tour) is not None


def _letter(tour: Tour, challenge: Challenge, code: str, to: str, name: str, now: datetime) -> Letter:
    """The mail with the code: the same key each time it is sent, and the minutes that are left by then."""
    minutes = ceil((challenge.expires_at - now).total_seconds() / 60)
    key = f"code-{challenge.tour_id}-{challenge.created_at.timestamp():.6f}"
    left = "1 minute" if minutes == 1 else f"{minutes} minutes"
    text = f"{code} is your code for your tour of {name}. It holds for {left}. Nobody will ask you for it.\n"
    if tour.held_at is not None:
        asked = tour.local(tour.starts_at).strftime("%A, %B %-d, %-I:%M %p")
        text += (
            f"\nSomebody has asked for a tour on {asked} in your name. If that was you, type the code on the page of that "
            "booking: it then takes the place of the tour you have. If it was not you, do nothing: your tour stays as it is.\n"
        )
    return Letter(to=to, subject=f"Your code for {name}", text=text, key=key)
