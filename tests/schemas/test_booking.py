"""What a prospect may send: each bad field names itself, and nothing is guessed."""

from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from schemas.base import field_errors
from schemas.booking import PROFILE_FIELDS, BookTour, Profile, from_form
from tests.fixtures import knock

BOOK, PROFILE = BookTour(), Profile()
JANE = knock("appointment_request")["profile"]
BODY: dict[str, Any] = {
    "arrivalId": "arrival-1",
    "communityId": "b9XQN6eMvvrr07zg",
    "sourceTitle": "Zillow",
    "startTime": "2026-06-10T12:30:00-07:00",
    "profile": JANE,
    "smsConsent": True,
    "unitNames": ["204"],
}


def complaints(schema: Any, body: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        schema.load(body)
    return field_errors(refused.value.messages)


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def test_knocks_own_example_of_a_profile_is_taken_and_given_back_the_same() -> None:
    assert PROFILE.dump(PROFILE.load(JANE)) == JANE


def test_the_full_body_is_taken() -> None:
    loaded = BOOK.load(BODY)
    assert loaded["start_time"] == datetime(2026, 6, 10, 19, 30, tzinfo=UTC)
    assert loaded["profile"]["move_date"] == date(2020, 1, 1)
    assert (loaded["sms_consent"], loaded["unit_names"], loaded["source_title"]) == (True, ["204"], "Zillow")


def test_no_consent_and_no_units_are_taken_as_just_that() -> None:
    loaded = BOOK.load(without(BODY, "smsConsent", "unitNames"))
    assert (loaded["sms_consent"], loaded["unit_names"]) == (False, [])


@pytest.mark.parametrize("name", ["communityId", "startTime", "profile"])
def test_what_is_needed_is_named_when_it_is_missing(name: str) -> None:
    assert list(complaints(BOOK, without(BODY, name))) == [name]


@pytest.mark.parametrize("name", ["firstName", "lastName"])
def test_a_name_is_needed(name: str) -> None:
    assert list(complaints(PROFILE, without(JANE, name))) == [name]


def test_a_field_we_do_not_know_is_refused_by_its_name() -> None:
    assert list(complaints(BOOK, BODY | {"tourtype": "SELF_GUIDED"})) == ["tourtype"]
    assert list(complaints(BOOK, BODY | {"profile": JANE | {"nickname": "J"}})) == ["profile.nickname"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("firstName", ""),
        ("firstName", "   "),
        ("firstName", "J" * 101),
        ("lastName", 7),
        ("lastName", None),
        ("email", "janedoe"),
        ("email", "jane doe@example.com"),
        ("email", "=?utf-8?q?x?=@example.com"),
        ("email", "jané@example.com"),
        ("email", "j" * 250 + "@example.com"),
        ("phone", "call me"),
        ("phone", "12"),
        ("phone", "2" * 41),
        ("phone", 2065554567),
        ("moveDate", "01/02/2026"),
        ("moveDate", "2026-02-30"),
        ("bedrooms", ["PENTHOUSE"]),
        ("bedrooms", "STUDIO"),
        ("bedrooms", ["STUDIO"] * 5),
        ("pets", ["DRAGON"]),
        ("pets", ["CAT"] * 4),
        ("occupants", 0),
        ("occupants", 51),
        ("leaseTermMonths", 0),
        ("leaseTermMonths", 121),
        ("minBudget", -1),
        ("maxBudget", 1_000_001),
    ],
)
def test_a_bad_field_of_the_profile_names_itself(name: str, value: Any) -> None:
    assert {path.partition(".")[0] for path in complaints(PROFILE, JANE | {name: value})} == {name}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arrivalId", ""),
        ("arrivalId", "x" * 101),
        ("communityId", ""),
        ("communityId", 7),
        ("sourceTitle", 7),
        ("startTime", "tomorrow"),
        ("startTime", 1749583800),
        ("profile", []),
        ("profile", None),
        ("unitNames", "204"),
        ("unitNames", ["2" * 51]),
        ("unitNames", [""]),
        ("unitNames", [204]),
        ("unitNames", ["204"] * 21),
    ],
)
def test_a_bad_field_of_the_body_names_itself(name: str, value: Any) -> None:
    assert {path.partition(".")[0] for path in complaints(BOOK, BODY | {name: value})} == {name}


