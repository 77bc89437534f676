"""What we say of a tour's access is what the lock holds: late answers, late acts, odd times, and other people's secrets."""

from datetime import timedelta
from typing import Any

import pytest

from tests.flow import seam
from tests.flow.story import assert_one_visit, book_until_confirmed, code_at_the_door, live_the_story
from tests.world import COMMUNITY, START, World
from vendor_app.domain.access import AccessGrant
from vendor_app.usecases.operators.operate import list_tasks

GRANT, REVOKE = "POST /lock access.grant_requested", "POST /lock access.revoke_requested"
LATER = START + timedelta(hours=1)
FAR = START + timedelta(days=1)
FRONT = "Front entrance"

Tour = dict[str, Any]


def calls(world: World, name: str) -> int:
    return [one for one, _ in world.sandbox.calls].count(name)


def tasks(world: World) -> list[str]:
    return [task.what for task in list_tasks(world.via)]


def grants_of(world: World, booked: Tour) -> list[AccessGrant]:
    with world.via.db.read() as db:
        return db.grants.of_tour(booked["tourId"])


def tell(world: World, kind: str, booked: Tour, **told: Any) -> None:
    """The lock system calls back about the tour's newest grant, and the job acts on it."""
    grant = grants_of(world, booked)[-1]
    assert world.lock.send(f"access.{kind}", {"grantId": grant.grant_id, "door": FRONT, **told}) == 200
    world.jobs()


def run_jobs(world: World, times: int = 4, seconds: float = 61) -> None:
    for _ in range(times):
        world.clock.move(seconds=seconds)
        world.jobs()


# A retry


@pytest.mark.parametrize("fault", ["500_after", "drop_after", "hang", "garbage"])
def test_a_code_told_before_our_retry_goes_on_opening(the_world: World, fault: str) -> None:
    the_world.lock.answers_later = True
    the_world.faults.set(GRANT, fault)
    booked = book_until_confirmed(the_world)
    run_jobs(the_world)
    assert (calls(the_world, REVOKE), the_world.act(booked).json()["access"]["state"]) == (0, "ready")
    live_the_story(the_world, booked)
    the_world.converge(hours=0.5)
    assert_one_visit(the_world, booked)


def test_seams_code_told_before_our_retry_goes_on_opening(the_world: World) -> None:
    seam.serve_by_seam(the_world)
    the_world.faults.set(seam.CREATE, "drop_after")
    booked = seam.book(the_world)
    run_jobs(the_world)
    assert (calls(the_world, seam.DELETE), seam.access(the_world, booked)) == (0, "ready")
    assert seam.type_at(the_world, FRONT, seam.go_there(the_world, booked)["code"])


# A lock that acts late


def cancelled_with_a_grant_under_way(world: World, fault: str = "late") -> Tour:
    world.faults.set(GRANT, fault)
    booked = book_until_confirmed(world, start=FAR)
    world.jobs()
    assert world.act(booked, "cancel").status_code == 200
    world.jobs()
    assert world.lock.grants == {}
    return booked


def test_a_grant_made_after_its_revocation_is_revoked_again(the_world: World) -> None:
    booked = cancelled_with_a_grant_under_way(the_world)
    assert grants_of(the_world, booked)[0].revoked_at is None  # not found is not yet confirmed
    the_world.faults.work_off()
    assert len(the_world.live_grants()) == 1
    run_jobs(the_world, times=2, seconds=30)
    assert the_world.live_grants() == []


def test_a_late_code_for_a_cancelled_tour_is_revoked_at_once(the_world: World) -> None:
    the_world.lock.answers_later = True
    booked = cancelled_with_a_grant_under_way(the_world)
    the_world.converge(hours=0.5, minutes_a_step=2)
    assert grants_of(the_world, booked)[0].revoked_at is not None
    (grant,) = grants_of(the_world, booked)
    the_world.clock.move(minutes=1)
    the_world.lock.issue(_as_asked(the_world, booked, grant))
    the_world.jobs()
    assert the_world.live_grants() == []
    assert tasks(the_world) == ["check_revoked_access"]


def _as_asked(world: World, booked: Tour, grant: AccessGrant) -> Any:
    from sandbox.lock.model import Grant

    return Grant(
        grant_id=grant.grant_id,
        tour_id=booked["tourId"],
        community_id=COMMUNITY,
        starts_at=grant.opens_at,
        ends_at=grant.closes_at,
        unit_names=["204"],
        first_name="Jane",
        last_name="Doe",
    )


