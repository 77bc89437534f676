"""What goes out to Propexo and what its answers mean (seed 003_e4318ba2c1db96f2, and its public pages)."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas.propexo import WRITE_STATES
from tests.clients.calls import JANE
from tests.clients.conftest import HURRY
from tests.clients.orders import BOOKING, JOB, NOW, ORDER, POLL, TOKEN, PropexoCall, propexo_at
from tests.clients.wire import Wire, says, unused_address
from tests.fixtures import knock as knocks_example
from tests.fixtures.propexo import propexo as example
from vendor_app.clients.errors import KeysRefused, NotSent, PartnerError, Refused, Throttled, TimedOut, Unknown
from vendor_app.clients.propexo.client import Propexo, WriteState, WriteStatus

every_call = pytest.mark.parametrize("call", [BOOKING, POLL], ids=lambda call: call.name)


@pytest.fixture
def propexo(wire: Wire) -> Propexo:
    """Propexo's client."""
    return propexo_at(wire.url)


def failure(propexo: Propexo, call: PropexoCall = BOOKING) -> PartnerError:
    """What the call fails with."""
    with pytest.raises(PartnerError) as failed:
        call.make(propexo, NOW)
    return failed.value


# What goes out


@every_call
def test_a_call_goes_to_its_endpoint_with_the_token_as_its_bearer(wire: Wire, propexo: Propexo, call: PropexoCall) -> None:
    wire.answer(says(call.good))
    call.make(propexo, NOW)
    assert (wire.last.method, wire.last.target) == (call.method, call.target)
    assert wire.last.headers["authorization"] == f"Bearer {TOKEN}"
    assert "x-api-key" not in wire.last.headers
    assert len(wire.requests) == 1


def test_a_booking_is_json_and_has_what_the_contract_asks_for_and_nothing_else(wire: Wire, propexo: Propexo) -> None:
    wire.answer(says(example("appointment_queued")))
    propexo.request_appointment(ORDER, NOW)
    assert wire.last.headers["content-type"] == "application/json"
    assert wire.last.json == example("appointment_request")


@pytest.mark.parametrize("title", ["Zoë 李 🏠", "\ud800", "\x00\n", "x" * 10_240, "🏠" * 10_240, '"}\\'])
def test_a_booking_is_json_in_utf8_whatever_the_title(wire: Wire, propexo: Propexo, title: str) -> None:
    wire.answer(says(example("appointment_queued")))
    propexo.request_appointment(replace(ORDER, source_title=title), NOW)
    notes = json.loads(wire.last.body.decode("utf-8"))["notes"]
    notes.encode("utf-8")
    assert " Source: " in notes
    assert len(notes) <= 1000


def test_asking_how_a_job_is_doing_needs_no_body(wire: Wire, propexo: Propexo) -> None:
    wire.answer(says(example("write_pending")))
    propexo.write_status(JOB, NOW)
    assert wire.last.body == b""


@pytest.mark.parametrize(("job", "part"), [("a/../b?x=1#y é", "a%2F%2E%2E%2Fb%3Fx%3D1%23y%20%C3%A9"), ("..", "%2E%2E")])
def test_an_id_cannot_lead_to_another_endpoint(wire: Wire, propexo: Propexo, job: str, part: str) -> None:
    wire.answer(says(example("write_pending")))
    with suppress(PartnerError):
        propexo.write_status(job, NOW)
    assert [request.target.replace("..", "%2E%2E") for request in wire.requests] == [f"/v1/admin/write-status/{part}"]


# What the answers mean


