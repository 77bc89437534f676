"""The operator's rules where they take effect: listing, booking, moving, the pages, check-in and the validity job."""

from datetime import timedelta
from typing import Any

import pytest

from tests.flow.story import book_until_confirmed
from tests.web.visitor import EVERYTHING, Page, Visitor
from tests.world import COMMUNITY, JANE, START, World, world

TIMES = f"/api/v1/communities/{COMMUNITY}/times"
NOW_HERE, IN_AN_HOUR, TOMORROW = (f"2026-06-1{at}:00-07:00" for at in ("0T12:30", "0T13:30", "1T12:30"))
SAM = {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com", "phone": "2065550000"}
CHECK_IN = "I'm here: check in"


def starts(world: World) -> list[str]:
    return [one["startTime"] for one in world.get(TIMES).json()["times"]]


def page_times(world: World) -> list[str]:
    with Visitor(world) as visitor:
        return visitor.arrive().times()


def other_times(world: World, booked: dict[str, Any]) -> list[str]:
    """What the page for another time offers."""
    with Visitor(world) as visitor:
        return visitor.visit(f"/tour/{booked['tourToken']}/reschedule").times()


def tour_page(world: World, booked: dict[str, Any]) -> Page:
    with Visitor(world) as visitor:
        return visitor.visit(f"/tour/{booked['tourToken']}")


# enabled


def test_a_community_that_is_not_enabled_is_not_there_for_prospects(the_world: World) -> None:
    assert len(starts(the_world)) == 3
    with Visitor(the_world) as visitor:
        left_open = visitor.arrive()
        the_world.rules(enabled=False)
        assert visitor.arrive().status == 404
        assert visitor.book(left_open).status_code == 404
    assert the_world.get(TIMES).status_code == 404
    assert the_world.book().status_code == 404
    assert (the_world.tours(), the_world.knock.appointments) == ([], {})


def test_its_upcoming_tours_of_every_kind_are_cancelled_and_their_pages_say_why(the_world: World) -> None:
    alone = book_until_confirmed(the_world)
    led = the_world.book(key="key-2", tourType="IN_PERSON", profile=SAM, start=START + timedelta(days=1)).json()
    the_world.jobs()
    assert len(the_world.live_grants()) == 1
    the_world.rules(enabled=False)
    the_world.jobs()
    the_world.jobs()
    for booked in (alone, led):
        assert (the_world.tour(booked).status, the_world.tour(booked).reason) == ("cancelled", "community_switched_off")
        assert "takes no" in tour_page(the_world, booked).text()
    assert (the_world.standing(), the_world.live_grants()) == ([], [])


def test_a_tour_that_has_begun_when_its_community_is_switched_off_ends_as_it_would(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=30)
    code = the_world.act(booked, "check-in").json()["code"]
    the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.jobs()
    the_world.rules(enabled=False)
    the_world.converge(hours=1)
    assert (the_world.tour(booked).status, len(the_world.knock.visits)) == ("completed", 1)


def test_enabled_again_it_takes_bookings_again(the_world: World) -> None:
    the_world.rules(enabled=False)
    the_world.jobs()
    the_world.rules()
    assert the_world.book().status_code == 201


# Which times are open


@pytest.mark.parametrize(
    ("rules", "open_times"),
    [
        ({"notice_minutes": 31}, [IN_AN_HOUR, TOMORROW]),
        ({"notice_minutes": 30}, [NOW_HERE, IN_AN_HOUR, TOMORROW]),
        ({"horizon_days": 1}, [NOW_HERE, IN_AN_HOUR]),
        ({"horizon_days": 2}, [NOW_HERE, IN_AN_HOUR, TOMORROW]),
        ({"hours": {"thu": "00:00-23:59"}}, [TOMORROW]),
        ({"hours": {"wed": "13:00-14:00", "thu": "12:31-20:00"}}, [IN_AN_HOUR]),
        ({"hours": {"wed": "12:30-13:00"}}, [NOW_HERE]),
        ({"hours": {"wed": "12:30-12:59"}}, []),
        ({"hours": {"wed": "12:30-13:30"}, "tour_minutes": 60}, [NOW_HERE]),
        ({"hours": {"wed": "12:30-13:30"}, "tour_minutes": 61}, []),
        ({"hours": {}}, []),
    ],
)
def test_listing_booking_and_pages_agree_about_open_times(the_world: World, rules: dict[str, Any], open_times: list[str]) -> None:
    the_world.rules(max_concurrent_tours=9, **rules)
    assert starts(the_world) == page_times(the_world) == open_times
    all_starts = [START, START + timedelta(hours=1), START + timedelta(days=1)]
    for number, (named, start) in enumerate(zip([NOW_HERE, IN_AN_HOUR, TOMORROW], all_starts, strict=True)):
        who = {**SAM, "email": f"sam{number}@example.com", "phone": f"206555000{number}"}
        answer = the_world.book(key=f"key-{number}", start=start, profile=who)
        assert answer.status_code == (201 if named in open_times else 409)
    assert len(the_world.standing()) == len(open_times)


@pytest.mark.parametrize(
    ("rules", "open_times"),
    [
        ({"notice_minutes": 120}, [TOMORROW]),
        ({"horizon_days": 1}, [IN_AN_HOUR]),
        ({"hours": {"thu": "09:00-17:00"}}, [TOMORROW]),
        ({"hours": {}}, []),
    ],
)
def test_moving_obeys_the_rules_of_now_and_the_booked_time_stays(
    the_world: World, rules: dict[str, Any], open_times: list[str]
) -> None:
    booked = book_until_confirmed(the_world)
    the_world.rules(**rules)
    assert other_times(the_world, booked) == open_times
    for named, start in ((IN_AN_HOUR, START + timedelta(hours=1)), (TOMORROW, START + timedelta(days=1))):
        if named not in open_times:
            answer = the_world.move(booked, start)
            assert (answer.status_code, answer.json()["type"]) == (409, "time-taken")
            assert the_world.tour(booked).starts_at == START
    the_world.jobs()
    assert [(one.start, the_world.tour(booked).status) for one in the_world.standing()] == [(START, "confirmed")]


def test_a_tour_that_moves_has_the_length_of_now(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.rules(tour_minutes=45)
    assert the_world.tour(booked).ends_at == START + timedelta(minutes=30)
    assert the_world.move(booked, START + timedelta(hours=1)).status_code == 200
    the_world.jobs()
    (appointment,) = the_world.standing()
    moved = the_world.tour(booked)
    assert appointment.end - appointment.start == moved.ends_at - moved.starts_at == timedelta(minutes=45)
    assert moved.closes_at == moved.ends_at + the_world.config.late


def test_the_length_reaches_knock_the_lock_system_and_the_page(the_world: World) -> None:
    the_world.rules(tour_minutes=45)
    assert the_world.get(TIMES).json()["times"][0]["endTime"] == "2026-06-10T13:15:00-07:00"
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    (appointment,) = the_world.standing()
    (grant,) = the_world.live_grants()
    assert (booked["endTime"], appointment.end) == ("2026-06-10T13:15:00-07:00", START + timedelta(minutes=45))
    assert grant.ends_at == START + timedelta(minutes=55)
    assert "12:30 PM – 1:15 PM" in tour_page(the_world, booked).text()


@pytest.mark.parametrize(("limit", "asked"), [(1, 1), (2, 2)])
def test_tours_at_once_are_counted_by_the_rule_of_now(the_world: World, limit: int, asked: int) -> None:
    """Knock's own calendar in the sandbox takes one such tour at a time: what tells is whether it is asked for another."""
    the_world.rules(max_concurrent_tours=3 - limit)
    book_until_confirmed(the_world)
    the_world.rules(max_concurrent_tours=limit)
    assert (NOW_HERE in starts(the_world)) is (limit == 2)
    assert the_world.book(key="key-2", profile=SAM).status_code == 409
    assert [name for name, _ in the_world.sandbox.calls].count("POST /appointment/request") == asked
    assert len(the_world.standing()) == 1


def test_a_tour_does_not_stand_in_its_own_way_when_it_moves_by_less_than_its_length(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, [START, START + timedelta(minutes=10)])
    booked = book_until_confirmed(the_world)
    assert the_world.move(booked, START + timedelta(minutes=10)).status_code == 200
    assert the_world.tour(booked).starts_at == START + timedelta(minutes=10)


# Source title


@pytest.mark.parametrize(
    ("given", "told"),
    [(None, "Property Website"), ("", "Property Website"), ("Zillow", "Zillow")],
    ids=["none came", "an empty one came", "one came"],
)
def test_the_default_source_title_is_for_those_who_come_without_one(the_world: World, given: str | None, told: str) -> None:
    the_world.rules(default_source_title="Property Website")
    booked = the_world.book(sourceTitle=given).json()
    with Visitor(the_world) as visitor:
        visitor.book(
            visitor.arrive(given), {**EVERYTHING, "email": "other@example.com", "phone": "2065559999", "startTime": TOMORROW}
        )
    assert booked["sourceTitle"] == told
    assert [one.source_title for one in the_world.knock.appointments.values()] == [told, told]


def test_the_default_source_title_reaches_the_visit_as_it_was_when_booked(the_world: World) -> None:
    the_world.rules(default_source_title="é 🏠 %2B", lock="none")
    booked = the_world.book(sourceTitle=None).json()
    the_world.rules(default_source_title="another", lock="none")
    the_world.clock.move(minutes=30)
    the_world.act(booked, "check-in")
    the_world.converge(hours=1)
    (visit,) = the_world.knock.visits
    assert visit.source_title == "é 🏠 %2B"


# Lock


def test_without_a_lock_no_access_is_asked_for_and_the_check_in_begins_the_tour(the_world: World) -> None:
    the_world.rules(lock="none")
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    assert the_world.act(booked).json()["access"]["state"] == "none"
    the_world.clock.move(minutes=33)
    arrived = the_world.act(booked, "check-in").json()
    assert (arrived["status"], arrived["code"]) == ("in_progress", None)
    the_world.converge(hours=1)
    assert the_world.lock.grants == {}
    (visit,) = the_world.knock.visits
    assert visit.visit_time == START + timedelta(minutes=3)


def test_the_pages_speak_of_codes_only_where_there_is_a_lock(the_world: World) -> None:
    with Visitor(the_world) as visitor:
        assert "door code" in visitor.arrive().text()
        the_world.rules(lock="none")
        assert "door code" not in visitor.arrive().text()
    assert "door code" not in tour_page(the_world, book_until_confirmed(the_world)).text()


def test_a_lock_connected_after_the_booking_opens_the_doors_of_that_tour(the_world: World) -> None:
    the_world.rules(lock="none")
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    assert the_world.lock.grants == {}
    the_world.rules(lock="http")
    the_world.jobs()
    assert the_world.act(booked).json()["access"]["state"] == "ready"
    assert len(the_world.live_grants()) == 1


def test_a_lock_connected_in_the_last_minute_is_asked_for_a_code_at_check_in(the_world: World) -> None:
    the_world.rules(lock="none")
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=30)
    the_world.rules(lock="http")
    arrived = the_world.act(booked, "check-in").json()
    assert (arrived["status"], arrived["code"], arrived["access"]["state"]) == ("confirmed", None, "pending")
    the_world.jobs()
    code = the_world.act(booked, "check-in").json()["code"]
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.converge(hours=1)
    (visit,) = the_world.knock.visits
    assert (visit.unit_names, len(the_world.lock.grants), the_world.live_grants()) == (["204"], 1, [])


def test_a_lock_given_up_rescues_the_tours_whose_access_could_not_be_granted(the_world: World) -> None:
    the_world.lock.fails_grants = True
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.rules(lock="none")
    the_world.clock.move(minutes=29)
    the_world.jobs()
    assert the_world.tour(booked).status == "confirmed"
    assert the_world.act(booked, "check-in").json()["status"] == "in_progress"
    the_world.converge(hours=1)
    assert (the_world.tour(booked).status, len(the_world.knock.visits), the_world.live_grants()) == ("completed", 1, [])


def test_without_settings_for_a_lock_system_a_tour_begins_with_its_check_in(database_url: str) -> None:
    with world(database_url, access_url="", access_webhook_secrets=()) as keyless:
        booked = book_until_confirmed(keyless)
        keyless.clock.move(minutes=30)
        assert keyless.act(booked, "check-in").json()["status"] == "in_progress"


# Help


def test_the_help_phone_is_on_the_page_of_a_tour_that_is_to_come_and_only_where_there_is_one(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    assert "Need help?" not in tour_page(the_world, booked).text()
    the_world.rules(help_phone="+1 206 555 0100")
    page = tour_page(the_world, booked)
    (link,) = page.root.all("a", href="tel:+12065550100")
    assert link.text() == "+1 206 555 0100"
    the_world.clock.move(minutes=25)
    with Visitor(the_world) as visitor:
        arrived = visitor.press(visitor.visit(f"/tour/{booked['tourToken']}"), CHECK_IN)
    assert "Need help? Call +1 206 555 0100" in arrived.text()
    the_world.act(booked, "cancel")
    assert "Need help?" not in tour_page(the_world, booked).text()


# Others


def test_one_communitys_rules_are_not_anothers(the_world: World) -> None:
    maple = "191b65d2686d11e9"
    the_world.knock.offer(maple, [START])
    the_world.rules(enabled=False, hours={}, tour_minutes=5)
    answer = the_world.book(communityId=maple)
    assert (answer.status_code, the_world.tour(answer.json()).ends_at) == (201, START + timedelta(minutes=30))


def test_what_a_table_leaves_out_is_as_in_the_settings(database_url: str) -> None:
    with world(database_url, tour=timedelta(minutes=20), notice=timedelta(minutes=45)) as set_otherwise:
        set_otherwise.rules(help_phone="+1 206 555 0100")
        (first, _) = set_otherwise.get(TIMES).json()["times"]
        assert (first["startTime"], first["endTime"]) == (IN_AN_HOUR, "2026-06-10T13:50:00-07:00")


def test_rules_that_this_version_cannot_read_are_no_reason_to_forget_a_booking(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.rules(tour_minutes="thirty")
    assert the_world.get(TIMES).status_code == 500
    assert the_world.book(key="key-2", profile={**JANE, "email": "s@example.com"}).status_code == 500
    the_world.rules()
    assert (the_world.tour(booked).status, len(the_world.standing())) == ("confirmed", 1)
