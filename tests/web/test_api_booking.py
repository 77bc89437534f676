"""`POST /api/v1/tours`: booked, not known yet, refused; and the Idempotency-Key."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.web.api import BOOKING, HERE_AND_NOW, SAM, TIMES, body, nothing_happened, post, problem
from tests.world import COMMUNITY, JANE, START, World, world
from vendor_app.app import create_app

MAPLE = "191b65d2686d11e9"


def arrival(the_world: World, community: str = COMMUNITY, title: str = "Zillow") -> str:
    """An arrival's id."""
    return the_world.get(f"/doorway/{community}?utm_knock_source_title={title}").headers["Location"].rpartition("/")[2]


# Booked


def test_a_booking_answers_201_with_the_tour(the_world: World) -> None:
    answer = post(the_world, body(sourceTitle="Zillow", unitNames=["204"]))

    assert answer.status_code == 201
    said = answer.json()
    (appointment,) = the_world.standing()
    assert said.pop("tourId").startswith("tour_")
    assert len(said.pop("tourToken")) >= 32
    assert said == {
        "status": "confirmed",
        "appointmentId": appointment.appointment_id,
        "communityId": COMMUNITY,
        "tourType": "SELF_GUIDED",
        "sourceTitle": "Zillow",
        "startTime": HERE_AND_NOW,
        "endTime": "2026-06-10T13:00:00-07:00",
        "unitNames": ["204"],
    }


def test_knock_gets_the_time_with_our_end_as_a_self_guided_tour(database_url: str) -> None:
    with world(database_url, tour=timedelta(minutes=45)) as longer:
        longer.book()

        (appointment,) = longer.standing()
        assert (appointment.start, appointment.end) == (START, START + timedelta(minutes=45))
        assert appointment.tour_type == "SELF_GUIDED"


def test_knock_gets_the_whole_profile(the_world: World) -> None:
    wishes = {
        "moveDate": "2026-09-01",
        "bedrooms": ["1_BEDROOM", "3_OR_MORE_BEDROOMS"],
        "occupants": 3,
        "leaseTermMonths": 12,
        "minBudget": 0,
        "maxBudget": 2500,
        "pets": ["SMALL_DOG"],
    }
    assert post(the_world, body(profile={**JANE, **wishes}, smsConsent=True)).status_code == 201

    (prospect,) = the_world.knock.prospects.values()
    assert (prospect.first_name, prospect.last_name, prospect.email) == ("Jane", "Doe", "janedoe@example.com")
    assert (prospect.phone, prospect.sms_consent) == ("+12065554567", True)
    assert prospect.profile == wishes


def test_consent_and_units_may_be_left_out(the_world: World) -> None:
    said = post(the_world, body()).json()

    assert (said["unitNames"], said["sourceTitle"]) == ([], None)
    assert [one.sms_consent for one in the_world.knock.prospects.values()] == [False]
    assert [one.source_title for one in the_world.standing()] == [None]


@pytest.mark.parametrize("shape", ["id", "appointmentId", "nested"])
def test_each_of_knocks_three_answers_is_understood(the_world: World, shape: Any) -> None:
    the_world.knock.response_shape = shape

    assert [post(the_world, body()).json()["appointmentId"]] == [one.appointment_id for one in the_world.standing()]


@pytest.mark.parametrize("written", ["2026-06-10T19:30:00Z", "2026-06-10T15:30:00-04:00", "2026-06-11T01:00:00+05:30"])
def test_the_time_may_be_given_in_any_offset_and_is_answered_in_the_propertys(the_world: World, written: str) -> None:
    answer = post(the_world, body(startTime=written))

    assert (answer.status_code, answer.json()["startTime"]) == (201, HERE_AND_NOW)
    assert [one.start for one in the_world.standing()] == [START]


def test_an_arrival_gives_the_source_title(the_world: World) -> None:
    said = post(the_world, body(arrivalId=arrival(the_world))).json()

    assert said["sourceTitle"] == "Zillow"
    assert [one.source_title for one in the_world.standing()] == ["Zillow"]