@pytest.mark.parametrize(
    ("answer", "job"),
    [
        (example("appointment_queued"), JOB),
        ({"meta": {"job_id": 7}}, "7"),
        ({"job_id": "job_7", "data": {}}, "job_7"),
        ({"meta": {"job_id": "inner"}, "job_id": "outer", "result": None}, "inner"),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_queued_booking_is_known_by_its_job(wire: Wire, propexo: Propexo, answer: Any, job: str, status: int) -> None:
    wire.answer(says(answer, status))
    assert propexo.request_appointment(ORDER, NOW) == job


NO_JOB: dict[str, Any] = {
    "nothing": "",
    "HTML": "<html>",
    "a list": [],
    "null": "null",
    "an empty object": {},
    "no job": {"meta": {}, "result": {}},
    "a job that is null": {"meta": {"job_id": None}},
    "an empty job": {"meta": {"job_id": ""}},
    "a job that is a list": {"meta": {"job_id": ["1"]}},
    "a job that is true": {"meta": {"job_id": True}},
    "a job of half a character": {"meta": {"job_id": "\ud800"}},
    "a job of two lines": {"meta": {"job_id": "1\n2"}},
    "a job as long as a novel": {"meta": {"job_id": "1" * 201}},
    "half an object": '{"meta": {"job_id": "1"',
    "a failure": example("failure"),
}


@pytest.mark.parametrize("body", NO_JOB.values(), ids=NO_JOB.keys())
def test_a_200_without_a_job_leaves_the_outcome_unknown(wire: Wire, propexo: Propexo, body: Any) -> None:
    wire.answer(says(body))
    assert type(failure(propexo)) is Unknown


def asked(wire: Wire, propexo: Propexo, answer: Any) -> WriteStatus:
    wire.answer(says(answer))
    return propexo.write_status(JOB, NOW)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("write_pending", WriteStatus(WriteState.PENDING, [], None)),
        ("write_success", WriteStatus(WriteState.SUCCESS, [], "apt_1")),
        ("write_failure", WriteStatus(WriteState.FAILURE, ["The requested time is not available."], None)),
    ],
)
def test_a_job_says_how_it_is_doing(wire: Wire, propexo: Propexo, answer: str, status: WriteStatus) -> None:
    assert asked(wire, propexo, example(answer)) == status


def test_half_a_success_says_both(wire: Wire, propexo: Propexo) -> None:
    answer = {"write_status": "PARTIAL_SUCCESS", "errors": [{"message": "The notes were not written."}], "created_record_id": 47}
    assert asked(wire, propexo, answer) == WriteStatus(WriteState.PARTIAL_SUCCESS, ["The notes were not written."], "47")


def test_every_state_that_is_read_has_its_name() -> None:
    assert tuple(WRITE_STATES) == tuple(WriteState)


UNREADABLE_STATUS: dict[str, Any] = {
    "nothing": "",
    "HTML": "<html>",
    "a list": [],
    "an empty object": {},
    "a state we do not know": {"write_status": "RETRYING"},
    "a state in small letters": {"write_status": "success"},
    "no state": {"write_status": None, "errors": []},
    "a state that is a number": {"write_status": 1},
    "a record that is a list": {"write_status": "SUCCESS", "created_record_id": []},
}


@pytest.mark.parametrize("body", UNREADABLE_STATUS.values(), ids=UNREADABLE_STATUS.keys())
def test_a_state_that_cannot_be_read_is_unknown(wire: Wire, propexo: Propexo, body: Any) -> None:
    wire.answer(says(body))
    assert type(failure(propexo, POLL)) is Unknown


# Failures


@every_call
@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_carries_propexos_own_word_and_code(wire: Wire, propexo: Propexo, call: PropexoCall, status: int) -> None:
    wire.answer(says(example("failure"), status))
    failed = failure(propexo, call)
    assert isinstance(failed, Refused)
    assert (failed.message, failed.code, failed.status) == ("The request is not valid.", "VALIDATION_ERROR", status)
    assert failed.reason == f"{failed.call}: refused with status {status} (VALIDATION_ERROR): The request is not valid."


def test_a_job_that_propexo_does_not_know_is_refused(wire: Wire, propexo: Propexo) -> None:
    wire.answer(says("", 404))
    failed = failure(propexo, POLL)
    assert isinstance(failed, Refused)
    assert failed.status == 404


WORDLESS = ["", "<html>", "[]", "null", '{"error": null}', '{"error": "no"}', '{"error": {}}', '{"error": {"message": 7}}', "{"]


@pytest.mark.parametrize("body", [*WORDLESS, "[" * 200_000, b"\xff"])
def test_a_refusal_without_a_word_says_its_status(wire: Wire, propexo: Propexo, body: Any) -> None:
    wire.answer(says(body, 422))
    failed = failure(propexo)
    assert isinstance(failed, Refused)
    assert (failed.code, "422" in failed.message) == (None, True)


@pytest.mark.parametrize(
    ("said", "code"), [(40_010, "40010"), ("not.found", "not.found"), (None, None), ({}, None), ("a b", None)]
)
def test_a_code_is_taken_where_it_looks_like_one(wire: Wire, propexo: Propexo, said: Any, code: str | None) -> None:
    wire.answer(says({"error": {"code": said, "message": "No."}}, 400))
    failed = failure(propexo)
    assert isinstance(failed, Refused)
    assert (failed.code, failed.message) == (code, "No.")


def test_a_refusal_as_long_as_a_novel_is_cut(wire: Wire, propexo: Propexo) -> None:
    wire.answer(says({"error": {"message": "no " * 100_000}}, 400))
    assert len(failure(propexo).message) <= 500


