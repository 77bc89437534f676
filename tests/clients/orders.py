"""A tour to be booked through Propexo, the calls that its client can make, and that client pointed at a misbehaving partner."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.clients.calls import JANE
from tests.clients.conftest import TIMEOUT
from tests.fixtures.propexo import propexo as example
from vendor_app.clients.propexo.client import Propexo
from vendor_app.clients.propexo.order import AppointmentOrder
from vendor_app.domain.communities import PropexoRules

TOKEN = "propexo-token-of-the-tests"
NOW = datetime(2026, 1, 31, 17, 0, 20, tzinfo=UTC)
JOB = example("appointment_queued")["meta"]["job_id"]
RULES = PropexoRules(
    integration_id="int_1", community_id="com_1", attribution_id="att_default", attributions={"Zillow": "att_zillow"}
)
ORDER = AppointmentOrder(
    rules=RULES,
    start=datetime.fromisoformat("2026-01-31T15:30:00-08:00"),
    end=datetime.fromisoformat("2026-01-31T16:00:00-08:00"),
    profile=JANE,
    unit_names=["204", "305"],
    source_title="Zillow",
)


@dataclass(frozen=True)
class PropexoCall:
    """One endpoint, and the answer it is happy with."""

    name: str
    make: Callable[[Propexo, datetime], Any]
    method: str
    target: str
    good: Any


BOOKING = PropexoCall(
    "book",
    lambda propexo, now: propexo.request_appointment(ORDER, now),
    "POST",
    "/crm/v1/appointments/knock",
    example("appointment_queued"),
)
POLL = PropexoCall(
    "poll",
    lambda propexo, now: propexo.write_status(JOB, now),
    "GET",
    f"/v1/admin/write-status/{JOB}",
    example("write_pending"),
)


def with_profile(**changes: Any) -> AppointmentOrder:
    """The order with other fields in its profile; None takes one away."""
    profile = {name: value for name, value in {**JANE, **changes}.items() if value is not None}
    return replace(ORDER, profile=profile)


def propexo_at(url: str, timeout: timedelta = TIMEOUT) -> Propexo:
    """Its client."""
    return Propexo(url, TOKEN, timeout)
