"""Seam's answers and events, and what may be kept of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.pins import redacted
from tests.fixtures.seam import seam as example
from vendor_app.clients.locks.seam.answers import Failure, GrantAnswer, MethodAnswer, SeamEvent

EVENT = SeamEvent()
PIN = "471100"


def test_a_grant_is_read_with_the_codes_of_its_problems_only() -> None:
    answer = example("access_grant")
    answer["access_grant"] |= {
        "errors": [example("grant_error")],
        "warnings": [{"warning_code": "being_deleted", "message": "x"}],
        "pending_mutations": [{"mutation_code": "updating_access_times", "from": {}, "to": {}}],
    }
    grant = GrantAnswer().load(answer)["access_grant"]
    assert grant["errors"] == ["cannot_create_requested_access_methods"]
    assert (grant["warnings"], grant["pending_mutations"]) == (["being_deleted"], ["updating_access_times"])
    assert grant["starts_at"] == datetime(2026, 6, 10, 19, 20, tzinfo=UTC)


def test_a_grant_needs_only_its_id() -> None:
    grant = GrantAnswer().load({"access_grant": {"access_grant_id": "x"}})["access_grant"]
    assert (grant["access_method_ids"], grant["requested_access_methods"], grant["errors"]) == ([], [], [])


@pytest.mark.parametrize("code", [None, 7, "", PIN, "no spaces", "é", "x" * 101])
def test_a_problem_without_a_proper_code_is_unnamed(code: Any) -> None:
    answer = {"access_grant": {"access_grant_id": "x", "errors": [{"error_code": code}]}}
    assert GrantAnswer().load(answer)["access_grant"]["errors"] == ["unnamed"]


@pytest.mark.parametrize("link", ["http://ik.seam.example/x", "javascript:alert(1)", "ik.seam.example", 7])
def test_a_link_that_is_not_safe_to_show_does_not_fit(link: Any) -> None:
    answer = example("mobile_key")
    answer["access_method"]["instant_key_url"] = link
    with pytest.raises(ValidationError):
        MethodAnswer().load(answer)


@pytest.mark.parametrize("issued", ["true", 1, None])
def test_issued_is_yes_or_no(issued: Any) -> None:
    answer = example("access_method")
    answer["access_method"]["is_issued"] = issued
    with pytest.raises(ValidationError):
        MethodAnswer().load(answer)


def test_a_method_that_says_nothing_of_being_issued_is_not() -> None:
    method = MethodAnswer().load({"access_method": {"access_method_id": "x", "mode": "code", "code": PIN}})
    assert method["access_method"]["is_issued"] is False


def test_a_failure_has_its_type_as_its_code_and_no_pin_in_its_message() -> None:
    assert Failure().load(example("failure")) == {
        "error_message": "The code … is in use.",
        "error_code": "invalid_input",
        "error_fields": [],
    }


@pytest.mark.parametrize("body", [{}, [], {"error": "x"}, {"error": {"code": "A", "message": "b"}}, {"error": {"type": 7}}])
def test_another_partners_failure_is_not_seams(body: Any) -> None:
    with pytest.raises(ValidationError):
        Failure().load(body)


# Events


def test_an_opened_door_is_read_and_what_is_not_known_is_left_out() -> None:
    loaded = EVENT.load(example("lock_unlocked"))
    assert {name: value for name, value in loaded.items() if value not in (None, [])} == {
        "event_type": "lock.unlocked",
        "event_id": "b1b2c3d4-0000-4000-8000-000000000001",
        "occurred_at": datetime(2026, 6, 10, 19, 31, 5, tzinfo=UTC),
        "device_id": "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
        "access_code_id": "c1c2c3c4-0000-4000-8000-000000000002",
        "access_code_is_managed": True,
        "method": "keycode",
    }


def test_an_issued_method_names_its_grants_and_the_code() -> None:
    loaded = EVENT.load(example("access_method_issued"))
    assert loaded["access_grant_keys"] == ["grant_1"]
    assert loaded["access_grant_ids"] == ["0e5f1b2c-6a3d-4f8e-9b7a-1c2d3e4f5a6b"]
    assert loaded["code"] == PIN


def test_the_one_grant_of_an_event_is_among_its_grants() -> None:
    loaded = EVENT.load(example("could_not_create") | {"access_grant_key": "grant_1"})
    assert loaded["access_grant_ids"] == [loaded["access_grant_id"]]
    assert loaded["access_grant_keys"] == ["grant_1"]


@pytest.mark.parametrize(
    "bad",
    [
        {},
        [],
        None,
        {"event_type": "lock.unlocked"},
        {"event_id": "x"},
        {"event_type": "", "event_id": "x"},
        {"event_type": "lock.unlocked", "event_id": "x", "occurred_at": "2026-06-10T12:30:00"},
        {"event_type": "lock.unlocked", "event_id": "x", "device_id": "x" * 201},
        {"event_type": "lock.unlocked", "event_id": "x", "method": 7},
        {"event_type": "access_method.issued", "event_id": "x", "code": "1" * 65},
        {"event_type": "access_method.issued", "event_id": "x", "access_grant_ids": "x"},
    ],
)
def test_an_event_that_is_none_does_not_fit(bad: Any) -> None:
    with pytest.raises(ValidationError):
        EVENT.load(bad)


def test_a_kind_of_event_not_invented_yet_is_read() -> None:
    assert EVENT.load({"event_type": "lock.levitated", "event_id": "x", "height": 3})["event_type"] == "lock.levitated"


# What may be kept


@pytest.mark.parametrize("name", ["lock_unlocked", "access_method_issued", "could_not_create"])
def test_what_is_kept_tells_the_same_but_for_the_code(name: str) -> None:
    kept = redacted(example(name))
    assert PIN not in json.dumps(kept)
    assert EVENT.load(kept) == EVENT.load(example(name)) | {"code": None}


def test_custom_fields_links_and_tokens_are_not_kept() -> None:
    payload = {
        "device_custom_metadata": {"wifi": "hunter22"},
        "instant_key_url": "https://ik.seam.example/ABC",
        "client_session_token": "seam_cst_x",
        "backup_pin": "x",
        "access_codes": ["x"],
    }
    assert redacted(payload) == {}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("1234", "…"),
        ("Code 123456 was refused (0000).", "Code … was refused (…)."),
        ({"message": "#1234#", "error_code": "code_1234_x"}, {"message": "#…#", "error_code": "code_…_x"}),
        ([{"code": "1234"}, "987654321"], [{}, "…"]),
        (4711, "…"),
        (-4711.0, "…"),
        (0.48, 0.48),
        (True, True),
        (None, None),
        ("123", "123"),
    ],
)
def test_whatever_looks_like_a_pin_is_not_kept_wherever_it_stands(value: Any, kept: Any) -> None:
    assert redacted({"note": value}) == {"note": kept}


@pytest.mark.parametrize("name", ["device_id", "access_grant_keys", "event_type"])
def test_a_bare_number_is_not_kept_even_where_an_id_should_stand(name: str) -> None:
    assert redacted({name: "4711"}) == {name: "…"}


@given(st.recursive(st.none() | st.text(max_size=8), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_a_pin_is_found_at_any_depth(inner: Any) -> None:
    assert PIN not in json.dumps(redacted({"deep": [inner, {"deeper": {"text": f"is {PIN}.", "code": PIN}}]}))
