"""Verifying a prospect's contact: a one-time code proves that the e-mail address or phone number they gave is theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from vendor_app.domain.communities import CommunityRules, Verification
from vendor_app.domain.tours import Tour, TourType

DIGITS = 6
VALID_FOR = timedelta(minutes=10)
# A held booking whose contact is not verified by then is rejected.
HELD_FOR = timedelta(minutes=15)
MOST_TRIES = 5
# However late a tour was booked, the prospect gets this long to find the message.
_LEAST_TIME_TO_PASS = timedelta(minutes=10)


class CodeCheck(StrEnum):
    """The outcome of checking a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED_UP = "used_up"


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """The one-time code a tour's prospect has to type. `code_mac` is a fingerprint, `sealed_code` what is still to be sent."""

    tour_id: str
    contact: Verification
    code_mac: str
    sealed_code: str | None
    created_at: datetime
    tries: int = 0
    passed_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        """Until when the code may be typed."""
        return self.created_at + VALID_FOR


def check_code(challenge: Challenge, is_right: bool, now: datetime) -> tuple[CodeCheck, Challenge]:
    """The outcome of a typed code, and the challenge after it. A challenge that was passed stays passed."""
    if challenge.passed_at is not None:
        return CodeCheck.RIGHT, challenge
    if now >= challenge.expires_at:
        return CodeCheck.EXPIRED, challenge
    if challenge.tries >= MOST_TRIES:
        return CodeCheck.USED_UP, challenge
    tried = replace(challenge, tries=challenge.tries + 1)
    if is_right:
        return CodeCheck.RIGHT, replace(tried, passed_at=now, sealed_code=None)
    return (CodeCheck.WRONG if tried.tries < MOST_TRIES else CodeCheck.USED_UP), tried


def required_of(rules: CommunityRules, tour_type: TourType) -> Verification:
    """What of a prospect must be verified before they see a code; nothing for a tour that an agent leads."""
    return rules.require_verified if tour_type is TourType.SELF_GUIDED else Verification.NONE


def contact_of(profile: Mapping[str, Any], kind: Verification) -> str | None:
    """What is to be verified, as the prospect gave it in their profile (camelCase); None when they gave none."""
    return profile.get(kind) if kind is not Verification.NONE else None


def masked(contact: str) -> str:
    """A contact masked so that only its owner recognises it: `j•••@example.com`, `•••67`."""
    name, at, domain = contact.partition("@")
    return f"{name[:1]}•••@{domain}" if at else f"•••{contact[-2:]}"


def is_same_contact(kind: Verification, one: Tour, other: Tour) -> bool:
    """Whether two tours' prospects gave the same contact of this kind."""
    ours, theirs = (one.email_key, other.email_key) if kind is Verification.EMAIL else (one.phone_key, other.phone_key)
    return ours is not None and ours == theirs


def deadline(tour: Tour, lead: timedelta, asked_at: datetime) -> datetime:
    """When a tour whose contact is not verified is cancelled: `lead` before the start, so that others may have the time.

    `asked_at` is when the first code was made: the prospect has at least ten minutes from then.
    """
    return max(tour.starts_at - lead, asked_at + _LEAST_TIME_TO_PASS)
