"""Changing the time on the tour's own pages: which times are offered, what happens to the tour, and what is said."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests

from tests.web.visitor import EVERYTHING, HERE_AND_NOW, LATER, TOMORROW, Page, Visitor
from tests.world import COMMUNITY, JANE, START, World

REQUEST = "POST /appointment/request"
CHANGE, TAKE, KEEP = "Change the time", "Take this time", "Keep my time"
JOE = {**JANE, "email": "joe@example.com", "phone": "2065550000"}


class Tour:
    """A prospect with a booked tour, whose doors are seen to."""

    def __init__(self, world: World, visitor: Visitor) -> None:
        self.world, self.visitor = world, visitor
        answer = visitor.book(visitor.arrive(), EVERYTHING)
        assert answer.status_code == 303, answer.text
        self.path = answer.headers["Location"]
        world.jobs()

    def page(self) -> Page:
        """As it is now."""
        return self.visitor.visit(self.path)

    def times(self) -> Page:
        """The page with the times, or where that leads."""
        return self.visitor.visit(f"{self.path}/reschedule")

    def send(self, start: str) -> requests.Response:
        """Pick a time and press the button."""
        return self.visitor.send(self.times(), TAKE, {"startTime": start})

    def take(self, start: str) -> Page:
        """The page that comes of that."""
        answer = self.send(start)
        return self.visitor.visit(answer.headers["Location"]) if answer.status_code == 303 else Page(answer)

    def start(self) -> str:
        """As stored, on the property's clock."""
        (tour,) = (one for one in self.world.tours() if one.source_title == "Zillow" and one.profile["email"] == JANE["email"])
        return tour.local(tour.starts_at).isoformat()

    def links(self) -> list[str]:
        """What its page leads to."""
        return [one.text() for one in self.page().root.all("a") if one.text() in (CHANGE, KEEP)]


@pytest.fixture
def tour(the_world: World, visitor: Visitor) -> Tour:
    """Booked half an hour before its start."""
    return Tour(the_world, visitor)


def assert_one_of_each(tour: Tour) -> None:
    """One appointment, one code, both for the tour's time."""
    (appointment,), (grant,), (stored,) = tour.world.standing(), tour.world.live_grants(), tour.world.tours()
    assert (appointment.start, appointment.appointment_id) == (stored.starts_at, stored.appointment_id)
    assert (grant.starts_at, grant.ends_at) == (stored.opens_at, stored.closes_at)


def test_the_tours_page_leads_to_the_other_times_and_back(tour: Tour) -> None:
    (link,) = [one for one in tour.page().root.all("a") if one.text() == CHANGE]
    page = tour.visitor.visit(link.attrs["href"] or "")
    assert page.times() == [LATER, TOMORROW]
    assert "Wednesday, June 10 at 12:30 PM" in page.text()
    (back,) = [one for one in page.root.all("a") if one.text() == KEEP]
    assert tour.visitor.visit(back.attrs["href"] or "").text().startswith("Your tour is booked")
    assert tour.start() == HERE_AND_NOW


def test_taking_a_time_moves_the_tour_and_shows_its_page(tour: Tour) -> None:
    page = tour.take(LATER)
    tour.world.jobs()
    assert page.text().startswith("Your tour is booked")
    assert "1:30 PM – 2:00 PM" in page.text()
    assert "from 1:20 PM on" in page.text()
    assert (tour.start(), tour.times().times()) == (LATER, [HERE_AND_NOW, TOMORROW])
    assert_one_of_each(tour)


def test_nothing_picked_is_said_with_the_times_still_there(tour: Tour) -> None:
    page = Page(tour.visitor.send(tour.times(), TAKE))
    assert (page.status, page.alerts(), page.times()) == (422, ["Pick a time."], [LATER, TOMORROW])
    assert tour.start() == HERE_AND_NOW


def test_a_time_taken_meanwhile_is_said_with_those_that_are_left(tour: Tour) -> None:
    page = tour.times()
    assert tour.world.book(key="joe", start=START + timedelta(hours=1), profile=JOE).status_code == 201
    refused = Page(tour.visitor.send(page, TAKE, {"startTime": LATER}))
    assert (refused.status, refused.times(), len(refused.alerts())) == (409, [TOMORROW], 1)
    assert "keeps its time" in refused.alerts()[0]
    assert tour.start() == HERE_AND_NOW


def test_knocks_own_refusal_is_shown_and_the_tour_keeps_its_time(tour: Tour) -> None:
    page = tour.times()
    tour.world.knock.offer(COMMUNITY, [START, START + timedelta(days=1)])
    refused = Page(tour.visitor.send(page, TAKE, {"startTime": LATER}))
    assert (refused.status, refused.times()) == (409, [TOMORROW])
    assert refused.alerts() == ["The requested time is no longer available. Your tour keeps its time."]
    tour.world.jobs()
    assert tour.start() == HERE_AND_NOW
    assert_one_of_each(tour)