@pytest.mark.parametrize(
    "email",
    ["o'neil+tours=a/b@ex-ample.co.uk", "JANE@EXAMPLE.COM", "a@b.co", "j_d@xn--exmple-cua.com", f"{'j' * 64}@example.com"],
)
def test_an_address_in_plain_letters_is_taken(email: str) -> None:
    assert PROFILE.load(JANE | {"email": email})["email"] == email


@given(
    name=st.text(alphabet="aZ09=?.!#$%&'*+-/^_`{|}~", min_size=1, max_size=20),
    domain=st.sampled_from(["example.com", "ex-ample.co.uk", "xn--exmple-cua.com"]),
)
@example(name="=?utf-8?q?x?=", domain="example.com")
def test_every_address_that_is_taken_is_the_one_that_is_written_to(name: str, domain: str) -> None:
    email = f"{name}@{domain}"
    assume(not PROFILE.validate(JANE | {"email": email}))
    message = EmailMessage()
    message["To"] = email

    assert [one.addr_spec for one in message["To"].addresses] == [email]
    assert f"To: {email}\n" in message.as_string()


def test_all_bad_fields_are_named_at_once() -> None:
    bad = BODY | {"startTime": "soon", "smsConsent": "yes", "profile": JANE | {"email": "x", "occupants": 1.5}}
    assert set(complaints(BOOK, bad)) == {"startTime", "smsConsent", "profile.email", "profile.occupants"}


@pytest.mark.parametrize("name", ["occupants", "leaseTermMonths", "minBudget", "maxBudget"])
@pytest.mark.parametrize("value", [3.9, 3.0, "3", True, None, [3], "three"])
def test_only_a_whole_number_is_a_whole_number(name: str, value: Any) -> None:
    assert list(complaints(PROFILE, JANE | {name: value})) == [name]


@pytest.mark.parametrize("value", ["yes", "true", "on", 1, 0, None, "", []])
def test_only_true_is_consent(value: Any) -> None:
    assert list(complaints(BOOK, BODY | {"smsConsent": value})) == ["smsConsent"]


@pytest.mark.parametrize("value", ["2026-06-10T12:30:00", "2026-06-10", "2026-06-10 12:30"])
def test_a_time_without_its_offset_is_refused_with_an_example_of_one(value: str) -> None:
    assert "2026-01-31T15:30:00-08:00" in complaints(BOOK, BODY | {"startTime": value})["startTime"][0]


def test_a_time_in_utc_is_the_same_time() -> None:
    assert BOOK.load(BODY | {"startTime": "2026-06-10T19:30:00Z"})["start_time"] == BOOK.load(BODY)["start_time"]


def test_without_an_address_and_a_number_nobody_can_be_reached() -> None:
    assert complaints(PROFILE, without(JANE, "email", "phone")) == {"email": ["Give an e-mail address or a phone number."]}


@pytest.mark.parametrize("name", ["email", "phone"])
def test_one_of_address_and_number_is_enough(name: str) -> None:
    assert PROFILE.dump(PROFILE.load(without(JANE, name))) == without(JANE, name)


@pytest.mark.parametrize("phone", ["2065554567", "+1 (206) 555-4567", "+44 20 7946 0958", "206.555.4567"])
def test_a_number_may_be_written_as_people_do(phone: str) -> None:
    assert PROFILE.load(JANE | {"phone": phone})["phone"] == phone


CONTROL = ["\x00", "\n", "\r", "\t", "\x1b", "\x7f", "\x85"]


@pytest.mark.parametrize("character", [*CONTROL, "\ud800"])
@pytest.mark.parametrize("name", ["firstName", "lastName", "phone", "email"])
def test_control_characters_do_not_pass_into_the_profile(name: str, character: str) -> None:
    for text in (character + JANE[name], JANE[name] + character, JANE[name][:3] + character + JANE[name][3:]):
        assert list(complaints(PROFILE, JANE | {name: text})) == [name]


def test_an_address_that_is_no_text_at_all_is_refused() -> None:
    assert list(complaints(PROFILE, JANE | {"email": "jane@\ud800.com"})) == ["email"]


@pytest.mark.parametrize("character", CONTROL)
def test_control_characters_do_not_pass_into_units_and_communities(character: str) -> None:
    assert list(complaints(BOOK, BODY | {"communityId": f"b9X{character}"})) == ["communityId"]
    assert list(complaints(BOOK, BODY | {"unitNames": [f"204{character}"]})) == ["unitNames.0"]


def test_a_name_may_have_any_letters() -> None:
    assert PROFILE.load(JANE | {"firstName": "Zoë 李 🏠"})["first_name"] == "Zoë 李 🏠"


