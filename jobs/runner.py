"""Runs all jobs once, or each at its interval until stopped."""

import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from enum import Enum, auto

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from jobs.clock_guard import ClockGuard
from jobs.schedule import SCHEDULE, Job
from jobs.wake import Wake
from vendor_app.clock import utcnow
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.operators.heartbeat import HeartbeatWriter
from vendor_app.usecases.operators.operate import EXPECTED_FAILURES, make_everything_due

log = logging.getLogger("jobs")


class RunOutcome(Enum):
    """How a run ended: `NOT_DONE` when a partner or the database did not answer, `FAILED` when the job has a bug."""

    DONE = auto()
    NOT_DONE = auto()
    FAILED = auto()


def run_once(
    via: Collaborators, report: Callable[[str], None], clock: Callable[[], datetime] = utcnow, jobs: Iterable[Job] = SCHEDULE
) -> bool:
    """Run each job once, in order and with everything due, reporting a line each; False when one of them failed unexpectedly."""
    try:
        make_everything_due(via, clock())
    except EXPECTED_FAILURES as error:
        log.warning("what has its turn later is not brought forward: %s", error)
    outcomes = [_run(job, via, report, clock) for job in jobs]
    return RunOutcome.FAILED not in outcomes


def run_forever(via: Collaborators, until: Callable[[], object]) -> None:
    """Run every job at its interval until `until` returns, and do not wait for runs under way then."""
    guard, heartbeat = ClockGuard(), HeartbeatWriter.of_jobs(via)
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(len(SCHEDULE))})
    wake = Wake(scheduler, [job.name for job in SCHEDULE if job.runs_on_news])
    for job in SCHEDULE:
        # All runs that were missed, or came due during a run, are made up for by one run, however late.
        options = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1, "next_run_time": utcnow()}
        arguments = [scheduler, guard, heartbeat, wake, job, via]
        scheduler.add_job(_run_at_its_turn, "interval", arguments, seconds=job.every.total_seconds(), id=job.name, **options)
    heartbeat.start()
    scheduler.start()
    wake.start(via)
    until()
    scheduler.shutdown(wait=False)  # waiting would keep the lock that a job needs to be tried again soon


def _run_at_its_turn(
    scheduler: BackgroundScheduler, guard: ClockGuard, heartbeat: HeartbeatWriter, wake: Wake, job: Job, via: Collaborators
) -> None:
    """Run the job, again while there was news, and once more after `again_after` if it could not be done."""
    believable = guard.is_believable()
    if guard.has_jumped():
        _repair_after_jump(via)
    if job.decides_by_clock and not believable:
        return
    has_news = True
    while has_news:
        heartbeat.begin(job.name, job.every)
        wake.begin(job.name)
        outcome = _run(job, via, log.debug)
        heartbeat.end(job.name, done=outcome is RunOutcome.DONE)
        has_news = wake.end(job.name) and outcome is RunOutcome.DONE
    if outcome is not RunOutcome.DONE and job.again_after:
        with contextlib.suppress(JobLookupError):  # all has been stopped meanwhile
            scheduler.modify_job(job.name, next_run_time=utcnow() + job.again_after)


def _repair_after_jump(via: Collaborators) -> None:
    try:
        make_everything_due(via, utcnow())
    except EXPECTED_FAILURES as error:
        log.warning("the times that the clock's jump made wrong could not be repaired: %s", error)


def _run(job: Job, via: Collaborators, report: Callable[[str], None], clock: Callable[[], datetime] = utcnow) -> RunOutcome:
    try:
        counts = asdict(job.run(via, clock))
    except EXPECTED_FAILURES as error:
        log.warning("%s: %s", job.name, error)
        report(f"{job.name}: not done: {error}")
        return RunOutcome.NOT_DONE
    except Exception:  # one failing job must not stop the others
        log.exception("%s failed", job.name)
        report(f"{job.name}: failed; see the log")
        return RunOutcome.FAILED
    line = f"{job.name}: " + ", ".join(f"{name} {count}" for name, count in counts.items())
    if any(counts.values()):
        log.info(line)
    report(line)
    return RunOutcome.DONE
