"""Whose booking is it: the e-mail address or the phone number decide, as in Knock."""

import pytest

from vendor_app.domain.prospects import email_key, phone_key, same_person

JANE = {"email": "janedoe@example.com", "phone": "2065554567"}


@pytest.mark.parametrize("email", ["janedoe@example.com", "JaneDoe@Example.COM", " janedoe@example.com "])
def test_the_same_address_is_the_same_person_however_it_is_written(email: str) -> None:
    assert same_person(JANE, email, None)


@pytest.mark.parametrize("phone", ["2065554567", "+12065554567", "+1 (206) 555-4567", "206.555.4567", "12065554567"])
def test_the_same_number_is_the_same_person_however_it_is_written(phone: str) -> None:
    assert same_person(JANE, None, phone)


def test_either_of_the_two_is_enough() -> None:
    assert same_person(JANE, "janedoe@example.com", "+15550000000")
    assert same_person(JANE, "somebody@example.com", "+12065554567")


def test_another_address_and_another_number_are_another_person() -> None:
    assert not same_person(JANE, "johndoe@example.com", "+12065554568")


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_what_is_missing_on_both_sides_matches_nothing(nothing: str | None) -> None:
    assert not same_person({"email": nothing, "phone": nothing}, nothing, nothing)
    assert not same_person({}, nothing, nothing)


def test_two_numbers_without_digits_are_not_the_same() -> None:
    assert not same_person({"phone": "n/a"}, None, "n/a")


def test_an_address_is_never_taken_for_a_number() -> None:
    assert not same_person({"email": "2065554567"}, None, "2065554567")


def test_keys_are_none_where_there_is_nothing_to_compare() -> None:
    assert (email_key(None), email_key(" "), phone_key(None), phone_key("ext.")) == (None, None, None, None)


def test_a_number_with_an_extension_is_still_the_same_number() -> None:
    assert same_person({"phone": "206-555-4567 ext. 89"}, None, "+12065554567")