def test_a_source_title_given_beside_an_arrival_counts(the_world: World) -> None:
    post(the_world, body(arrivalId=arrival(the_world), sourceTitle="Instagram"))

    assert [one.source_title for one in the_world.standing()] == ["Instagram"]


@pytest.mark.parametrize("title", ["", " ", "\ud800", "a\0b", "\U0001f3e1" * 2500])
def test_an_odd_source_title_comes_back_as_it_came(the_world: World, title: str) -> None:
    assert post(the_world, body(sourceTitle=title)).json()["sourceTitle"] == title
    assert [one.source_title for one in the_world.standing()] == [title]


def test_booking_needs_no_cookie_and_no_csrf_token(the_world: World) -> None:
    assert "Set-Cookie" not in post(the_world, body()).headers


# Not known yet


@pytest.mark.parametrize("fault", ["500", "500_after", "drop_before", "drop_after", "garbage", "hang"])
def test_an_unknown_outcome_is_a_202_with_the_tour_as_requested(the_world: World, fault: str) -> None:
    the_world.faults.set(BOOKING, fault)

    answer = post(the_world, body())
    the_world.faults.clear()

    assert answer.status_code == 202
    said = answer.json()
    assert (said["status"], said["appointmentId"], said["startTime"]) == ("requested", None, HERE_AND_NOW)
    assert the_world.act(said).json()["status"] == "requested"


@pytest.mark.parametrize("fault", ["500", "drop_after"])
def test_a_tour_whose_outcome_was_unknown_is_confirmed_after_a_minute_with_one_appointment(the_world: World, fault: str) -> None:
    the_world.faults.set(BOOKING, fault)
    said = post(the_world, body()).json()
    the_world.clock.move(seconds=61)
    the_world.jobs()

    seen = the_world.act(said).json()
    assert (seen["status"], [seen["appointmentId"]]) == ("confirmed", [one.appointment_id for one in the_world.standing()])


def test_a_place_whose_outcome_is_unknown_is_not_given_away(the_world: World) -> None:
    the_world.faults.set(BOOKING, "500")
    post(the_world, body())

    problem(post(the_world, body(profile=SAM), "key-2"), 409, "time-taken")


# Refused times


def test_a_taken_time_is_a_409_with_fresh_times(the_world: World) -> None:
    the_world.book(profile=SAM)

    said = problem(post(the_world, body(), "key-2"), 409, "time-taken")

    assert [one["startTime"] for one in said["times"]] == ["2026-06-10T13:30:00-07:00", "2026-06-11T12:30:00-07:00"]
    assert said["times"][0]["endTime"] == "2026-06-10T14:00:00-07:00"
    assert len(the_world.standing()) == 1


def test_a_time_that_knock_refuses_is_a_409_with_knocks_words_and_fresh_times(the_world: World) -> None:
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.knock.offer(COMMUNITY, [START + timedelta(hours=2)])

    said = problem(post(the_world, body()), 409, "time-taken")

    assert said["detail"] == "The requested time is no longer available."
    assert [one["startTime"] for one in said["times"]] == ["2026-06-10T14:30:00-07:00"]
    assert the_world.knock.appointments == {}


def test_a_refused_time_is_free_for_the_next_prospect(the_world: World) -> None:
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.knock.offer(COMMUNITY, [])
    post(the_world, body())
    the_world.knock.offer(COMMUNITY, [START])
    the_world.clock.move(seconds=11)

    assert post(the_world, body(profile=SAM), "key-2").status_code == 201


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(START + timedelta(minutes=1), id="not offered"),
        pytest.param(START + timedelta(seconds=0.5), id="half a second off"),
        pytest.param(START - timedelta(days=1), id="past"),
        pytest.param(datetime(2000, 1, 1, tzinfo=UTC), id="the first year"),
        pytest.param(datetime(2200, 12, 31, tzinfo=UTC), id="the last year"),
    ],
)
def test_a_time_that_is_not_offered_is_refused(the_world: World, start: datetime) -> None:
    problem(post(the_world, body(startTime=start.isoformat())), 409, "time-taken")
    assert nothing_happened(the_world)


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_no_calendar_holds_in_utc_is_refused(the_world: World, start: str) -> None:
    assert post(the_world, body(startTime=start)).status_code in (409, 422)
    assert nothing_happened(the_world)


