"""Knock: one method an endpoint; its docstring names the document of Knock's that describes it.

All methods raise the errors of clients/errors.py. Ids are text; times must be aware; pages are iterators.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema

from schemas import knock as answers
from vendor_app.clients.errors import (
    KeysRefused,
    MalformedProspectId,
    NoSuchProspect,
    NotSent,
    Refused,
    Throttled,
    TimedOut,
    Unknown,
)
from vendor_app.clients.http import Key, PartnerHttp, Request, load, path_part
from vendor_app.clients.knock.records import (
    AppointmentRequest,
    BookedAppointment,
    CreatedAppointment,
    KnockCommunity,
    KnockProspect,
    ProspectEvent,
)
from vendor_app.clients.watch import PartnerWatch

_MOST_PAGES = 1000
_TRIES_A_PAGE = 3
_EVENTS_A_PAGE = "50"
# Visitors wait for the times, and a recent list can be shown instead.
_TIMES_SECONDS = 5.0
_communities, _times, _appointment = answers.CommunityPage(), answers.AvailableTimes(), answers.Appointment()
_visit, _new_prospect, _prospect = answers.Visit(), answers.NewProspect(), answers.Prospect()
_events, _created = answers.EventPage(), answers.CreatedAppointment()


class Knock:
    """Knock's Scheduling, Self-Guided, Get Prospect and Prospect Events APIs."""

    def __init__(
        self,
        base_url: str,
        appointment_key: str,
        prospect_key: str,
        timeout: timedelta,
        watch: PartnerWatch | None = None,
    ) -> None:
        self._http = PartnerHttp(base_url, timeout, [answers.Refusal()], watch)
        self._appointment_key = Key("VENDOR_KNOCK_APPOINTMENT_KEY", {"x-api-key": appointment_key})
        self._prospect_key = Key("VENDOR_KNOCK_PROSPECT_KEY", {"x-api-key": prospect_key})

    def check_appointment_key(self) -> None:
        """Try the appointment key with a call that changes nothing. Raises PartnerError."""
        next(self.list_communities(), None)

    def check_prospect_key(self) -> None:
        """Try the prospect key; it is accepted when Knock says that there is no such prospect. Raises PartnerError."""
        with contextlib.suppress(Refused):
            self.get_prospect("0")

    def list_communities(self) -> Iterator[KnockCommunity]:
        """Every community our key may see (Scheduling API), page by page; a page that fails is asked for again."""
        for node in self._pages("/communities", self._appointment_key, _communities, "GET /communities"):
            yield KnockCommunity(**node)

    def available_times(self, community_id: str, *, self_guided: bool) -> list[datetime]:
        """Starts that Knock offers, in the community's own offset (Scheduling API; Self-Guided API, step 2)."""
        name = "GET /community/available-times"
        path = f"/community/{path_part(community_id)}/available-times"
        query = {"forSelfGuided": "true"} if self_guided else {}
        times: list[datetime] = load(
            _times, self._get(path, self._appointment_key, query, name, most_seconds=_TIMES_SECONDS), name
        )["acceptable_times"]
        return times

    def request_appointment(self, asked: AppointmentRequest) -> BookedAppointment:
        """Book a tour (Scheduling API; Self-Guided API, step 3). The prospect's earlier upcoming one is replaced."""
        time = {"startTime": asked.start.isoformat(), **({"endTime": asked.end.isoformat()} if asked.end else {})}
        body = {
            "communityId": asked.community_id,
            "profile": dict(asked.profile),
            "requestedTimes": [time],
            "smsConsent": asked.sms_consent,
            "tourType": asked.tour_type,
            **_titled(asked.source_title),
        }
        answer = self._send("POST", "/appointment/request", self._appointment_key, body, "POST /appointment/request")
        return BookedAppointment(**load(_appointment, answer, "POST /appointment/request"))

    def cancel_appointment(self, appointment_id: str) -> bool:
        """Cancel the appointment (Self-Guided API); False when Knock's refusal says that it is cancelled already.

        Any other refusal, "not found" too, is raised: the appointment may stand all the same.
        """
        path = f"/appointment/{path_part(appointment_id)}/cancel"
        try:
            self._send("PUT", path, self._appointment_key, None, "PUT /appointment/cancel")
        except Refused as refusal:
            if not _says_it_is_cancelled(refusal):
                raise
            return False
        return True

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

    def create_prospect(
        self, community_id: str, profile: Mapping[str, Any], source_title: str | None, most_seconds: float | None = None
    ) -> str:
        """The prospect's id; Knock answers with the existing one for a known e-mail or phone (Get Prospect mentions it).

        It writes the names and the phone number into the guest card. Knock sends the prospect nothing because of it.
        """
        flat = {name: value for name, value in profile.items() if name != "pets"}
        body = {"communityId": community_id, **flat, "autorespond": False, **_titled(source_title)}
        answer = self._send("POST", "/prospect", self._prospect_key, body, "POST /prospect", most_seconds)
        return str(load(_new_prospect, answer, "POST /prospect")["id"])

    def get_prospect(self, prospect_id: str, most_seconds: float | None = None) -> KnockProspect:
        """The guest card (Get Prospect). Raises NoSuchProspect and MalformedProspectId, its two documented errors."""
        path = f"/prospect/{path_part(prospect_id)}"
        try:
            answer = self._get(path, self._prospect_key, {}, "GET /prospect", most_seconds=most_seconds)
        except (Refused, Unknown) as error:
            if documented := _documented(error):
                raise documented from error
            raise
        return KnockProspect(**load(_prospect, answer, "GET /prospect"))

    def events(self, prospect_id: str) -> Iterator[ProspectEvent]:
        """The prospect's events (Prospect Events), page by page, in Knock's order; a page that fails is asked for again."""
        path = f"/prospect/{path_part(prospect_id)}/events"
        for node in self._pages(path, self._prospect_key, _events, "GET /prospect/events", {"first": _EVENTS_A_PAGE}):
            created = load(_created, node["detail"], "GET /prospect/events") if node["type"] == "APPOINTMENT_CREATED" else None
            yield ProspectEvent(**node, appointment=created and CreatedAppointment(**created))

    def _pages(self, path: str, key: Key, schema: Schema, name: str, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        after: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = load(schema, self._page(path, key, {**(query or {}), **after}, name), name)
            yield from (edge["node"] for edge in page["edges"])
            info = page["page_info"] or {"has_next_page": False}
            if not info["has_next_page"]:
                return
            cursor = info["end_cursor"]
            if not cursor or cursor == after.get("after"):
                raise Unknown(name, "the next page's cursor is missing or the same again")
            after = {"after": cursor}
        raise Unknown(name, f"more than {_MOST_PAGES} pages")

    def _page(self, path: str, key: Key, query: Mapping[str, str], name: str) -> Any:
        for _ in range(_TRIES_A_PAGE - 1):
            try:
                return self._get(path, key, query, name)
            except (KeysRefused, Throttled, TimedOut):
                raise  # asking again at once would make these worse
            except (NotSent, Unknown):
                continue
        return self._get(path, key, query, name)

    def _get(self, path: str, key: Key, query: Mapping[str, str], name: str, most_seconds: float | None = None) -> Any:
        request = Request(name=name, key=key, method="GET", path=path, query=query, most_seconds=most_seconds)
        return self._http.call(request)[1]

    def _send(
        self, method: str, path: str, key: Key, body: Mapping[str, Any] | None, name: str, most_seconds: float | None = None
    ) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = Request(name=name, key=key, method=method, path=path, body=content, most_seconds=most_seconds)
        return self._http.call(request)[1]


def _titled(source_title: str | None) -> dict[str, str]:
    return {} if source_title is None else {"sourceTitle": source_title}


def _says_it_is_cancelled(refusal: Refused) -> bool:
    """Whether the message says "cancelled": Knock's exact words for that are not documented."""
    said = refusal.said.lower()
    return "cancel" in said and "not" not in said


def _documented(error: Refused | Unknown) -> Refused | None:
    """Get Prospect's "possible errors", told by their messages: their statuses are not documented."""
    if error.code == "CORE_API_GET_PROSPECT_FAIL" and "does not exist" in error.said:
        return NoSuchProspect(error.call, error.said, error.status, error.code)
    if "is not a valid prospect id" in error.said:
        return MalformedProspectId(error.call, error.said, error.status, error.code)
    return None
