"""Guest cards: how Knock recognises a prospect, and what it writes down (Scheduling API, Get Prospect API)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox.knock.model import Appointment, Event, Prospect
from sandbox.times import offset_utc

OPTIONAL = ("moveDate", "bedrooms", "pets", "occupants", "leaseTermMonths", "minBudget", "maxBudget")


def matching(prospects: Iterable[Prospect], community_id: str, email: str | None, phone: str | None) -> Prospect | None:
    """The guest card with this e-mail or this phone at this community; a deleted one is not found again."""
    here = (one for one in prospects if one.community_id == community_id and not one.is_deleted)
    return next((one for one in here if _is_same_person(one, email, phone)), None)


def new_card(prospect_id: str, answers: dict[str, Any], now: datetime) -> Prospect:
    """A guest card from the flat answers of POST /prospect, or of a booking and its profile together."""
    return Prospect(
        prospect_id=prospect_id,
        community_id=answers["communityId"],
        first_name=answers["firstName"],
        last_name=answers["lastName"],
        email=answers.get("email"),
        phone=_e164(answers.get("phone")),
        source_title=answers.get("sourceTitle"),
        sms_consent=answers.get("smsConsent", False),
        profile={name: answers.get(name) for name in OPTIONAL},
        created_at=now,
        updated_at=now,
    )


def updated(card: Prospect, answers: dict[str, Any], now: datetime) -> Prospect:
    """The card with the names and the phone of POST /prospect written over its own."""
    names = {"first_name": answers["firstName"], "last_name": answers["lastName"]}
    return replace(card, **names, phone=_e164(answers.get("phone")) or card.phone, updated_at=now)


def appointment_created(appointment: Appointment, now: datetime) -> Event:
    """The event as in the Get Prospect Events API: lower-case status, and no appointment id."""
    return Event(
        type="APPOINTMENT_CREATED",
        description="A tour appointment was scheduled via knock",
        event_time=now,
        source_title=appointment.source_title,
        details={
            "startTime": offset_utc(appointment.start),
            "endTime": offset_utc(appointment.end),
            "status": "confirmed",
            "tourType": appointment.tour_type,
        },
    )


def _is_same_person(one: Prospect, email: str | None, phone: str | None) -> bool:
    same_email = bool(email and one.email and email.casefold() == one.email.casefold())
    return same_email or bool(phone and one.phone and _digits(phone)[-10:] == _digits(one.phone)[-10:])


def _e164(phone: str | None) -> str | None:
    """Knock shows phones like `+10551234567`; ten digits are taken for a North American number."""
    if phone is None:
        return None
    digits = _digits(phone)
    return f"+1{digits}" if len(digits) == 10 else f"+{digits}"


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)
