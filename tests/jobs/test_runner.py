"""Running jobs once: in order, each reporting its counts, whatever happens to the others."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs import runner
from jobs.schedule import SCHEDULE, Job
from tests.domain.example import NOON, a_tour
from tests.store.conftest import ALDER
from vendor_app.clients.errors import (
    DetailsRefused,
    KeysRefused,
    MalformedProspectId,
    NoSuchProspect,
    NotEncrypted,
    NotSent,
    PartnerError,
    Refused,
    Throttled,
    TimedOut,
    Unknown,
)
from vendor_app.clients.locks.interface import CannotDo
from vendor_app.config import Config
from vendor_app.store.errors import DatabaseTooNew, StoreUnavailable
from vendor_app.usecases.collaborators import Collaborators

PARTNERS_FAILURES: list[Exception] = [
    NotSent("GET /communities", "no connection"),
    NotEncrypted("SMTP", "no STARTTLS"),
    KeysRefused("GET /communities", "our key was refused"),
    NotEncrypted("SMTP", "no STARTTLS"),
    Throttled("GET /communities", "too many requests", None),
    Refused("GET /communities", "no", 400),
    NoSuchProspect("GET /prospect", "no such prospect", 404),
    MalformedProspectId("GET /prospect", "not a number", 400),
    DetailsRefused("POST /crm/v1/appointments/knock", "no", 400, None, ["phone"]),
    Unknown("GET /communities", "no answer"),
    TimedOut("GET /communities", "no answer in time"),
    CannotDo("access.grant_requested", "open with a phone"),
    StoreUnavailable("the database did not answer"),
]
BUGS: list[Exception] = [ZeroDivisionError("a bug"), KeyError("secret-4711"), DatabaseTooNew("newer"), RecursionError("deep")]


@dataclass(frozen=True)
class Counts:
    """What a job did."""

    seen: int = 0
    done: int = 0


@dataclass
class Stage:
    """Jobs that a test makes up, and what came of running them."""

    via: Collaborators

    def run(self, **outcomes: Counts | Exception) -> tuple[bool, list[str]]:
        """Run one job per outcome, named so."""
        made = tuple(Job(name, _job(outcome), timedelta(seconds=1)) for name, outcome in outcomes.items())
        lines: list[str] = []
        return runner.run_once(self.via, lines.append, lambda: NOON, made), lines


def _job(outcome: Counts | Exception) -> Callable[[Collaborators, Callable[[], datetime]], Any]:
    def run(via: Collaborators, clock: Callable[[], datetime]) -> Any:
        assert clock() == NOON
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return run


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    config = Config(
        secret_key="a secret key of the tests only",
        knock_base_url="http://127.0.0.1:1/knock",
        knock_appointment_key="appointment-key",
        knock_prospect_key="prospect-key",
        knock_webhook_token="token",
        database_url=f"sqlite:///{tmp_path / 'vendor.db'}",
    )
    via = Collaborators.connect(config)
    via.db.migrate()
    return Stage(via)


def test_jobs_run_in_order_and_report_their_counts(stage: Stage) -> None:
    assert stage.run(b=Counts(2, 1), a=Counts()) == (True, ["b: seen 2, done 1", "a: seen 0, done 0"])


@pytest.mark.parametrize("failure", PARTNERS_FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_partners_failure_is_expected_and_the_others_go_on(stage: Stage, failure: Exception) -> None:
    went_well, lines = stage.run(first=failure, second=Counts(1, 1))
    assert (went_well, lines) == (True, [f"first: not done: {failure}", "second: seen 1, done 1"])


def test_every_failure_of_a_partner_is_expected() -> None:
    covered = {type(failure) for failure in PARTNERS_FAILURES}
    assert {*_family(PartnerError)} - {PartnerError} <= covered


def _family(kind: type) -> set[type]:
    found: set[type] = {kind}
    below: list[type] = kind.__subclasses__()
    for one in below:
        found |= _family(one)
    return found


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
def test_a_bug_is_told_at_the_end_but_does_not_stop_the_others(stage: Stage, bug: Exception) -> None:
    went_well, lines = stage.run(first=bug, second=Counts(1, 1), third=bug)
    assert went_well is False
    assert lines == ["first: failed; see the log", "second: seen 1, done 1", "third: failed; see the log"]


def test_a_bug_is_in_the_log_with_its_traceback(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.run(first=ZeroDivisionError("a bug"))
    (record,) = (one for one in caplog.records if one.levelno == logging.ERROR)
    assert record.exc_info and record.exc_info[0] is ZeroDivisionError


def test_a_partners_failure_is_a_warning_without_a_traceback(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.run(first=Unknown("POST /visit", "no answer in time"))
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]


def test_a_job_that_did_nothing_does_not_fill_the_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stage.run(idle=Counts(), busy=Counts(1, 0))
    assert [record.getMessage() for record in caplog.records] == ["busy: seen 1, done 0"]


def test_with_partners_that_cannot_be_reached_every_real_job_still_runs(stage: Stage) -> None:
    lines: list[str] = []
    assert runner.run_once(stage.via, lines.append, lambda: NOON)
    assert [line.partition(":")[0] for line in lines] == [job.name for job in SCHEDULE]
    assert lines[0].startswith("sync_communities: not done: GET /communities: no connection")


def test_everything_is_due_before_the_first_job_runs(stage: Stage) -> None:
    with stage.via.db.transaction() as tx:
        tx.communities.keep(ALDER, NOON)
        tx.tours.insert(a_tour())
        tx.due_tours.check_again("tour_1", NOON + timedelta(hours=6))
    due: list[bool] = []

    def look(via: Collaborators, clock: Callable[[], datetime]) -> Counts:
        with via.db.transaction() as tx:
            due.append(tx.due_tours.take_due_check(clock()) is not None)
        return Counts()

    assert runner.run_once(stage.via, lambda line: None, lambda: NOON, [Job("look", look, timedelta(seconds=1))])
    assert due == [True]


def test_with_nothing_brought_forward_the_jobs_run_all_the_same_and_the_log_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(via: Collaborators, now: datetime) -> None:
        raise StoreUnavailable("the database did not answer")

    monkeypatch.setattr(runner, "make_everything_due", fail)
    assert stage.run(first=Counts(1, 1)) == (True, ["first: seen 1, done 1"])
    (warning,) = (record for record in caplog.records if record.levelno == logging.WARNING)
    assert (warning.exc_info, "not brought forward" in warning.getMessage()) == (None, True)
