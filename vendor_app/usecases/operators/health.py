"""What is wrong now, in sentences that say what to do; read from the database, without asking any partner."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from vendor_app.store import Failing, Heartbeat, PartnerOutcome, heartbeats
from vendor_app.usecases.collaborators import Collaborators

JOBS = heartbeats.JOBS
# Added to the time at which the next heartbeat is due.
_LATE = timedelta(seconds=30)
# A single failed try needs nobody; what fails for longer needs an operator.
_PATIENCE = timedelta(minutes=1)


def lacks_migrations(via: Collaborators) -> str | None:
    """What to do about a database that is not up to date, or None. Raises StoreError."""
    return None if via.db.is_current() else "the database lacks migrations: run `make migrate`"


def unavailable(via: Collaborators, now: datetime) -> str | None:
    """Why this web application cannot serve anybody, or None. Raises StoreError."""
    if why_not := lacks_migrations(via):
        return why_not
    with via.db.read() as db:
        web = db.heartbeats.find(heartbeats.WEB)
    if web and heartbeats.is_down(web, now):
        return f"the database has taken nothing since {_time(web.seen_at)}: is its disk full, or does somebody lock it?"
    return None


def problems(via: Collaborators, now: datetime) -> list[str]:
    """What needs an operator while the product serves. Raises StoreError."""
    with via.db.read() as db:
        beats, outcomes, failing = db.heartbeats.list_all(), db.partner_outcomes.list_all(), db.outbox_reports.count_failing()
    return [*silent_jobs(beats, now), *_partners(via, outcomes, now), *_messages(failing, now)]


def silent_web(beats: list[Heartbeat], now: datetime) -> list[str]:
    """The problem that no web application on this database is alive, if so."""
    web = next((row for row in beats if row.name == heartbeats.WEB), None)
    if web is None:
        return ["No web application has ever run on this database: start `make serve`."]
    if is_late(web, now):
        return [f"The web application gave no sign of life since {_time(web.seen_at)}: is `make serve` running?"]
    return []


def silent_jobs(beats: list[Heartbeat], now: datetime) -> list[str]:
    """The problem that no scheduler is alive, or for a scheduler that is alive each job that is late."""
    by_name = {row.name: row for row in beats if row.due_at}
    if JOBS not in by_name:
        return ["No job has ever run on this database: start `make jobs`."]
    if is_late(by_name[JOBS], now):
        return [f"The jobs gave no sign of life since {_time(by_name[JOBS].seen_at)}: is `make jobs` running?"]
    return [
        f"{name} was not done since {_time(row.seen_at)}: the log of `make jobs` says why."
        for name, row in by_name.items()
        if name.startswith(f"{JOBS}: ") and is_late(row, now)
    ]


def is_late(heartbeat: Heartbeat, now: datetime) -> bool:
    """Whether this part's next heartbeat is overdue."""
    return heartbeat.due_at is not None and now > heartbeat.due_at + _LATE


def _partners(via: Collaborators, outcomes: list[PartnerOutcome], now: datetime) -> Iterator[str]:
    for row in outcomes:
        if row.problem and row.key in via.config.partner_keys and (row.refused or now > row.since_at + _PATIENCE):
            yield f"{row.problem} (since {_time(row.since_at)}); `make doctor` tries it again."


def _messages(failing: Failing, now: datetime) -> Iterator[str]:
    if failing.oldest_at and now > failing.oldest_at + _PATIENCE:
        oldest = _time(failing.oldest_at)
        yield f"{failing.n} messages were tried in vain, the oldest is of {oldest}: `make outbox` shows the errors."


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
