"""Who may be asked next while others have not answered yet."""

from hypothesis import given
from hypothesis import strategies as st

from vendor_app.domain.delivery.in_flight import STALLED_AFTER_SECONDS, InFlight, Places, Recipient

ALDER, MAPLE = Recipient("http", "alder"), Recipient("http", "maple")
WIDTH = 32


def flight(*begun: tuple[Recipient, float]) -> InFlight:
    made = InFlight(WIDTH)
    for number, (who, since) in enumerate(begun):
        made.start(number, who, since)
    return made


def room(busy: InFlight, now: float) -> int:
    """Places for those that are not slow."""
    return sum(one.most for one in busy.free(now) if one.among is None)


def slow_room(busy: InFlight, now: float) -> int:
    return sum(one.most for one in busy.free(now) if one.among is not None)


def test_a_lane_with_nothing_under_way_has_all_its_places() -> None:
    assert flight().free(0) == [Places(most=WIDTH, share=WIDTH // 4)]


def test_a_call_takes_a_place_until_it_ends() -> None:
    busy = flight((ALDER, 0.0))
    assert room(busy, 0.1) == WIDTH - 1
    busy.end(0)
    assert room(busy, 0.1) == WIDTH


def test_a_call_that_lasts_makes_its_recipient_slow_and_frees_the_place() -> None:
    busy = flight((ALDER, 0.0))
    assert slow_room(busy, STALLED_AFTER_SECONDS - 0.01) == 0
    assert room(busy, STALLED_AFTER_SECONDS) == WIDTH
    assert [(one.among, one.besides) for one in busy.free(STALLED_AFTER_SECONDS)] == [(None, {ALDER}), ({ALDER}, frozenset())]


def test_slow_recipients_have_places_of_their_own() -> None:
    busy = flight((ALDER, 0.0), *[(ALDER, 1.0)] * 3)
    assert (room(busy, 1.0), slow_room(busy, 1.0)) == (WIDTH, WIDTH // 4 - 3)
    assert [one.share for one in busy.free(1.0)] == [WIDTH // 4, WIDTH // 16]


def test_a_partner_that_hangs_gets_half_of_all_places_at_most() -> None:
    busy = flight(*[(ALDER, 0.0)] * 4 * WIDTH)
    assert {one.besides_partners for one in busy.free(60.0)} == {frozenset({"http"})}
    assert room(busy, 60.0) == WIDTH


def test_there_is_an_end_to_all_places() -> None:
    assert flight(*[(Recipient(str(number), ""), 0.0) for number in range(8 * WIDTH)]).free(60.0) == []


@given(calls=st.lists(st.tuples(st.sampled_from([ALDER, MAPLE]), st.floats(0, 20)), max_size=400), now=st.floats(20, 40))
def test_there_is_never_less_than_no_room(calls: list[tuple[Recipient, float]], now: float) -> None:
    busy = flight(*calls)
    assert 0 <= room(busy, now) <= WIDTH
    assert 0 <= slow_room(busy, now) <= WIDTH // 4
    assert all(one.most > 0 for one in busy.free(now))
