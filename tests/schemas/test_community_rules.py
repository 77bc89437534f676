"""What a community's table may say, and what is said about one that is wrong."""

from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.community_rules import CommunityTable, problems_of, unknown_key
from vendor_app.domain.communities import Channel, Door, PropexoRules, Verification
from vendor_app.domain.partners.known import LockKind

SCHEMA = CommunityTable()
PROPEXO = {"integration_id": "i", "community_id": "c", "attribution_id": "a"}


def problems(table: Any) -> dict[tuple[str | int, ...], str]:
    return dict(problems_of(SCHEMA.validate(table)))


def test_a_table_is_loaded_as_the_rules_have_it() -> None:
    table = {
        "enabled": False,
        "tour_minutes": 45,
        "notice_minutes": 0,
        "horizon_days": 14,
        "max_concurrent_tours": 2,
        "default_source_title": " Zillow + café ",
        "hours": {"mon": "09:00-19:00", "sun": "00:00-23:59"},
        "channel": "propexo",
        "lock": "seam",
        "help_phone": "+1 206 555 0100",
        "require_verified": "phone",
        "doors": [{"name": "Front", "device": "d1"}, {"name": "204", "device": "d2", "unit": "204"}],
        "propexo": {**PROPEXO, "attributions": {"Zillow + café": "z"}, "tour_type": "t", "first_contact_type": "f"},
    }
    assert SCHEMA.load(table) == {
        "slots": {
            "tour": timedelta(minutes=45),
            "notice": timedelta(0),
            "horizon": timedelta(days=14),
            "max_concurrent": 2,
            "hours": {0: (time(9), time(19)), 6: (time(0), time(23, 59))},
        },
        "enabled": False,
        "default_source_title": " Zillow + café ",
        "channel": Channel.PROPEXO,
        "lock": LockKind.SEAM,
        "help_phone": "+1 206 555 0100",
        "require_verified": Verification.PHONE,
        "doors": (Door(name="Front", device="d1"), Door(name="204", device="d2", unit="204")),
        "propexo": PropexoRules(
            integration_id="i",
            community_id="c",
            attribution_id="a",
            attributions={"Zillow + café": "z"},
            tour_type="t",
            first_contact_type="f",
        ),
    }


def test_what_is_left_out_is_left_out() -> None:
    assert SCHEMA.load({}) == {"slots": {}}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tour_minutes", 0),
        ("tour_minutes", 1441),
        ("tour_minutes", 30.0),
        ("tour_minutes", "30"),
        ("tour_minutes", True),
        ("notice_minutes", -1),
        ("notice_minutes", 10**30),
        ("horizon_days", 0),
        ("horizon_days", 3651),
        ("max_concurrent_tours", 0),
        ("max_concurrent_tours", [1]),
        ("enabled", "yes"),
        ("enabled", 1),
        ("default_source_title", ""),
        ("default_source_title", "a\0b"),
        ("default_source_title", 7),
        ("channel", "Knock"),
        ("channel", ["knock"]),
        ("lock", "http://lock"),
        ("require_verified", True),
        ("help_phone", "555"),
        ("help_phone", 2065550100),
        ("hours", "09:00-19:00"),
        ("doors", {"name": "Front", "device": "d"}),
        ("propexo", "clint_01"),
    ],
)
def test_a_value_of_another_kind_or_out_of_range_is_refused(key: str, value: Any) -> None:
    assert list(problems({key: value})) == [(key,)]


@pytest.mark.parametrize(("key", "least", "most"), [("tour_minutes", 1, 1440), ("notice_minutes", 0, 525_600)])
def test_the_ends_of_a_range_are_in_it(key: str, least: int, most: int) -> None:
    assert (problems({key: least}), problems({key: most})) == ({}, {})
    assert problems({key: most + 1}) == {(key,): f"Must be from {least} to {most}."}


@pytest.mark.parametrize(
    "hours",
    ["", "9-17", "9:00-17:00", "09:00", "09:00 - 17:00", "09:00-24:00", "09:60-10:00", "09:00-17:00-18:00", "٠٩:٠٠-17:00"],
)
def test_hours_are_two_times_of_day(hours: str) -> None:
    assert problems({"hours": {"mon": hours}}) == {
        ("hours", "mon"): 'Must be two times of day from 00:00 to 23:59, as in "09:00-19:00".'
    }


