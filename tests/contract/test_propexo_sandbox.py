"""Propexo's documents and the sandbox: it takes what keeps to the table of fields and nothing else, and answers alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.knock.model import TourType
from tests.clients.orders import ORDER
from tests.contract.fields import FIELDS, REQUIRED
from tests.contract.scenes import FIRST_APPOINTMENT, Stage
from tests.fixtures.propexo import propexo as propexo_example
from tests.sandbox.stage import ALDER, PROPEXO
from vendor_app.clients.propexo.client import Propexo, WriteState, WriteStatus
from vendor_app.domain.communities import PropexoRules

# The example's ids are made up; these are what the sandbox's Propexo knows.
IDS = {"integration_id": "clint_01", "community_id": "clcom_02", "attribution_id": "clatt_zillow"}
BODY = propexo_example("appointment_request") | IDS
RULES = PropexoRules(
    integration_id="clint_01", community_id="clcom_02", attribution_id="clatt_default", attributions={"Zillow": "clatt_zillow"}
)
NOW = datetime(2026, 1, 30, 12, tzinfo=UTC)
JOB = "cljob_0001"


@pytest.fixture(autouse=True)
def the_day_before(stage: Stage) -> None:
    """The example's time is offered then."""
    stage.clock.now = NOW


def order(url: str, body: dict[str, Any], token: str = PROPEXO) -> requests.Response:
    """Make the document's call, without our client."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(f"{url}/propexo/crm/v1/appointments/knock", json=body, headers=headers, timeout=60)


def status(url: str) -> Any:
    """What became of the only job."""
    headers = {"Authorization": f"Bearer {PROPEXO}"}
    return requests.get(f"{url}/propexo/v1/admin/write-status/{JOB}", headers=headers, timeout=60).json()


def booked(stage: Stage) -> tuple[Any, ...]:
    """The appointment, as Knock has it."""
    one = stage.sandbox.knock.appointments[FIRST_APPOINTMENT]
    return one.community_id, one.start, one.tour_type, one.source_title


THE_TOUR = (ALDER, ORDER.start, TourType.SELF_GUIDED, "Zillow")


def test_the_example_is_queued_and_answered_like_the_example(url: str, stage: Stage) -> None:
    answer = order(url, BODY)
    assert (answer.status_code, answer.json()) == (200, propexo_example("appointment_queued") | {"meta": {"job_id": JOB}})
    assert stage.sandbox.propexo.jobs[JOB].body == BODY
    assert stage.sandbox.knock.appointments == {}


def test_a_job_is_pending_and_then_done_in_the_examples_words(url: str, stage: Stage) -> None:
    order(url, BODY)
    assert status(url) == propexo_example("write_pending")
    assert status(url) == propexo_example("write_success") | {"created_record_id": FIRST_APPOINTMENT}
    assert booked(stage) == THE_TOUR


def test_a_job_for_a_time_that_is_gone_fails_in_the_examples_form(url: str, stage: Stage) -> None:
    stage.sandbox.knock.offer(ALDER, [])
    order(url, BODY)
    status(url)
    assert status(url) == propexo_example("write_failure") | {"errors": ["The requested time is no longer available."]}


def test_the_prospect_gets_what_the_example_says_of_them(url: str, stage: Stage) -> None:
    order(url, BODY)
    status(url), status(url)
    (prospect,) = stage.sandbox.knock.prospects.values()
    contact = (prospect.first_name, prospect.last_name, prospect.email, prospect.phone)
    assert contact == (BODY["first_name"], BODY["last_name"], BODY["email_1"], BODY["phone_1"])
    assert prospect.profile == {
        "moveDate": "2020-01-01",
        "bedrooms": ["STUDIO"],
        "pets": None,
        "occupants": 1,
        "leaseTermMonths": 12,
        "minBudget": 1000,
        "maxBudget": 2000,
    }


def refusal(answer: requests.Response) -> tuple[int, dict[str, Any]]:
    """The status and the error, which must be in the example's form; `details` have none that is documented."""
    error: dict[str, Any] = answer.json()["error"]
    shown = propexo_example("failure")
    assert answer.json().keys() == shown.keys()
    assert error.keys() == shown["error"].keys()
    assert all(type(error[name]) is type(shown["error"][name]) for name in ("code", "message"))
    return answer.status_code, error


@pytest.mark.parametrize("field", REQUIRED)
def test_what_the_table_requires_must_be_there(url: str, field: str) -> None:
    told, error = refusal(order(url, {name: value for name, value in BODY.items() if name != field}))
    assert (told, field in error["message"]) == (400, True)


@pytest.mark.parametrize("field", [name for name in BODY if name not in REQUIRED])
def test_what_the_table_does_not_require_may_be_missing(url: str, field: str) -> None:
    assert order(url, {name: value for name, value in BODY.items() if name != field}).status_code == 200


def beyond(field: dict[str, Any]) -> list[Any]:
    """Values just outside what the table allows for the field, and of another type."""
    another: list[Any] = [7] if field["type"] in ("string", "enum") else ["7"]
    many = field["type"].startswith("list")
    edges = [field[name] + step for name, step in (("least", -1), ("most", 1)) if name in field]
    formats = ["", "no such thing"] if "format" in field else []
    longest = ["x" * (field["longest"] + 1)] if "longest" in field else []
    return another + [[one] if many else one for one in edges] + formats + longest


BEYOND = [(name, value) for name, field in FIELDS.items() for value in beyond(field)]


@pytest.mark.parametrize(("field", "value"), BEYOND, ids=lambda one: str(one)[:30])
def test_what_the_table_does_not_allow_is_refused(url: str, stage: Stage, field: str, value: Any) -> None:
    told, error = refusal(order(url, BODY | {field: value}))
    assert (told, field in error["message"]) == (400, True)
    assert stage.sandbox.propexo.jobs == {}


@pytest.mark.parametrize("unknown", ["end_time", "appointment_end_time", "duration", "email"])
def test_what_is_not_in_the_table_is_refused(url: str, unknown: str) -> None:
    assert refusal(order(url, BODY | {unknown: "x"}))[0] == 400


def test_another_token_is_refused(url: str) -> None:
    assert refusal(order(url, BODY, token="another"))[0] == 401


def test_our_client_books_the_example(url: str, stage: Stage) -> None:
    propexo = Propexo(f"{url}/propexo", PROPEXO, timedelta(seconds=10))
    job = propexo.request_appointment(replace(ORDER, rules=RULES), NOW)
    told = [propexo.write_status(job, NOW) for _ in range(2)]
    assert told == [WriteStatus(WriteState.PENDING, [], None), WriteStatus(WriteState.SUCCESS, [], FIRST_APPOINTMENT)]
    assert booked(stage) == THE_TOUR
    assert stage.sandbox.propexo.jobs[job].body == BODY
