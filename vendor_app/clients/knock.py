"""Knock: one method an endpoint. The seed document each implements stands in its docstring.

All methods raise the family of clients/errors.py. Ids are text; times given must be aware.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from marshmallow import Schema, ValidationError

from schemas import knock as answers
from vendor_app.clients.errors import Refused, Unknown
from vendor_app.clients.http import PartnerHttp, load

_MOST_PAGES = 1000
_NOT_THERE = (404, 409, 410)
# Visitors wait for the list, and an old one will do.
_TIMES_SECONDS = 5.0
_communities, _times, _appointment = answers.CommunityPage(), answers.AvailableTimes(), answers.Appointment()
_visit, _new_prospect, _prospect = answers.Visit(), answers.NewProspect(), answers.Prospect()
_events, _created_appointment = answers.EventPage(), answers.CreatedAppointment()


@dataclass(frozen=True)
class BookedAppointment:
    """What Knock booked; most answers do not name the prospect."""

    appointment_id: str
    prospect_id: str | None


@dataclass(frozen=True)
class KnockProspect:
    """A guest card, as far as we act on it."""

    prospect_id: str
    community_id: str | None
    email: str | None
    phone: str | None
    is_deleted: bool
    not_prospect: bool


class Knock:
    """Knock's Scheduling, Self-Guided, Get Prospect and Prospect Events APIs."""

    def __init__(self, base_url: str, appointment_key: str, prospect_key: str, timeout: timedelta) -> None:
        self._http = PartnerHttp(base_url, timeout)
        self._appointment_key = appointment_key
        self._prospect_key = prospect_key

    def list_communities(self) -> Iterator[dict[str, Any]]:
        """Every community our key may see (Scheduling API), page by page, keys in snake_case."""
        return self._pages("/communities", self._appointment_key, _communities, "GET /communities")

    def available_times(self, community_id: str) -> list[datetime]:
        """Starts that Knock offers for self-guided tours, in the community's own offset (Self-Guided API)."""
        answer = self._get(
            f"/community/{_part(community_id)}/available-times",
            self._appointment_key,
            {"forSelfGuided": "true"},
            "GET /community/available-times",
            most_seconds=_TIMES_SECONDS,
        )
        times: list[datetime] = load(_times, answer, "GET /community/available-times")["acceptable_times"]
        return times

    def request_appointment(
        self,
        *,
        community_id: str,
        profile: Mapping[str, Any],
        start: datetime,
        end: datetime,
        sms_consent: bool,
        source_title: str | None,
    ) -> BookedAppointment:
        """Book a self-guided tour (Scheduling and Self-Guided API). The prospect's earlier upcoming one is replaced.

        `profile` is Knock's own, camelCase. `source_title` goes out verbatim, or not at all when it is None.
        """
        body = {
            "communityId": community_id,
            "profile": dict(profile),
            "requestedTimes": [{"startTime": start.isoformat(), "endTime": end.isoformat()}],
            "smsConsent": sms_consent,
            "tourType": "SELF_GUIDED",
            **_titled(source_title),
        }
        answer = self._send("POST", "/appointment/request", self._appointment_key, body, "POST /appointment/request")
        return BookedAppointment(**load(_appointment, answer, "POST /appointment/request"))

    def cancel_appointment(self, appointment_id: str) -> None:
        """Cancel (Self-Guided API). One that was cancelled before is as good: that refusal is swallowed here."""
        try:
            self._send(
                "PUT",
                f"/appointment/{_part(appointment_id)}/cancel",
                self._appointment_key,
                None,
                "PUT /appointment/cancel",
            )
        except Refused as refusal:
            if not _says_it_is_cancelled(refusal):
                raise

    def post_visit(
        self,
        *,
        prospect_id: str,
        appointment_id: str,
        visit_time: datetime,
        unit_names: list[str],
        source_title: str | None,
    ) -> str:
        """Add a self-guided visit to the prospect (Self-Guided API); `visit_time` must be past. The visitId."""
        body = {
            "prospectId": prospect_id,
            "appointmentId": appointment_id,
            "visitTime": visit_time.isoformat(),
            "isSelfGuided": True,
            "unitNames": unit_names,
            **_titled(source_title),
        }
        answer = self._send("POST", "/visit", self._prospect_key, body, "POST /visit")
        return str(load(_visit, answer, "POST /visit")["visit_id"])

    def create_prospect(self, community_id: str, profile: Mapping[str, Any], source_title: str | None) -> str:
        """The prospect's id; Knock answers with the existing one for a known e-mail or phone (Get Prospect mentions it)."""
        flat = {name: value for name, value in profile.items() if name != "pets"}
        body = {"communityId": community_id, **flat, **_titled(source_title)}
        return str(
            load(
                _new_prospect,
                self._send("POST", "/prospect", self._prospect_key, body, "POST /prospect"),
                "POST /prospect",
            )["id"]
        )

    def get_prospect(self, prospect_id: str) -> KnockProspect:
        """The guest card (Get Prospect). Refused with code CORE_API_GET_PROSPECT_FAIL when there is none."""
        answer = self._get(f"/prospect/{_part(prospect_id)}", self._prospect_key, {}, "GET /prospect")
        loaded = load(_prospect, answer, "GET /prospect")
        return KnockProspect(**{**loaded, "is_deleted": bool(loaded["is_deleted"]), "not_prospect": bool(loaded["not_prospect"])})

    def appointments_created(self, prospect_id: str) -> Iterator[dict[str, Any]]:
        """`start_time, status, tour_type` of the prospect's APPOINTMENT_CREATED events (Prospect Events)."""
        path = f"/prospect/{_part(prospect_id)}/events"
        for node in self._pages(path, self._prospect_key, _events, "GET /prospect/events"):
            if node["type"] == "APPOINTMENT_CREATED":
                try:
                    yield _created_appointment.load(node["data"] or {})
                except ValidationError as error:
                    raise Unknown("GET /prospect/events", "an event does not fit the contract") from error

    def _pages(self, path: str, key: str, schema: Schema, name: str) -> Iterator[dict[str, Any]]:
        query: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = load(schema, self._get(path, key, query, name), name)
            yield from (edge["node"] for edge in page["edges"])
            info = page["page_info"] or {"has_next_page": False}
            if not info["has_next_page"]:
                return
            cursor = info["end_cursor"]
            if not cursor or cursor == query.get("after"):
                raise Unknown(name, "the next page's cursor is missing or the same again")
            query = {"after": cursor}
        raise Unknown(name, f"more than {_MOST_PAGES} pages")

    def _get(self, path: str, key: str, query: Mapping[str, str], name: str, most_seconds: float | None = None) -> Any:
        return self._http.call("GET", path, headers=_headers(key), query=query, name=name, most_seconds=most_seconds)[1]

    def _send(self, method: str, path: str, key: str, body: Mapping[str, Any] | None, name: str) -> Any:
        content = None if body is None else json.dumps(body).encode()
        return self._http.call(method, path, headers=_headers(key), body=content, name=name)[1]


def _headers(key: str) -> dict[str, str]:
    return {"x-api-key": key, "Content-Type": "application/json"}


def _part(text: str) -> str:
    # A part of dots alone would be taken as a step up the path.
    return quote(text, safe="").replace(".", "%2E")


def _titled(source_title: str | None) -> dict[str, str]:
    return {} if source_title is None else {"sourceTitle": source_title}


def _says_it_is_cancelled(refusal: Refused) -> bool:
    """Knock's words for that are unknown; an appointment that is not there (any more) is as good as cancelled."""
    said = refusal.message.lower()
    return refusal.status in _NOT_THERE or ("cancel" in said and "not" not in said)
