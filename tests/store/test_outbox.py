"""The outbox: leased to one worker at a time, lost by none, in turn between those who have to answer."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.example import NOON, a_tour
from vendor_app.domain.delivery.in_flight import Places, Recipient
from vendor_app.domain.delivery.outbox import LANE_OF, WAITS_FOR, Kind, Lane, Message
from vendor_app.store import outbox
from vendor_app.store.store import Store
from vendor_app.store.tables import Tables

LATER = NOON + timedelta(minutes=1)
LEASE_OVER = NOON + outbox.LEASE
BOOK, MOVE, FIND, CANCEL, VISIT, GRANT, REVOKE = (
    Kind.BOOK_APPOINTMENT,
    Kind.RESCHEDULE,
    Kind.FIND_APPOINTMENT,
    Kind.CANCEL_APPOINTMENT,
    Kind.POST_VISIT,
    Kind.GRANT_ACCESS,
    Kind.REVOKE_ACCESS,
)


def owe(db: Store, kind: Kind, tour: str = "tour_1", due: datetime | None = None, **payload: Any) -> None:
    with db.transaction() as tx:
        tx.outbox.enqueue(kind, tour, NOON, due=due, **payload)


def claim_all(db: Store, lane: Lane = Lane.KNOCK, now: datetime = NOON, **options: Any) -> list[Message]:
    with db.transaction() as tx:
        return tx.outbox.claim_due(lane, Places(**{"share": options.get("most", 1), **options}), now)


def claim(db: Store, lane: Lane = Lane.KNOCK, now: datetime = NOON) -> Message | None:
    return next(iter(claim_all(db, lane, now)), None)


def claimed(db: Store, lane: Lane = Lane.KNOCK, now: datetime = NOON) -> Message:
    message = claim(db, lane, now)
    assert message is not None
    return message


def finish(db: Store, message: Message, now: datetime = NOON) -> bool:
    with db.transaction() as tx:
        return tx.outbox.finish(message, now)


def row(db: Store, message: Message) -> dict[str, Any]:
    with db.read() as connection:
        found = connection.connection.one("SELECT * FROM outbox WHERE id = :id", id=message.id)
    assert found is not None
    return found


def test_a_message_is_claimed_as_it_was_written(db: Store) -> None:
    owe(db, GRANT, grantId="grant_1")
    message = claimed(db, Lane.ACCESS)
    assert (message.kind, message.subject_id, message.payload) == (GRANT, "tour_1", {"grantId": "grant_1"})
    assert (message.attempts, message.created_at) == (1, NOON)


def test_every_kind_has_its_lane() -> None:
    assert set(LANE_OF) == set(Kind)


def test_every_kind_says_what_it_waits_for() -> None:
    assert set(WAITS_FOR) == set(Kind)


def test_only_what_the_table_says_waits_until_tomorrow(db: Store) -> None:
    tomorrow = NOON + timedelta(days=1)
    pairs = {f"{kind} after {earlier}": earlier in WAITS_FOR[kind] for kind in Kind for earlier in Kind}
    with db.transaction() as tx:
        for kind, earlier in itertools.product(Kind, Kind):
            tx.outbox.enqueue(earlier, f"{kind} after {earlier}", NOON, due=tomorrow)
            tx.outbox.enqueue(kind, f"{kind} after {earlier}", NOON)
    now = {one.subject_id for lane in Lane for one in claim_all(db, lane, most=len(pairs))}
    assert now == {pair for pair, waits in pairs.items() if not waits}
    then = {one.subject_id: one.kind for lane in Lane for one in claim_all(db, lane, tomorrow, most=len(pairs))}
    assert {pair: then[pair] for pair, waits in pairs.items() if waits} == {
        f"{kind} after {earlier}": earlier for kind in Kind for earlier in WAITS_FOR[kind]
    }


def test_a_message_is_not_due_before_its_time(db: Store) -> None:
    owe(db, BOOK, due=LATER)
    assert claim(db, now=LATER - timedelta(microseconds=1)) is None
    assert claim(db, now=LATER) is not None


def test_a_visit_waits_until_the_move_is_settled(db: Store) -> None:
    owe(db, MOVE)
    owe(db, VISIT)
    first = claimed(db)
    assert (first.kind, claim(db)) == (MOVE, None)
    finish(db, first)
    assert claimed(db).kind is VISIT


def test_a_visit_waits_for_a_move_that_is_not_due(db: Store) -> None:
    owe(db, MOVE, due=LATER)
    owe(db, VISIT)
    assert claim(db) is None
    assert claimed(db, now=LATER).kind is MOVE


def test_a_cancellation_overtakes_whatever_waits(db: Store) -> None:
    for kind in (BOOK, MOVE, VISIT):
        owe(db, kind, due=LATER)
    owe(db, CANCEL)
    assert claimed(db).kind is CANCEL


def test_a_cancellation_goes_out_while_another_message_is_sent(db: Store) -> None:
    owe(db, BOOK)
    claimed(db)
    owe(db, CANCEL)
    assert claimed(db).kind is CANCEL


def test_a_dead_message_holds_nothing_back(db: Store) -> None:
    owe(db, MOVE)
    owe(db, VISIT)
    buried(db)
    assert claimed(db).kind is VISIT


# In turn


def recipients(messages: list[Message]) -> list[tuple[str, str]]:
    return sorted((one.partner, one.community_id) for one in messages)


def owe_revocations(db: Store, partner: str, community_id: str, count: int) -> None:
    with db.transaction() as tx:
        tour = a_tour(f"tour_{partner}_{community_id}", community_id=community_id)
        tx.tours.insert(tour)
        for _ in range(count):
            tx.outbox.enqueue(REVOKE, tour.tour_id, NOON, partner=partner, grantId="grant_1")


def test_a_message_knows_whose_community_it_is_about(db: Store) -> None:
    owe_revocations(db, "seam", "maple", 1)
    assert recipients(claim_all(db, Lane.REVOCATIONS)) == [("seam", "maple")]


def test_partners_and_communities_come_in_turn(db: Store) -> None:
    owe_revocations(db, "http", "alder", 9)
    owe_revocations(db, "http", "maple", 9)
    owe_revocations(db, "seam", "maple", 1)
    first = claim_all(db, Lane.REVOCATIONS, most=3)
    assert recipients(first) == [("http", "alder"), ("http", "maple"), ("seam", "maple")]
    assert recipients(claim_all(db, Lane.REVOCATIONS, most=4)) == [("http", "alder")] * 2 + [("http", "maple")] * 2


def test_a_recipient_gets_no_more_than_its_share(db: Store) -> None:
    owe_revocations(db, "http", "alder", 9)
    assert len(claim_all(db, Lane.REVOCATIONS, most=9, share=4)) == 4


def test_slow_recipients_can_be_left_out_or_taken_alone(db: Store) -> None:
    owe_revocations(db, "http", "alder", 1)
    owe_revocations(db, "http", "maple", 1)
    owe_revocations(db, "seam", "alder", 1)
    slow = frozenset({Recipient("http", "alder")})
    assert recipients(claim_all(db, Lane.REVOCATIONS, most=9, besides=slow, besides_partners=frozenset({"seam"}))) == [
        ("http", "maple")
    ]
    assert claim_all(db, Lane.REVOCATIONS, most=9, among=frozenset()) == []
    assert recipients(claim_all(db, Lane.REVOCATIONS, most=9, among=slow)) == [("http", "alder")]


def test_lanes_do_not_wait_for_each_other(db: Store) -> None:
    owe(db, BOOK, due=LATER)
    owe(db, REVOKE)
    assert claimed(db, Lane.REVOCATIONS).kind is REVOKE
    assert claim(db, Lane.KNOCK) is None


def test_tours_do_not_wait_for_each_other(db: Store) -> None:
    owe(db, CANCEL, "tour_1")
    owe(db, CANCEL, "tour_2")
    assert [claimed(db).subject_id, claimed(db).subject_id] == ["tour_1", "tour_2"]


def test_what_is_due_longest_goes_first(db: Store) -> None:
    owe(db, VISIT, "tour_1", due=NOON)
    owe(db, VISIT, "tour_2", due=NOON - timedelta(hours=1))
    assert claimed(db).subject_id == "tour_2"


def test_a_lease_excludes_others_until_it_runs_out(db: Store) -> None:
    owe(db, VISIT)
    claimed(db)
    assert claim(db, now=LEASE_OVER - timedelta(microseconds=1)) is None
    assert claimed(db, now=LEASE_OVER).attempts == 2


@pytest.mark.parametrize("act", ["finish", "postpone", "mark_dead", "renew_lease"])
def test_a_worker_that_lost_its_lease_changes_nothing(db: Store, act: str) -> None:
    owe(db, VISIT)
    late = claimed(db)
    current = claimed(db, now=LEASE_OVER)
    before = row(db, current)
    with db.transaction() as tx:
        done = {
            "finish": lambda: tx.outbox.finish(late, LEASE_OVER),
            "postpone": lambda: tx.outbox.postpone(late, "late", LEASE_OVER),
            "mark_dead": lambda: tx.outbox.mark_dead(late, "late", LEASE_OVER),
            "renew_lease": lambda: tx.outbox.renew_lease(late, LEASE_OVER),
        }[act]()
    assert done is False
    assert row(db, current) == before
    assert finish(db, current)


def test_a_worker_cannot_finish_twice(db: Store) -> None:
    owe(db, VISIT)
    message = claimed(db)
    assert (finish(db, message), finish(db, message)) == (True, False)


def test_a_renewed_lease_is_whole_again(db: Store) -> None:
    owe(db, VISIT)
    message = claimed(db)
    with db.transaction() as tx:
        assert tx.outbox.renew_lease(message, LATER)
    assert claim(db, now=LEASE_OVER) is None
    assert finish(db, message)


def test_a_postponed_message_is_free_but_not_due_and_remembers_why(db: Store) -> None:
    owe(db, VISIT)
    message = claimed(db)
    with db.transaction() as tx:
        assert tx.outbox.postpone(message, "500", LATER)
    assert claim(db) is None
    again = claimed(db, now=LATER)
    assert (again.attempts, again.lease_token != message.lease_token, row(db, again)["last_error"]) == (2, True, "500")


def test_a_message_knows_how_often_it_was_refused_until_it_gets_a_new_life(db: Store) -> None:
    owe(db, CANCEL, appointmentId="12345")
    first = claimed(db)
    with db.transaction() as tx:
        assert tx.outbox.postpone(first, "400", LATER, refusals=2)
    again = claimed(db, now=LATER)
    assert again.refusals == 2
    with db.transaction() as tx:
        assert tx.outbox.postpone(again, "500", LATER)
    last = claimed(db, now=LATER)
    assert last.refusals == 2
    with db.transaction() as tx:
        assert tx.outbox.mark_dead(last, "400", LATER)
        assert tx.outbox.replay_dead(last.id, LATER)
    anew = claimed(db, now=LATER)
    assert (anew.refusals, anew.payload) == (0, {"appointmentId": "12345"})


def test_a_message_that_only_waited_was_not_tried(db: Store) -> None:
    owe(db, VISIT)
    tries = []
    for is_failing in (False, True, False, False):
        message = claimed(db, now=LATER)
        tries.append(message.tries)
        with db.transaction() as tx:
            assert tx.outbox.postpone(message, "why", LATER, is_failing=is_failing)
    last = claimed(db, now=LATER)
    assert ([*tries, last.tries], last.attempts) == ([1, 1, 2, 2, 2], 5)


def test_a_finished_message_is_kept_as_done(db: Store) -> None:
    owe(db, VISIT)
    message = claimed(db)
    finish(db, message, LATER)
    kept = row(db, message)
    assert (kept["state"], kept["done_at"], kept["lease_token"], kept["claimed_until"]) == ("done", LATER, None, None)
    assert claim(db, now=NOON + timedelta(days=9)) is None


def test_dropping_leaves_other_kinds_and_other_tours_alone(db: Store) -> None:
    owe(db, BOOK)
    owe(db, CANCEL)
    owe(db, BOOK, "tour_2")
    with db.transaction() as tx:
        assert tx.outbox.drop_pending("tour_1", BOOK, "confirmed", NOON) == 1
    assert [claimed(db).kind, claimed(db).subject_id] == [CANCEL, "tour_2"]


def test_dropping_spares_a_message_that_is_being_sent(db: Store) -> None:
    owe(db, BOOK)
    message = claimed(db)
    with db.transaction() as tx:
        assert tx.outbox.drop_pending("tour_1", BOOK, "confirmed", NOON) == 0
    assert finish(db, message)


def test_dropping_takes_a_message_whose_lease_ran_out_and_its_worker_finds_it_gone(db: Store) -> None:
    owe(db, BOOK)
    late = claimed(db)
    with db.transaction() as tx:
        assert tx.outbox.drop_pending("tour_1", BOOK, "confirmed", LEASE_OVER) == 1
    assert not finish(db, late, LEASE_OVER)
    assert row(db, late)["last_error"] == "confirmed"


def hasten(db: Store, tour: str = "tour_1", due: datetime = LATER) -> None:
    with db.transaction() as tx:
        tx.outbox.hasten(tour, FIND, due)


def test_a_message_that_waits_is_due_earlier_when_it_is_hastened(db: Store) -> None:
    owe(db, FIND, due=NOON + timedelta(days=1))
    hasten(db)
    assert claim(db, Lane.NOTICES) is None
    assert claimed(db, Lane.NOTICES, LATER).kind is FIND


def test_hastening_delays_nothing(db: Store) -> None:
    owe(db, FIND)
    hasten(db)
    assert claimed(db, Lane.NOTICES).kind is FIND


def test_hastening_leaves_other_kinds_and_other_tours_alone(db: Store) -> None:
    owe(db, FIND, "tour_2", due=LATER)
    owe(db, VISIT, due=LATER)
    hasten(db, due=NOON)
    assert (claim(db), claim(db, Lane.NOTICES)) == (None, None)


def test_hastening_takes_no_message_from_its_worker_and_wakes_no_finished_one(db: Store) -> None:
    owe(db, FIND)
    message = claimed(db, Lane.NOTICES)
    hasten(db)
    assert claim(db, Lane.NOTICES, LATER) is None
    assert finish(db, message)
    hasten(db)
    assert claim(db, Lane.NOTICES, LEASE_OVER) is None


def buried(db: Store) -> Message:
    message = claimed(db)
    with db.transaction() as tx:
        assert tx.outbox.mark_dead(message, "refused", NOON)
    return message


def test_a_dead_message_is_shown_with_its_last_error(db: Store) -> None:
    owe(db, VISIT)
    message = buried(db)
    with db.read() as connection:
        (dead,) = connection.outbox_reports.dead_messages()
    assert (dead.id, dead.kind, dead.subject_id, dead.last_error) == (message.id, VISIT, "tour_1", "refused")
    assert claim(db, now=NOON + timedelta(days=9)) is None


def test_a_dead_message_can_be_given_a_new_life(db: Store) -> None:
    owe(db, CANCEL, appointmentId="12345")
    message = buried(db)
    with db.transaction() as tx:
        replayed = tx.outbox.replay_dead(message.id, LATER)
        assert replayed and (replayed.kind, replayed.subject_id, replayed.attempts) == (CANCEL, "tour_1", 0)
        assert tx.outbox_reports.dead_messages() == []
    again = claimed(db, now=LATER)
    assert (again.id, again.attempts, again.created_at, again.payload) == (message.id, 1, LATER, {"appointmentId": "12345"})


def test_a_message_with_a_new_life_waits_for_the_one_that_is_being_sent(db: Store) -> None:
    owe(db, BOOK)
    owe(db, MOVE)
    dead = buried(db)
    move = claimed(db)
    with db.transaction() as tx:
        tx.outbox.replay_dead(dead.id, NOON)
    assert claim(db) is None
    finish(db, move)
    assert claimed(db).id == dead.id


@pytest.mark.parametrize("state", ["pending", "claimed", "done", "missing"])
def test_only_a_dead_message_can_be_replayed(db: Store, state: str) -> None:
    owe(db, VISIT)
    if state != "pending":
        message = claimed(db)
    if state == "done":
        finish(db, message)
    with db.transaction() as tx:
        (only,) = tx.connection.query("SELECT id FROM outbox")
        assert tx.outbox.replay_dead(only["id"] + (state == "missing"), NOON) is None


def test_a_message_is_untried_until_it_is_claimed_once(db: Store) -> None:
    def untried() -> bool:
        with db.read() as connection:
            return connection.outbox.is_untried("tour_1", GRANT)

    assert not untried()
    owe(db, GRANT)
    assert untried()
    claimed(db, Lane.ACCESS)
    assert not untried()


def test_what_is_owed_is_told_in_order_and_counted(db: Store) -> None:
    owe(db, BOOK, due=LATER)
    owe(db, GRANT)
    with db.read() as connection:
        assert [one.kind for one in connection.outbox_reports.pending_messages_of("tour_1")] == [BOOK, GRANT]
        assert {(one.kind, one.state, one.n) for one in connection.outbox_reports.count_open()} == {
            (BOOK, "pending", 1),
            (GRANT, "pending", 1),
        }
        assert connection.outbox_reports.oldest_due() == NOON


def test_messages_done_long_ago_are_forgotten(db: Store) -> None:
    for kind in (BOOK, GRANT, VISIT):
        owe(db, kind)
    finish(db, claimed(db, Lane.ACCESS))
    with db.transaction() as tx:
        assert [tx.outbox.forget_done(at, most=9) for at in (NOON, LATER, LATER)] == [0, 1, 0]
        assert [one.kind for one in tx.outbox_reports.pending_messages_of("tour_1")] == [BOOK, VISIT]


def test_with_nothing_owed_nothing_is_due(db: Store) -> None:
    with db.read() as connection:
        assert connection.outbox_reports.oldest_due() is None


def test_eight_workers_claim_every_message_once(db: Store, open_again: Callable[[], Store]) -> None:
    for number in range(40):
        owe(db, VISIT, f"tour_{number}")

    def work(_: int) -> list[str]:
        own, found = open_again(), []
        while message := claim(own):
            found.append(message.subject_id)
        return found

    with ThreadPoolExecutor(8) as pool:
        everything = [subject for found in pool.map(work, range(8)) for subject in found]
    assert sorted(everything) == sorted(f"tour_{number}" for number in range(40))


steps = st.lists(
    st.tuples(
        st.sampled_from(["owe", "claim", "finish", "postpone", "mark_dead", "wait", "drop", "replay"]),
        st.sampled_from(["tour_1", "tour_2"]),
        st.sampled_from(list(Kind)),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(story=steps)
def test_no_message_is_sent_before_those_it_waits_for(shared_db: Store, story: list[tuple[str, str, Kind]]) -> None:
    now, held = NOON, list[Message]()
    with shared_db.transaction() as tx:
        tx.connection.execute("DELETE FROM outbox")
    for act, tour, kind in story:
        with shared_db.transaction() as tx:
            if act == "owe":
                tx.outbox.enqueue(kind, tour, now)
            elif act == "claim":
                for message in tx.outbox.claim_due(LANE_OF[kind], Places(most=2, share=2), now):
                    pending = tx.outbox_reports.pending_messages_of(message.subject_id)
                    before = {one.kind for one in pending if one.id < message.id}
                    assert not before & WAITS_FOR[message.kind]
                    held.append(message)
            elif act in ("finish", "postpone", "mark_dead") and held:
                _settle(tx, act, held.pop(0), now)
            elif act == "wait":
                now += outbox.LEASE
            elif act == "drop":
                tx.outbox.drop_pending(tour, kind, "dropped", now)
            elif act == "replay":
                for dead in tx.outbox_reports.dead_messages():
                    tx.outbox.replay_dead(dead.id, now)
            leased = _leased(tx, now)
            assert not [pair for pair in itertools.permutations(leased, 2) if _waits(*pair)]


def _settle(tx: Any, act: str, message: Message, now: datetime) -> None:
    if act == "finish":
        tx.outbox.finish(message, now)
    elif act == "postpone":
        tx.outbox.postpone(message, "later", now + timedelta(seconds=30))
    else:
        tx.outbox.mark_dead(message, "refused", now)


def _leased(tx: Tables, now: datetime) -> list[tuple[str, Kind]]:
    rows = tx.connection.query("SELECT subject_id, kind FROM outbox WHERE state = 'pending' AND claimed_until > :now", now=now)
    return [(one["subject_id"], Kind(one["kind"])) for one in rows]


def _waits(one: tuple[str, Kind], other: tuple[str, Kind]) -> bool:
    return one[0] == other[0] and other[1] in WAITS_FOR[one[1]]
