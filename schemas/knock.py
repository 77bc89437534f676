"""Knock's answers and notices. Every shape and field is from the seeds; what they leave open is accepted either way."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate

from schemas.base import Id, Instant, MaybeInstant, PartnerSchema


class Refusal(PartnerSchema):
    """A failure's body (Scheduling API; `errorCode` from Get Prospect)."""

    error_message = fields.String(load_default="", allow_none=True)
    error_code = fields.String(load_default=None, allow_none=True)


def _is_time(value: Any) -> bool:
    try:
        Instant().deserialize(value)
    except ValidationError:
        return False
    return True


class AvailableTimes(PartnerSchema):
    """`GET /community/{id}/available-times` (Scheduling API): starts in the community's own offset."""

    acceptable_times = fields.List(Instant(), required=True)

    @pre_load
    def _without_odd_ones(self, answer: Any, **_: Any) -> Any:
        """One time that cannot be read must not hide the others."""
        times = answer.get("acceptableTimes") if isinstance(answer, Mapping) else None
        readable = [one for one in times if _is_time(one)] if isinstance(times, list) else []
        return {**answer, "acceptableTimes": readable} if isinstance(answer, Mapping) and readable else answer


class Appointment(PartnerSchema):
    """`POST /appointment/request`: `id` (Scheduling API), `appointmentId` (Self-Guided API) or nested in `appointment`."""

    appointment_id = Id(required=True)
    prospect_id = Id(load_default=None, allow_none=True)
    ends_at = MaybeInstant(data_key="endTime")
    status = fields.String(load_default="CONFIRMED", validate=validate.Length(min=1, max=50))

    @pre_load
    def _three_shapes(self, answer: Any, **_: Any) -> dict[str, Any]:
        if not isinstance(answer, Mapping):
            raise ValidationError("Not an object.")
        inner = answer.get("appointment")
        merged = {**answer, **inner} if isinstance(inner, Mapping) else dict(answer)
        # The id is what counts: an end that cannot be read must not make a booking unknown.
        end = merged.get("endTime") if _is_time(merged.get("endTime")) else None
        # An answer without a status is the documents' short form of a booking.
        status = str(merged.get("status") or "CONFIRMED").upper()
        named = {"appointmentId": merged.get("appointmentId") or merged.get("id"), "endTime": end, "status": status}
        return {**merged, **named}


class Visit(PartnerSchema):
    """`POST /visit` (Self-Guided API); `id` is taken too, as appointments come under either name."""

    visit_id = Id(required=True)

    @pre_load
    def _either_name(self, answer: Any, **_: Any) -> Any:
        return {"visitId": answer.get("visitId") or answer.get("id")} if isinstance(answer, Mapping) else answer


class NewProspect(PartnerSchema):
    """`POST /prospect` (Get Prospect mentions it): de-duplicated by e-mail and phone."""

    id = Id(required=True)


class Prospect(PartnerSchema):
    """`GET /prospect/{id}` (Get Prospect), as far as it matters to a tour. Its code sample names the id `id`."""

    prospect_id = Id(required=True)
    community_id = Id(load_default=None, allow_none=True)
    email = fields.String(load_default=None, allow_none=True)
    phone = Id(load_default=None, allow_none=True)
    is_deleted = fields.Boolean(load_default=False, allow_none=True)
    not_prospect = fields.Boolean(load_default=False, allow_none=True)
    sms_consent = fields.Boolean(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True)

    @pre_load
    def _either_name(self, answer: Any, **_: Any) -> Any:
        return {**answer, "prospectId": answer.get("prospectId") or answer.get("id")} if isinstance(answer, Mapping) else answer

    @post_load
    def _null_is_no(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**loaded, "is_deleted": bool(loaded["is_deleted"]), "not_prospect": bool(loaded["not_prospect"])}


class PageInfo(PartnerSchema):
    """Where a cursor page ends."""

    end_cursor = fields.String(load_default=None, allow_none=True)
    has_next_page = fields.Boolean(required=True)


class CursorPage(PartnerSchema):
    """The envelope of a page: its edges, and where it ends."""

    page_info = fields.Nested(PageInfo, load_default=None, allow_none=True)


