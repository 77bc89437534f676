"""A database remembers whose ids are in it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.domain.example import NOON, a_tour
from tests.store.conftest import ALDER
from tests.store.test_database import at_once
from vendor_app.domain.partners.known import Partner
from vendor_app.store.engine.migrations import HISTORY
from vendor_app.store.errors import DatabaseTooNew, OtherPartners, StoreUnavailable
from vendor_app.store.partners import migrate_for_partners, move_all_partners, remembered_partners
from vendor_app.store.store import Store, open_store

KNOCK, STAGE = "https://knock.example", "https://stage.knock.example"
OURS = {Partner.KNOCK: KNOCK, Partner.HTTP: "https://locks.example"}


@pytest.fixture
def new(new_database_url: str) -> Iterator[Store]:
    """A database that was never migrated."""
    with closing(open_store(new_database_url)) as made:
        yield made


def remembered(db: Store) -> dict[Partner, str]:
    with db.read() as connection:
        return remembered_partners(connection.connection)


def add_a_tour(db: Store) -> None:
    with db.transaction() as tx:
        tx.communities.keep(ALDER, NOON)
        tx.tours.insert(a_tour())


def test_a_new_database_takes_the_partners_it_is_first_used_with(new: Store) -> None:
    assert migrate_for_partners(new.database, OURS) == list(HISTORY)
    assert remembered(new) == OURS


def test_with_the_same_partners_nothing_changes(new: Store) -> None:
    migrate_for_partners(new.database, OURS)
    assert migrate_for_partners(new.database, OURS) == []
    assert remembered(new) == OURS


@pytest.mark.parametrize("other", [Partner.KNOCK, Partner.HTTP])
def test_with_another_partner_it_is_refused_and_nothing_changes(new: Store, other: Partner) -> None:
    migrate_for_partners(new.database, OURS)
    with pytest.raises(OtherPartners) as refused:
        migrate_for_partners(new.database, {**OURS, other: STAGE, Partner.SEAM: "https://seam.example"})
    assert remembered(new) == OURS
    said = str(refused.value)
    assert [one for one in (OURS[other], STAGE, other.setting, "VENDOR_DATABASE_URL") if one not in said] == []
    assert ("make move-lock" in said) == (other is Partner.HTTP)


def test_all_that_are_others_are_named_at_once(new: Store) -> None:
    migrate_for_partners(new.database, OURS)
    with pytest.raises(OtherPartners) as refused:
        migrate_for_partners(new.database, dict.fromkeys(OURS, STAGE))
    assert [one for one in OURS if OURS[one] not in str(refused.value)] == []
    assert "move-lock" not in str(refused.value)  # it would not help


def test_one_that_is_connected_later_is_remembered_from_then_on(new: Store) -> None:
    migrate_for_partners(new.database, OURS)
    migrate_for_partners(new.database, {**OURS, Partner.PROPEXO: "https://propexo.example"})
    with pytest.raises(OtherPartners):
        migrate_for_partners(new.database, {**OURS, Partner.PROPEXO: "https://sandbox.propexo.example"})


def test_one_that_is_not_connected_any_more_stays_remembered(new: Store) -> None:
    migrate_for_partners(new.database, OURS)
    migrate_for_partners(new.database, {Partner.KNOCK: KNOCK})
    assert remembered(new) == OURS
    with pytest.raises(OtherPartners):
        migrate_for_partners(new.database, {**OURS, Partner.HTTP: "https://elsewhere.example"})


def test_a_refused_database_is_not_migrated(new: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_for_partners(new.database, OURS)
    migrated = False

    def migrate() -> list[str]:
        nonlocal migrated
        migrated = True
        return []

    monkeypatch.setattr(new, "migrate", migrate)
    with pytest.raises(OtherPartners):
        migrate_for_partners(new.database, {Partner.KNOCK: STAGE})
    assert not migrated


def test_one_from_before_takes_the_partners_at_hand_and_says_so(new: Store, caplog: pytest.LogCaptureFixture) -> None:
    new.migrate()
    add_a_tour(new)
    with caplog.at_level(logging.WARNING):
        migrate_for_partners(new.database, OURS)
    assert [KNOCK in one.message for one in caplog.records] == [True]
    with pytest.raises(OtherPartners):
        migrate_for_partners(new.database, {Partner.KNOCK: STAGE})


def test_a_new_one_says_nothing_that_would_worry(new: Store, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        migrate_for_partners(new.database, OURS)
        add_a_tour(new)
        migrate_for_partners(new.database, OURS)
    assert caplog.records == []


def test_of_two_that_start_at_once_with_other_partners_one_is_refused(
    new_database_url: str, request: pytest.FixtureRequest
) -> None:
    opened = [open_store(new_database_url) for _ in range(6)]
    for one in opened:
        request.addfinalizer(one.close)

    def start(number: int) -> str:
        address = (KNOCK, STAGE)[number % 2]
        try:
            migrate_for_partners(opened[number].database, {Partner.KNOCK: address})
        except OtherPartners:
            return "refused"
        return address

    outcomes = at_once(6, start)
    assert sorted(outcomes, key=len, reverse=True).count("refused") == 3
    (won,) = set(outcomes) - {"refused"}
    assert remembered(opened[0]) == {Partner.KNOCK: won}


def test_all_follow_together_from_where_they_were(new: Store) -> None:
    move_all_partners(new.database, OURS, dict.fromkeys(OURS, STAGE))  # there is nothing yet to move_all_partners
    migrate_for_partners(new.database, OURS)
    moved = {Partner.KNOCK: "http://127.0.0.1:9001/knock", Partner.HTTP: "http://127.0.0.1:9001/lock"}
    move_all_partners(new.database, OURS, moved)
    assert remembered(new) == moved


@pytest.mark.parametrize("before", [{Partner.KNOCK: KNOCK}, {**OURS, Partner.KNOCK: STAGE}, {}])
def test_nobody_follows_from_where_they_were_not(new: Store, before: dict[Partner, str]) -> None:
    migrate_for_partners(new.database, OURS)
    move_all_partners(new.database, before, dict.fromkeys(OURS, STAGE))
    assert remembered(new) == OURS


def test_one_of_a_newer_version_is_told_apart_from_one_of_others(new: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_for_partners(new.database, OURS)
    with new.transaction() as tx:
        tx.connection.execute("INSERT INTO partners (name, url) VALUES ('a partner to come', 'https://new.example')")
    monkeypatch.delitem(HISTORY, list(HISTORY)[-1])
    with pytest.raises(DatabaseTooNew):
        migrate_for_partners(new.database, OURS)


# A database that is still coming up


def test_until_it_is_taken_up_nobody_gets_a_connection(new: Store) -> None:
    answers = threading.Event()

    def take() -> None:
        if not answers.is_set():
            raise StoreUnavailable("not yet")
        migrate_for_partners(new.database, OURS)

    new.database.prepare(take)
    for use in (new.read, new.transaction):
        with pytest.raises(StoreUnavailable, match="did not answer yet"), use() as connection:
            connection.connection.query("SELECT 1 AS one")
    answers.set()
    _joined()
    assert remembered(new) == OURS


@pytest.mark.parametrize("failure", [OtherPartners("others"), KeyError("a bug")], ids=repr)
def test_one_that_is_refused_later_ends_the_process_and_is_never_used(
    new: Store, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes: Iterator[Exception] = iter([StoreUnavailable("not yet"), failure])
    ended: list[int] = []

    def take() -> None:
        raise next(outcomes)

    new.database.prepare(take, end=ended.append)
    _joined()
    assert ended == [2]
    assert "cannot be used" in caplog.text
    with pytest.raises(StoreUnavailable), new.read() as connection:
        connection.connection.query("SELECT 1 AS one")


def test_one_that_is_refused_at_once_raises(new: Store) -> None:
    def take() -> None:
        raise OtherPartners("others")

    with pytest.raises(OtherPartners):
        new.database.prepare(take)


def _joined() -> None:
    for one in threading.enumerate():
        if one.name == "migrate":
            one.join(timeout=30)