def test_a_time_of_another_community_is_refused(the_world: World) -> None:
    elsewhere = START + timedelta(hours=3)
    the_world.knock.offer(MAPLE, [elsewhere])

    problem(post(the_world, body(startTime=elsewhere.isoformat())), 409, "time-taken")
    assert nothing_happened(the_world)


def test_a_time_that_came_while_the_list_was_kept_is_refused(the_world: World) -> None:
    the_world.clock.move(minutes=29, seconds=55)
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.clock.move(seconds=6)

    problem(post(the_world, body()), 409, "time-taken")
    assert nothing_happened(the_world)


def test_a_time_within_the_least_notice_is_refused(database_url: str) -> None:
    with world(database_url, notice=timedelta(hours=1)) as strict:
        problem(post(strict, body()), 409, "time-taken")
        assert nothing_happened(strict)


# Knock away


def test_a_request_that_certainly_had_no_effect_is_a_503_and_leaves_the_place_free(the_world: World) -> None:
    the_world.faults.set(BOOKING, "429")

    answer = post(the_world, body())

    assert "nothing was booked" in problem(answer, 503, "knock-unavailable")["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert post(the_world, body(profile=SAM), "key-2").status_code == 201


def test_after_a_503_the_same_key_books(the_world: World) -> None:
    the_world.faults.set(BOOKING, "429")
    first = post(the_world, body())
    second = post(the_world, body())

    assert (first.status_code, second.status_code) == (503, 201)
    assert len(the_world.standing()) == 1


def test_who_repeats_a_request_under_way_is_told_of_the_tour_it_ends_as(the_world: World, monkeypatch: Any) -> None:
    knock = the_world.app.extensions["vendor_app"].via.knock
    ask, is_asking, may_ask = knock.request_appointment, threading.Event(), threading.Event()

    def ask_later(asked: Any) -> Any:
        is_asking.set()
        assert may_ask.wait(30)
        return ask(asked)

    monkeypatch.setattr(knock, "request_appointment", ask_later)
    the_world.faults.set(BOOKING, "429", seconds=1)
    with ThreadPoolExecutor(1) as client:
        first = client.submit(post, the_world, body())
        assert is_asking.wait(30)
        repeated = post(the_world, body())
        may_ask.set()
    monkeypatch.undo()
    answers = [first.result(), repeated, post(the_world, body())]

    assert [one.status_code for one in answers] == [202, 202, 202]
    assert len({one.json()["tourId"] for one in answers}) == 1
    the_world.converge(hours=0.1, minutes_a_step=1.5)
    assert the_world.tour(repeated.json()).status == "confirmed"
    assert len(the_world.standing()) == 1


def test_after_a_503_the_same_key_may_ask_for_something_else(the_world: World) -> None:
    the_world.faults.set(BOOKING, "429")
    post(the_world, body())

    assert post(the_world, body(unitNames=["101"])).status_code == 201


def test_with_knock_down_and_no_times_known_nothing_is_booked(the_world: World) -> None:
    the_world.faults.set(TIMES, "500")

    problem(post(the_world, body()), 503, "knock-unavailable")
    assert nothing_happened(the_world)


def test_with_stale_times_booking_still_asks_knock(the_world: World) -> None:
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.clock.move(minutes=5)
    the_world.faults.set(TIMES, "500")

    assert post(the_world, body()).status_code == 201
    assert len(the_world.standing()) == 1


def test_with_the_wrong_key_nothing_is_booked_and_nothing_told_of_the_key(database_url: str) -> None:
    with world(database_url) as made:
        made.get(f"/api/v1/communities/{COMMUNITY}/times")
        object.__setattr__(made.sandbox.settings, "appointment_key", "changed")

        answer = post(made, body())

        problem(answer, 503, "knock-unavailable")
        assert "key" not in answer.text.lower()
        assert made.knock.appointments == {}


# The key


def test_the_same_key_and_body_get_the_first_answer_again(the_world: World) -> None:
    first, second = post(the_world, body()), post(the_world, body())

    assert (second.status_code, second.json()) == (201, first.json())
    assert (len(the_world.tours()), len(the_world.knock.appointments)) == (1, 1)


def test_the_order_of_the_fields_does_not_matter(the_world: World) -> None:
    first = post(the_world, body())
    second = post(the_world, dict(reversed(body().items())))

    assert first.json() == second.json()


def test_the_first_answer_stays_though_the_tour_was_cancelled_since(the_world: World) -> None:
    first = post(the_world, body())
    the_world.act(first.json(), "cancel")
    the_world.jobs()

    again = post(the_world, body())

    assert (again.status_code, again.json()) == (201, first.json())
    assert the_world.standing() == []


def test_the_first_answer_stays_though_it_was_settled_since(the_world: World) -> None:
    the_world.faults.set(BOOKING, "drop_after")
    first = post(the_world, body())
    the_world.clock.move(minutes=2)
    the_world.jobs()

    again = post(the_world, body())

    assert (again.status_code, again.json()) == (202, first.json())
    assert the_world.act(first.json()).json()["status"] == "confirmed"


def test_the_first_answer_stays_though_the_appointment_was_replaced_since(the_world: World) -> None:
    first = post(the_world, body())
    later = (START + timedelta(hours=1)).isoformat()
    post(the_world, body(startTime=later), "key-2")
    the_world.jobs()

    assert post(the_world, body()).json() == first.json()


def test_the_first_answer_stays_though_the_time_is_over(the_world: World) -> None:
    first = post(the_world, body())
    the_world.clock.move(days=2)

    assert post(the_world, body()).json() == first.json()


def test_the_first_answer_stays_though_knock_is_down(the_world: World) -> None:
    first = post(the_world, body())
    the_world.clock.move(hours=1)
    the_world.faults.set(TIMES, "500")
    the_world.faults.set("GET /communities", "500")

    assert post(the_world, body()).json() == first.json()


def test_a_refusal_is_the_first_answer_too(the_world: World) -> None:
    other = the_world.book(profile=SAM).json()
    first = problem(post(the_world, body(), "key-2"), 409)
    the_world.act(other, "cancel")
    the_world.jobs()
    the_world.clock.move(seconds=11)

    assert problem(post(the_world, body(), "key-2"), 409) == first
    assert post(the_world, body(), "key-3").status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"unitNames": ["101"]},
        {"startTime": (START + timedelta(hours=1)).isoformat()},
        {"profile": SAM},
        {"smsConsent": True},
        {"sourceTitle": ""},
    ],
)
def test_the_same_key_with_another_body_is_a_422_and_changes_nothing(the_world: World, change: dict[str, Any]) -> None:
    first = post(the_world, body())

    problem(post(the_world, body(**change)), 422, "idempotency-key-reused")

    assert len(the_world.knock.appointments) == 1
    assert the_world.act(first.json()).json()["status"] == "confirmed"