def test_a_knock_that_turns_us_away_is_said_on_the_tours_page(tour: Tour) -> None:
    tour.world.faults.set(REQUEST, "429", seconds=1)
    page = tour.take(LATER)
    assert (page.status, page.text().startswith("Your tour is booked")) == (503, True)
    assert "keeps its time" in page.alerts()[0]
    assert_one_of_each(tour)


def test_while_the_answer_is_unknown_both_times_are_named_and_the_page_looks_again(tour: Tour) -> None:
    tour.world.faults.set(REQUEST, "drop_after")
    page = tour.take(LATER)
    assert "We are confirming your new time: Wednesday, June 10, 1:30 PM. Until then this one stands." in page.text()
    assert "12:30 PM – 1:00 PM" in page.text()
    assert (page.refreshes(), tour.links()) == (True, [])

    tour.world.clock.move(seconds=61)
    tour.world.jobs()
    tour.world.jobs()
    assert "We are confirming" not in tour.page().text()
    assert (tour.page().refreshes(), tour.start(), tour.links()) == (False, LATER, [CHANGE])
    assert_one_of_each(tour)


def test_a_tour_cancelled_while_its_move_is_unknown_confirms_nothing_any_more(tour: Tour) -> None:
    tour.world.faults.set(REQUEST, "drop_after")
    tour.take(LATER)
    page = tour.visitor.press(tour.page(), "Yes, cancel my tour")
    assert page.text().startswith("Your tour is cancelled")
    assert ("confirming" in page.text(), page.refreshes()) == (False, False)
    for _ in range(3):
        tour.world.clock.move(seconds=61)
        tour.world.jobs()
    assert (tour.world.standing(), tour.world.live_grants()) == ([], [])


def is_cancelled(tour: Tour) -> None:
    tour.visitor.press(tour.page(), "Yes, cancel my tour")


def is_over(tour: Tour) -> None:
    tour.world.converge(hours=1.5, minutes_a_step=15)


def has_come(tour: Tour) -> None:
    tour.world.clock.now = START


def is_moving(tour: Tour) -> None:
    tour.world.faults.set(REQUEST, "500")
    assert tour.send(TOMORROW).status_code == 303


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (is_cancelled, "Your tour is cancelled"),
        (is_over, "Sorry we missed you"),
        (has_come, "Your tour is booked"),
        (is_moving, "Your tour is booked"),
    ],
)
def test_a_tour_that_cannot_move_offers_no_times_and_takes_none(tour: Tour, happens: Callable[[Tour], None], said: str) -> None:
    page = tour.times()
    happens(tour)
    before = tour.world.tours()
    assert tour.links() == []
    shown = tour.times()
    assert (shown.status, shown.times(), shown.text().startswith(said)) == (200, [], True)
    late = Page(tour.visitor.send(page, TAKE, {"startTime": LATER}))
    assert (late.status, len(late.alerts()), late.text().startswith(said)) == (409, 1, True)
    assert tour.world.tours() == before


def test_without_knocks_times_the_tours_page_says_so(tour: Tour) -> None:
    tour.world.clock.move(minutes=20)
    tour.world.faults.set("GET /community/available-times", "500", times=9)
    page = tour.times()
    assert (page.status, page.text().startswith("Your tour is booked"), len(page.alerts())) == (503, True, 1)


def test_a_community_that_takes_no_tours_any_more_offers_no_other_times_and_keeps_the_tour(tour: Tour) -> None:
    page = tour.times()
    tour.world.knock.communities[COMMUNITY].tour_types = []
    tour.world.clock.move(seconds=11)
    assert tour.times().times() == []
    refused = Page(tour.visitor.send(page, TAKE, {"startTime": LATER}))
    assert (refused.status, tour.start()) == (409, HERE_AND_NOW)
    assert_one_of_each(tour)


def test_a_stranger_finds_no_times_and_a_form_from_elsewhere_moves_nothing(tour: Tour) -> None:
    assert tour.visitor.visit("/tour/nobodys/reschedule").status == 404
    forged = tour.visitor.session.post(f"{tour.world.url}{tour.path}/reschedule", data={"startTime": LATER}, timeout=60)
    assert (forged.status_code, tour.start()) == (400, HERE_AND_NOW)


def test_a_tour_moved_by_an_agent_across_midnight_is_shown_on_its_new_day(tour: Tour) -> None:
    (appointment,) = tour.world.standing()
    tour.world.sandbox.agent.move(appointment.appointment_id, START + timedelta(days=1, minutes=10))
    tour.world.jobs()
    assert "Thursday, June 11 12:40 PM – 1:10 PM" in tour.page().text()
    assert_one_of_each(tour)
