"""Open times as JSON (schemas.tours.Times): each is written once, for the same list goes out to every visitor."""

import json

from vendor_app.domain import Span
from vendor_app.usecases.booking.list_times import OpenTimes


def times_json(found: OpenTimes) -> str:
    """The answer of the JSON API."""
    return (
        f'{{"asOf":"{found.as_of.isoformat()}","communityId":{json.dumps(found.community.community_id)},'
        f'"stale":{json.dumps(found.stale)},"times":[{",".join(found.times.each(_time_json))}],"tourType":"{found.tour_type}"}}\n'
    )


def _time_json(span: Span) -> str:
    return f'{{"endTime":"{span.end.isoformat()}","startTime":"{span.start.isoformat()}"}}'