def test_a_key_under_which_something_invalid_was_asked_is_still_free(the_world: World) -> None:
    problem(post(the_world, body(startTime="soon")), 422)

    assert post(the_world, body()).status_code == 201


@pytest.mark.parametrize("key", [None, "", "x" * 256])
def test_without_a_usable_key_nothing_is_booked(quiet_world: World, key: str | None) -> None:
    said = problem(post(quiet_world, body(), key), 400)

    assert "Idempotency-Key" in json.dumps(said)
    assert nothing_happened(quiet_world)


# What cannot be meant


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("communityId", {"communityId": None}),
        ("communityId", {"communityId": 7}),
        ("communityId", {"communityId": ""}),
        ("startTime", {"startTime": None}),
        ("startTime", {"startTime": "2026-06-10T12:30:00"}),
        ("startTime", {"startTime": "2026-06-10"}),
        ("startTime", {"startTime": 1781119800}),
        ("startTime", {"startTime": ["2026-06-10T12:30:00-07:00"]}),
        ("startTime", {"startTime": "2026-02-30T12:30:00-07:00"}),
        ("profile", {"profile": None}),
        ("profile", {"profile": "Jane"}),
        ("profile.firstName", {"profile": {"lastName": "Doe", "email": "j@example.com"}}),
        ("profile.firstName", {"profile": {**JANE, "firstName": ""}}),
        ("profile.firstName", {"profile": {**JANE, "firstName": "   "}}),
        ("profile.firstName", {"profile": {**JANE, "firstName": None}}),
        ("profile.firstName", {"profile": {**JANE, "firstName": "a\0b"}}),
        ("profile.firstName", {"profile": {**JANE, "firstName": "a\nb"}}),
        ("profile.firstName", {"profile": {**JANE, "firstName": "\ud800"}}),
        ("profile.lastName", {"profile": {**JANE, "lastName": "x" * 101}}),
        ("profile.email", {"profile": {**JANE, "email": "jane"}}),
        ("profile.email", {"profile": {**JANE, "email": "jane@example.com, joe@example.com"}}),
        ("profile.email", {"profile": {**JANE, "email": f"{'x' * 250}@example.com"}}),
        ("profile.email", {"profile": {"firstName": "Jane", "lastName": "Doe"}}),
        ("profile.email", {"profile": {"firstName": "Jane", "lastName": "Doe", "email": ""}}),
        ("profile.phone", {"profile": {**JANE, "phone": "12"}}),
        ("profile.phone", {"profile": {**JANE, "phone": 2065554567}}),
        ("profile.phone", {"profile": {**JANE, "phone": ""}}),
        ("profile.moveDate", {"profile": {**JANE, "moveDate": "01/09/2026"}}),
        ("profile.bedrooms", {"profile": {**JANE, "bedrooms": "STUDIO"}}),
        ("profile.bedrooms.0", {"profile": {**JANE, "bedrooms": ["studio"]}}),
        ("profile.bedrooms.1", {"profile": {**JANE, "bedrooms": ["STUDIO", "5_BEDROOMS"]}}),
        ("profile.occupants", {"profile": {**JANE, "occupants": 1.5}}),
        ("profile.occupants", {"profile": {**JANE, "occupants": "2"}}),
        ("profile.occupants", {"profile": {**JANE, "occupants": True}}),
        ("profile.occupants", {"profile": {**JANE, "occupants": 0}}),
        ("profile.leaseTermMonths", {"profile": {**JANE, "leaseTermMonths": 10**20}}),
        ("profile.minBudget", {"profile": {**JANE, "minBudget": -1}}),
        ("profile.maxBudget", {"profile": {**JANE, "minBudget": 2000, "maxBudget": 1000}}),
        ("profile.pets.0", {"profile": {**JANE, "pets": ["DRAGON"]}}),
        ("profile.nickname", {"profile": {**JANE, "nickname": "J"}}),
        ("smsConsent", {"smsConsent": "yes"}),
        ("smsConsent", {"smsConsent": 1}),
        ("unitNames", {"unitNames": "204"}),
        ("unitNames", {"unitNames": ["1"] * 21}),
        ("unitNames.1", {"unitNames": ["204", 204]}),
        ("sourceTitle", {"sourceTitle": 7}),
        ("arrivalId", {"arrivalId": 7}),
        ("arrivalId", {"arrivalId": "no-such-arrival"}),
        ("arrivalId", {"arrivalId": "\ud800"}),
        ("tourType", {"tourType": "ON_THE_MOON"}),
        ("start_time", {"start_time": "2026-06-10T12:30:00-07:00"}),
    ],
)
def test_a_field_that_cannot_be_used_is_a_422_that_names_it(quiet_world: World, field: str, change: dict[str, Any]) -> None:
    said = problem(post(quiet_world, body(**change)), 422, "invalid")

    assert list(said["errors"]) == [field]
    assert all(said["errors"][field])
    assert nothing_happened(quiet_world)


