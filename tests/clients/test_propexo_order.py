"""What Propexo is told of a tour. The rules are from Create Appointment: Knock (seed 003_e4318ba2c1db96f2)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example as also
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.booking import BEDROOMS, PETS, Profile
from tests.clients.calls import JANE
from tests.clients.orders import ORDER, RULES, with_profile
from tests.fixtures.propexo import propexo as example
from vendor_app.clients.propexo.order import AppointmentOrder, appointment_body

PROFILE = Profile()


def test_a_tour_is_said_in_propexos_words() -> None:
    assert appointment_body(ORDER) == example("appointment_request")


def test_a_tour_of_somebody_who_says_little_has_little_in_it() -> None:
    profile = {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com"}
    body = appointment_body(replace(ORDER, profile=profile, unit_names=[], source_title=None))
    assert body == {
        "integration_id": "int_1",
        "community_id": "com_1",
        "attribution_id": "att_default",
        "appointment_date": "2026-01-31",
        "appointment_time": "23:30:00",
        "first_name": "Jane",
        "last_name": "Doe",
        "email_1": "janedoe@example.com",
        "notes": "Self-guided tour until 16:00 (2026-01-31T16:00:00-08:00).",
    }


# When: in UTC


@pytest.mark.parametrize(
    ("start", "day", "time"),
    [
        ("2026-01-31T15:30:00-08:00", "2026-01-31", "23:30:00"),
        ("2026-01-31T15:59:59-08:00", "2026-01-31", "23:59:59"),
        ("2026-01-31T16:00:00-08:00", "2026-02-01", "00:00:00"),
        ("2026-01-31T18:30:00-08:00", "2026-02-01", "02:30:00"),
        ("2026-06-10T17:00:00-07:00", "2026-06-11", "00:00:00"),
        ("2026-12-31T19:15:00-05:00", "2027-01-01", "00:15:00"),
        ("2028-02-28T20:00:00-06:00", "2028-02-29", "02:00:00"),
        ("2026-03-01T08:30:00+09:00", "2026-02-28", "23:30:00"),
        ("2026-06-10T12:00:00+05:45", "2026-06-10", "06:15:00"),
        ("2026-06-10T12:00:00.999999+00:00", "2026-06-10", "12:00:00"),
    ],
)
def test_date_and_time_are_those_of_utc(start: str, day: str, time: str) -> None:
    body = appointment_body(replace(ORDER, start=datetime.fromisoformat(start)))
    assert (body["appointment_date"], body["appointment_time"]) == (day, time)


# Where from


@pytest.mark.parametrize(
    ("title", "attribution"),
    [("Zillow", "att_zillow"), ("zillow", "att_default"), ("Property Website", "att_default"), (None, "att_default")],
)
def test_a_source_title_stands_for_an_attribution(title: str | None, attribution: str) -> None:
    assert appointment_body(replace(ORDER, source_title=title))["attribution_id"] == attribution


def test_a_title_that_the_table_has_is_not_repeated_in_the_notes() -> None:
    assert "Zillow" not in appointment_body(ORDER)["notes"]


def test_a_title_that_the_table_does_not_have_stands_in_the_notes() -> None:
    assert appointment_body(replace(ORDER, source_title="Yard sign +%2B é 🏠"))["notes"].endswith(" Source: Yard sign +%2B é 🏠")


@pytest.mark.parametrize("title", [None, "", "  \t"])
def test_no_title_says_nothing(title: str | None) -> None:
    assert "Source" not in appointment_body(replace(ORDER, source_title=title))["notes"]


@pytest.mark.parametrize(
    ("title", "noted"), [("a\x00b", "a�b"), ("a\ud800b", "a�b"), ("a\r\nb", "a  b"), ("a\x1b[31mb", "a�[31mb"), ("👩‍🚀", "👩‍🚀")]
)
def test_what_no_system_can_show_is_replaced_in_the_notes(title: str, noted: str) -> None:
    assert appointment_body(replace(ORDER, source_title=title))["notes"].endswith(f" Source: {noted}")


# Who


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("2065554567", "+12065554567"),
        ("(206) 555-4567", "+12065554567"),
        ("1-206-555-4567", "+12065554567"),
        ("+1 206 555 4567", "+12065554567"),
        ("+44 20 7946 0958", "+442079460958"),
        ("011 44 20 7946 0958", "+442079460958"),
        ("206.555.4567 ", "+12065554567"),
    ],
)
def test_a_number_goes_out_as_e164(typed: str, sent: str) -> None:
    assert appointment_body(with_profile(phone=typed))["phone_1"] == sent


@pytest.mark.parametrize(
    ("typed", "sent"), [("555-4567", "5554567"), ("+999 12 345 67", "9991234567"), ("9" * 40, "9" * 40), ("9" * 50, "9" * 50)]
)
def test_a_number_that_is_none_goes_out_as_its_digits(typed: str, sent: str) -> None:
    assert appointment_body(with_profile(phone=typed))["phone_1"] == sent


@pytest.mark.parametrize("typed", [None, "", "()", "call me", "9" * 51])
def test_without_digits_or_with_too_many_no_number_goes_out(typed: str | None) -> None:
    assert "phone_1" not in appointment_body(with_profile(phone=typed))


@pytest.mark.parametrize(
    ("bedrooms", "numbers"),
    [
        (["STUDIO"], [0]),
        (["1_BEDROOM"], [1]),
        (["2_BEDROOMS"], [2]),
        (["3_OR_MORE_BEDROOMS"], [3]),
        (["3_OR_MORE_BEDROOMS", "STUDIO", "2_BEDROOMS", "STUDIO"], [0, 2, 3]),
    ],
)
def test_bedrooms_are_numbers_in_order_each_once(bedrooms: list[str], numbers: list[int]) -> None:
    assert appointment_body(with_profile(bedrooms=bedrooms))["desired_num_bedrooms"] == numbers


def test_every_kind_of_flat_that_a_prospect_can_ask_for_has_its_number() -> None:
    assert appointment_body(with_profile(bedrooms=list(BEDROOMS)))["desired_num_bedrooms"] == [0, 1, 2, 3]


@pytest.mark.parametrize("bedrooms", [None, []])
def test_no_wish_for_bedrooms_is_left_out(bedrooms: list[str] | None) -> None:
    assert "desired_num_bedrooms" not in appointment_body(with_profile(bedrooms=bedrooms))


@pytest.mark.parametrize(("field", "name"), [("minBudget", "rent_minimum_in_cents"), ("maxBudget", "rent_maximum_in_cents")])
@pytest.mark.parametrize(("dollars", "cents"), [(1, 100), (1000, 100_000), (1_000_000, 100_000_000), (0, None), (None, None)])
def test_whole_dollars_become_cents(field: str, name: str, dollars: int | None, cents: int | None) -> None:
    assert appointment_body(with_profile(**{field: dollars})).get(name) == cents


@pytest.mark.parametrize("months", [1, 12, 18])
def test_a_lease_term_that_can_be_given_is_given(months: int) -> None:
    body = appointment_body(with_profile(leaseTermMonths=months))
    assert body["lease_term_in_months"] == months
    assert "ease term" not in body["notes"]


@pytest.mark.parametrize("months", [19, 24, 120])
def test_a_lease_term_that_cannot_be_given_stands_in_the_notes(months: int) -> None:
    body = appointment_body(with_profile(leaseTermMonths=months))
    assert "lease_term_in_months" not in body
    assert f"Lease term wanted: {months} months." in body["notes"]


def test_pets_stand_in_the_notes_for_their_kinds_are_not_known() -> None:
    body = appointment_body(with_profile(pets=list(PETS)))
    assert "Pets: cat, small dog, large dog." in body["notes"]
    assert "pets" not in body


@pytest.mark.parametrize("name", ["tour_type", "first_contact_type"])
def test_a_kind_goes_out_only_where_it_is_configured(name: str) -> None:
    changes: dict[str, Any] = {name: "ITS_KIND"}
    rules = replace(RULES, **changes)
    assert appointment_body(replace(ORDER, rules=rules))[name] == "ITS_KIND"
    assert name not in appointment_body(ORDER)


# The notes


def test_the_notes_say_the_most_important_first() -> None:
    order = replace(with_profile(leaseTermMonths=24), source_title="Yard sign")
    assert appointment_body(order)["notes"] == (
        "Self-guided tour until 16:00 (2026-01-31T16:00:00-08:00). Units asked for: 204, 305. Pets: cat, large dog."
        " Lease term wanted: 24 months. Source: Yard sign"
    )


def bare(title: str) -> str:
    """The notes with nothing but the end of the tour and a title."""
    notes: str = appointment_body(replace(with_profile(pets=None), unit_names=[], source_title=title))["notes"]
    return notes


BEFORE_THE_TITLE = len(bare("x")) - 1


def test_notes_of_a_thousand_characters_are_whole() -> None:
    title = "x" * (1000 - BEFORE_THE_TITLE)
    assert (len(bare(title)), bare(title)[-1]) == (1000, "x")


def test_longer_notes_are_cut_at_their_end() -> None:
    notes = bare("x" * (1001 - BEFORE_THE_TITLE))
    assert (len(notes), notes[-2:]) == (1000, "x…")
    assert notes.startswith("Self-guided tour until 16:00")


@pytest.mark.parametrize("padding", ["", "x"])
def test_an_emoji_counts_as_two_as_many_systems_count_and_is_not_cut_in_half(padding: str) -> None:
    notes = bare(padding + "🏠" * 10_240)
    assert 999 <= len(notes.encode("utf-16-le")) / 2 <= 1000
    assert set(notes[BEFORE_THE_TITLE + len(padding) :]) == {"🏠", "…"}


# Whatever the tour: an independent reading of the contract


def text(value: Any) -> bool:
    return type(value) is str and value != ""


def whole(least: int, most: float = float("inf")) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and re.fullmatch(pattern, value, re.ASCII) is not None


def a_day(value: Any) -> bool:
    return matches(r"\d{4}-\d\d-\d\d")(value) and date.fromisoformat(value).isoformat() == value


def bedrooms(value: Any) -> bool:
    return type(value) is list and value != [] and value == sorted(set(value)) and all(map(whole(0, 3), value))


def notes(value: Any) -> bool:
    return text(value) and len(value.encode("utf-16-le")) // 2 <= 1000


REQUIRED: dict[str, Callable[[Any], bool]] = {
    "integration_id": text,
    "community_id": text,
    "attribution_id": text,
    "appointment_date": a_day,
    "appointment_time": matches(r"(?:[01]\d|2[0123]):(?:[012345]\d):(?:[012345]\d)"),
    "last_name": text,
}
OPTIONAL: dict[str, Callable[[Any], bool]] = {
    "email_1": text,
    "phone_1": matches(r"\+?\d{1,50}"),
    "first_name": text,
    "move_in_date": a_day,
    "number_of_occupants": whole(1),
    "lease_term_in_months": whole(1, 18),
    "rent_minimum_in_cents": whole(1),
    "rent_maximum_in_cents": whole(1),
    "notes": notes,
    "desired_num_bedrooms": bedrooms,
    "first_contact_type": text,
    "tour_type": text,
}


def misfits(body: Mapping[str, Any]) -> list[str]:
    """What of a body does not fit the contract."""
    fields = {**REQUIRED, **OPTIONAL}
    wrong = [name for name, value in body.items() if name not in fields or not fields[name](value)]
    reachable = [] if {"email_1", "phone_1"} & set(body) else ["email_1 and/or phone_1"]
    json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
    return [*wrong, *(name for name in REQUIRED if name not in body), *reachable]


def test_the_reading_of_the_contract_knows_what_does_not_fit() -> None:
    good = example("appointment_request")
    assert misfits(good) == []
    bad = {
        "appointment_date": "2026-02-30T",
        "appointment_time": "24:00:00",
        "phone_1": "206 555",
        "lease_term_in_months": 19,
        "rent_minimum_in_cents": 0,
        "notes": "🏠" * 501,
        "desired_num_bedrooms": [1, 1],
        "pets": ["CAT"],
        "move_in_date": None,
    }
    assert set(misfits(good | bad)) == set(bad)
    assert misfits({name: value for name, value in good.items() if name not in ("email_1", "phone_1")}) != []


words = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=100).filter(lambda one: bool(one.strip()))
phones = st.sampled_from(["206-555-4567", "+44 20 7946 0958", "555 4567", "0012065554567"]) | st.from_regex(
    r"\A\+?[0-9 ().\-/]{7,40}\Z"
)
anything = st.text(st.characters(), max_size=60)
extras = {
    "phone": phones | anything,
    "moveDate": st.dates().map(date.isoformat),
    "bedrooms": st.lists(st.sampled_from(BEDROOMS), max_size=4),
    "occupants": st.integers(1, 50),
    "leaseTermMonths": st.integers(1, 120),
    "minBudget": st.integers(0, 1_000_000),
    "maxBudget": st.integers(0, 1_000_000),
    "pets": st.lists(st.sampled_from(PETS), max_size=3),
}
profiles = st.fixed_dictionaries(
    {"firstName": words, "lastName": words, "email": st.just("janedoe@example.com")}, optional=extras
)
offsets = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
starts = st.builds(datetime.astimezone, st.integers(0, 7_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)), offsets)
rules = st.builds(
    replace,
    st.just(RULES),
    attributions=st.dictionaries(anything, st.just("att_other"), max_size=3),
    tour_type=st.none() | st.just("ITS_KIND"),
)
orders = st.builds(
    lambda rules, start, minutes, **rest: AppointmentOrder(
        rules=rules, start=start, end=start + timedelta(minutes=minutes), **rest
    ),
    rules,
    starts,
    st.integers(1, 24 * 60),
    profile=profiles,
    unit_names=st.lists(words.map(lambda one: one[:50]) | anything, max_size=20),
    source_title=st.none() | anything | anything.map(lambda one: one * 300),
)


@settings(deadline=None)
@given(orders)
@also(replace(ORDER, source_title="🏠" * 10_240, unit_names=["\ud800\x00"]))
@also(replace(ORDER, source_title="\udfff" * 2000))
def test_whatever_the_tour_its_body_fits_the_contract(order: AppointmentOrder) -> None:
    body = appointment_body(order)
    assert misfits(body) == []
    told = datetime.fromisoformat(f"{body['appointment_date']}T{body['appointment_time']}+00:00")
    assert told == order.start.replace(microsecond=0).astimezone(UTC)
    assert order.end.isoformat(timespec="seconds") in body["notes"]


@settings(deadline=None)
@given(phones)
def test_a_prospect_who_can_only_be_called_can_be_booked(phone: str) -> None:
    profile = {name: value for name, value in JANE.items() if name != "email"} | {"phone": phone}
    if not PROFILE.validate(profile):
        assert misfits(appointment_body(replace(ORDER, profile=profile))) == []
