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

    @pre_load
    def _three_shapes(self, answer: Any, **_: Any) -> dict[str, Any]:
        if not isinstance(answer, Mapping):
            raise ValidationError("Not an object.")
        inner = answer.get("appointment")
        merged = {**answer, **inner} if isinstance(inner, Mapping) else dict(answer)
        return {"appointmentId": merged.get("appointmentId") or merged.get("id"), "prospectId": merged.get("prospectId")}


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
    """`GET /prospect/{id}` (Get Prospect), as far as we act on it."""

    prospect_id = Id(required=True)
    community_id = Id(load_default=None, allow_none=True)
    email = fields.String(load_default=None, allow_none=True)
    phone = Id(load_default=None, allow_none=True)
    is_deleted = fields.Boolean(load_default=False, allow_none=True)
    not_prospect = fields.Boolean(load_default=False, allow_none=True)


class PageInfo(PartnerSchema):
    """Where a cursor page ends."""

    end_cursor = fields.String(load_default=None, allow_none=True)
    has_next_page = fields.Boolean(required=True)


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


class CommunityPage(PartnerSchema):
    """`GET /communities`."""

    edges = fields.List(fields.Nested(CommunityEdge), required=True)
    page_info = fields.Nested(PageInfo, load_default=None, allow_none=True)


class EventNode(PartnerSchema):
    """A prospect's event (Get Prospect Events); `data` depends on the type."""

    type = fields.String(required=True)
    data = fields.Dict(load_default=dict, allow_none=True)


class EventEdge(PartnerSchema):
    """One edge of the page."""

    node = fields.Nested(EventNode, required=True)


class EventPage(PartnerSchema):
    """`GET /prospect/{id}/events`."""

    edges = fields.List(fields.Nested(EventEdge), required=True)
    page_info = fields.Nested(PageInfo, load_default=None, allow_none=True)


class CreatedAppointment(PartnerSchema):
    """The `data` of an APPOINTMENT_CREATED event; its status is lower case."""

    start_time = Instant(required=True)
    status = fields.String(load_default="confirmed", allow_none=True)
    tour_type = fields.String(load_default=None, allow_none=True)


class Notice(PartnerSchema):
    """The node of an appointment notice (Scheduling API, webhooks). `notice_id` is ours: the same content, the same id."""

    appointment_id = Id(required=True)
    prospect_id = Id(load_default=None, allow_none=True)
    starts_at = Instant(required=True, data_key="startTime")
    ends_at = MaybeInstant(data_key="endTime")
    status = fields.String(required=True, validate=validate.Length(min=1, max=50))
    updated_at = Instant(required=True)

    @post_load
    def _with_id(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        content = json.dumps(loaded, default=str, sort_keys=True)
        return {**loaded, "notice_id": hashlib.sha256(content.encode()).hexdigest()}


class NoticeEdge(PartnerSchema):
    """One edge of a delivery."""

    type = fields.String(required=True)
    node = fields.Dict(required=True)


class NoticeDelivery(PartnerSchema):
    """The body of `POST /webhooks/knock`; its edges are loaded one by one, so that a bad one does not lose its neighbours."""

    edges = fields.List(fields.Raw(allow_none=True), required=True)