def test_all_that_is_wrong_is_named_at_once(quiet_world: World) -> None:
    said = problem(post(quiet_world, {"profile": {"email": "jane"}, "colour": "red"}), 422, "invalid")

    expected = {"communityId", "startTime", "profile.firstName", "profile.lastName", "profile.email", "colour"}
    assert said["errors"].keys() == expected


def test_an_arrival_at_another_community_is_a_422_that_names_it(quiet_world: World) -> None:
    said = problem(post(quiet_world, body(arrivalId=arrival(quiet_world, MAPLE))), 422, "invalid")

    assert list(said["errors"]) == ["arrivalId"]
    assert nothing_happened(quiet_world)


def test_an_unknown_community_is_a_404(quiet_world: World) -> None:
    problem(post(quiet_world, body(communityId="no-such-place")), 404, "not-found")
    assert nothing_happened(quiet_world)


@pytest.mark.parametrize("content", [[], "text", 7, None])
def test_json_that_is_no_object_is_refused(quiet_world: World, content: Any) -> None:
    answer = post(quiet_world, json.dumps(content).encode())

    assert problem(answer, answer.status_code)["status"] in (400, 422)
    assert nothing_happened(quiet_world)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"{'a': 1}", b'{"startTime": }', b"\x00"])
def test_what_is_not_json_is_a_400(quiet_world: World, content: bytes) -> None:
    said = problem(post(quiet_world, content), 400)

    assert "JSON" in said["detail"]
    assert nothing_happened(quiet_world)