def test_what_knock_says_is_read_first_wherever_it_stands(wire: Wire, propexo: Propexo) -> None:
    wire.answer(says({**example("failure"), **knocks_example("prospect_missing")}, 400))
    failed = failure(propexo)
    assert isinstance(failed, Refused)
    assert failed.code == "CORE_API_GET_PROSPECT_FAIL"


@every_call
@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_means_that_an_operator_must_act(
    wire: Wire, propexo: Propexo, call: PropexoCall, status: int
) -> None:
    wire.answer(says(example("failure"), status))
    assert type(failure(propexo, call)) is KeysRefused


@every_call
def test_too_many_calls_are_throttled(wire: Wire, propexo: Propexo, call: PropexoCall) -> None:
    wire.answer(says(example("failure"), 429))
    failed = failure(propexo, call)
    assert isinstance(failed, Throttled)
    assert failed.retry_after == timedelta(seconds=40)


@every_call
def test_a_refused_connection_means_that_nothing_was_sent(call: PropexoCall) -> None:
    assert type(failure(propexo_at(unused_address()), call)) is NotSent


@every_call
@pytest.mark.parametrize("status", [302, 500, 502, 503, 504])
def test_a_failure_on_their_side_leaves_the_outcome_unknown(wire: Wire, propexo: Propexo, call: PropexoCall, status: int) -> None:
    wire.answer(says(example("failure"), status))
    assert type(failure(propexo, call)) is Unknown
    assert len(wire.requests) == 1


@every_call
def test_no_answer_leaves_the_outcome_unknown_and_is_asked_for_once(wire: Wire, call: PropexoCall) -> None:
    wire.answer(wire.hang)
    assert type(failure(propexo_at(wire.url, HURRY), call)) is TimedOut
    assert len(wire.requests) == 1


@every_call
def test_a_failure_names_its_call_without_ids(wire: Wire, propexo: Propexo, call: PropexoCall) -> None:
    wire.answer(says("", 500))
    failed = failure(propexo, call)
    assert failed.call.startswith(f"{call.method} /")
    assert JOB not in str(failed)


# What is told


def quoting(private: str) -> dict[str, Callable[[str], Any]]:
    return {
        "a text": lambda said: [said],
        "an object": lambda said: [{"message": said, "input": private}],
        "an object in an object": lambda said: [{"error": said, "detail": {"input": private}}],
        "no list": lambda said: said,
        "an object and no list": lambda said: {"description": said, "input": private},
    }


PRIVATE = f"{JANE['email']} (206) 555-4567 +12065554567"


@pytest.mark.parametrize("shape", quoting(PRIVATE).values(), ids=quoting(PRIVATE).keys())
def test_the_errors_of_a_job_have_no_contact_data_in_them(wire: Wire, propexo: Propexo, shape: Callable[[str], Any]) -> None:
    errors = shape(f"Duplicate of {PRIVATE} in Knock")
    told = asked(wire, propexo, {"write_status": "FAILURE", "errors": errors}).errors
    assert len(told) == 1
    assert told[0].startswith("Duplicate of …")
    assert told[0].endswith("in Knock")
    assert not any(one in told[0] for one in (JANE["email"], "janedoe", "555-4567", "5554567"))


@pytest.mark.parametrize("padding", range(485, 505))
@pytest.mark.parametrize("private", ["janedoe@example.com", "jane-anne-doe@example.com", "+12065554567", "206-555-4567"])
def test_an_error_is_not_cut_within_contact_data(wire: Wire, propexo: Propexo, padding: int, private: str) -> None:
    said = f"{'x' * (padding - 1)} {private} and so on"
    (told,) = asked(wire, propexo, {"write_status": "FAILURE", "errors": [said]}).errors
    assert set(told[padding - 1 :]) <= set(" …andso")


@every_call
@pytest.mark.parametrize("status", [200, 302, 400, 401, 422, 429, 500])
def test_no_failure_repeats_the_token_or_a_prospects_contact_data(
    wire: Wire, propexo: Propexo, call: PropexoCall, status: int
) -> None:
    echo = f"no: {TOKEN} {JANE['email']} {JANE['phone']}"
    wire.answer(says({"error": {"code": echo, "message": echo, "details": [echo]}}, status))
    failed = failure(propexo, call)
    assert [one for one in (TOKEN, JANE["email"], JANE["phone"]) if one in str(failed)] == []


def test_what_operators_read_of_a_refusal_has_no_contact_data_in_it(wire: Wire, propexo: Propexo) -> None:
    wire.answer(says({"error": {"code": "BLOCKED", "message": f"{JANE['email']} ({JANE['phone']}) is blocked"}}, 400))
    failed = failure(propexo)
    assert isinstance(failed, Refused)
    assert failed.reason.endswith("(BLOCKED): … (…) is blocked")