class Community(PartnerSchema):
    """A node of `GET /communities` (Scheduling API). The inner shapes of address and geolocation are kept as they come."""

    community_id = Id(required=True, validate=validate.Length(min=1, max=100))
    community_name = fields.String(load_default=None, allow_none=True)
    address = fields.Raw(load_default=None, allow_none=True)
    geolocation = fields.Raw(load_default=None, allow_none=True)
    company_name = fields.String(load_default=None, allow_none=True)
    in_person_tours_enabled = fields.Boolean(load_default=None, allow_none=True)
    live_video_tours_enabled = fields.Boolean(load_default=None, allow_none=True)


class CommunityEdge(PartnerSchema):
    """One edge of the page."""

    node = fields.Nested(Community, required=True)


class CommunityPage(CursorPage):
    """`GET /communities`; the envelope is inferred from the events page."""

    edges = fields.List(fields.Nested(CommunityEdge), required=True)


class Titled(PartnerSchema):
    """A marketing source."""

    title = fields.String(load_default=None, allow_none=True)


class Named(PartnerSchema):
    """An agent."""

    username = fields.String(load_default=None, allow_none=True)


class EventNode(PartnerSchema):
    """A prospect's event (Prospect Events); the shape of `data` depends on the type, and one that is no object is wrapped."""

    type = fields.String(required=True, validate=validate.Length(min=1, max=200))
    description = fields.String(load_default=None, allow_none=True)
    occurred_at = Instant(required=True, data_key="eventTime")
    created_at = MaybeInstant()
    source = fields.Nested(Titled, load_default=None, allow_none=True)
    agent = fields.Nested(Named, load_default=None, allow_none=True)
    detail = fields.Raw(data_key="data", load_default=None, allow_none=True)

    @post_load
    def _flat(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        source, agent, detail = loaded.pop("source") or {}, loaded.pop("agent") or {}, loaded["detail"]
        return {
            **loaded,
            "created_at": loaded["created_at"] or loaded["occurred_at"],
            "source_title": source.get("title"),
            "agent": agent.get("username"),
            "detail": detail if isinstance(detail, dict) else {} if detail is None else {"data": detail},
        }


class EventEdge(PartnerSchema):
    """One edge of the page."""

    node = fields.Nested(EventNode, required=True)


class EventPage(CursorPage):
    """`GET /prospect/{id}/events`."""

    edges = fields.List(fields.Nested(EventEdge), required=True)


class CreatedAppointment(PartnerSchema):
    """The `data` of an APPOINTMENT_CREATED event; its status is lower case."""

    starts_at = Instant(required=True, data_key="startTime")
    ends_at = MaybeInstant(data_key="endTime")
    status = fields.String(load_default=None, allow_none=True)
    tour_type = fields.String(load_default=None, allow_none=True)

    @post_load
    def _in_capitals(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**loaded, "status": (loaded["status"] or "confirmed").upper()}


class Notice(PartnerSchema):
    """The node of an appointment notice (Scheduling API, webhooks). `notice_id` is ours: the same content, the same id."""

    appointment_id = Id(required=True)
    prospect_id = Id(load_default=None, allow_none=True)
    starts_at = Instant(required=True, data_key="startTime")
    ends_at = MaybeInstant(data_key="endTime")
    source = fields.Raw(load_default=None, allow_none=True)
    status = fields.String(required=True, validate=validate.Length(min=1, max=50))
    updated_at = Instant(required=True)

    @post_load
    def _with_id(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        # An odd source must not make a cancellation unreadable.
        loaded["source"] = loaded["source"] if isinstance(loaded["source"], str) else None
        content = json.dumps(loaded, default=str, sort_keys=True)
        return {**loaded, "notice_id": hashlib.sha256(content.encode()).hexdigest()}


class NoticeEdge(PartnerSchema):
    """One edge of a delivery."""

    type = fields.String(required=True)
    node = fields.Dict(required=True)


class NoticeDelivery(PartnerSchema):
    """The body of `POST /webhooks/knock`; its edges are loaded one by one, so that a bad one does not lose its neighbours."""

    edges = fields.List(fields.Raw(allow_none=True), required=True)