def test_no_body_at_all_is_told_what_is_missing(quiet_world: World) -> None:
    said = problem(post(quiet_world, b""), 422, "invalid")

    assert said["errors"].keys() == {"communityId", "startTime", "profile"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[" * 100_000, id="deep list"),
        pytest.param(b'{"profile":' * 50_000, id="deep object"),
        pytest.param(b'{"profile": {"occupants": ' + b"9" * 5000 + b"}}", id="long number"),
    ],
)
def test_json_that_is_too_much_for_the_parser_is_a_400(quiet_world: World, content: bytes) -> None:
    problem(post(quiet_world, content), 400)
    assert nothing_happened(quiet_world)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_what_does_not_say_that_it_is_json_is_refused(quiet_world: World, kind: str) -> None:
    headers = {"Idempotency-Key": "key-1", "Content-Type": kind}
    answer = requests.post(f"{quiet_world.url}/api/v1/tours", data=json.dumps(body()), headers=headers, timeout=30)

    assert problem(answer, answer.status_code)["status"] in (400, 415, 422)
    assert nothing_happened(quiet_world)


def test_a_body_over_a_megabyte_is_a_413(quiet_world: World) -> None:
    problem(post(quiet_world, body(sourceTitle="x" * 1_100_000)), 413)
    assert nothing_happened(quiet_world)


def test_a_body_just_under_a_megabyte_is_read(the_world: World) -> None:
    title = "x" * 1_000_000

    assert post(the_world, body(sourceTitle=title)).status_code == 201
    assert [one.source_title for one in the_world.standing()] == [title]


# Too many


def test_more_bookings_than_allowed_within_an_hour_are_a_429(database_url: str) -> None:
    with world(database_url, bookings_per_hour=2, max_concurrent_tours=9) as strict:
        later = (START + timedelta(days=1)).isoformat()
        answers = [
            post(strict, body(), "key-1"),
            post(strict, body(profile=SAM, startTime=later), "key-2"),
            post(strict, body(profile={**SAM, "email": "ann@example.com"}), "key-3"),
        ]

        assert [one.status_code for one in answers] == [201, 201, 429]
        problem(answers[2], 429, "too-many-bookings")
        assert int(answers[2].headers["Retry-After"]) == 3600
        assert len(strict.standing()) == 2


