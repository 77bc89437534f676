"""Propexo's answers (Create Appointment: Knock, seed 003_e4318ba2c1db96f2, and its public pages), and a little beside."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from schemas.propexo import Failure, QueuedWrite, WriteStatus, plain_text
from tests.fixtures.propexo import propexo

FAILURE, QUEUED, STATUS = Failure(), QueuedWrite(), WriteStatus()


def errors_of(errors: Any) -> Any:
    return STATUS.load({"write_status": "FAILURE", "errors": errors})["errors"]


def test_a_failure_says_why_and_with_which_code() -> None:
    assert FAILURE.load(propexo("failure")) == {
        "error_message": "The request is not valid.",
        "error_code": "VALIDATION_ERROR",
        "error_fields": [],
    }


@pytest.mark.parametrize("answer", [{}, {"error": None}, {"error": "no"}, {"error": []}, [], None, {"errorMessage": "no"}])
def test_another_failure_does_not_fit(answer: Any) -> None:
    with pytest.raises(ValidationError):
        FAILURE.load(answer)


@pytest.mark.parametrize("code", ["jane@example.com", "2065554567", 2065554567, "Jane Doe", "", "x" * 101, None, 1.5, []])
def test_a_code_that_does_not_look_like_one_is_left_out(code: Any) -> None:
    assert FAILURE.load({"error": {"code": code, "message": "No."}}) == {
        "error_message": "No.",
        "error_code": None,
        "error_fields": [],
    }


def test_a_queued_write_has_a_job() -> None:
    assert QUEUED.load(propexo("appointment_queued")) == {"job_id": "9f0c6e52-55a7-4b4b-9f55-0f5e3f0a1c11"}


def test_a_job_that_stands_on_top_is_a_job_too() -> None:
    assert QUEUED.load({"job_id": 12, "data": {}, "meta": {"job_id": None}}) == {"job_id": "12"}


@pytest.mark.parametrize("record", ["apt_1", 47])
def test_a_record_is_a_text_or_a_number(record: Any) -> None:
    assert STATUS.load({"write_status": "SUCCESS", "created_record_id": record})["created_record_id"] == str(record)


@pytest.mark.parametrize("record", [{}, {"created_record_id": None}, {"created_record_id": ""}])
def test_there_may_be_no_record(record: dict[str, Any]) -> None:
    assert STATUS.load({"write_status": "SUCCESS", **record}) == {
        "write_status": "SUCCESS",
        "errors": [],
        "created_record_id": None,
    }


@pytest.mark.parametrize("errors", [None, [], "", {}])
def test_there_may_be_no_errors(errors: Any) -> None:
    assert errors_of(errors) == []


@pytest.mark.parametrize(
    "error",
    [
        "Taken.",
        {"message": "Taken.", "code": "SLOT"},
        {"error": "Taken."},
        {"detail": "Taken.", "input": "Jane"},
        {"message": {"text": "Jane"}, "description": "Taken."},
        {"message": "  ", "code": "Taken."},
    ],
)
def test_an_error_is_a_text_or_an_object_that_has_one(error: Any) -> None:
    assert errors_of([error]) == errors_of(error) == ["Taken."]


@pytest.mark.parametrize("error", [{"input": {"first_name": "Jane"}}, ["Jane"], 7, True])
def test_an_error_in_no_words_is_told_without_what_it_quotes(error: Any) -> None:
    assert errors_of([error]) == ["an error without a message"]


def test_errors_are_short_and_few() -> None:
    told = errors_of(["no " * 100_000] * 1000)
    assert len(told) == 20
    assert max(len(one) for one in told) <= 500
    assert told[0].endswith("no …")


def test_an_error_without_end_and_spaces_is_cut_too() -> None:
    (told,) = errors_of(["x" * 1_000_000])
    assert len(told) <= 500


@pytest.mark.parametrize(
    ("text", "plain"), [("a\nb\tc", "a b c"), ("a\x00b", "a�b"), ("\ud83c", "�"), ("Zoë 李 🏠", "Zoë 李 🏠")]
)
def test_plain_text_can_be_stored_and_shown_anywhere(text: str, plain: str) -> None:
    assert plain_text(text) == plain


NAMES = ["error", "message", "code", "meta", "job_id", "write_status", "errors", "created_record_id"]
words = st.text(max_size=10) | st.sampled_from(["PENDING", "FAILURE", "\ud800", "x" * 600])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=15,
)


@pytest.mark.parametrize("schema", [FAILURE, QUEUED, STATUS], ids=lambda schema: type(schema).__name__)
@settings(deadline=None)
@given(answer=json_values)
def test_whatever_propexo_answers_it_fits_or_not_but_never_breaks(schema: Schema, answer: Any) -> None:
    try:
        schema.load(answer)
    except ValidationError as misfit:
        assert misfit.messages


@settings(deadline=None)
@given(errors=json_values)
def test_whatever_the_errors_are_they_become_short_texts(errors: Any) -> None:
    told = errors_of(errors)
    assert all(isinstance(one, str) and 0 < len(one) <= 500 for one in told)
    "".join(told).encode("utf-8")
