"""Partners that hang: whoever answers is served meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest

from tests.domain.example import a_grant, a_tour
from tests.processes import until
from tests.world import COMMUNITY, World, world
from vendor_app.domain.delivery.outbox import Kind, Lane
from vendor_app.domain.tours import Status
from vendor_app.usecases.deliver import deliver_due

ELSEWHERE = "191b65d2686d11e9"
LONG = 60.0


class Lock:
    """A lock system that answers nobody at COMMUNITY until it is let go, and everybody elsewhere at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()

    def revoke(self, grant_id: str) -> None:
        self.asked.append(grant_id)
        if COMMUNITY in grant_id:
            assert self.let_go.wait(LONG)

    def asked_at(self, community_id: str) -> int:
        return sum(community_id in grant_id for grant_id in self.asked)

    def has_been_asked(self, community_id: str, times: int) -> bool:
        return self.asked_at(community_id) == times


@pytest.fixture
def patient(database_url: str) -> Iterator[World]:
    """A world that waits long for its partners, so that a test decides when they answer."""
    with world(database_url, knock_timeout=timedelta(seconds=LONG)) as made:
        made.jobs()
        yield made


@pytest.fixture
def lock(patient: World, monkeypatch: pytest.MonkeyPatch) -> Lock:
    made = Lock()
    monkeypatch.setattr(patient.lock, "revoke", made.revoke)
    return made


def owe_revocations(there: World, community_id: str, count: int, lock: str = "http") -> None:
    """So many cancelled tours whose access is to be revoked now."""
    now = there.clock()
    with there.via.db.transaction() as tx:
        for number in range(count):
            name = f"{community_id}_{number}"
            tx.tours.insert(a_tour(f"tour_{name}", Status.CANCELLED, community_id=community_id))
            tx.grants.insert(a_grant(grant_id=f"grant_{name}", tour_id=f"tour_{name}"))
            tx.outbox.enqueue(Kind.REVOKE_ACCESS, f"tour_{name}", now, partner=lock, grantId=f"grant_{name}")


@contextmanager
def delivering(there: World, lock: Lock) -> Iterator[None]:
    """The job runs in a thread of its own; in the end what hangs is let go, and the job ends."""
    job = threading.Thread(target=deliver_due, args=(there.via, Lane.REVOCATIONS, there.clock))
    job.start()
    try:
        yield
    finally:
        lock.let_go.set()
        job.join(LONG)
        assert not job.is_alive()


@pytest.mark.parametrize("hung", [6, 40, 200])
def test_a_revocation_does_not_wait_for_hung_ones(patient: World, lock: Lock, hung: int) -> None:
    owe_revocations(patient, COMMUNITY, hung)
    with delivering(patient, lock):
        until(lambda: lock.asked_at(COMMUNITY) >= 6)
        owe_revocations(patient, ELSEWHERE, 30)
        until(lambda: lock.asked_at(ELSEWHERE) == 30)
        assert not lock.let_go.is_set()
    assert lock.asked_at(COMMUNITY) == hung


def test_one_that_hangs_holds_up_none_of_its_own_community(patient: World, lock: Lock) -> None:
    owe_revocations(patient, COMMUNITY, 12)
    with delivering(patient, lock):
        until(lambda: lock.asked_at(COMMUNITY) == 12)
        assert not lock.let_go.is_set()


def test_a_message_written_while_others_hang_goes_out(patient: World, lock: Lock) -> None:
    owe_revocations(patient, COMMUNITY, 1)
    with delivering(patient, lock):
        until(lambda: lock.asked_at(COMMUNITY) == 1)
        for number in range(3):
            with patient.via.db.transaction() as tx:
                name = f"grant_{ELSEWHERE}_{number}"
                tx.tours.insert(a_tour(name, Status.CANCELLED, community_id=ELSEWHERE))
                tx.grants.insert(a_grant(grant_id=name, tour_id=name))
                tx.outbox.enqueue(Kind.REVOKE_ACCESS, name, patient.clock(), partner="http", grantId=name)
            until(partial(lock.has_been_asked, ELSEWHERE, number + 1))
