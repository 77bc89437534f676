"""Who may be asked next while others have not answered yet."""

from hypothesis import given
from hypothesis import strategies as st

from vendor_app.domain.delivery.in_flight import STALLED_AFTER_SECONDS, InFlight, Recipient

ALDER, MAPLE = Recipient("http", "alder"), Recipient("http", "maple")
WIDTH = 32


def flight(*begun: tuple[Recipient, float]) -> InFlight:
    made = InFlight(WIDTH)
    for number, (who, since) in enumerate(begun):
        made.start(number, who, since)
    return made


def test_a_lane_with_nothing_under_way_has_all_its_places() -> None:
    assert (flight().room(0), flight().slow(0), flight().full()) == (WIDTH, frozenset(), frozenset())


def test_a_call_takes_a_place_until_it_ends() -> None:
    busy = flight((ALDER, 0.0))
    assert (busy.room(0.1), len(busy)) == (WIDTH - 1, 1)
    busy.end(0)
    assert (busy.room(0.1), len(busy)) == (WIDTH, 0)


def test_a_call_that_lasts_makes_its_recipient_slow_and_frees_the_place() -> None:
    busy = flight((ALDER, 0.0))
    assert busy.slow(STALLED_AFTER_SECONDS - 0.01) == frozenset()
    assert busy.slow(STALLED_AFTER_SECONDS) == {ALDER}
    assert busy.room(STALLED_AFTER_SECONDS) == WIDTH


def test_slow_recipients_have_places_of_their_own() -> None:
    busy = flight((ALDER, 0.0), *[(ALDER, 1.0)] * 3)
    assert (busy.room(1.0), busy.slow_room(1.0)) == (WIDTH, WIDTH // 4 - 3)


def test_a_partner_that_hangs_gets_half_of_all_places_at_most() -> None:
    busy = flight(*[(ALDER, 0.0)] * 4 * WIDTH)
    assert (busy.full(), busy.room(60.0)) == (frozenset({"http"}), WIDTH)


def test_there_is_an_end_to_all_places() -> None:
    busy = flight(*[(Recipient(str(number), ""), 0.0) for number in range(8 * WIDTH)])
    assert (busy.room(60.0), busy.slow_room(60.0)) == (0, 0)


@given(calls=st.lists(st.tuples(st.sampled_from([ALDER, MAPLE]), st.floats(0, 20)), max_size=400), now=st.floats(20, 40))
def test_there_is_never_less_than_no_room(calls: list[tuple[Recipient, float]], now: float) -> None:
    busy = flight(*calls)
    assert 0 <= busy.room(now) <= WIDTH
    assert 0 <= busy.slow_room(now) <= WIDTH // 4