@given(st.times(), st.times())
def test_hours_open_before_they_close(opens: time, closes: time) -> None:
    said = problems({"hours": {"sat": f"{opens:%H:%M}-{closes:%H:%M}"}})
    right = (opens.hour, opens.minute) < (closes.hour, closes.minute)
    assert said == ({} if right else {("hours", "sat"): "Must open before it closes."})


@pytest.mark.parametrize(
    ("table", "path", "said"),
    [
        ({"tour_minuts": 1}, ("tour_minuts",), "Unknown key; did you mean tour_minutes?"),
        ({"Lock": "none"}, ("Lock",), "Unknown key; did you mean lock?"),
        ({"hours": {"monday": "09:00-10:00"}}, ("hours", "monday"), "Unknown key; did you mean mon?"),
        ({"doors": [{"name": "a", "device": "b", "untit": "c"}]}, ("doors", 0, "untit"), "Unknown key; did you mean unit?"),
        ({"propexo": {**PROPEXO, "attribution": "a"}}, ("propexo", "attribution"), "Unknown key; did you mean attributions?"),
        ({"hours": {"x": 1}}, ("hours", "x"), "Unknown key; known are mon, tue, wed, thu, fri, sat, sun."),
    ],
)
def test_a_key_that_does_not_exist_is_refused_with_the_one_that_was_meant(table: Any, path: tuple[Any, ...], said: str) -> None:
    assert problems(table) == {path: said}


def test_a_key_nothing_is_like_is_told_all_there_are() -> None:
    assert unknown_key("zzz", ["community"]) == "Unknown key; known are community."


@pytest.mark.parametrize(
    ("door", "path"),
    [
        ({"device": "d"}, ("doors", 0, "name")),
        ({"name": "Front"}, ("doors", 0, "device")),
        ({"name": "Front", "device": ""}, ("doors", 0, "device")),
        ({"name": "Front", "device": " d"}, ("doors", 0, "device")),
        ({"name": "Front\n", "device": "d"}, ("doors", 0, "name")),
        ({"name": "Front", "device": "d", "unit": 204}, ("doors", 0, "unit")),
        ("Front", ("doors", 0)),
    ],
)
def test_a_door_has_a_name_and_a_device(door: Any, path: tuple[Any, ...]) -> None:
    assert list(problems({"doors": [door]})) == [path]


def test_a_door_of_two_units_is_refused() -> None:
    said = problems({"doors": [{"name": "Hall", "device": "d", "unit": ["203", "204"]}]})
    assert said[("doors", 0, "unit")].startswith("Must be one unit")


def test_doors_may_be_listed_where_no_lock_system_opens_them() -> None:
    assert problems({"lock": "none", "doors": [{"name": "Front", "device": "d"}]}) == {}


def test_propexo_needs_its_ids() -> None:
    assert problems({"channel": "propexo"}) == {("propexo",): 'Missing: channel = "propexo" needs this table.'}
    assert problems({"channel": "propexo", "propexo": {}}) == {("propexo", key): "Missing." for key in PROPEXO}
    assert problems({"channel": "knock"}) == {}


@pytest.mark.parametrize("attributions", [{"Zillow": 1}, {"Zillow": ["a"]}, {"Zillow": ""}, {"": "a"}])
def test_attributions_are_from_text_to_text(attributions: dict[str, Any]) -> None:
    said = problems({"propexo": {**PROPEXO, "attributions": attributions}})
    assert list(said) == [("propexo", "attributions", *attributions)]
    assert list(problems({"propexo": {**PROPEXO, "attributions": "a"}})) == [("propexo", "attributions")]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = {
        "tour_minutes": 0,
        "colour": "red",
        "hours": {"mon": "x", "tue": "10:00-09:00", "day": "y"},
        "channel": "propexo",
        "doors": [{"name": "a"}, {"device": "b", "unit": []}],
    }
    assert set(problems(wrong)) == {
        ("tour_minutes",),
        ("colour",),
        ("hours", "mon"),
        ("hours", "tue"),
        ("hours", "day"),
        ("propexo",),
        ("doors", 0, "device"),
        ("doors", 1, "name"),
        ("doors", 1, "unit"),
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SCHEMA.fields, "name", "mon"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*SCHEMA.fields, "x"]), ANYTHING, max_size=4) | ANYTHING)
def test_whatever_the_table_is_it_is_loaded_or_refused(table: Any) -> None:
    said = problems(table)
    assert said or SCHEMA.load(table)
