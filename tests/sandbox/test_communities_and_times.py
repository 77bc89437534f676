from datetime import UTC, datetime, timedelta

from sandbox import Sandbox
from sandbox.knock.model import TourType

from .stage import ALDER, MAPLE, NOON_IN_SEATTLE, SAGUARO, Clock, Partner


def times(partner: Partner, community: str = ALDER, self_guided: str = "true") -> list[str]:
    answer = partner.get(f"/community/{community}/available-times", forSelfGuided=self_guided)
    assert answer.status_code == 200
    found: list[str] = answer.json()["acceptableTimes"]
    return found


def test_communities_come_in_cursor_pages(partner: Partner) -> None:
    first = partner.get("/communities").json()
    assert first["pageInfo"] == {"endCursor": "Mg==", "hasNextPage": True}
    second = partner.get("/communities", after="Mg==").json()
    assert second["pageInfo"] == {"endCursor": None, "hasNextPage": False}
    assert [edge["node"]["communityId"] for edge in first["edges"] + second["edges"]] == [ALDER, MAPLE, SAGUARO]


def test_the_page_size_can_be_chosen(partner: Partner) -> None:
    page = partner.get("/communities", first="1").json()
    assert (len(page["edges"]), page["pageInfo"]) == (1, {"endCursor": "MQ==", "hasNextPage": True})


def test_a_page_size_or_a_cursor_that_makes_no_sense_is_refused(partner: Partner) -> None:
    refused = [{"first": "0"}, {"first": "many"}, {"first": "²"}, {"after": "%%"}, {"after": "eA=="}, {"after": "LTE="}]
    assert {partner.get("/communities", **one).status_code for one in refused} == {400}


def test_a_community_tells_what_the_documents_say_and_no_more(partner: Partner) -> None:
    assert set(partner.get("/communities").json()["edges"][0]["node"]) == {
        "communityName",
        "communityId",
        "address",
        "geolocation",
        "companyName",
        "inPersonToursEnabled",
        "liveVideoToursEnabled",
    }


def test_a_tour_type_can_be_toggled(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.agent.toggle(ALDER, TourType.LIVE_VIDEO)
    assert partner.get("/communities").json()["edges"][0]["node"]["liveVideoToursEnabled"] is False


def test_a_removed_community_is_gone_until_it_is_restored(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.agent.remove(ALDER)
    assert len(partner.get("/communities").json()["edges"]) == 2
    assert partner.get(f"/community/{ALDER}/available-times").status_code == 404
    sandbox.agent.restore(ALDER)
    assert partner.get(f"/community/{ALDER}/available-times").status_code == 200


def test_times_of_an_unknown_community_are_not_found(partner: Partner) -> None:
    answer = partner.get("/community/nowhere/available-times")
    assert (answer.status_code, answer.json()) == (404, {"errorMessage": "Community nowhere does not exist."})


def test_times_stand_in_the_communitys_own_offset(partner: Partner) -> None:
    assert times(partner)[0] == "2026-06-10T12:10:00-07:00"
    assert times(partner, MAPLE)[0] == "2026-06-10T15:10:00-04:00"
    assert times(partner, SAGUARO)[0] == "2026-06-10T12:10:00-07:00"


def test_the_grid_is_fine_today_and_half_hourly_afterwards_for_fourteen_days(partner: Partner) -> None:
    found = times(partner)
    assert sum(time.startswith("2026-06-10") for time in found) == 47
    assert [time[11:16] for time in found if time.startswith("2026-06-11")][:2] == ["08:00", "08:30"]
    assert found[-1] == "2026-06-23T19:30:00-07:00"


def test_the_next_three_marks_are_offered_at_any_hour(partner: Partner, clock: Clock) -> None:
    clock.now = datetime(2026, 6, 10, 9, 10, tzinfo=UTC)
    assert [time[11:16] for time in times(partner)[:4]] == ["02:20", "02:30", "02:40", "08:00"]


def test_the_offset_follows_daylight_saving_time(partner: Partner, clock: Clock) -> None:
    clock.now = datetime(2026, 10, 31, 19, tzinfo=UTC)
    starts = {time[:10]: time[11:] for time in reversed(times(partner))}
    assert starts["2026-10-31"].endswith("-07:00")
    assert starts["2026-11-01"] == "08:00:00-08:00"


def test_in_person_times_are_the_offices(partner: Partner) -> None:
    found = times(partner, self_guided="false")
    assert [found[0], found[-1]] == ["2026-06-10T12:30:00-07:00", "2026-06-23T16:30:00-07:00"]


def test_a_booked_time_takes_every_overlapping_start_away(partner: Partner) -> None:
    assert partner.book(NOON_IN_SEATTLE + timedelta(hours=1)).status_code == 200
    around = [time[11:16] for time in times(partner) if "12:20" <= time[11:16] <= "13:40"][:4]
    assert around == ["12:20", "12:30", "13:30", "13:40"]


def test_a_calendar_may_take_several_tours_at_once(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.knock.communities[ALDER].at_once = 2
    taken = [partner.book(profile={"email": f"{name}@example.com", "phone": f"206555000{name}"}).status_code for name in range(3)]
    assert taken == [200, 200, 409]


def test_a_self_guided_tour_takes_no_place_in_the_office(partner: Partner) -> None:
    before = times(partner, self_guided="false")
    partner.book(NOON_IN_SEATTLE + timedelta(hours=1))
    assert times(partner, self_guided="false") == before


def test_a_test_can_say_which_times_are_offered(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.knock.offer(ALDER, [NOON_IN_SEATTLE + timedelta(hours=3), NOON_IN_SEATTLE - timedelta(hours=1)])
    assert times(partner) == ["2026-06-10T15:00:00-07:00"]
    sandbox.knock.offer(ALDER, None)
    assert len(times(partner)) > 100


def test_no_self_guided_times_where_such_tours_are_off(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.agent.toggle(ALDER, TourType.SELF_GUIDED)
    assert times(partner) == []
