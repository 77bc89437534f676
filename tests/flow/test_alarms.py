"""What is wrong is told within a minute: by `/readyz`, the metrics, `make doctor`, `make outbox` and the log, with what to do."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from tests.flow.seam import serve_by_seam
from tests.web.test_health import metrics
from tests.world import COMMUNITY, SECRET, START, World
from vendor_app import __main__ as commands
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.operators.doctor import examine
from vendor_app.usecases.operators.health import problems
from vendor_app.usecases.operators.heartbeat import HeartbeatWriter

NOBODY = "127.0.0.1:1"
GONE = f"http://{NOBODY}"


def all_alive(world: World) -> None:
    """The web and the jobs beat, as they do every 15 seconds."""
    HeartbeatWriter.of_web(world.via).beat()
    HeartbeatWriter.of_jobs(world.via).beat()


def readiness(world: World) -> dict[str, Any]:
    answer: dict[str, Any] = world.get("/readyz").json()
    return answer


def ill(via: Collaborators) -> dict[str, str]:
    """What the doctor finds wrong, by what was looked at."""
    return {one.what: " ".join(one.problems) for one in examine(via, via.clock()) if one.problems}


def with_settings(world: World, **settings: Any) -> Collaborators:
    """The product with other settings on the same database."""
    return Collaborators.connect(replace(world.config, **settings), world.clock)


# The doctor tries each partner with each key


@pytest.mark.parametrize(
    ("what", "settings", "says"),
    [
        ("Knock, appointment key", {"knock_appointment_key": "wrong"}, "check VENDOR_KNOCK_APPOINTMENT_KEY"),
        ("Knock, prospect key", {"knock_prospect_key": "wrong"}, "check VENDOR_KNOCK_PROSPECT_KEY"),
        ("Propexo", {"propexo_token": "wrong"}, "check VENDOR_PROPEXO_TOKEN"),
        ('lock system "seam"', {"seam_key": "wrong"}, "check VENDOR_SEAM_KEY"),
        ('lock system "http"', {"access_webhook_secrets": (SECRET[:-4] + "AAAA",)}, "check VENDOR_ACCESS_WEBHOOK_SECRETS"),
        ("Knock, prospect key", {"knock_base_url": GONE}, NOBODY),
        ("Propexo", {"propexo_base_url": GONE}, NOBODY),
        ('lock system "seam"', {"seam_base_url": GONE}, NOBODY),
        ('lock system "http"', {"access_url": GONE}, NOBODY),
        ("mail", {"smtp_url": f"smtp://{NOBODY}"}, NOBODY),
    ],
)
def test_the_doctor_tells_which_key_or_partner_is_ill(the_world: World, what: str, settings: dict[str, Any], says: str) -> None:
    via = with_settings(the_world, **settings)
    try:
        found = ill(via)
    finally:
        via.close()

    assert says in found[what]


def test_the_doctor_changes_nothing_at_the_partners(the_world: World) -> None:
    booked = the_world.book().json()
    the_world.jobs()
    all_alive(the_world)

    assert ill(the_world.via) == {}
    assert len(the_world.standing()) == 1
    assert [one.tour_id for one in the_world.live_grants()] == [booked["tourId"]]
    assert the_world.sandbox.mailbox.mails == []


def test_the_doctor_tells_whether_the_jobs_run(the_world: World) -> None:
    assert "No job has ever run" in ill(the_world.via)["jobs"]
    all_alive(the_world)
    assert "jobs" not in ill(the_world.via)
    the_world.clock.move(seconds=46)
    assert "is `make jobs` running?" in ill(the_world.via)["jobs"]


def test_the_doctor_tells_whether_the_web_runs(the_world: World) -> None:
    all_alive(the_world)
    the_world.clock.move(minutes=2)
    HeartbeatWriter.of_jobs(the_world.via).beat()
    assert list(found := ill(the_world.via)) == ["web"]
    assert "is `make serve` running?" in found["web"]


def test_a_job_that_is_not_done_is_told_though_others_are(the_world: World) -> None:
    heartbeat = HeartbeatWriter.of_jobs(the_world.via)
    for job in ("deliver_knock", "knock_notices"):
        heartbeat.begin(job, timedelta(seconds=1))
        heartbeat.end(job, done=True)
    heartbeat.beat()
    the_world.clock.move(minutes=1)
    heartbeat.begin("deliver_knock", timedelta(seconds=1))
    heartbeat.end("deliver_knock", done=False)
    heartbeat.begin("knock_notices", timedelta(seconds=1))  # it still runs
    heartbeat.beat()

    (problem,) = [one for one in readiness(the_world)["problems"] if "job" in one]
    assert problem.startswith("jobs: deliver_knock was not done since 2026-06-10 19:00:00Z")
    assert metrics(the_world)["vendor_heartbeat_late/jobs: deliver_knock"] == 1
    assert metrics(the_world)["vendor_heartbeat_late/jobs: knock_notices"] == 0


# Readiness


def test_a_refused_key_is_told_and_pages_still_serve(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    via = with_settings(the_world, knock_prospect_key="wrong")
    try:
        ill(via)
    finally:
        via.close()
    all_alive(the_world)

    answer = the_world.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    (problem,) = answer.json()["problems"]
    assert "refused our key with status 401: check VENDOR_KNOCK_PROSPECT_KEY" in problem
    assert the_world.partners.url.removeprefix("http://") in problem
    assert "check VENDOR_KNOCK_PROSPECT_KEY" in " ".join(
        one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR
    )
    assert metrics(the_world)["vendor_partner_key_refused/VENDOR_KNOCK_PROSPECT_KEY"] == 1
    ill(the_world.via)
    assert readiness(the_world) == {"status": "ready"}


def test_a_disk_that_takes_nothing_more_is_not_ready(the_world: World) -> None:
    all_alive(the_world)
    the_world.clock.move(seconds=61)  # and no beat could be written

    answer = the_world.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert "is its disk full" in answer.json()["detail"]


def test_a_partner_that_fails_for_a_minute_is_told(the_world: World) -> None:
    booked = the_world.book().json()
    via = with_settings(the_world, access_url=GONE)
    try:
        for _ in range(2):
            ill(via)
            all_alive(the_world)
            the_world.clock.move(seconds=61)
    finally:
        via.close()
    all_alive(the_world)

    assert booked["status"] == "confirmed"
    assert any(NOBODY in one and "since 2026-06-10 19:00:00Z" in one for one in readiness(the_world)["problems"])
    assert metrics(the_world)["vendor_partner_failing_seconds/VENDOR_ACCESS_WEBHOOK_SECRETS"] == 122


def test_a_partner_that_is_not_connected_any_more_is_no_alarm(the_world: World) -> None:
    via = with_settings(the_world, smtp_url=f"smtp://{NOBODY}")
    for _ in range(2):
        ill(via)
        the_world.clock.move(seconds=61)
    all_alive(the_world)
    without_mail = with_settings(the_world, smtp_url="")
    assert [one for one in problems(without_mail, the_world.clock.now) if NOBODY in one] == []
    assert [one for one in problems(via, the_world.clock.now) if NOBODY in one] != []
    for one in (via, without_mail):
        one.close()


def test_times_that_cannot_be_shown_are_told_in_the_log(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    the_world.faults.set("GET /community/available-times", "500", times=10)
    assert the_world.get(f"/api/v1/communities/{COMMUNITY}/times").status_code == 503
    assert "cannot be had: GET /community/available-times" in caplog.text


# Messages that fail, and messages that wait


@pytest.fixture
def failing(the_world: World) -> World:
    """A grant that was tried for half an hour, its next try minutes away."""
    the_world.book(start=START + timedelta(days=1))
    the_world.faults.set("POST /lock access.grant_requested", "500", times=1000)
    for _ in range(8):
        the_world.jobs()
        the_world.clock.move(minutes=4)
    return the_world


def test_the_age_of_what_fails_counts_from_when_it_was_written(failing: World) -> None:
    said = metrics(failing)

    assert said["vendor_outbox_failing_messages"] == 1
    assert said["vendor_outbox_oldest_failing_seconds"] == 32 * 60
    assert any("tried in vain" in one for one in readiness(failing)["problems"])


def test_a_message_that_waits_for_something_is_no_alarm(the_world: World) -> None:
    the_world.sandbox.seam.issues_later = True
    serve_by_seam(the_world)
    the_world.book(start=START + timedelta(days=1))
    for _ in range(4):
        the_world.clock.move(minutes=1)
        the_world.jobs()
    all_alive(the_world)

    with the_world.via.db.read() as db:
        (waits,) = db.outbox_reports.postponed_messages(10)
    assert "has not issued the credential yet" in (waits.last_error or "")
    assert readiness(the_world) == {"status": "ready"}
    assert metrics(the_world)["vendor_outbox_failing_messages"] == 0


def test_the_outbox_shows_why_what_is_pending_fails(failing: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_connect", lambda *_: failing.via)

    (line,) = [one for one in CliRunner().invoke(commands.outbox).output.splitlines() if one.startswith("pending: ")]

    assert "grant_access" in line
    assert f"{failing.partners.url.removeprefix('http://')} answered with status 500" in line
    assert "tries since 2026-06-10 19:00:00Z" in line


def test_the_first_failed_try_is_a_warning(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    the_world.book()
    the_world.faults.set("POST /lock access.grant_requested", "500")
    the_world.jobs()

    (said,) = [
        one.getMessage() for one in caplog.records if one.levelno == logging.WARNING and "grant_access" in one.getMessage()
    ]
    assert "failed 1 times" in said
    assert "answered with status 500" in said
