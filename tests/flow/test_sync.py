"""The daily synchronisation: what Knock lists is stored, what vanished is marked, and an operator sees what changed."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from sandbox import Sandbox, serve
from sandbox.knock.model import TourType
from tests.sandbox.stage import ALDER, MAPLE, SAGUARO, Clock
from tests.world import sandbox_settings
from vendor_app import __main__ as launcher
from vendor_app.clients.errors import PartnerError
from vendor_app.clients.knock.client import Knock
from vendor_app.clients.knock.records import KnockCommunity
from vendor_app.domain.communities import Community
from vendor_app.store.store import Store, open_store
from vendor_app.usecases.communities.sync_communities import sync_communities


class Stage:
    """A sandbox of three communities on two pages, and a product that synchronises with it."""

    def __init__(self, url: str) -> None:
        self.clock = Clock()
        self.sandbox = Sandbox(sandbox_settings("http://127.0.0.1:1"), self.clock)
        self.partners = serve(self.sandbox, "127.0.0.1", 0)
        self.knock = Knock(f"{self.partners.url}/knock", "appointment-key", "prospect-key", timedelta(seconds=1))
        self.db: Store = open_store(url)
        self.db.migrate()

    def sync(self) -> list[str]:
        """A day later; what it says has changed."""
        self.clock.move(days=1)
        return [str(one) for one in sync_communities(self.db, self.knock, self.clock()).changes]

    def stored(self) -> dict[str, Community]:
        with self.db.read() as db:
            return {one.community_id: one for one in db.communities.list_all()}

    def gone(self) -> set[str]:
        return {name for name, known in self.stored().items() if known.gone_at}

    def close(self) -> None:
        self.partners.close()
        self.db.close()


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    made = Stage(database_url)
    yield made
    made.close()


def listing(monkeypatch: pytest.MonkeyPatch, stage: Stage, *communities: KnockCommunity) -> None:
    """Let Knock list these."""
    monkeypatch.setattr(stage.knock, "list_communities", lambda: iter(communities))


def a_community(community_id: str = "alder", **changes: Any) -> KnockCommunity:
    given: dict[str, Any] = {
        "community_name": "Alder Court",
        "address": {"street": "1 Alder Way"},
        "geolocation": [47.6, -122.3],
        "company_name": "Alder Homes",
        "in_person_tours_enabled": True,
        "live_video_tours_enabled": False,
    }
    return KnockCommunity(community_id=community_id, **{**given, **changes})


def test_every_page_is_read_and_kept_as_it_comes(stage: Stage) -> None:
    assert [line.split("  ")[:2] for line in stage.sync()] == [[one, "added"] for one in (ALDER, MAPLE, SAGUARO)]
    listed = {one.community_id: vars(one) for one in stage.knock.list_communities()}
    assert {name: {field: getattr(known, field) for field in listed[name]} for name, known in stage.stored().items()} == listed


def test_a_second_run_finds_nothing_new(stage: Stage) -> None:
    stage.sync()
    assert stage.sync() == []
    assert asdict(sync_communities(stage.db, stage.knock, stage.clock()).counts) == {
        "listed": 3,
        "added": 0,
        "changed": 0,
        "gone": 0,
        "back": 0,
    }


def test_what_changed_is_told_field_by_field_and_stored(stage: Stage) -> None:
    stage.sync()
    stage.sandbox.knock.communities[ALDER].name = "Alder Place"
    stage.sandbox.agent.toggle(MAPLE, TourType.IN_PERSON)
    alder, maple = stage.sync()
    assert alder.startswith(f'{ALDER}  changed  "Alder Place"  community_name: ')
    assert "in_person_tours_enabled: " in maple and "community_name" not in maple
    assert stage.stored()[ALDER].community_name == "Alder Place"


def test_a_community_that_vanished_is_marked_and_comes_back(stage: Stage) -> None:
    stage.sync()
    stage.sandbox.agent.remove(MAPLE)
    name = stage.stored()[MAPLE].community_name
    assert stage.sync() == [f'{MAPLE}  gone  "{name}"']
    assert stage.gone() == {MAPLE}
    since = stage.stored()[MAPLE].gone_at
    assert stage.sync() == []
    assert stage.stored()[MAPLE].gone_at == since
    stage.sandbox.agent.restore(MAPLE)
    assert stage.sync() == [f'{MAPLE}  back  "{name}"']
    assert stage.gone() == set()


def test_the_job_counts_each_community_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("same", "changing", "vanishing", "returning")
    listing(monkeypatch, stage, *map(a_community, names))
    stage.sync()
    listing(monkeypatch, stage, *map(a_community, names[:-1]))
    stage.sync()
    changed = (a_community("changing", company_name=None), a_community("returning", company_name=None))
    listing(monkeypatch, stage, a_community("same"), *changed, a_community("new"))
    counts = sync_communities(stage.db, stage.knock, stage.clock()).counts
    assert asdict(counts) == {"listed": 4, "added": 1, "changed": 1, "gone": 1, "back": 1}


@pytest.mark.parametrize("fault", ["500", "garbage", "drop_before"])
def test_a_run_that_breaks_off_changes_nothing(stage: Stage, fault: str) -> None:
    stage.sync()
    before = stage.stored()
    stage.sandbox.agent.remove(MAPLE)
    stage.sandbox.knock.communities[ALDER].name = "Alder Place"
    stage.sandbox.faults.set("GET /communities", fault, times=100)
    with pytest.raises(PartnerError):
        stage.sync()
    assert stage.stored() == before


def test_a_run_that_breaks_off_on_its_second_page_changes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_page() -> Iterator[KnockCommunity]:
        yield a_community()
        raise PartnerError("GET /communities", "no answer in time")

    monkeypatch.setattr(stage.knock, "list_communities", one_page)
    with pytest.raises(PartnerError):
        stage.sync()
    assert stage.stored() == {}


def test_a_list_that_misses_most_of_ours_marks_none_as_gone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stage.sync()
    listing(monkeypatch, stage, *(a_community(f"new-{number}") for number in range(3)))
    lines = stage.sync()
    assert [line.split("  ")[1] for line in lines] == ["added", "added", "added"]
    assert stage.gone() == set()
    assert [record.levelname for record in caplog.records if record.name.endswith("communities")] == ["ERROR"]


def test_exactly_half_of_ours_may_go_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, stage, a_community("a"), a_community("b"))
    stage.sync()
    listing(monkeypatch, stage, a_community("b"))
    assert [line.split("  ")[:2] for line in stage.sync()] == [["a", "gone"]]


def test_a_community_that_stands_on_two_pages_is_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, stage, a_community(), a_community("b"), a_community(community_name="Alder Place"))
    found = sync_communities(stage.db, stage.knock, stage.clock())
    assert (found.listed, found.counts.added) == (2, 2)
    assert stage.stored()["alder"].community_name == "Alder Place"
    assert stage.sync() == []


@pytest.mark.parametrize("value", [None, True, False])
def test_flags_are_kept_as_they_come(stage: Stage, monkeypatch: pytest.MonkeyPatch, value: bool | None) -> None:
    listing(monkeypatch, stage, a_community(in_person_tours_enabled=value, live_video_tours_enabled=value))
    stage.sync()
    known = stage.stored()["alder"]
    assert known.in_person_tours_enabled is value and known.live_video_tours_enabled is value
    assert stage.sync() == []


@pytest.mark.parametrize("address", [None, "a\0b", {"a": ["\ud800", 1.0, 10**20, {"é": None}]}, [], 0.1, False])
def test_what_is_listed_the_same_again_is_no_change(stage: Stage, monkeypatch: pytest.MonkeyPatch, address: Any) -> None:
    listing(monkeypatch, stage, a_community(address=address, community_name="A\0"))
    stage.sync()
    assert stage.sync() == []


def test_a_late_list_does_not_take_away_what_a_newer_one_brought(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    listing(monkeypatch, stage, *map(a_community, "abc"))
    stage.sync()
    asked = stage.clock() - timedelta(seconds=5)
    listing(monkeypatch, stage, *map(a_community, "ab"))
    assert sync_communities(stage.db, stage.knock, asked).changes == []


def test_the_command_prints_what_changed(
    stage: Stage, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.sync()
    stage.sandbox.agent.remove(MAPLE)
    name = stage.stored()[MAPLE].community_name
    settings = {
        "SECRET_KEY": "a secret key of the tests only",
        "DATABASE_URL": database_url,
        "KNOCK_BASE_URL": f"{stage.partners.url}/knock",
        "KNOCK_APPOINTMENT_KEY": "appointment-key",
        "KNOCK_PROSPECT_KEY": "prospect-key",
        "KNOCK_WEBHOOK_TOKEN": "token",
    }
    for setting, value in settings.items():
        monkeypatch.setenv(f"VENDOR_{setting}", value)
    monkeypatch.setattr("sys.argv", ["vendor_app", "sync"])
    with pytest.raises(SystemExit) as ended:
        launcher.main()
    told = f'{MAPLE}  gone  "{name}"\nlisted 2, added 0, changed 0, gone 1, back 0\n'
    assert (ended.value.code, capsys.readouterr().out) == (0, told)
