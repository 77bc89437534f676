"""What the JSON API answers with. Times are ISO 8601 with the property's offset."""

from marshmallow import fields, validate

from schemas.base import CamelSchema, Flag
from vendor_app.domain.access import AccessState
from vendor_app.domain.communities import Verification
from vendor_app.domain.tours import Reason, Status, TourType


class Time(CamelSchema):
    """A bookable time."""

    start_time = fields.AwareDateTime(required=True)
    end_time = fields.AwareDateTime(required=True)


class Times(CamelSchema):
    """The times that are open now; `stale` when Knock could not be asked and the list is from `as_of`."""

    community_id = fields.String(required=True)
    tour_type = fields.Enum(TourType, by_value=True, required=True)
    times = fields.List(fields.Nested(Time), required=True)
    as_of = fields.AwareDateTime(required=True)
    stale = Flag(required=True)


class BookedTour(CamelSchema):
    """The answer to a booking."""

    tour_id = fields.String(required=True)
    tour_token = fields.String(required=True)
    status = fields.Enum(Status, by_value=True, required=True)
    appointment_id = fields.String(required=True, allow_none=True)
    community_id = fields.String(required=True)
    tour_type = fields.Enum(TourType, by_value=True, required=True)
    source_title = fields.String(required=True, allow_none=True)
    start_time = fields.AwareDateTime(required=True)
    end_time = fields.AwareDateTime(required=True)
    unit_names = fields.List(fields.String(), required=True)


class Access(CamelSchema):
    """Will the door open, and when."""

    state = fields.Enum(AccessState, by_value=True, required=True)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)


class VerificationView(CamelSchema):
    """What must be verified before the code is shown: `required` none, email or phone; `sent_to` is masked."""

    required = fields.Enum(Verification, by_value=True, required=True)
    is_passed = Flag(required=True)
    sent_to = fields.String(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)


class TourView(BookedTour):
    """A tour as its holder sees it.

    `unit_names` is what they asked to see, `units_opened` what their credential opened, `units_reported` what Knock was told
    (null before the visit is posted). `requested_start_time` is the time they want to move to while that is not settled.
    """

    prospect_id = fields.String(required=True, allow_none=True)
    visit_id = fields.String(required=True, allow_none=True)
    units_opened = fields.List(fields.String(), required=True)
    units_reported = fields.List(fields.String(), required=True, allow_none=True)
    requested_start_time = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.Enum(Reason, by_value=True, required=True, allow_none=True)
    access = fields.Nested(Access, required=True)
    verification = fields.Nested(VerificationView, required=True)


class CheckedInTour(TourView):
    """The same with the door code, or the link to a key on the phone; null while the lock system has not issued it, or where
    there is no lock system.
    """

    code = fields.String(required=True, allow_none=True)
    link = fields.String(required=True, allow_none=True)


class TimelineEvent(CamelSchema):
    """Something that happened: told by ourselves (`vendor`), or in Knock's feed of the prospect's events (`knock`)."""

    at = fields.AwareDateTime(required=True)
    source = fields.String(required=True, validate=validate.OneOf(("vendor", "knock")))
    type = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    detail = fields.Dict(required=True)


class Timeline(CamelSchema):
    """What happened to a tour, oldest first."""

    tour_id = fields.String(required=True)
    events = fields.List(fields.Nested(TimelineEvent), required=True)


class Problem(CamelSchema):
    """What went wrong (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True, validate=validate.Range(min=400, max=599))
    detail = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    times = fields.List(fields.Nested(Time))
