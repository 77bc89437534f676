"""What is derived from the one secret."""

import pytest
from cryptography.fernet import InvalidToken
from hypothesis import given, settings
from hypothesis import strategies as st

from vendor_app.keys import Keys, fingerprint

OURS, THEIRS = Keys("a secret of the tests"), Keys("another secret of the tests")


def test_a_tours_token_is_the_same_after_a_restart() -> None:
    assert Keys("a secret of the tests").tour_token("tour_1") == OURS.tour_token("tour_1")


def test_every_tour_has_its_own_token() -> None:
    assert len({OURS.tour_token(f"tour_{number}") for number in range(500)}) == 500


def test_every_secret_makes_its_own_tokens() -> None:
    assert OURS.tour_token("tour_1") != THEIRS.tour_token("tour_1")


def test_a_token_is_long_enough_not_to_be_guessed_and_fits_into_a_path() -> None:
    token = OURS.tour_token("tour_1")
    assert len(token) == 43  # 256 bits
    assert token.replace("-", "").replace("_", "").isalnum()


def test_tokens_addresses_and_fingerprints_of_one_text_have_nothing_in_common() -> None:
    assert len({OURS.tour_token("x"), OURS.masked("x"), fingerprint("x")}) == 3


def test_a_masked_address_can_be_counted_but_not_read() -> None:
    masked = OURS.masked("203.0.113.7")
    assert masked == OURS.masked("203.0.113.7")
    assert masked not in (OURS.masked("203.0.113.8"), THEIRS.masked("203.0.113.7"))
    assert "203" not in masked.replace("-", ".").split(".")


def test_after_a_change_of_the_secret_the_former_ones_are_known() -> None:
    now = Keys("a secret of the tests", before=["another secret of the tests"])
    booked_before = THEIRS.tour_token("tour_1")

    assert now.token_of("tour_1", fingerprint(booked_before)) == booked_before
    assert now.token_of("tour_1", fingerprint(now.tour_token("tour_1"))) == OURS.tour_token("tour_1")
    assert now.token_of("tour_1", fingerprint("of a secret that is lost")) is None
    assert now.masks("203.0.113.7") == [OURS.masked("203.0.113.7"), THEIRS.masked("203.0.113.7")]


@settings(deadline=None, max_examples=50)
@given(st.text())
def test_a_code_comes_back_as_it_was_sealed(code: str) -> None:
    assert OURS.unseal(OURS.seal(code)) == code


@pytest.mark.parametrize("code", ["471147114711", "0000#0000#", "open sesame"])
def test_a_sealed_code_does_not_contain_the_code(code: str) -> None:
    sealed = OURS.seal(code)
    assert code not in sealed
    assert code.encode().hex() not in sealed


def test_the_same_code_sealed_twice_looks_different() -> None:
    assert OURS.seal("4711") != OURS.seal("4711")


def test_nobody_else_can_unseal_a_code() -> None:
    with pytest.raises(InvalidToken):
        THEIRS.unseal(OURS.seal("4711"))


def test_a_sealed_code_that_was_tampered_with_is_refused() -> None:
    sealed = OURS.seal("4711")
    with pytest.raises(InvalidToken):
        OURS.unseal(sealed[:-4] + ("AAA=" if not sealed.endswith("AAA=") else "BBB="))


def test_a_fingerprint_does_not_contain_the_token() -> None:
    assert OURS.tour_token("tour_1") not in fingerprint(OURS.tour_token("tour_1"))
    assert fingerprint("a") != fingerprint("b")
