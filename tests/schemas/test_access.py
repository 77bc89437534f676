"""The lock system's answers and callbacks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import ValidationError

from schemas.access import Callback, GrantAnswer
from schemas.base import field_errors

CALLBACK = Callback()
UNLOCKED: dict[str, Any] = {
    "type": "access.door_unlocked",
    "timestamp": "2026-06-10T19:31:00Z",
    "data": {
        "tourId": "tour_1",
        "grantId": "grant_1",
        "door": "Apartment 204",
        "unitName": "204",
        "method": "keycode",
        "occurredAt": "2026-06-10T12:30:00-07:00",
    },
}


def told(**changes: Any) -> dict[str, Any]:
    return UNLOCKED | {"data": UNLOCKED["data"] | changes}


def test_a_callback_is_read_whole() -> None:
    loaded = CALLBACK.load(UNLOCKED)
    assert loaded["type"] == "access.door_unlocked"
    assert loaded["data"] == {
        "tour_id": "tour_1",
        "grant_id": "grant_1",
        "door": "Apartment 204",
        "unit_name": "204",
        "method": "keycode",
        "code": None,
        "occurred_at": datetime(2026, 6, 10, 19, 30, tzinfo=UTC),
    }


@pytest.mark.parametrize("name", ["tourId", "grantId"])
def test_a_tour_or_a_grant_is_enough(name: str) -> None:
    loaded = CALLBACK.load({"type": "access.tour_ended", "data": {name: "x"}})
    assert loaded["data"]["method"] is None
    assert (loaded["timestamp"], loaded["data"]["occurred_at"]) == (None, None)


def test_a_callback_about_nothing_names_what_is_missing() -> None:
    with pytest.raises(ValidationError) as refused:
        CALLBACK.load({"type": "access.denied", "data": {"door": "Front entrance"}})
    assert field_errors(refused.value.messages) == {"data.tourId": ["Give tourId or grantId."]}


def test_a_kind_of_callback_not_invented_yet_is_read() -> None:
    assert CALLBACK.load(told() | {"type": "access.battery_low", "version": 2})["type"] == "access.battery_low"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        [],
        None,
        {"type": "access.denied"},
        {"data": {"tourId": "x"}},
        told(occurredAt="2026-06-10T12:30:00"),
        told(occurredAt=1749583800),
        told(tourId=7),
        told(code=""),
        told(code="1" * 65),
        told(door="x" * 201),
    ],
)
def test_a_callback_that_is_none_does_not_fit(bad: Any) -> None:
    with pytest.raises(ValidationError):
        CALLBACK.load(bad)


def test_a_refusal_does_not_repeat_the_code() -> None:
    with pytest.raises(ValidationError) as refused:
        CALLBACK.load(told(code="4711" * 20, occurredAt="4711"))
    assert "4711" not in str(refused.value)


def test_a_grant_is_answered_with_its_code() -> None:
    assert GrantAnswer().load({"code": "4711", "grantId": "grant_1"}) == {"code": "4711"}


@pytest.mark.parametrize("answer", [{}, {"code": None}, {"code": ""}, {"code": 4711}, {"code": "1" * 65}, None, []])
def test_an_answer_without_a_code_does_not_fit(answer: Any) -> None:
    with pytest.raises(ValidationError):
        GrantAnswer().load(answer)