def test_after_the_hour_the_same_key_books(database_url: str) -> None:
    with world(database_url, bookings_per_hour=1) as strict:
        later = body(startTime=(START + timedelta(days=1)).isoformat())
        post(strict, body(profile=SAM), "key-1")
        assert post(strict, later, "key-2").status_code == 429
        strict.clock.move(hours=1, seconds=1)

        assert post(strict, later, "key-2").status_code == 201


def test_the_first_answer_is_given_again_however_many_were_booked(database_url: str) -> None:
    with world(database_url, bookings_per_hour=1) as strict:
        first = post(strict, body())

        assert post(strict, body()).json() == first.json()


def test_an_address_that_somebody_claims_to_be_forwarded_for_does_not_count(database_url: str) -> None:
    with world(database_url, bookings_per_hour=1) as strict:
        post(strict, body(profile=SAM))
        headers = {"Idempotency-Key": "key-2", "X-Forwarded-For": "203.0.113.9"}
        later = body(startTime=(START + timedelta(days=1)).isoformat())

        assert requests.post(f"{strict.url}/api/v1/tours", json=later, headers=headers, timeout=30).status_code == 429


def test_behind_a_trusted_proxy_each_of_its_clients_counts_for_itself(database_url: str) -> None:
    with world(database_url, bookings_per_hour=1, trusted_proxies=1) as strict:
        later = body(startTime=(START + timedelta(days=1)).isoformat())
        sent = [("203.0.113.9", body(profile=SAM)), ("203.0.113.10", later), ("203.0.113.10", body())]
        statuses = [
            requests.post(
                f"{strict.url}/api/v1/tours",
                json=one,
                headers={"Idempotency-Key": f"key-{number}", "X-Forwarded-For": client},
                timeout=30,
            ).status_code
            for number, (client, one) in enumerate(sent)
        ]

        assert statuses == [201, 201, 429]


def test_the_same_key_of_another_client_is_another_key(database_url: str) -> None:
    with world(database_url, trusted_proxies=1) as behind_a_proxy:
        later = body(profile=SAM, startTime=(START + timedelta(days=1)).isoformat())

        def ask(client: str, content: dict[str, Any]) -> requests.Response:
            headers = {"Idempotency-Key": "1", "X-Forwarded-For": client}
            return requests.post(f"{behind_a_proxy.url}/api/v1/tours", json=content, headers=headers, timeout=30)

        first, other = ask("203.0.113.9", body()), ask("203.0.113.10", later)

        assert (first.status_code, other.status_code) == (201, 201)
        assert ask("203.0.113.9", body()).json() == first.json()
        problem(ask("203.0.113.9", later), 422, "idempotency-key-reused")


def test_after_a_change_of_the_secret_a_key_answers_a_token_that_works(the_world: World) -> None:
    first = post(the_world, body()).json()
    changed = replace(
        the_world.config, secret_key="another secret of the tests", secret_keys_before=(the_world.config.secret_key,)
    )
    app = create_app(changed, the_world.clock)
    with closing(app.extensions["vendor_app"].via):
        client = app.test_client()
        again = client.post("/api/v1/tours", json=body(), headers={"Idempotency-Key": "key-1"}).get_json()
        seen = client.get(f"/api/v1/tours/{again['tourId']}", headers={"Authorization": f"Bearer {again['tourToken']}"})

    assert again == first
    assert seen.status_code == 200


def test_attempts_that_knock_could_not_be_asked_about_do_not_use_up_the_hour(database_url: str) -> None:
    with world(database_url, bookings_per_hour=1) as strict:
        strict.faults.set(BOOKING, "429")
        post(strict, body())

        assert post(strict, body()).status_code == 201
