"""The booking page: what is offered, and how it comes back with everything typed when something is not right."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from sandbox.knock.model import TourType
from tests.web.visitor import EVERYTHING, HERE_AND_NOW, LATER, NAME_AND_MAIL, TOMORROW, Page, Visitor
from tests.world import COMMUNITY, START, World, world

MAPLE = "191b65d2686d11e9"
SOMEBODY_ELSE = {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com"}
BOOKING = "POST /appointment/request"


def tour_page(visitor: Visitor, page: Page, **typed: str | list[str]) -> Page:
    """Where booking leads."""
    answer = visitor.book(page, {**EVERYTHING, **typed})
    assert answer.status_code == 303, answer.text
    return visitor.visit(answer.headers["Location"])


# What is offered


def test_times_are_grouped_by_day_in_the_propertys_offset(visitor: Visitor) -> None:
    page = visitor.arrive()

    days = page.root.all("details", **{"class": "day"})
    assert [day.all("summary")[0].text() for day in days] == ["Wednesday, June 10 2 times", "Thursday, June 11 1 time"]
    assert [label.text() for label in days[0].all("label")] == ["12:30 PM", "1:30 PM"]
    assert page.times() == [HERE_AND_NOW, LATER, TOMORROW]


def test_times_stand_under_the_propertys_day(the_world: World, visitor: Visitor) -> None:
    evening = START + timedelta(hours=7)  # 19:30 there, and past midnight in UTC
    the_world.knock.offer(COMMUNITY, [evening])

    (day,) = visitor.arrive().root.all("details", **{"class": "day"})

    assert day.all("summary")[0].text() == "Wednesday, June 10 1 time"
    assert day.all("label")[0].text() == "7:30 PM"


def test_the_first_day_is_open_and_nothing_is_chosen(visitor: Visitor) -> None:
    page = visitor.arrive()

    assert ["open" in day.attrs for day in page.root.all("details", **{"class": "day"})] == [True, False]
    assert page.chosen("startTime") == []


def test_a_time_that_somebody_booked_is_not_offered(the_world: World, visitor: Visitor) -> None:
    the_world.book(profile=SOMEBODY_ELSE)

    assert visitor.arrive().times() == [LATER, TOMORROW]


def test_the_page_says_so_when_there_are_no_times(the_world: World, visitor: Visitor) -> None:
    the_world.knock.offer(COMMUNITY, [])

    assert "no open times just now" in visitor.arrive().text()


def test_the_page_names_the_community(visitor: Visitor) -> None:
    assert "Tour The Alder on your own" in visitor.arrive().text()


def test_times_that_could_not_be_refreshed_are_marked(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.clock.move(minutes=1)
    the_world.faults.set("GET /community/available-times", "500")

    again = visitor.visit(page.url.removeprefix(visitor.url))

    assert again.times() == [HERE_AND_NOW, LATER, TOMORROW]
    assert "These times may have changed" in again.text()


def test_without_knock_and_recent_times_the_page_is_a_503(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.clock.move(hours=5)
    the_world.faults.set("GET /community/available-times", "500")

    again = visitor.visit(page.url.removeprefix(visitor.url))

    assert again.status == 503
    assert "cannot see the open times" in again.text()


# Booking


def test_the_form_books_and_leads_to_the_tours_page(the_world: World, visitor: Visitor) -> None:
    answer = visitor.book(visitor.arrive())

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/tour/")
    (appointment,) = the_world.standing()
    assert (appointment.start, appointment.end) == (START, START + timedelta(minutes=30))
    assert "Your tour is booked" in visitor.visit(answer.headers["Location"]).text()


def test_knock_gets_everything_that_was_typed(the_world: World, visitor: Visitor) -> None:
    visitor.book(visitor.arrive())

    (prospect,) = the_world.knock.prospects.values()
    assert (prospect.first_name, prospect.last_name) == ("Jane", "Doe")
    assert (prospect.email, prospect.phone, prospect.sms_consent) == ("janedoe@example.com", "+12065554567", True)
    assert prospect.profile == {
        "moveDate": "2026-09-01",
        "bedrooms": ["STUDIO", "2_BEDROOMS"],
        "pets": ["CAT", "LARGE_DOG"],
        "occupants": 2,
        "leaseTermMonths": 12,
        "minBudget": 1500,
        "maxBudget": 2500,
    }
    assert the_world.tours()[0].unit_names == ["204", "305"]


def test_name_and_email_suffice_without_consent_to_texts(the_world: World, visitor: Visitor) -> None:
    assert visitor.book(visitor.arrive(), {**NAME_AND_MAIL, "startTime": HERE_AND_NOW}).status_code == 303

    (prospect,) = the_world.knock.prospects.values()
    assert prospect.sms_consent is False


def test_the_same_form_sent_twice_is_one_tour(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()

    first, second = visitor.book(page), visitor.book(page)

    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert (len(the_world.tours()), len(the_world.knock.appointments)) == (1, 1)


def test_a_double_click_is_one_tour(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.faults.set(BOOKING, "hang", seconds=0.3)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(visitor.book, [page] * 4))

    assert {(one.status_code, one.headers.get("Location")) for one in answers} == {(303, answers[0].headers["Location"])}
    assert (len(the_world.tours()), len(the_world.knock.appointments)) == (1, 1)


def test_a_form_changed_and_sent_again_books_nothing_more(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    visitor.book(page)

    again = Page(visitor.book(page, {**EVERYTHING, "startTime": LATER}))

    assert again.status == 409
    assert len(again.alerts()) == 1
    again.holds({**EVERYTHING, "startTime": LATER})
    assert again.value("idempotencyKey") != page.value("idempotencyKey")
    (appointment,) = the_world.knock.appointments.values()
    assert (appointment.start, len(the_world.tours())) == (START, 1)


def test_a_changed_form_sent_again_gets_a_plain_message(visitor: Visitor) -> None:
    page = visitor.arrive()
    visitor.book(page)

    (said,) = Page(visitor.book(page, {**EVERYTHING, "startTime": LATER})).alerts()

    assert "Idempotency" not in said


def test_booking_another_time_on_a_new_page_replaces_the_first(the_world: World, visitor: Visitor) -> None:
    first = tour_page(visitor, visitor.arrive())
    second = tour_page(visitor, visitor.arrive(), startTime=TOMORROW)
    the_world.jobs()

    assert [one.start for one in the_world.standing()] == [START + timedelta(days=1)]
    assert "You have booked another time since" in visitor.visit(first.url.removeprefix(visitor.url)).text()
    assert "Your tour is booked" in visitor.visit(second.url.removeprefix(visitor.url)).text()


# What comes back


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("firstName", "", "required"),
        ("firstName", "x" * 101, "1 to 100 characters"),
        ("lastName", "  ", "required"),
        ("lastName", "Do\x07e", "control characters"),
        ("email", "jane", "e-mail"),
        ("phone", "12", "phone number"),
        ("phone", "not a number", "phone number"),
        ("moveDate", "next month", "date"),
        ("occupants", "two", "integer"),
        ("occupants", "0", "1"),
        ("leaseTermMonths", "1.5", "integer"),
        ("leaseTermMonths", "-1", "integer"),
        ("minBudget", "12.50", "integer"),
        ("minBudget", "9999", "least budget"),
        ("maxBudget", "2000000", "1000000"),
        ("maxBudget", "1000", "least budget"),
        ("unitNames", ", ".join(map(str, range(21))), "20"),
        ("unitNames", "x" * 51, "1 to 50 characters"),
    ],
)
def test_a_fields_error_stands_beside_it_and_all_is_kept(
    quiet_world: World, quiet_visitor: Visitor, name: str, typed: str, said: str
) -> None:
    entered = {**EVERYTHING, name: typed}

    page = Page(quiet_visitor.book(quiet_visitor.arrive(), entered))

    assert page.status == 422
    (beside,) = page.errors()
    assert beside == ("maxBudget" if said == "least budget" else name)
    assert said in page.errors()[beside]
    page.holds(entered)
    assert quiet_world.knock.appointments == {}


def test_an_empty_form_is_told_everything_that_is_missing(quiet_visitor: Visitor) -> None:
    page = Page(quiet_visitor.book(quiet_visitor.arrive(), {}))

    assert page.status == 422
    assert page.errors()["startTime"] == "Pick a time."
    assert {"firstName", "lastName", "startTime"} <= page.errors().keys()


def test_without_email_and_phone_the_error_is_beside_the_email(quiet_visitor: Visitor) -> None:
    page = Page(quiet_visitor.book(quiet_visitor.arrive(), {**EVERYTHING, "email": "", "phone": ""}))

    assert page.errors() == {"email": "Give an e-mail address or a phone number."}


@pytest.mark.parametrize("name", ["bedrooms", "pets"])
def test_an_unknown_box_is_refused_beside_its_group(quiet_world: World, quiet_visitor: Visitor, name: str) -> None:
    page = quiet_visitor.arrive()
    page.inputs(name)[0].attrs["value"] = "CASTLE"

    answered = Page(quiet_visitor.book(page, {**EVERYTHING, name: ["CASTLE"]}))

    assert (answered.status, list(answered.errors())) == (422, [name])
    assert quiet_world.knock.appointments == {}


@pytest.mark.parametrize("start", ["2026-06-10T12:30:00", "tomorrow", "0001-01-01T00:00:00+23:59"])
def test_an_impossible_time_is_refused_and_all_else_kept(quiet_world: World, quiet_visitor: Visitor, start: str) -> None:
    page = quiet_visitor.arrive()
    page.inputs("startTime")[0].attrs["value"] = start

    answered = Page(quiet_visitor.book(page, {**EVERYTHING, "startTime": start}))

    assert answered.status in (409, 422)
    assert answered.errors() or answered.alerts()
    answered.holds({name: value for name, value in EVERYTHING.items() if name != "startTime"})
    assert quiet_world.knock.appointments == {}


def test_after_a_mistake_is_put_right_the_same_page_books(the_world: World, visitor: Visitor) -> None:
    page = Page(visitor.book(visitor.arrive(), {**EVERYTHING, "email": "jane"}))

    assert visitor.book(page, {"email": "janedoe@example.com"}).status_code == 303
    assert len(the_world.standing()) == 1


def test_fields_about_wishes_are_unfolded_when_one_is_wrong(quiet_visitor: Visitor) -> None:
    folded = quiet_visitor.arrive().root.all("details", **{"class": "more"})
    typed = {**NAME_AND_MAIL, "startTime": TOMORROW, "occupants": "two"}
    unfolded = Page(quiet_visitor.book(quiet_visitor.arrive(), typed)).root.all("details", **{"class": "more"})

    assert (["open" in one.attrs for one in folded], ["open" in one.attrs for one in unfolded]) == ([False], [True])


@pytest.mark.parametrize("markup", ['"><script>alert(1)</script>', "'\"><img src=x onerror=alert(1)>", "{{ 7*7 }}", "&lt;b&gt;"])
def test_markup_that_was_typed_is_given_back_as_text(quiet_visitor: Visitor, markup: str) -> None:
    page = Page(
        quiet_visitor.book(quiet_visitor.arrive(), {**EVERYTHING, "firstName": markup, "unitNames": markup, "phone": markup})
    )

    assert (page.status, list(page.errors())) == (422, ["phone"])
    assert (page.value("firstName"), page.value("phone"), page.value("unitNames")) == (markup, markup, markup)
    assert page.root.all("script") + page.root.all("img") == []


def test_markup_in_a_unit_name_is_shown_as_text(visitor: Visitor) -> None:
    page = tour_page(visitor, visitor.arrive(), unitNames="<b>204</b>")

    assert "You asked to see: <b>204</b>" in page.text()


# A time that is gone


def test_a_taken_time_gives_fresh_times_and_keeps_all(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.book(profile=SOMEBODY_ELSE)

    again = Page(visitor.book(page))

    assert again.status == 409
    assert again.alerts() == ["This time is not available any more. Please pick another one."]
    assert again.times() == [LATER, TOMORROW]
    again.holds({name: value for name, value in EVERYTHING.items() if name != "startTime"})
    assert [one.start for one in the_world.standing()] == [START]


def test_a_time_knock_refuses_gives_its_words_and_fresh_times(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.knock.offer(COMMUNITY, [START + timedelta(hours=2)])

    again = Page(visitor.book(page))

    assert again.status == 409
    assert again.alerts() == ["The requested time is no longer available."]
    assert again.times() == ["2026-06-10T14:30:00-07:00"]
    again.holds({name: value for name, value in EVERYTHING.items() if name != "startTime"})
    assert the_world.knock.appointments == {}


def test_after_a_taken_time_the_next_is_booked(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.book(profile=SOMEBODY_ELSE)
    again = Page(visitor.book(page))

    assert again.value("idempotencyKey") not in ("", page.value("idempotencyKey"))
    assert visitor.book(again, {"startTime": LATER}).status_code == 303
    assert {one.start for one in the_world.standing()} == {START, START + timedelta(hours=1)}


def test_a_refusal_of_something_else_is_told_in_knocks_words(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.sandbox.agent.toggle(COMMUNITY, the_world.knock.communities[COMMUNITY].tour_types[-1])

    again = Page(visitor.book(page))

    assert (again.status, again.alerts()) == (409, ["Tour type SELF_GUIDED is not supported by this community."])
    assert the_world.knock.appointments == {}


# Knock away


def test_without_knock_all_is_kept_with_the_same_key(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.faults.set(BOOKING, "429")

    again = Page(visitor.book(page))

    assert again.status == 503
    assert "nothing was booked" in again.alerts()[0]
    again.holds(EVERYTHING)
    assert again.value("idempotencyKey") == page.value("idempotencyKey")
    assert the_world.knock.appointments == {}


def test_after_knock_was_out_of_reach_pressing_again_books(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.faults.set(BOOKING, "429")

    assert visitor.book(Page(visitor.book(page)), {}).status_code == 303
    assert [one.start for one in the_world.standing()] == [START]


def test_without_recent_times_the_chosen_time_is_kept(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.clock.move(minutes=20)
    the_world.faults.set("GET /community/available-times", "500", times=9)
    typed = {**EVERYTHING, "startTime": TOMORROW}

    again = Page(visitor.book(page, typed))

    assert again.status == 503
    again.holds({name: value for name, value in typed.items() if name != "startTime"})
    assert again.chosen("startTime") == [TOMORROW]


def test_unknown_times_are_not_shown_as_no_times(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.clock.move(minutes=20)
    the_world.faults.set("GET /community/available-times", "500", times=9)

    again = Page(visitor.book(page, {**EVERYTHING, "startTime": TOMORROW}))

    assert again.status == 503
    assert "There are no open times" not in again.text()


@pytest.mark.parametrize("fault", ["500", "500_after", "drop_before", "drop_after", "garbage"])
def test_an_unknown_outcome_leads_to_the_confirming_page(the_world: World, visitor: Visitor, fault: str) -> None:
    page = visitor.arrive()
    the_world.faults.set(BOOKING, fault)

    tour = tour_page(visitor, page)

    assert "We are confirming your time" in tour.text()
    assert tour.refreshes()


def test_a_booking_of_unknown_outcome_ends_as_one_tour(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.faults.set(BOOKING, "drop_after")
    tour = tour_page(visitor, page)
    the_world.clock.move(minutes=2)
    the_world.jobs()

    assert visitor.book(page).headers["Location"] == tour.url.removeprefix(visitor.url)
    assert "Your tour is booked" in visitor.visit(tour.url.removeprefix(visitor.url)).text()
    assert (len(the_world.standing()), len(the_world.tours())) == (1, 1)


# Not like this


def test_a_form_without_its_csrf_token_is_a_400_page(quiet_world: World, quiet_visitor: Visitor) -> None:
    page = quiet_visitor.arrive()
    page.inputs("csrf_token")[0].attrs["value"] = ""

    answered = Page(quiet_visitor.book(page))

    assert answered.status == 400
    assert "reload the page" in answered.text()
    assert quiet_world.knock.appointments == {}


def test_a_form_sent_from_another_browser_is_a_400_page(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    with Visitor(the_world) as other:
        assert Page(other.book(page)).status == 400
    assert the_world.knock.appointments == {}


def test_a_form_that_was_left_open_over_night_still_books(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.clock.move(days=1, minutes=-30)
    the_world.knock.offer(COMMUNITY, [START + timedelta(days=1)])

    assert visitor.book(page, {**EVERYTHING, "startTime": TOMORROW}).status_code == 303


def test_too_many_bookings_are_a_429_page_with_all_kept(database_url: str) -> None:
    with world(database_url, bookings_per_hour=1) as strict, Visitor(strict) as visitor:
        strict.book(profile=SOMEBODY_ELSE)
        typed = {**EVERYTHING, "startTime": LATER}

        page = Page(visitor.book(visitor.arrive(), typed))

        assert page.status == 429
        assert "Too many bookings from your address" in page.alerts()[0]
        page.holds(typed)
        assert len(strict.standing()) == 1


def test_a_form_larger_than_a_megabyte_is_a_413_page(quiet_world: World, quiet_visitor: Visitor) -> None:
    answered = quiet_visitor.book(quiet_visitor.arrive(), {**EVERYTHING, "firstName": "x" * 1_100_000})

    assert (Page(answered).status, quiet_world.knock.appointments) == (413, {})


def test_two_arrivals_at_two_communities_book_each_their_own(the_world: World, visitor: Visitor) -> None:
    the_world.knock.offer(MAPLE, [START])
    here, there = visitor.arrive("Zillow"), visitor.arrive("Instagram", MAPLE)

    assert there.times() == ["2026-06-10T15:30:00-04:00"]
    assert visitor.book(there, {**EVERYTHING, "startTime": there.times()[0]}).status_code == 303
    assert visitor.book(here).status_code == 303
    booked = {(one.community_id, one.source_title) for one in the_world.standing()}
    assert booked == {(COMMUNITY, "Zillow"), (MAPLE, "Instagram")}


def test_ids_on_a_page_full_of_mistakes_are_unique(quiet_visitor: Visitor) -> None:
    typed = {**EVERYTHING, "email": f"{'x' * 300}@", "unitNames": f"{'x' * 51}, {'y' * 51}", "phone": "1"}
    answer = quiet_visitor.book(quiet_visitor.arrive(), typed)

    ids = re.findall(r'\bid="([^"]+)"', answer.text)
    assert sorted(ids) == sorted(set(ids))


# Other kinds of tours


def kinds(page: Page) -> list[str]:
    """The kinds it offers, the one it shows in brackets."""
    return [
        f"[{one.text()}]" if "aria-current" in one.attrs else one.text()
        for nav in page.root.all("nav", **{"class": "kinds"})
        for one in nav.all("a")
    ]


def of_kind(visitor: Visitor, kind: str) -> Page:
    """Arrive, and follow the link to that kind."""
    page = visitor.arrive()
    (link,) = (one for one in page.root.all("a") if one.text() == kind)
    return visitor.visit(link.attrs["href"] or "")


@pytest.mark.parametrize(
    ("kind", "tour_type", "headline", "promise"),
    [
        ("With the leasing team", "IN_PERSON", "Tour The Alder with the leasing team", "The leasing team meets you"),
        ("By video", "LIVE_VIDEO", "Tour The Alder by video", "The leasing team calls you by video"),
    ],
)
def test_another_kind_is_linked_and_booked_as_such(
    the_world: World, visitor: Visitor, kind: str, tour_type: str, headline: str, promise: str
) -> None:
    assert kinds(visitor.arrive()) == ["[On your own]", "With the leasing team", "By video"]
    page = of_kind(visitor, kind)
    assert (f"[{kind}]" in kinds(page), headline in page.text(), "door code" in page.text()) == (True, True, False)

    tour = tour_page(visitor, page)

    (appointment,) = the_world.standing()
    assert (appointment.tour_type, appointment.source_title) == (tour_type, "Zillow")
    assert promise in tour.text()
    assert "check in" not in tour.text()
    the_world.jobs()
    assert the_world.lock.grants == {}


def test_a_kind_that_is_not_enabled_is_no_link(the_world: World, visitor: Visitor) -> None:
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.LIVE_VIDEO)
    assert kinds(visitor.arrive()) == ["[On your own]", "With the leasing team"]
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)
    the_world.jobs()
    assert kinds(visitor.arrive()) == []


@pytest.mark.parametrize("asked", ["ON_THE_MOON", "in_person", "", "<script>"])
def test_a_link_to_an_unknown_kind_shows_tours_alone(visitor: Visitor, asked: str) -> None:
    path = visitor.arrive().url.removeprefix(visitor.url)
    page = visitor.visit(f"{path}?tourType={asked}")
    assert (page.status, page.value("tourType"), kinds(page)[0]) == (200, "SELF_GUIDED", "[On your own]")


def test_a_mistake_keeps_the_kind(the_world: World, visitor: Visitor) -> None:
    entered = {**EVERYTHING, "email": "jane"}
    again = Page(visitor.book(of_kind(visitor, "By video"), entered))
    assert (again.status, again.value("tourType"), list(again.errors())) == (422, "LIVE_VIDEO", ["email"])
    again.holds(entered)
    assert visitor.book(again, {"email": "janedoe@example.com"}).status_code == 303
    assert [one.tour_type for one in the_world.standing()] == ["LIVE_VIDEO"]


def test_a_kind_switched_off_gives_knocks_words_and_the_others(the_world: World, visitor: Visitor) -> None:
    page = of_kind(visitor, "With the leasing team")
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)

    again = Page(visitor.book(page))

    assert (again.status, again.alerts()) == (409, ["Tour type IN_PERSON is not supported by this community."])
    assert kinds(again) == ["[On your own]", "By video"]
    assert again.value("tourType") == "SELF_GUIDED"
    assert again.times() == [HERE_AND_NOW, LATER, TOMORROW]
    again.holds(EVERYTHING)
    assert the_world.knock.appointments == {}
    assert visitor.book(again).status_code == 303
    assert [one.tour_type for one in the_world.standing()] == ["SELF_GUIDED"]


def test_a_kind_known_as_off_is_told_beside_the_times(the_world: World, visitor: Visitor) -> None:
    page = of_kind(visitor, "With the leasing team")
    the_world.sandbox.agent.toggle(COMMUNITY, TourType.IN_PERSON)
    the_world.jobs()

    again = Page(visitor.book(page))

    assert (again.status, again.value("tourType")) == (422, "SELF_GUIDED")
    assert again.errors() == {
        "tourType": "This community offers no in-person tours just now. Please choose another kind.",
    }
    again.holds(EVERYTHING)
    assert the_world.tours() == []


def test_an_unknown_kind_is_told_beside_the_times(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    page.inputs("tourType")[0].attrs["value"] = "ON_THE_MOON"
    again = Page(visitor.book(page))
    assert (again.status, list(again.errors())) == (422, ["tourType"])
    assert the_world.knock.appointments == {}


def test_a_refused_time_shows_times_of_the_same_kind(the_world: World, visitor: Visitor) -> None:
    page = of_kind(visitor, "By video")
    the_world.book(profile=SOMEBODY_ELSE, tourType="IN_PERSON")
    again = Page(visitor.book(page))
    assert (again.status, again.alerts()) == (409, ["The requested time is no longer available."])
    assert (again.value("tourType"), again.times()) == ("LIVE_VIDEO", [LATER, TOMORROW])
