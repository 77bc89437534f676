"""A community that is booked through Propexo: queued, polled, confirmed, and all of the tour's life after that."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.knock.model import TourType
from tests.flow.propexo import IDS, finish_tasks, names, run_jobs, serve_through_propexo, tasks
from tests.flow.story import assert_one_visit, book_until_confirmed, live_the_story
from tests.world import COMMUNITY, JANE, START, World, world

ORDER, STATUS = "POST /crm/v1/appointments/knock", "GET /v1/admin/write-status"
JOHN = {"firstName": "John", "lastName": "Roe", "email": "john@example.com", "phone": "2065550000"}


@pytest.fixture
def propexos(the_world: World) -> World:
    """The world, its community booked through Propexo."""
    return serve_through_propexo(the_world)


def the_job(world: World) -> Any:
    (job,) = world.sandbox.propexo.jobs.values()
    return job


# The whole story


def test_a_tour_is_queued_then_confirmed_and_ends_in_one_visit_to_the_appointment_that_knocks_notice_named(
    propexos: World,
) -> None:
    answer = propexos.book()
    assert (answer.status_code, answer.json()["status"], answer.json()["appointmentId"]) == (202, "requested", None)
    assert "POST /appointment/request" not in names(propexos)
    run_jobs(propexos)
    booked = answer.json()
    (appointment,) = propexos.standing()
    tour = propexos.tour(booked)
    assert (tour.status, tour.appointment_id, tour.job_id) == ("confirmed", appointment.appointment_id, None)
    assert (appointment.start, appointment.source_title) == (START, "Zillow")

    live_the_story(propexos, booked)
    propexos.converge(hours=0.5)

    assert_one_visit(propexos, booked)
    assert tasks(propexos) == []


def test_while_it_is_queued_the_prospect_is_told_to_wait_and_nobody_else_gets_the_time(propexos: World) -> None:
    booked = propexos.book().json()
    assert "confirming your time" in propexos.get(f"/tour/{booked['tourToken']}").text
    assert propexos.act(booked, "check-in").status_code == 409
    assert propexos.book(key="key-2", profile=JOHN).status_code == 409
    assert len(propexos.sandbox.propexo.jobs) == 1
    assert propexos.live_grants() == []


def test_a_visit_that_cannot_name_its_appointment_becomes_the_operators_task(propexos: World) -> None:
    propexos.knock.loses_notices = True
    booked = book_until_confirmed(propexos)
    live_the_story(propexos, booked)
    propexos.converge(hours=0.2)
    assert tasks(propexos) == []  # a notice may still come
    propexos.converge(hours=1)

    tour = propexos.tour(booked)
    assert (tour.status, tour.appointment_id, propexos.knock.visits) == ("completed", None, [])
    assert tour.started_at is not None
    detail = {"visitTime": tour.started_at.isoformat(), "unitNames": ["204"]}
    assert tasks(propexos) == [("post_visit_by_hand", detail)]
    assert propexos.live_grants() == []

    finish_tasks(propexos)
    propexos.converge(hours=1)
    assert (tasks(propexos), propexos.knock.visits) == ([], [])


def test_a_notice_that_comes_after_the_visit_but_in_time_names_the_appointment_for_it(propexos: World) -> None:
    propexos.knock.notices_paused = True
    booked = book_until_confirmed(propexos)
    live_the_story(propexos, booked)
    run_jobs(propexos, times=6, seconds=60)
    assert propexos.knock.visits == []
    propexos.knock.notices_paused = False
    propexos.converge(hours=0.5)
    assert_one_visit(propexos, booked)
    assert tasks(propexos) == []


def test_nobody_comes_and_knock_gets_no_visit(propexos: World) -> None:
    propexos.knock.loses_notices = True
    booked = book_until_confirmed(propexos)
    propexos.converge(hours=3, minutes_a_step=10)
    assert propexos.tour(booked).status == "no_show"
    assert (propexos.knock.visits, propexos.live_grants(), tasks(propexos)) == ([], [], [])


# What Propexo is told

PROFILE = JANE | {
    "phone": "(206) 555-4567",
    "moveDate": "2026-08-01",
    "bedrooms": ["3_OR_MORE_BEDROOMS", "STUDIO"],
    "occupants": 2,
    "leaseTermMonths": 12,
    "minBudget": 1000,
    "maxBudget": 2000,
    "pets": ["CAT", "LARGE_DOG"],
}
NOTES = "Self-guided tour until 13:00 (2026-06-10T13:00:00-07:00). Units asked for: 204. Pets: cat, large dog."


def test_every_field_arrives_in_propexos_words(propexos: World) -> None:
    propexos.book(profile=PROFILE)
    assert the_job(propexos).body == {
        "integration_id": "clint_01",
        "community_id": "clcom_02",
        "attribution_id": "clatt_zillow",
        "appointment_date": "2026-06-10",
        "appointment_time": "19:30:00",
        "first_name": "Jane",
        "last_name": "Doe",
        "email_1": "janedoe@example.com",
        "phone_1": "+12065554567",
        "move_in_date": "2026-08-01",
        "number_of_occupants": 2,
        "lease_term_in_months": 12,
        "rent_minimum_in_cents": 100_000,
        "rent_maximum_in_cents": 200_000,
        "desired_num_bedrooms": [0, 3],
        "notes": NOTES,
    }
    run_jobs(propexos)
    (card,) = propexos.knock.prospects.values()
    assert (card.email, card.phone) == ("janedoe@example.com", "+12065554567")


@pytest.mark.parametrize(
    ("hour", "minute", "date", "time", "until"),
    [
        (16, 30, "2026-06-10", "23:30:00", "17:00"),
        (17, 0, "2026-06-11", "00:00:00", "17:30"),
        (23, 45, "2026-06-11", "06:45:00", "00:15"),
    ],
)
def test_an_evening_at_the_property_is_the_next_day_in_utc(
    propexos: World, hour: int, minute: int, date: str, time: str, until: str
) -> None:
    start = datetime(2026, 6, 10, hour, minute, tzinfo=UTC) + timedelta(hours=7)
    propexos.knock.offer(COMMUNITY, [start])
    booked = propexos.book(start=start).json()
    body = the_job(propexos).body
    assert (body["appointment_date"], body["appointment_time"]) == (date, time)
    assert body["notes"].startswith(f"Self-guided tour until {until} ")
    run_jobs(propexos)
    (appointment,) = propexos.standing()
    assert (appointment.start, propexos.tour(booked).appointment_id) == (start, appointment.appointment_id)


@pytest.mark.parametrize("title", ["zillow", "Türen & Tore", None])
def test_a_source_that_the_table_does_not_have_gets_the_default_and_stands_verbatim_on_the_visit(
    propexos: World, title: str | None
) -> None:
    booked = book_until_confirmed(propexos, sourceTitle=title)
    body = the_job(propexos).body
    assert body["attribution_id"] == "clatt_default"
    assert (f"Source: {title}" in body["notes"]) is (title is not None)
    live_the_story(propexos, booked)
    propexos.converge(hours=0.5)
    assert [one.source_title for one in propexos.knock.visits] == [title]


@pytest.mark.parametrize(("term", "sent"), [(1, 1), (18, 18), (24, None)])
def test_a_lease_term_that_propexo_does_not_take_is_said_in_the_notes(propexos: World, term: int, sent: int | None) -> None:
    assert propexos.book(profile=JANE | {"leaseTermMonths": term}).status_code == 202
    body = the_job(propexos).body
    assert body.get("lease_term_in_months") == sent
    assert ("Lease term wanted: 24 months." in body["notes"]) is (sent is None)


def test_a_tour_that_lasts_longer_than_knock_thinks_keeps_its_own_end(the_world: World) -> None:
    serve_through_propexo(the_world, tour_minutes=45)
    booked = book_until_confirmed(the_world)
    run_jobs(the_world)
    tour = the_world.tour(booked)
    (appointment,) = the_world.standing()
    assert (tour.appointment_id, appointment.end) == (appointment.appointment_id, START + timedelta(minutes=30))
    assert (tour.ends_at, tour.closes_at) == (START + timedelta(minutes=45), START + timedelta(minutes=55))
    (grant,) = the_world.live_grants()
    assert grant.ends_at == START + timedelta(minutes=55)
    assert "tour.moved" not in the_world.story(tour.tour_id)


def test_an_agent_who_drags_it_to_another_time_moves_the_tour_and_its_doors(the_world: World) -> None:
    serve_through_propexo(the_world, tour_minutes=45)
    booked = book_until_confirmed(the_world)
    run_jobs(the_world)
    (appointment,) = the_world.standing()
    later = START + timedelta(hours=1)
    the_world.sandbox.agent.move(appointment.appointment_id, later)
    run_jobs(the_world)
    tour = the_world.tour(booked)
    assert (tour.starts_at, tour.ends_at) == (later, later + timedelta(minutes=45))
    (grant,) = the_world.live_grants()
    assert grant.ends_at == later + timedelta(minutes=55)


# How jobs end


def test_a_failure_rejects_the_tour_with_its_reason_says_so_to_the_prospect_and_frees_the_time(propexos: World) -> None:
    propexos.sandbox.propexo.outcome = "FAILURE"
    booked = propexos.book().json()
    run_jobs(propexos)
    tour = propexos.tour(booked)
    assert (tour.status, tour.reason) == ("rejected", "refused_by_knock")
    assert propexos.act(booked).json()["reason"] == "refused_by_knock"
    assert "This time could not be booked" in propexos.get(f"/tour/{booked['tourToken']}").text
    assert (propexos.standing(), propexos.live_grants()) == ([], [])

    propexos.sandbox.propexo.outcome = "SUCCESS"
    other = book_until_confirmed(propexos, key="key-2", profile=JOHN)
    run_jobs(propexos)
    (appointment,) = propexos.standing()
    assert (appointment.start, propexos.tour(other).appointment_id) == (START, appointment.appointment_id)


def test_a_time_that_was_taken_in_knock_while_it_was_queued_is_rejected(propexos: World) -> None:
    booked = propexos.book().json()
    theirs = propexos.sandbox.agent.book(COMMUNITY, JOHN, START, TourType.SELF_GUIDED)
    run_jobs(propexos)
    assert (propexos.tour(booked).status, propexos.tour(booked).reason) == ("rejected", "refused_by_knock")
    assert [one.appointment_id for one in propexos.standing()] == [theirs.appointment_id]


def test_a_partial_success_with_a_record_is_a_booking_that_the_operator_is_shown_once(propexos: World) -> None:
    propexos.sandbox.propexo.outcome = "PARTIAL_SUCCESS"
    booked = book_until_confirmed(propexos)
    detail = {"jobId": the_job(propexos).job_id, "errors": ["Not everything could be written."]}
    assert tasks(propexos) == [("check_partial_booking", detail)]
    finish_tasks(propexos)
    live_the_story(propexos, booked)
    propexos.converge(hours=0.5)
    assert_one_visit(propexos, booked)
    assert tasks(propexos) == []


def test_a_partial_success_without_a_record_waits_for_knock_is_shown_once_and_not_polled_on_and_on(propexos: World) -> None:
    propexos.sandbox.propexo.outcome, propexos.sandbox.propexo.partial_has_record = "PARTIAL_SUCCESS", False
    booked = propexos.book().json()
    run_jobs(propexos)
    assert [what for what, _ in tasks(propexos)] == ["check_partial_booking"]
    finish_tasks(propexos)
    polls = names(propexos).count(STATUS)
    run_jobs(propexos, seconds=60)
    assert (tasks(propexos), names(propexos).count(STATUS)) == ([], polls)
    assert (propexos.tour(booked).status, propexos.live_grants()) == ("requested", [])

    by_hand = propexos.sandbox.agent.book(COMMUNITY, JANE, START, TourType.SELF_GUIDED)
    run_jobs(propexos)

    tour = propexos.tour(booked)
    assert (tour.status, tour.appointment_id) == ("confirmed", by_hand.appointment_id)
    assert [one.appointment_id for one in propexos.standing()] == [by_hand.appointment_id]


@pytest.mark.parametrize("by", ["nobody", "the prospect"])
def test_a_partial_success_that_nobody_completes_ends_with_its_time(propexos: World, by: str) -> None:
    propexos.sandbox.propexo.outcome, propexos.sandbox.propexo.partial_has_record = "PARTIAL_SUCCESS", False
    booked = propexos.book().json()
    run_jobs(propexos)
    if by == "the prospect":
        propexos.act(booked, "cancel")
    propexos.converge(hours=2)
    assert propexos.tour(booked).status == ("rejected" if by == "nobody" else "cancelled")
    assert owed(propexos, booked) == []
    assert (propexos.standing(), propexos.live_grants()) == ([], [])


def owed(world: World, booked: dict[str, Any]) -> list[str]:
    with world.via.db.read() as db:
        return [
            row["kind"]
            for row in db.connection.query(
                "SELECT kind FROM outbox WHERE subject_id = :tour_id AND state <> 'done' ORDER BY id", tour_id=booked["tourId"]
            )
        ]


@pytest.mark.parametrize("record", ["prospect", "none"])
def test_the_record_that_propexo_names_is_never_taken_for_the_appointment(propexos: World, record: Any) -> None:
    propexos.sandbox.propexo.created_record = record
    booked = book_until_confirmed(propexos)
    live_the_story(propexos, booked)
    propexos.converge(hours=0.5)
    assert_one_visit(propexos, booked)


def test_a_job_that_propexo_has_forgotten_is_asked_for_again(propexos: World) -> None:
    booked = propexos.book().json()
    propexos.sandbox.propexo.jobs.clear()
    run_jobs(propexos)
    (appointment,) = propexos.standing()
    tour = propexos.tour(booked)
    assert (tour.status, tour.appointment_id) == ("confirmed", appointment.appointment_id)
    assert names(propexos).count(ORDER) == 2


def test_a_job_that_never_ends_is_rejected_with_its_time(propexos: World) -> None:
    propexos.sandbox.propexo.polls_until_done = 10_000
    booked = propexos.book().json()
    propexos.converge(hours=2)
    assert (propexos.tour(booked).status, propexos.tour(booked).reason) == ("rejected", "not_confirmed_before_the_start")
    assert (owed(propexos, booked), propexos.standing()) == ([], [])


# What is wrong with us


@pytest.mark.parametrize("name", ["integration_id", "community_id", "attribution_id"])
def test_wrong_ids_in_the_rules_book_nothing_and_are_told_to_the_operator(
    the_world: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    serve_through_propexo(the_world, {name: "wrong"} | ({"attributions": {}} if name == "attribution_id" else {}))
    answer = the_world.book()
    assert (answer.status_code, answer.json()["type"]) == (503, "knock-unavailable")
    assert (the_world.sandbox.propexo.jobs, the_world.standing()) == ({}, [])
    (tour,) = the_world.tours()
    assert (tour.status, tour.reason) == ("rejected", "knock_could_not_be_asked")
    assert f"There is no {name} wrong" in caplog.text
    assert "communities.toml" in caplog.text
    assert "janedoe" not in caplog.text

    serve_through_propexo(the_world)
    assert the_world.book().status_code == 202


def test_a_wrong_token_books_nothing_and_is_told_to_the_operator(propexos: World, caplog: pytest.LogCaptureFixture) -> None:
    settings = propexos.sandbox.settings
    object.__setattr__(settings, "propexo_token", "rotated")
    assert propexos.book().status_code == 503
    assert "VENDOR_PROPEXO_TOKEN" in caplog.text
    assert propexos.sandbox.propexo.jobs == {}

    object.__setattr__(settings, "propexo_token", "propexo-TEST-TOKEN")
    booked = propexos.book().json()
    object.__setattr__(settings, "propexo_token", "rotated")
    run_jobs(propexos)
    assert propexos.tour(booked).status == "requested"
    object.__setattr__(settings, "propexo_token", "propexo-TEST-TOKEN")
    run_jobs(propexos, seconds=60)
    (appointment,) = propexos.standing()
    assert (propexos.tour(booked).status, propexos.tour(booked).appointment_id) == ("confirmed", appointment.appointment_id)


def test_a_community_of_propexos_without_propexo_books_nothing(database_url: str) -> None:
    with world(database_url, propexo_base_url="", propexo_token="") as alone:
        serve_through_propexo(alone)
        assert alone.book().status_code == 503
        assert [tour.status for tour in alone.tours()] == ["rejected"]
        assert alone.standing() == []


def test_polling_holds_back_for_bookings_when_the_minutes_calls_run_out(the_world: World) -> None:
    """Ten calls are kept for bookings, so with twelve a minute hardly any is left for polling."""
    serve_through_propexo(the_world, max_concurrent_tours=20)
    the_world.sandbox.propexo.per_minute = 12
    people = [{**JANE, "email": f"p{n}@example.com", "phone": f"206555{n:04}"} for n in range(6)]
    starts = [START + timedelta(days=1, hours=n) for n in range(6)]
    the_world.knock.offer(COMMUNITY, starts)
    booked = []
    for n, (person, start) in enumerate(zip(people, starts, strict=True)):
        answer = the_world.book(key=f"key-{n}", profile=person, start=start)
        assert answer.status_code == 202
        booked.append(answer.json())
        the_world.clock.move(seconds=3)
        the_world.jobs()
    assert names(the_world).count(ORDER) == 6
    assert names(the_world).count(STATUS) <= 2
    run_jobs(the_world, times=12, seconds=61)

    standing = {one.appointment_id: one.start for one in the_world.standing()}
    found = [the_world.tour(one) for one in booked]
    assert [one.status for one in found] == ["confirmed"] * 6
    assert {one.appointment_id: one.starts_at for one in found} == standing
    assert len(standing) == 6


def test_a_booking_beyond_the_limit_is_refused_for_now_and_works_when_the_minute_has_turned(propexos: World) -> None:
    propexos.sandbox.propexo.per_minute = 0
    assert propexos.book().status_code == 503
    propexos.sandbox.propexo.per_minute = 150
    propexos.clock.move(seconds=60)
    assert book_until_confirmed(propexos)
    assert len(propexos.standing()) == 1


# Once and only once


def test_the_same_key_gets_the_first_answer_and_is_ordered_once(propexos: World) -> None:
    first = propexos.book()
    again = propexos.book()
    run_jobs(propexos)
    much_later = propexos.book()
    assert [one.status_code for one in (first, again, much_later)] == [202, 202, 202]
    assert first.json() == again.json() == much_later.json()
    assert propexos.book(unitNames=["101"]).status_code == 422
    assert (len(propexos.sandbox.propexo.jobs), len(propexos.standing()), len(propexos.tours())) == (1, 1, 1)


def test_one_key_sent_eight_times_at_once_is_ordered_once(propexos: World) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: propexos.book(), range(8)))
    assert {one.status_code for one in answers} == {202}
    run_jobs(propexos)
    assert (len(propexos.sandbox.propexo.jobs), len(propexos.standing()), len(propexos.tours())) == (1, 1, 1)


def test_many_workers_poll_a_job_no_more_often_than_one(propexos: World) -> None:
    propexos.sandbox.propexo.polls_until_done = 2
    booked = propexos.book().json()
    for poll in range(1, 4):
        propexos.clock.move(seconds=31)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: propexos.jobs(), range(4)))
        assert the_job(propexos).polls == poll
    run_jobs(propexos)
    (appointment,) = propexos.standing()
    assert (propexos.tour(booked).status, propexos.tour(booked).appointment_id) == ("confirmed", appointment.appointment_id)
    assert len(propexos.live_grants()) == 1
    assert propexos.story(booked["tourId"]).count("tour.confirmed") == 1


# Which tours


def test_only_self_guided_tours_are_offered_and_taken(propexos: World) -> None:
    propexos.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)
    for kind in ("IN_PERSON", "LIVE_VIDEO"):
        answer = propexos.book(tourType=kind)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["tourType"])
    assert (propexos.tours(), propexos.sandbox.propexo.jobs, propexos.standing()) == ([], {}, [])
    page = propexos.get(f"/doorway/{COMMUNITY}")
    assert "IN_PERSON" not in propexos.get(page.headers["Location"].removeprefix(propexos.url)).text


def test_the_ids_are_those_of_the_rules_at_the_time_of_booking(propexos: World) -> None:
    serve_through_propexo(propexos, {"attributions": {"Zillow": "clatt_site"}})
    propexos.book()
    assert the_job(propexos).body["attribution_id"] == "clatt_site"
    assert IDS["attributions"] == {"Zillow": "clatt_zillow"}


@pytest.mark.parametrize("mark", ["visited", "no_show"])
def test_an_appointment_that_an_agent_has_marked_before_it_was_known_is_still_the_tours(propexos: World, mark: str) -> None:
    propexos.knock.notices_paused = True
    booked = propexos.book().json()
    run_jobs(propexos)
    (appointment,) = propexos.standing()
    propexos.clock.now = START
    getattr(propexos.sandbox.agent, mark)(appointment.appointment_id)
    propexos.knock.notices_paused = False
    live_the_story(propexos, booked)
    propexos.converge(hours=1)
    assert_one_visit(propexos, booked)
