"""A tour's story as operators read it: one fact a line, times in UTC unless they say otherwise, no contact data and no codes."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from vendor_app.domain import AccessGrant
from vendor_app.store import Consent, StoredEvent
from vendor_app.usecases.operators.operate import TourStory


def tour_lines(story: TourStory) -> Iterator[str]:
    """Everything there is to know about a tour."""
    tour = story.tour
    yield f"{tour.tour_id}: {tour.status}{f', {tour.reason}' if tour.reason else ''}"
    yield f"  {tour.tour_type} at {tour.community_id}, {_span(tour.local_span.start, tour.local_span.end)}"
    if tour.next_span:
        yield f"  asks to move to {_span(tour.next_span.start, tour.next_span.end)}"
    yield f"  in Knock: appointment {tour.appointment_id}, prospect {tour.prospect_id}, visit {tour.visit_id}"
    yield f"  source title: {json.dumps(tour.source_title)}"
    yield f"  units: asked for {_names(tour.unit_names)}; opened {_names(story.units_opened)}; told Knock {_told_units(story)}"
    if story.consent:
        yield f"  text messages: {_consent(story.consent)}"
    for grant in story.grants:
        yield f"  access {grant.grant_id} ({grant.lock}, {grant.credential}): {grant.state}{_revoked(grant)}"
    yield from _happened(story)
    for owed in story.owed:
        yield f"  still owed: {owed.kind} after {owed.attempts} attempts{at(', next', owed.next_attempt_at)}"
        yield f"    {owed.last_error or 'no error so far'}"


def at(label: str, when: datetime | None) -> str:
    """`label` and the time, or nothing where there is none."""
    return f"{label} {_utc(when)}" if when else ""


def told(detail: dict[str, Any]) -> str:
    """A detail as `name value` pairs."""
    return ", ".join(f"{name} {value}" for name, value in detail.items())


def _happened(story: TourStory) -> Iterator[str]:
    """Our own lines, with Knock's events between them; of messages only that there was one."""
    ours = [(line.created_at, f"{line.what}  {told(line.detail)}") for line in story.lines]
    knocks = [(event.occurred_at, f"in Knock: {event.type}{_booked(event)}") for event in story.told_by_knock]
    for when, said in sorted([*ours, *knocks], key=lambda one: one[0]):
        yield f"  {_utc(when)}  {said}"


def _booked(event: StoredEvent) -> str:
    detail = event.detail if event.type == "APPOINTMENT_CREATED" else {}
    return "  " + told({name: detail[name] for name in ("startTime", "status", "tourType") if name in detail}) if detail else ""


def _revoked(grant: AccessGrant) -> str:
    if grant.closed_at is None or grant.revoke_sent_at is None:
        return at(", revoked", grant.revoked_at)
    waited = (grant.revoke_sent_at - grant.closed_at).total_seconds()
    return f", the lock system told {waited:.1f} s after it was closed{at(', revoked', grant.revoked_at)}"


def _told_units(story: TourStory) -> str:
    return "nothing yet" if story.tour.units_reported is None else _names(story.tour.units_reported)


def _names(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _consent(consent: Consent) -> str:
    answer = "agreed" if consent.sms_consent else "not agreed"
    wording = f", to: {json.dumps(consent.wording)}" if consent.wording else ""
    return f"{answer}{at(', at', consent.given_at)}{wording}"


def _span(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M %z}"


def _utc(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}Z"
