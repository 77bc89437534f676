"""Why tours are cancelled: each reason has its row, and the row says who may give it and who is told."""

import pytest

from tests.domain.example import NOON, a_tour
from vendor_app.domain.cancelling import _MEANINGS, By, Reason, words_of
from vendor_app.domain.errors import WrongState
from vendor_app.domain.tours import Status, cancel, may_cancel

BY_PEOPLE = {Reason.PROSPECT, Reason.OPERATOR, Reason.REPLACED}


def test_every_reason_has_its_row() -> None:
    assert set(_MEANINGS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_only_people_call_off_what_is_not_confirmed(reason: Reason) -> None:
    asked = a_tour(status=Status.REQUESTED)
    assert may_cancel(asked, reason) == (reason in BY_PEOPLE)
    if reason in BY_PEOPLE:
        assert cancel(asked, reason, NOON).reason is reason
        return
    with pytest.raises(WrongState, match="requested cannot become cancelled"):
        cancel(asked, reason, NOON)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("reason", Reason)
def test_what_has_begun_or_is_over_cannot_be_cancelled(reason: Reason, status: Status) -> None:
    assert may_cancel(a_tour(status=status), reason) <= (status in (Status.CONFIRMED, Status.REQUESTED))
    assert may_cancel(a_tour(status=Status.CONFIRMED), reason)


def test_knock_is_told_unless_it_told_us() -> None:
    assert {one for one in Reason if not one.cancels_in_knock} == {Reason.KNOCK, Reason.REFUSED}


def test_prospects_are_told_what_nobody_else_tells_them() -> None:
    assert {one for one in Reason if one.tells_prospect} == {
        Reason.ACCESS_NOT_GRANTED,
        Reason.NOT_VERIFIED,
        Reason.COMMUNITY_OFF,
        Reason.OPERATOR,
        Reason.LOST,
    }


def test_a_wrong_clock_decides_nothing_but_deadlines() -> None:
    missed = {Reason.ACCESS_NOT_GRANTED, Reason.NOT_VERIFIED, Reason.NOT_CONFIRMED}
    assert {one for one in Reason if one.by is By.DEADLINE} == missed


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.KNOCK, "The leasing team cancelled it."),
        (Reason.REFUSED, "Please book another time on the community's website."),
        (None, "Please book another time on the community's website."),
    ],
)
def test_the_prospect_reads_why(reason: Reason | None, words: str) -> None:
    assert words_of(reason) == words
