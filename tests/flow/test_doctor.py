"""A lock system that must not serve a community is refused when the rule is saved, and told by `make doctor`."""

from dataclasses import replace
from typing import Any

import pytest

from tests.flow.seam import APARTMENT, FRONT, device, serve_by_seam
from tests.world import COMMUNITY, World, world
from vendor_app.clients.locks.registry import VENDORS
from vendor_app.domain.communities import Door
from vendor_app.domain.partners.known import LockKind
from vendor_app.domain.partners.locks import LockAbilities
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.load_rules import load_rules_file
from vendor_app.usecases.communities.rules_file import RulesRefused
from vendor_app.usecases.operators.doctor import examine
from vendor_app.usecases.operators.heartbeat import HeartbeatWriter

UNSAFE = [
    pytest.param({"revocable": False}, "cannot revoke access: a cancelled tour's code would go on", id="no revoking"),
    pytest.param({"whole_hours": True}, "knows whole hours only", id="whole hours"),
    pytest.param({"zoneless": True}, "takes times without a zone", id="no zone"),
    pytest.param({"sends_events": False}, "nothing would prove a visit", id="no events"),
]


class FakeLock:
    """A lock system that can do what a test says; nothing is ever asked of it."""

    def __init__(self, abilities: LockAbilities) -> None:
        self.abilities = abilities

    def check(self, _: Any) -> None:
        """It answers."""


def rules_file(there: World) -> bytes:
    """COMMUNITY by Seam, with two doors."""
    doors = [(FRONT, ""), (APARTMENT, 'unit = "204"')]
    tables = [
        f'[[community.{COMMUNITY}.doors]]\nname = "{name}"\ndevice = "{device(there, name)}"\n{unit}\n' for name, unit in doors
    ]
    return f'[community.{COMMUNITY}]\nlock = "seam"\n{"".join(tables)}'.encode()


def findings(via: Collaborators) -> dict[str, list[str]]:
    """What the doctor says, by what was looked at."""
    return {one.what: one.problems for one in examine(via, via.clock())}


def with_lock(there: World, **abilities: Any) -> Collaborators:
    """The same, with a Seam that can do only this."""
    fake: Any = FakeLock(LockAbilities(**abilities))
    return replace(there.via, locks={**there.via.locks, LockKind.SEAM: fake})


def test_the_connected_lock_systems_may_serve_and_their_doors_are_known(the_world: World) -> None:
    load_rules_file(the_world.via.db, the_world.config, rules_file(the_world), the_world.clock())
    with the_world.via.db.read() as db:
        door = db.doors.find(device(the_world, APARTMENT))
    assert door == (COMMUNITY, Door(name=APARTMENT, device=device(the_world, APARTMENT), unit="204"))


@pytest.mark.parametrize(("abilities", "why"), UNSAFE)
def test_an_unsafe_pairing_is_refused_when_the_rule_is_saved(
    the_world: World, abilities: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    able = replace(VENDORS[LockKind.SEAM], abilities=LockAbilities(**abilities))
    monkeypatch.setitem(VENDORS, LockKind.SEAM, able)
    with pytest.raises(RulesRefused) as refused:
        load_rules_file(the_world.via.db, the_world.config, rules_file(the_world), the_world.clock())
    (problem,) = refused.value.problems
    assert problem.startswith(f'line 2: community {COMMUNITY}: lock: "seam" ')
    assert why in problem
    with the_world.via.db.read() as db:
        assert db.community_rules.list_all() == {}
        assert db.doors.find(device(the_world, APARTMENT)) is None


@pytest.mark.parametrize(("abilities", "why"), UNSAFE)
def test_the_doctor_tells_of_an_unsafe_pairing(the_world: World, abilities: dict[str, bool], why: str) -> None:
    the_world.jobs()  # the communities are known
    serve_by_seam(the_world)
    (problem,) = findings(with_lock(the_world, **abilities))[f"community {COMMUNITY}"]
    assert why in problem


def test_the_doctor_finds_nothing_where_all_is_well(the_world: World) -> None:
    the_world.jobs()
    HeartbeatWriter.of_jobs(the_world.via).beat()
    HeartbeatWriter.of_web(the_world.via).beat()
    serve_by_seam(the_world, require_verified="email")
    found = findings(the_world.via)
    assert {"database", "jobs", "Knock, prospect key", 'lock system "http"', "mail", f"community {COMMUNITY}"} <= found.keys()
    assert [problem for problems in found.values() for problem in problems] == []


def test_the_doctor_tells_what_is_not_connected(database_url: str) -> None:
    with world(database_url, seam_key="", smtp_url="") as there:
        there.jobs()
        serve_by_seam(there, require_verified="email")
        problems = findings(there.via)[f"community {COMMUNITY}"]
        assert problems[0] == 'Its lock system "seam" is not connected.'
        assert "VENDOR_SMTP_URL" in problems[1]


def test_the_doctor_tells_when_knock_does_not_answer(the_world: World) -> None:
    the_world.jobs()
    the_world.faults.set("GET /communities", "500", times=5)
    (problem,) = findings(the_world.via)["Knock, appointment key"]
    assert problem.startswith("It does not answer as it should: ")
