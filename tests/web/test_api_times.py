"""`GET /api/v1/communities/{id}/times`."""

from datetime import timedelta

from tests.web.api import HERE_AND_NOW, SAM, TIMES, problem
from tests.world import COMMUNITY, START, World, world

PATH = f"/api/v1/communities/{COMMUNITY}/times"


def starts(the_world: World) -> list[str]:
    """The listed starts."""
    return [one["startTime"] for one in the_world.get(PATH).json()["times"]]


def test_times_come_with_their_ends_in_the_propertys_offset(the_world: World) -> None:
    answer = the_world.get(PATH)

    assert answer.status_code == 200
    assert answer.json() == {
        "communityId": COMMUNITY,
        "tourType": "SELF_GUIDED",
        "times": [
            {"startTime": HERE_AND_NOW, "endTime": "2026-06-10T13:00:00-07:00"},
            {"startTime": "2026-06-10T13:30:00-07:00", "endTime": "2026-06-10T14:00:00-07:00"},
            {"startTime": "2026-06-11T12:30:00-07:00", "endTime": "2026-06-11T13:00:00-07:00"},
        ],
        "asOf": "2026-06-10T19:00:00+00:00",
        "stale": False,
    }


def test_a_booked_time_is_not_listed(the_world: World) -> None:
    the_world.book(profile=SAM)

    assert HERE_AND_NOW not in starts(the_world)


def test_a_cancelled_tours_time_is_listed_again(the_world: World) -> None:
    the_world.act(the_world.book(profile=SAM).json(), "cancel")
    the_world.jobs()
    the_world.clock.move(seconds=11)

    assert HERE_AND_NOW in starts(the_world)


def test_a_time_that_came_while_the_list_was_kept_is_not_listed(the_world: World) -> None:
    the_world.clock.move(minutes=29, seconds=55)
    assert HERE_AND_NOW in starts(the_world)
    the_world.clock.move(seconds=6)

    assert HERE_AND_NOW not in starts(the_world)


def test_times_are_asked_for_once_within_some_seconds(the_world: World) -> None:
    for _ in range(3):
        the_world.get(PATH)
    assert [name for name, _ in the_world.sandbox.calls].count(TIMES) == 1
    the_world.clock.move(seconds=11)
    the_world.get(PATH)

    assert [name for name, _ in the_world.sandbox.calls].count(TIMES) == 2


def test_with_knock_down_a_recent_list_is_given_marked_as_stale(the_world: World) -> None:
    the_world.get(PATH)
    the_world.clock.move(minutes=5)
    the_world.faults.set(TIMES, "500")

    said = the_world.get(PATH).json()

    assert (said["stale"], said["asOf"], len(said["times"])) == (True, "2026-06-10T19:00:00+00:00", 3)


def test_when_knock_is_back_the_list_is_fresh_again(the_world: World) -> None:
    the_world.get(PATH)
    the_world.clock.move(minutes=5)
    the_world.faults.set(TIMES, "500")
    the_world.get(PATH)
    the_world.clock.move(seconds=3)

    said = the_world.get(PATH).json()

    assert (said["stale"], said["asOf"]) == (False, "2026-06-10T19:05:03+00:00")


def test_with_knock_down_and_only_an_old_list_the_answer_is_503(the_world: World) -> None:
    the_world.get(PATH)
    the_world.clock.move(minutes=16)
    the_world.faults.set(TIMES, "garbage")

    answer = the_world.get(PATH)

    problem(answer, 503, "knock-unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_an_unknown_community_is_a_404_problem(the_world: World) -> None:
    problem(the_world.get("/api/v1/communities/no-such-place/times"), 404, "not-found")


def test_a_community_that_we_know_and_knock_refuses_by_now_is_a_404_problem(the_world: World) -> None:
    assert HERE_AND_NOW in starts(the_world)
    the_world.sandbox.agent.remove(COMMUNITY)
    the_world.clock.move(seconds=11)

    problem(the_world.get(PATH), 404, "not-found")


def test_a_community_whose_self_guided_tours_are_off_has_no_times(the_world: World) -> None:
    the_world.sandbox.agent.toggle(COMMUNITY, the_world.knock.communities[COMMUNITY].tour_types[-1])

    assert starts(the_world) == []


def test_the_least_notice_is_kept(database_url: str) -> None:
    with world(database_url, notice=timedelta(hours=1)) as strict:
        assert starts(strict) == ["2026-06-10T13:30:00-07:00", "2026-06-11T12:30:00-07:00"]


def test_several_tours_at_once_are_listed_until_the_last_place_is_taken(database_url: str) -> None:
    with world(database_url, max_concurrent_tours=2) as roomy:
        roomy.knock.offer(COMMUNITY, [START])
        before = starts(roomy)
        roomy.book(profile=SAM)

        assert (before, starts(roomy)) == ([HERE_AND_NOW], [HERE_AND_NOW])