def test_a_grant_that_never_arrived_is_revoked_until_it_cannot(the_world: World) -> None:
    booked = cancelled_with_a_grant_under_way(the_world, "drop_before")
    run_jobs(the_world, times=4)
    assert grants_of(the_world, booked)[0].revoked_at is None
    run_jobs(the_world, times=4)
    assert grants_of(the_world, booked)[0].revoked_at is not None
    assert tasks(the_world) == []


def test_a_grant_with_an_answer_is_revoked_once(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.act(booked, "cancel")
    run_jobs(the_world)
    assert calls(the_world, REVOKE) == 1
    assert grants_of(the_world, booked)[0].revoked_at is not None


def test_a_door_opened_for_a_cancelled_tour_is_told(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    code = code_at_the_door(the_world, booked)
    the_world.act(booked, "cancel")
    the_world.clock.move(seconds=30)
    assert the_world.lock.type_code(COMMUNITY, FRONT, code)  # the jobs are down
    the_world.jobs()
    assert (the_world.live_grants(), tasks(the_world)) == ([], ["see_who_opened_the_door"])
    assert the_world.tour(booked).status == "cancelled"


# When it happened


@pytest.mark.parametrize(
    ("occurred_at", "task"),
    [("2001-01-01T00:00:00Z", "set_the_clock_of_the_lock"), ("2199-01-01T00:00:00Z", "set_the_clock_of_the_lock"), (None, None)],
    ids=["2001", "2199", "now, days before the tour"],
)
@pytest.mark.parametrize("kind", ["door_unlocked", "tour_ended"])
def test_an_event_outside_the_window_changes_nothing(
    the_world: World, kind: str, occurred_at: str | None, task: str | None
) -> None:
    booked = book_until_confirmed(the_world, start=FAR)
    the_world.jobs()
    at = occurred_at or the_world.clock().isoformat()
    tell(the_world, kind, booked, occurredAt=at)
    seen = the_world.act(booked).json()
    assert (seen["status"], seen["access"]["state"], len(the_world.live_grants())) == ("confirmed", "ready", 1)
    assert tasks(the_world) == ([task] if task else ["see_who_opened_the_door"] if kind == "door_unlocked" else [])
    assert f"access.{kind}" in the_world.story(booked["tourId"])


def test_an_end_told_of_the_time_before_a_move_is_not_the_new_ones(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    assert the_world.move(booked, LATER).status_code == 200
    the_world.jobs()
    the_world.clock.now = START + timedelta(minutes=5)
    told = {"tourId": booked["tourId"], "occurredAt": the_world.clock().isoformat()}
    the_world.lock.send("access.tour_ended", told)
    the_world.jobs()
    assert the_world.act(booked).json()["access"]["state"] == "ready"
    live_the_story(the_world, booked)
    the_world.converge(hours=1)
    assert_one_visit(the_world, booked)


def test_an_opening_two_hours_after_the_window_revives_no_tour(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.converge(hours=3.5, minutes_a_step=30)
    tell(the_world, "door_unlocked", booked, occurredAt=the_world.clock().isoformat())
    the_world.converge(hours=0.5)
    assert (the_world.tour(booked).status, the_world.knock.visits) == ("no_show", [])
    assert tasks(the_world) == ["see_who_opened_the_door"]


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_by_a_few_minutes(the_world: World, minutes: int) -> None:
    booked = book_until_confirmed(the_world)
    code_at_the_door(the_world, booked)
    the_world.clock.now = the_world.tour(booked).opens_at + timedelta(seconds=1)
    tell(the_world, "door_unlocked", booked, occurredAt=(the_world.clock() + timedelta(minutes=minutes)).isoformat())
    assert the_world.tour(booked).status == "in_progress"
    started_at = the_world.tour(booked).started_at
    assert started_at is not None
    assert started_at <= the_world.clock()


def test_a_credential_of_the_earlier_time_is_not_the_new_ones(the_world: World) -> None:
    the_world.lock.hangs_grants = True
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    told_at = the_world.clock().isoformat()
    the_world.clock.move(minutes=1)
    the_world.move(booked, LATER)
    the_world.jobs()
    told = {"tourId": booked["tourId"], "code": "111111", "occurredAt": told_at}
    the_world.lock.send("access.credential_ready", told)
    the_world.jobs()
    assert the_world.act(booked).json()["access"]["state"] == "pending"


# Whose lock it is


def test_a_lock_does_not_speak_for_a_community_without_one(the_world: World) -> None:
    the_world.rules(lock="none")
    booked = book_until_confirmed(the_world)
    the_world.clock.now = START
    assert the_world.act(booked, "check-in").json()["status"] == "in_progress"
    for kind in ("door_unlocked", "tour_ended"):
        told = {"tourId": booked["tourId"], "door": FRONT, "unitName": "305", "occurredAt": the_world.clock().isoformat()}
        the_world.lock.send(f"access.{kind}", told)
        the_world.jobs()
    assert (the_world.tour(booked).status, the_world.act(booked).json()["unitsOpened"]) == ("in_progress", [])


def test_a_lock_does_not_speak_for_another_locks_community(the_world: World) -> None:
    seam.serve_by_seam(the_world)
    booked = seam.book(the_world)
    the_world.jobs()
    the_world.clock.now = START
    for kind in ("door_unlocked", "tour_ended"):
        told = {"tourId": booked["tourId"], "door": FRONT, "unitName": "305", "occurredAt": the_world.clock().isoformat()}
        the_world.lock.send(f"access.{kind}", told)
        the_world.jobs()
    assert (the_world.tour(booked).status, seam.opened_units(the_world, booked)) == ("confirmed", [])


def test_a_unit_the_doors_do_not_have_is_not_told_knock(the_world: World) -> None:
    doors = [{"name": FRONT, "device": "d1"}, {"name": "Apartment 204", "device": "d2", "unit": "204"}]
    the_world.rules(lock="http", doors=doors)
    booked = book_until_confirmed(the_world)
    code_at_the_door(the_world, booked)
    for unit in ("204", "999", "2 04"):
        tell(the_world, "door_unlocked", booked, unitName=unit, occurredAt=the_world.clock().isoformat())
    the_world.act(booked, "finish")
    the_world.converge(hours=0.5)
    assert [visit.unit_names for visit in the_world.knock.visits] == [["204"]]
    with the_world.via.db.read() as db:
        (line,) = [one for one in db.timeline.of_tour(booked["tourId"]) if one.what == "access.unknown_unit"]
    assert line.detail == {"unitName": "999"}


# Ready, and ended


def test_ready_without_a_code_is_not_ready(the_world: World) -> None:
    the_world.lock.hangs_grants = True
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    tell(the_world, "credential_ready", booked)
    assert the_world.act(booked).json()["access"]["state"] == "pending"
    the_world.lock.decide(grants_of(the_world, booked)[0].grant_id, succeeds=True)
    live_the_story(the_world, booked)


def test_access_that_fails_after_it_was_ready_opens_no_door(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    (first,) = the_world.live_grants()
    the_world.clock.move(seconds=1)
    the_world.lock.decide(first.grant_id, succeeds=False)
    the_world.jobs()
    the_world.clock.move(seconds=61)
    the_world.jobs()
    (second,) = the_world.live_grants()
    assert [one.grant_id for one in grants_of(the_world, booked)] == [first.grant_id, second.grant_id]


def test_access_ended_before_anybody_came_is_asked_for_anew(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.clock.now = START - timedelta(minutes=8)
    tell(the_world, "tour_ended", booked, occurredAt=the_world.clock().isoformat())
    assert the_world.live_grants() == []
    run_jobs(the_world, times=3)
    live_the_story(the_world, booked)
    the_world.converge(hours=0.5)
    assert_one_visit(the_world, booked)


def test_who_checks_in_after_an_early_end_gets_a_code(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.clock.now = START - timedelta(minutes=8)
    tell(the_world, "tour_ended", booked, occurredAt=the_world.clock().isoformat())
    assert the_world.act(booked, "check-in").status_code == 200
    the_world.jobs()
    code = the_world.act(booked, "check-in").json()["code"]
    assert the_world.lock.type_code(COMMUNITY, FRONT, code)


def test_checking_in_hastens_a_grant_that_waits(the_world: World) -> None:
    the_world.faults.set(GRANT, "503", times=1, seconds=3000)
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.clock.now = START - timedelta(minutes=9)
    the_world.jobs()
    the_world.act(booked, "check-in")
    the_world.jobs()
    assert the_world.act(booked, "check-in").json()["code"]
