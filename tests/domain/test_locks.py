"""Which lock systems must not serve a community."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

import pytest

from vendor_app.domain.communities import CommunityRules
from vendor_app.domain.partners.locks import Credential, LockAbilities, why_unsafe
from vendor_app.domain.slots import Rules

HOUR = timedelta(hours=1)
EVENING = time(19)


def community(notice: timedelta = HOUR, hours: Mapping[int, tuple[time, time]] | None = None) -> CommunityRules:
    return CommunityRules(slots=Rules(tour=HOUR, notice=notice, hours=hours))


def test_a_lock_system_that_can_do_everything_is_safe() -> None:
    assert why_unsafe(LockAbilities(), community(notice=timedelta(0)), "The lock") == []
    assert LockAbilities().credentials == (Credential.CODE,)


@pytest.mark.parametrize(
    ("cannot", "why"),
    [
        ({"revocable": False}, "a cancelled tour's code would go on opening doors"),
        ({"whole_hours": True}, "doors would open outside the tour's window"),
        ({"sends_events": False}, "nothing would prove a visit"),
        ({"lead": timedelta(minutes=61)}, "must be asked 61 minutes before a tour, and tours can be booked 60 minutes before"),
        ({"zoneless": True}, "without a zone"),
    ],
)
def test_what_it_cannot_do_is_said_in_a_sentence_with_its_name(cannot: dict[str, Any], why: str) -> None:
    (sentence,) = why_unsafe(LockAbilities(**cannot), community(), "The lock")
    assert sentence.startswith("The lock ")
    assert why in sentence
    assert sentence.endswith(".")


def test_every_reason_is_told() -> None:
    nothing = LockAbilities(revocable=False, whole_hours=True, lead=timedelta(days=1), zoneless=True, sends_events=False)
    assert len(why_unsafe(nothing, community(), "It")) == 5


@pytest.mark.parametrize(("notice", "reasons"), [(HOUR - timedelta(seconds=1), 1), (HOUR, 0), (2 * HOUR, 0)])
def test_a_lead_must_not_be_longer_than_the_notice(notice: timedelta, reasons: int) -> None:
    assert len(why_unsafe(LockAbilities(lead=HOUR), community(notice=notice), "It")) == reasons


@pytest.mark.parametrize(
    ("hours", "reasons"),
    [
        (None, 1),
        ({0: (time(4), EVENING)}, 0),
        ({0: (time(3, 59), EVENING)}, 1),
        ({0: (time(9), EVENING), 6: (time(1), EVENING)}, 1),
        ({0: (time(9), EVENING), 6: (time(4), EVENING)}, 0),
        ({}, 0),
    ],
)
def test_wall_time_is_safe_where_no_day_opens_in_an_hour_that_comes_twice(
    hours: Mapping[int, tuple[time, time]] | None, reasons: int
) -> None:
    assert len(why_unsafe(LockAbilities(zoneless=True), community(hours=hours), "It")) == reasons
