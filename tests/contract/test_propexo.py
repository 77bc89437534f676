"""Propexo's documents and our client: what it sends keeps to the table of fields, and the answers mean what they say."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.clients.orders import BOOKING, NOW, ORDER, POLL, RULES, TOKEN, PropexoCall, propexo_at, with_profile
from tests.clients.wire import Wire, says
from tests.contract.fields import misfits
from tests.fixtures.propexo import propexo as propexo_example
from vendor_app.clients.errors import Refused
from vendor_app.clients.propexo.client import Propexo, WriteState, WriteStatus
from vendor_app.clients.propexo.order import AppointmentOrder

WHOLE = propexo_example("appointment_request")


@pytest.fixture
def propexo(wire: Wire) -> Propexo:
    """Our client at the partner that answers what it is told to."""
    return propexo_at(wire.url)


def sent(wire: Wire, propexo: Propexo, order: AppointmentOrder) -> dict[str, Any]:
    """The body of our client's call."""
    wire.answer(says(propexo_example("appointment_queued")))
    propexo.request_appointment(order, NOW)
    body: dict[str, Any] = wire.last.json
    return body


def test_our_client_sends_the_example(wire: Wire, propexo: Propexo) -> None:
    assert sent(wire, propexo, ORDER) == WHOLE


@pytest.mark.parametrize("call", [BOOKING, POLL], ids=lambda call: call.name)
def test_our_client_brings_its_token_as_the_document_says(wire: Wire, propexo: Propexo, call: PropexoCall) -> None:
    wire.answer(says(call.good))
    call.make(propexo, NOW)
    assert (wire.last.method, wire.last.target) == (call.method, call.target)
    assert wire.last.headers["authorization"] == f"Bearer {TOKEN}"


def test_the_examples_date_and_time_are_in_utc() -> None:
    assert datetime.fromisoformat(f"{WHOLE['appointment_date']}T{WHOLE['appointment_time']}+00:00") == ORDER.start


EVENING = replace(ORDER, start=datetime.fromisoformat("2026-01-31T18:00:00-08:00"))
NOTHING_OPTIONAL = with_profile(
    firstName=None,
    email=None,
    moveDate=None,
    bedrooms=None,
    occupants=None,
    leaseTermMonths=None,
    minBudget=None,
    maxBudget=None,
    pets=None,
)
ORDERS: dict[str, AppointmentOrder] = {
    "the example": ORDER,
    "an evening, which is tomorrow in UTC": EVENING,
    "nothing optional": NOTHING_OPTIONAL,
    "no phone": with_profile(phone=None),
    "a phone as people write it": with_profile(phone="+44 (20) 7946-0958"),
    "everything at its largest": with_profile(
        bedrooms=["STUDIO", "1_BEDROOM", "2_BEDROOMS", "3_OR_MORE_BEDROOMS"], leaseTermMonths=18, maxBudget=1_000_000
    ),
    "more than the table allows": with_profile(leaseTermMonths=19, minBudget=0),
    "a title as long as a novel": replace(ORDER, source_title="é 🏠" * 5000),
    "kinds that were configured": replace(ORDER, rules=replace(RULES, tour_type="A_KIND", first_contact_type="ANOTHER")),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_whatever_our_client_sends_keeps_to_the_table(wire: Wire, propexo: Propexo, order: AppointmentOrder) -> None:
    assert misfits(sent(wire, propexo, order)) == []


WRONG: list[dict[str, Any]] = [
    {"appointment_end_time": "23:59:00"},
    {"appointment_time": "23:30"},
    {"appointment_time": "24:00:00"},
    {"phone_1": "206-555-4567"},
    {"lease_term_in_months": 19},
    {"rent_minimum_in_cents": 0},
    {"number_of_occupants": "1"},
    {"desired_num_bedrooms": [4]},
    {"desired_num_bedrooms": ["STUDIO"]},
    {"notes": "x" * 1001},
    {"pets": "CAT"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_the_table_is_read_strictly(wrong: dict[str, Any]) -> None:
    assert misfits(WHOLE | wrong) == list(wrong)


def test_a_queued_booking_is_known_by_its_job(wire: Wire, propexo: Propexo) -> None:
    answer = propexo_example("appointment_queued")
    wire.answer(says(answer))
    assert propexo.request_appointment(ORDER, NOW) == answer["meta"]["job_id"]


MEANINGS = [
    (propexo_example("write_pending"), WriteStatus(WriteState.PENDING, [], None)),
    (propexo_example("write_success"), WriteStatus(WriteState.SUCCESS, [], "apt_1")),
    (propexo_example("write_failure"), WriteStatus(WriteState.FAILURE, ["The requested time is not available."], None)),
]


@pytest.mark.parametrize(("answer", "means"), MEANINGS, ids=lambda one: one["write_status"] if isinstance(one, dict) else "")
def test_a_job_says_how_it_is_doing(wire: Wire, propexo: Propexo, answer: dict[str, Any], means: WriteStatus) -> None:
    wire.answer(says(answer))
    assert propexo.write_status("job", NOW) == means


def test_a_failure_says_why(wire: Wire, propexo: Propexo) -> None:
    error = propexo_example("failure")["error"]
    wire.answer(says(propexo_example("failure"), 400))
    with pytest.raises(Refused) as failed:
        propexo.request_appointment(ORDER, NOW)
    assert (failed.value.said, failed.value.code) == (error["message"], error["code"])
