"""What the JSON API answers with. Times are ISO 8601 with the property's offset."""

from marshmallow import fields, validate

from schemas.base import AnswerSchema, Flag
from vendor_app.domain import AccessState, Reason, Status, TourType, Verification


class Time(AnswerSchema):
    """A bookable time."""

    start_time = fields.AwareDateTime(required=True)
    end_time = fields.AwareDateTime(required=True)


class Times(AnswerSchema):
    """The times that are open now; `stale` when Knock could not be asked and the list is from `asOf`."""

    community_id = fields.String(required=True)
    tour_type = fields.Enum(TourType, by_value=True, required=True)
    times = fields.List(fields.Nested(Time), required=True)
    as_of = fields.AwareDateTime(required=True)
    stale = Flag(required=True)


class BookedTour(AnswerSchema):
    """The answer to a booking."""

    tour_id = fields.String(required=True)
    tour_token = fields.String(
        required=True, metadata={"description": "The bearer token of this tour, and the end of its page's address"}
    )
    status = fields.Enum(Status, by_value=True, required=True)
    appointment_id = fields.String(required=True, allow_none=True)
    community_id = fields.String(required=True)
    tour_type = fields.Enum(TourType, by_value=True, required=True)
    source_title = fields.String(required=True, allow_none=True)
    start_time = fields.AwareDateTime(required=True)
    end_time = fields.AwareDateTime(required=True)
    unit_names = fields.List(fields.String(), required=True)


class Access(AnswerSchema):
    """Will the door open, and when."""

    state = fields.Enum(AccessState, by_value=True, required=True)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)


class VerificationView(AnswerSchema):
    """What must be verified before the code is shown: `required` none, email or phone; `sentTo` is masked."""

    required = fields.Enum(Verification, by_value=True, required=True)
    is_passed = Flag(required=True)
    sent_to = fields.String(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)


class TourView(BookedTour):
    """A tour as its holder sees it.

    `unitNames` is what they asked to see, `unitsOpened` what their credential opened, `unitsReported` what Knock was told
    (null before the visit is posted). `requestedStartTime` is the time they want to move to while that is not settled.
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


class TimelineEvent(AnswerSchema):
    """Something that happened: told by ourselves (`vendor`), or in Knock's feed of the prospect's events (`knock`)."""

    at = fields.AwareDateTime(required=True)
    source = fields.String(required=True, validate=validate.OneOf(("vendor", "knock")))
    type = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    detail = fields.Dict(required=True)


class Timeline(AnswerSchema):
    """What happened to a tour, oldest first."""

    tour_id = fields.String(required=True)
    events = fields.List(fields.Nested(TimelineEvent), required=True)


class Problem(AnswerSchema):
    """What went wrong (RFC 9457)."""

    type = fields.String(
        required=True,
        metadata={
            "description": "What kind of problem it is, for programs: `time-taken`, `knock-unavailable`, `busy`, `invalid`, "
            "`idempotency-key-reused`, `too-many-bookings`, `too-many-attempts`, `not-verified`, `not-now`, `unauthorized`, "
            "`not-found`, `bad-request`, `internal`, `http-error`; there may be others"
        },
    )
    title = fields.String(required=True, metadata={"description": "The same for people"})
    status = fields.Integer(required=True, validate=validate.Range(min=400, max=599))
    detail = fields.String(metadata={"description": "What was wrong this time"})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "What is wrong with which field, by its path: `profile.email`"},
    )
    times = fields.List(fields.Nested(Time), metadata={"description": "With `time-taken`: the times that are open now"})
