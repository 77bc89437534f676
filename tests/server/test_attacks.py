"""Nobody can stop the site by being slow: while each attack goes on, those who mean well are answered.

By real processes on real sockets. The bound is generous, for the attackers, the partners, the database and those who measure
share the machine with the server; and it grows with what an answer takes in peace, for others may use the machine too.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from tests.server import attacks
from tests.server.attacks import Attack
from tests.server.site import Site, site

GENEROUS = 3.0
SECONDS = 5.0


@pytest.fixture
def running(database_url: str) -> Iterator[Site]:
    with site(database_url) as made:
        yield made


@pytest.mark.parametrize(
    "attack",
    [
        attacks.slow_bodies,
        attacks.slow_heads,
        attacks.made_up_communities,
        attacks.hung_bookings,
        attacks.locked_database,
        attacks.all_at_once,
    ],
    ids=lambda attack: attack.__name__.replace("_", " "),
)
def test_while_it_goes_on_those_who_mean_well_are_answered(running: Site, attack: Attack) -> None:
    in_peace = max(running.watch(1).slowest().values())
    bound = GENEROUS * (1 + 3 * in_peace)
    going_on: AbstractContextManager[None] = attack(running)
    with going_on:
        seen = running.watch(SECONDS)
    attacks.until_calm(running, seconds=60)
    assert max(seen.slowest().values()) < bound, seen.table()
    notices = seen.statuses().pop("notice")
    assert notices <= ({200, 503} if "sqlite" in running.database_url and attack in WRITES_NOTHING else {200}), seen.table()
    assert {status for name, found in seen.statuses().items() if name != "notice" for status in found} == {200}, seen.table()
    assert running.forgotten() == []
    after = running.watch(1)
    assert max(after.slowest().values()) < bound and set().union(*after.statuses().values()) == {200}, after.table()


# SQLite has one lock for everything: what Knock tells cannot be kept, and Knock is told so.
WRITES_NOTHING = (attacks.locked_database, attacks.all_at_once)
