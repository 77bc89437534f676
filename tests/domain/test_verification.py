"""The identity gate's rules: which typed code opens it, what is verified, and how it is spoken of."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.example import NOON, START, a_tour
from vendor_app.domain.communities import Verification
from vendor_app.domain.verification import MOST_TRIES, VALID_FOR, Challenge, CodeCheck, check_code, contact_of, deadline, masked

SENT = Challenge(tour_id="tour_1", contact=Verification.EMAIL, code_mac="mac", sealed_code="sealed", created_at=NOON)
LEAD = timedelta(minutes=15)
# Typed codes: whether each is right, and how many seconds after the one before.
TYPED = st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=12)


@given(TYPED)
def test_only_a_right_code_among_the_first_five_and_within_ten_minutes_passes(typed: list[tuple[bool, int]]) -> None:
    challenge, now, in_time = SENT, NOON, []
    for is_right, seconds in typed:
        now += timedelta(seconds=seconds)
        if now < NOON + timedelta(minutes=10):
            in_time.append(is_right)
        outcome, challenge = check_code(challenge, is_right, now)

        assert (challenge.passed_at is not None) == any(in_time[:5])
        assert (outcome is CodeCheck.RIGHT) == (challenge.passed_at is not None)


@given(TYPED)
def test_tries_are_counted_and_nothing_else_of_a_code_that_is_not_passed_changes(typed: list[tuple[bool, int]]) -> None:
    challenge, now = SENT, NOON
    for _, seconds in typed:
        now += timedelta(seconds=seconds)
        before = challenge
        _, challenge = check_code(challenge, False, now)

        assert before.tries <= challenge.tries <= min(before.tries + 1, MOST_TRIES)
        assert (challenge.code_mac, challenge.created_at, challenge.passed_at) == (SENT.code_mac, NOON, None)


def test_the_fifth_wrong_code_says_that_there_are_no_more_tries() -> None:
    challenge, outcomes = SENT, []
    for _ in range(6):
        outcome, challenge = check_code(challenge, False, NOON)
        outcomes.append(outcome)

    assert outcomes == [CodeCheck.WRONG] * 4 + [CodeCheck.USED_UP] * 2
    assert check_code(challenge, True, NOON)[0] is CodeCheck.USED_UP


def test_a_code_holds_until_ten_minutes_are_over_and_not_then() -> None:
    last_moment = NOON + VALID_FOR - timedelta(microseconds=1)

    assert check_code(SENT, True, last_moment)[0] is CodeCheck.RIGHT
    assert check_code(SENT, True, NOON + timedelta(minutes=10)) == (CodeCheck.EXPIRED, SENT)


def test_a_passed_code_forgets_what_was_sealed() -> None:
    assert check_code(SENT, True, NOON)[1].sealed_code is None


@pytest.mark.parametrize(
    ("kind", "contact"),
    [(Verification.EMAIL, "janedoe@example.com"), (Verification.PHONE, "2065554567"), (Verification.NONE, None)],
)
def test_what_is_verified_is_the_contact_of_the_booking(kind: Verification, contact: str | None) -> None:
    assert contact_of(a_tour().profile, kind) == contact


@pytest.mark.parametrize("kind", [Verification.EMAIL, Verification.PHONE])
def test_who_gave_no_such_contact_has_none_to_verify(kind: Verification) -> None:
    assert contact_of({"firstName": "Jane", "lastName": "Doe"}, kind) is None


@pytest.mark.parametrize(
    ("contact", "shown"),
    [("janedoe@example.com", "j•••@example.com"), ("(206) 555-4567", "•••67"), ("a@b.example", "a•••@b.example")],
)
def test_a_contact_is_shown_so_that_only_its_owner_knows_it(contact: str, shown: str) -> None:
    assert masked(contact) == shown


def test_the_gate_closes_as_long_before_the_start_as_access_must_be_ready() -> None:
    assert deadline(a_tour(), LEAD, NOON - timedelta(days=1)) == START - LEAD


def test_who_books_at_the_last_moment_has_ten_minutes_to_find_the_message() -> None:
    booked = START - timedelta(minutes=5)

    assert deadline(a_tour(), LEAD, booked) == booked + timedelta(minutes=10)