@pytest.mark.parametrize("title", ["", " ", "+", "%2B", "Zillow\x00\n", "🏠", "\ud800", "x" * 10_240, None])
def test_a_source_title_is_taken_verbatim_whatever_it_is(title: str | None) -> None:
    assert BOOK.load(BODY | {"sourceTitle": title})["source_title"] == title


def test_a_least_budget_above_the_greatest_is_refused() -> None:
    assert list(complaints(PROFILE, JANE | {"minBudget": 2001, "maxBudget": 2000})) == ["maxBudget"]


@pytest.mark.parametrize("budgets", [{"minBudget": 2000, "maxBudget": 2000}, {"minBudget": 2000}, {"maxBudget": 0}])
def test_budgets_that_agree_are_taken(budgets: dict[str, int]) -> None:
    PROFILE.load(without(JANE, "minBudget", "maxBudget") | budgets)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BODY, *JANE]) | st.text(), inner, max_size=6),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    json_values, st.dictionaries(st.sampled_from([*BODY]), json_values), st.dictionaries(st.sampled_from([*JANE]), json_values)
)
def test_whatever_is_sent_it_is_taken_or_refused_but_never_breaks(anything: Any, body: Any, profile: Any) -> None:
    for sent in (anything, BODY | body, BODY | {"profile": JANE | profile}):
        try:
            BOOK.load(sent)
        except ValidationError as refused:
            assert field_errors(refused.messages)


# The page's form


def filled_in(**changes: Any) -> MultiDict[str, str]:
    return MultiDict(
        {
            "startTime": "2026-06-10T12:30:00-07:00",
            "firstName": "Jane",
            "lastName": "Doe",
            "email": "janedoe@example.com",
            "phone": "2065554567",
            "moveDate": "2020-01-01",
            "bedrooms": ["STUDIO"],
            "occupants": "1",
            "leaseTermMonths": "12",
            "minBudget": "1000",
            "maxBudget": "2000",
            "pets": ["CAT", "LARGE_DOG"],
            "smsConsent": "true",
            "unitNames": "204",
        }
        | changes
    )


def from_page(**changes: Any) -> dict[str, Any]:
    return from_form(filled_in(**changes), BODY["communityId"], BODY["arrivalId"])


def test_the_form_says_the_same_as_the_json_body() -> None:
    assert from_page() == without(BODY, "sourceTitle")
    assert BOOK.load(from_page()) == BOOK.load(without(BODY, "sourceTitle"))


def test_the_form_has_the_names_of_the_profile() -> None:
    assert set(PROFILE_FIELDS) == set(JANE)


def test_what_is_left_empty_in_the_form_was_not_given() -> None:
    emptied = dict.fromkeys(without(JANE, "firstName", "lastName", "email", "bedrooms", "pets"), "")
    body = from_page(**emptied, bedrooms=[""], pets=[], unitNames=" , ")
    assert body["profile"] == {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com"}
    assert body["unitNames"] == []


def test_a_form_without_a_time_is_told_to_pick_one() -> None:
    assert complaints(BOOK, from_page(startTime="")) == {"startTime": ["Pick a time."]}


def test_units_may_be_listed_with_commas() -> None:
    assert from_page(unitNames="204, 305 ,101")["unitNames"] == ["204", "305", "101"]


@pytest.mark.parametrize(("typed", "whole"), [("1000", 1000), ("$1,000", 1000), (" 1000 ", 1000), ("1e3", "1e3"), ("-5", "-5")])
def test_an_amount_may_be_typed_as_people_do(typed: str, whole: Any) -> None:
    assert from_page(minBudget=typed)["profile"]["minBudget"] == whole


@pytest.mark.parametrize("typed", ["12.5", "two", "٣", "9" * 400, "1-2"])
def test_an_amount_that_is_no_number_is_refused_by_its_name(typed: str) -> None:
    assert list(complaints(BOOK, from_page(occupants=typed))) == ["profile.occupants"]


@pytest.mark.parametrize("ticked", ["true", "on", "1"])
def test_a_ticked_box_is_consent(ticked: str) -> None:
    assert from_page(smsConsent=ticked)["smsConsent"] is True


@pytest.mark.parametrize("not_ticked", ["", "false", "off", "0", "maybe"])
def test_a_box_that_is_not_ticked_is_no_consent(not_ticked: str) -> None:
    assert from_page(smsConsent=not_ticked)["smsConsent"] is False
