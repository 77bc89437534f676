"""Communities come, go, come back, and are switched off."""

from datetime import timedelta
from typing import Any

import pytest

from tests.domain.example import NOON
from tests.store.conftest import ALDER
from vendor_app.domain.communities import Community
from vendor_app.store.store import Store

LATER = NOON + timedelta(days=1)


def seen(db: Store, community_id: str = "alder") -> Community:
    with db.read() as connection:
        known = connection.communities.find(community_id)
    assert known is not None
    return known


def test_a_community_that_is_not_listed_any_more_is_gone(db: Store) -> None:
    with db.transaction() as tx:
        tx.communities.mark_gone("maple", LATER)
        tx.communities.mark_gone("maple", LATER + timedelta(days=1))
    assert (seen(db).gone_at, seen(db, "maple").gone_at) == (None, LATER)


def test_a_community_that_is_gone_is_still_there_to_be_read(db: Store) -> None:
    with db.transaction() as tx:
        tx.communities.mark_gone("maple", LATER)
        assert [(row.community_id, row.gone_at) for row in tx.communities.list_all()] == [("alder", None), ("maple", LATER)]


def test_a_community_that_is_listed_again_is_back(db: Store) -> None:
    with db.transaction() as tx:
        tx.communities.mark_gone("alder", LATER)
        tx.communities.keep(ALDER | {"community_name": "Alder Place"}, LATER + timedelta(days=1))
    assert (seen(db).gone_at, seen(db).community_name) == (None, "Alder Place")


def test_a_community_switched_off_stays_off_when_it_is_listed_again(db: Store) -> None:
    with db.transaction() as tx:
        assert tx.communities.switch("alder", NOON)
        tx.communities.keep(ALDER, LATER)
    assert seen(db).switched_off_at == NOON


def test_a_community_can_be_switched_on_again(db: Store) -> None:
    with db.transaction() as tx:
        tx.communities.switch("alder", NOON)
        tx.communities.switch("alder", None)
    assert seen(db).switched_off_at is None


def test_a_community_nobody_listed_cannot_be_switched(db: Store) -> None:
    with db.transaction() as tx:
        assert not tx.communities.switch("nowhere", NOON)


@pytest.mark.parametrize("address", [None, "1 Alder Way", ["1", "Alder Way"], {"a": {"b": 1}}, 7, True])
def test_an_address_of_a_shape_not_seen_yet_is_kept_as_it_comes(db: Store, address: Any) -> None:
    with db.transaction() as tx:
        tx.communities.keep(ALDER | {"address": address}, NOON)
    assert seen(db).address == address
