"""Windows, what an opened door proves, and what the prospect is told about their access."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.example import NOON, START, a_grant, a_tour
from vendor_app.domain.access import (
    AccessState,
    DoorOpening,
    access_state,
    access_window,
    by_own_credential,
    each_unit_once,
    grant_deadline,
    is_among,
    units_entered,
    window_of,
)
from vendor_app.domain.slots import Span
from vendor_app.domain.tours import Status, TourType

MINUTE = timedelta(minutes=1)


def opened(unit: str | None, minute: int = 0, method: str | None = None) -> DoorOpening:
    return DoorOpening(START + minute * MINUTE, unit, method)


def test_the_access_window_is_wider_than_the_tour_by_what_is_set() -> None:
    assert access_window(Span(START, START + 30 * MINUTE), 10 * MINUTE, 5 * MINUTE) == Span(
        START - 10 * MINUTE, START + 35 * MINUTE
    )


@pytest.mark.parametrize("kind", [TourType.IN_PERSON, TourType.LIVE_VIDEO])
def test_a_tour_that_an_agent_leads_has_no_window_around_it(kind: TourType) -> None:
    span = Span(START, START + 30 * MINUTE)
    assert window_of(kind, span, 10 * MINUTE, 5 * MINUTE) == span
    assert window_of(TourType.SELF_GUIDED, span, 10 * MINUTE, 5 * MINUTE) == access_window(span, 10 * MINUTE, 5 * MINUTE)


@pytest.mark.parametrize("method", [None, "keycode", "Keycode", "remote", "fob", "a method not invented yet"])
def test_an_opening_counts_as_the_prospects_own(method: str | None) -> None:
    assert by_own_credential(method)


@pytest.mark.parametrize("method", ["manual", "automatic", "unknown", "Manual", "AUTOMATIC"])
def test_an_opening_does_not_count_as_the_prospects(method: str) -> None:
    assert not by_own_credential(method)


def test_units_are_named_in_the_order_their_doors_were_opened() -> None:
    assert units_entered([opened("305", 2), opened("204", 1), opened("101", 3)]) == ["204", "305", "101"]


def test_a_unit_entered_twice_is_named_once_as_it_was_first() -> None:
    assert units_entered([opened("Unit 2B", 1), opened("101", 2), opened("unit  2b", 3), opened(" UNIT2B ", 4)]) == [
        "Unit 2B",
        "101",
    ]


def test_a_door_that_belongs_to_no_unit_is_no_unit() -> None:
    assert units_entered([opened(None), opened("")]) == []


def test_a_unit_whose_name_is_only_spaces_is_no_unit() -> None:
    assert units_entered([opened("  "), opened("\t", 1)]) == []


def test_a_unit_opened_by_hand_first_takes_its_place_when_the_prospect_opens_it() -> None:
    assert units_entered([opened("204", 1, "manual"), opened("101", 2), opened("204", 3, "keycode")]) == ["101", "204"]


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            opened,
            st.sampled_from(["204", "2 04", "A", "a", "B ", None]),
            st.integers(0, 60),
            st.sampled_from([None, "keycode", "manual", "automatic"]),
        )
    )
)
def test_the_order_in_which_events_arrive_does_not_matter_and_no_unit_comes_twice(openings: list[DoorOpening]) -> None:
    entered = units_entered(openings)
    keys = ["".join(name.split()).casefold() for name in entered]
    expected = {
        "".join(one.unit_name.split()).casefold()
        for one in openings
        if one.unit_name and one.method not in ("manual", "automatic")
    }
    assert sorted(keys) == sorted(expected)
    firsts = [min(one.occurred_at for one in openings if by_own_credential(one.method) and _key(one) == key) for key in keys]
    assert firsts == sorted(firsts)


NAMES = st.lists(st.text("2 0A\t\u00a0aäÄß", min_size=1, max_size=4))


@given(NAMES)
def test_each_unit_is_named_once_as_first_written_and_in_order(names: list[str]) -> None:
    once = each_unit_once(names)
    assert each_unit_once(once) == once
    assert [names.index(one) for one in once] == sorted(names.index(one) for one in once)
    assert all(is_among(name, once) for name in names)
    assert not any(is_among(one, [*once[:place], *once[place + 1 :]]) for place, one in enumerate(once))


@pytest.mark.parametrize(
    ("unit", "names", "found"),
    [(" 2 04", ["101", "204"], True), ("PH1", ["Ph 1"], True), ("204", ["2040", "20 4a"], False), ("204", [], False)],
)
def test_a_unit_is_found_whatever_its_case_and_spaces(unit: str, names: list[str], found: bool) -> None:
    assert is_among(unit, names) is found


def _key(opening: DoorOpening) -> str:
    return "".join((opening.unit_name or "").split()).casefold()


def test_without_a_grant_there_is_no_access_to_speak_of() -> None:
    assert access_state(a_tour(), None) is AccessState.NONE


@pytest.mark.parametrize("state", [AccessState.PENDING, AccessState.READY, AccessState.CLOSED, AccessState.FAILED])
def test_before_the_first_door_access_is_what_the_lock_system_said(state: AccessState) -> None:
    assert access_state(a_tour(), a_grant(state)) is state


def test_access_is_active_from_the_first_door_on() -> None:
    assert access_state(a_tour(status=Status.IN_PROGRESS), a_grant()) is AccessState.ACTIVE


@pytest.mark.parametrize("state", [AccessState.CLOSED, AccessState.FAILED, AccessState.PENDING])
def test_an_ongoing_tour_does_not_make_other_access_active(state: AccessState) -> None:
    assert access_state(a_tour(status=Status.IN_PROGRESS), a_grant(state)) is state


@pytest.mark.parametrize(
    ("confirmed_at", "deadline"),
    [
        (START - timedelta(days=1), START - 15 * MINUTE),
        (START - 20 * MINUTE, START - 15 * MINUTE),
        (START - 16 * MINUTE, START - 11 * MINUTE),
        (START - MINUTE, START + 4 * MINUTE),
    ],
)
def test_the_lock_system_has_until_shortly_before_the_start_but_never_less_than_five_minutes(
    confirmed_at: datetime, deadline: datetime
) -> None:
    assert grant_deadline(a_tour(created_at=NOON - timedelta(days=2), confirmed_at=confirmed_at), 15 * MINUTE) == deadline


def test_the_deadline_of_a_tour_not_confirmed_counts_from_when_it_was_asked_for() -> None:
    assert grant_deadline(a_tour(created_at=START - MINUTE, confirmed_at=None), 15 * MINUTE) == START + 4 * MINUTE
