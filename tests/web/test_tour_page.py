"""The tour's own page in every state: what it says, what can be pressed, and when the door code is on it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.web.visitor import EVERYTHING, TOMORROW, Page, Visitor
from tests.world import COMMUNITY, START, World, world

CHECK_IN, DONE, CANCEL = "I'm here: check in", "I'm done", "Yes, cancel my tour"
FRONT = "Front entrance"


class Tour:
    """A prospect with a booked tour and its page."""

    def __init__(self, the_world: World, visitor: Visitor) -> None:
        self.world, self.visitor = the_world, visitor
        answer = visitor.book(visitor.arrive(), EVERYTHING)
        assert answer.status_code == 303, answer.text
        self.path = answer.headers["Location"]

    def page(self) -> Page:
        """As it is now."""
        return self.visitor.visit(self.path)

    def press(self, button: str) -> Page:
        """Press one of its buttons, wherever that leads."""
        return self.visitor.press(self.page(), button)

    def send(self, verb: str) -> Page:
        """Press a button that the page does not have just now, as on a page left open."""
        token = self.visitor.arrive().value("csrf_token")
        address = f"{self.world.url}{self.path}/{verb}"
        return Page(self.visitor.session.post(address, data={"csrf_token": token}, timeout=30))

    def status(self) -> str:
        """As stored."""
        (tour,) = self.world.tours()
        return tour.status.value

    def code(self) -> str:
        """As the lock system knows it."""
        (grant,) = self.world.lock.grants.values()
        assert grant.code
        return grant.code

    def come(self) -> Page:
        """Be at the door five minutes early and check in."""
        self.world.jobs()
        self.world.clock.move(minutes=25)
        return self.press(CHECK_IN)

    def enter(self) -> None:
        """Check in and open the front door."""
        self.come()
        assert self.world.lock.type_code(COMMUNITY, FRONT, self.code())
        self.world.jobs()


@pytest.fixture
def tour(the_world: World, visitor: Visitor) -> Tour:
    """Booked half an hour before its start."""
    return Tour(the_world, visitor)


@pytest.fixture
def keyless(database_url: str) -> Iterator[Tour]:
    """The same at a vendor without a lock system."""
    with world(database_url, access_url="", access_webhook_secrets=()) as made, Visitor(made) as visitor:
        yield Tour(made, visitor)


def is_requested(tour: Tour) -> None:
    """Book once more, with Knock's answer lost on the way."""
    tour.world.faults.set("POST /appointment/request", "500")
    answer = tour.visitor.book(tour.visitor.arrive(), {**EVERYTHING, "startTime": TOMORROW})
    tour.path = answer.headers["Location"]


def is_confirmed(tour: Tour) -> None:
    """Nothing more."""


def is_at_the_door(tour: Tour) -> None:
    """Checked in."""
    tour.come()


def is_in_progress(tour: Tour) -> None:
    """A door is open."""
    tour.enter()


def is_completed(tour: Tour) -> None:
    """Said to be done."""
    tour.enter()
    tour.press(DONE)


def is_cancelled(tour: Tour) -> None:
    """By the prospect."""
    tour.come()
    tour.press(CANCEL)


def is_cancelled_in_knock(tour: Tour) -> None:
    """By an agent."""
    (appointment,) = tour.world.standing()
    tour.world.sandbox.agent.cancel(appointment.appointment_id)
    tour.world.jobs()


def is_missed(tour: Tour) -> None:
    """Nobody came."""
    tour.world.converge(hours=1.5)


def is_rejected(tour: Tour) -> None:
    """Knock did not answer, and refused when asked again."""
    is_requested(tour)
    tour.world.knock.offer(COMMUNITY, [START])
    tour.world.clock.move(minutes=2)
    tour.world.jobs()


@pytest.mark.parametrize(
    ("happens", "headline", "buttons", "refreshes"),
    [
        (is_requested, "We are confirming your time", [CANCEL], True),
        (is_confirmed, "Your tour is booked", [CANCEL], False),
        (is_at_the_door, "Your tour is booked", [CANCEL], True),
        (is_in_progress, "Enjoy your tour", [DONE], True),
        (is_completed, "Thank you for visiting", [], False),
        (is_cancelled, "Your tour is cancelled", [], False),
        (is_cancelled_in_knock, "Your tour is cancelled", [], False),
        (is_missed, "Sorry we missed you", [], False),
        (is_rejected, "This time could not be booked", [], False),
    ],
)
def test_the_page_says_how_the_tour_stands(
    tour: Tour, happens: Callable[[Tour], None], headline: str, buttons: list[str], refreshes: bool
) -> None:
    happens(tour)

    page = tour.page()

    assert page.text().startswith(headline)
    assert list(page.forms()) == buttons
    assert page.refreshes() is refreshes


def test_a_confirmed_tours_page_looks_again_by_itself_once_the_prospect_has_checked_in(tour: Tour) -> None:
    tour.world.clock.move(minutes=20)
    before = tour.page()
    tour.press("I'm here: check in")

    assert (before.refreshes(), tour.page().refreshes()) == (False, True)


def test_the_page_shows_day_and_time_at_the_property(tour: Tour) -> None:
    text = tour.page().text()

    assert "Wednesday, June 10 12:30 PM – 1:00 PM" in text
    assert "from 12:20 PM on" in text


def test_the_page_names_the_units_asked_for(tour: Tour) -> None:
    assert "You asked to see: 204, 305" in tour.page().text()


@pytest.mark.parametrize(
    ("happens", "said"),
    [(is_cancelled, "You cancelled it."), (is_cancelled_in_knock, "The leasing team cancelled it.")],
)
def test_a_cancelled_tours_page_says_who_cancelled_it_and_leads_back_to_the_times(
    tour: Tour, happens: Callable[[Tour], None], said: str
) -> None:
    happens(tour)

    page = tour.page()

    assert said in page.text()
    (again,) = page.root.all("a", **{"class": "button"})
    assert TOMORROW in tour.visitor.visit(again.attrs["href"] or "").times()


# The door code


def test_check_in_before_the_window_says_when_it_opens(tour: Tour) -> None:
    tour.world.jobs()

    page = tour.send("check-in")

    assert page.status == 409
    assert "Check-in opens at 12:20 PM" in page.alerts()[0]
    assert tour.code() not in page.text()
    assert "tour.checked_in" not in tour.world.story(tour.world.tours()[0].tour_id)


def test_a_page_that_refused_something_stays_until_it_is_read(tour: Tour) -> None:
    tour.world.clock.move(minutes=25)

    assert not tour.send("finish").refreshes()


def test_inside_the_window_check_in_shows_the_code_that_opens_the_door(tour: Tour) -> None:
    page = tour.come()

    (digits,) = page.root.all("p", **{"class": "digits"})
    assert digits.text() == tour.code()
    assert "It works until 1:10 PM" in page.text()
    assert tour.world.lock.type_code(COMMUNITY, FRONT, digits.text())


def test_a_page_with_the_code_is_kept_by_nobody(tour: Tour) -> None:
    assert "no-store" in tour.come().headers["Cache-Control"]


def test_checking_in_while_the_code_is_still_being_made_says_so(the_world: World, visitor: Visitor) -> None:
    the_world.clock.move(minutes=25)
    tour = Tour(the_world, visitor)
    page = tour.press(CHECK_IN)
    the_world.jobs()

    assert "Your door code is being made" in page.text()
    assert page.refreshes()
    assert tour.code() in tour.page().text()


def test_a_code_that_comes_in_a_callback_is_shown_too(the_world: World, visitor: Visitor) -> None:
    the_world.lock.answers_later = True
    tour = Tour(the_world, visitor)
    the_world.jobs()

    assert tour.code() not in tour.page().text()
    assert tour.code() in tour.come().text()


@pytest.mark.parametrize("minutes", [0, 19, 20, 30, 70])
def test_the_code_is_not_on_the_page_before_check_in(tour: Tour, minutes: int) -> None:
    tour.world.jobs()
    tour.world.clock.move(minutes=minutes)

    assert tour.code() not in tour.page().text()


def test_the_code_is_on_the_page_until_the_windows_last_moment_and_not_after_it(tour: Tour) -> None:
    tour.come()
    tour.world.clock.move(minutes=45)
    at_the_end = tour.page()
    tour.world.clock.move(seconds=1)

    assert tour.code() in at_the_end.text()
    assert tour.code() not in tour.page().text()


def test_a_page_looked_at_after_the_window_does_not_ask_to_come(tour: Tour) -> None:
    tour.come()
    tour.world.clock.move(minutes=46)  # no job has closed the tour yet

    assert "Come to the door" not in tour.page().text()


@pytest.mark.parametrize("happens", [is_completed, is_cancelled, is_missed])
def test_the_code_is_not_on_the_page_when_the_tour_is_over(tour: Tour, happens: Callable[[Tour], None]) -> None:
    happens(tour)

    assert tour.code() not in tour.page().text()


def test_the_code_is_gone_at_once_when_an_agent_cancels(tour: Tour) -> None:
    tour.come()
    is_cancelled_in_knock(tour)

    assert tour.code() not in tour.page().text()
    assert not tour.world.lock.type_code(COMMUNITY, FRONT, tour.code())


@pytest.mark.parametrize("happens", [is_cancelled, is_missed, is_completed])
def test_check_in_is_refused_when_the_tour_is_over(tour: Tour, happens: Callable[[Tour], None]) -> None:
    happens(tour)

    page = tour.send("check-in")

    assert page.status == 409
    assert len(page.alerts()) == 1


def test_checking_in_twice_is_as_good_as_once(tour: Tour) -> None:
    tour.come()

    page = tour.send("check-in")

    assert page.status == 200
    assert tour.world.story(tour.world.tours()[0].tour_id).count("tour.checked_in") == 1


def test_check_in_alone_does_not_begin_the_tour_where_a_lock_can_tell(tour: Tour) -> None:
    tour.come()

    assert tour.status() == "confirmed"


# Without a lock system


def test_without_a_lock_system_check_in_begins_the_tour(keyless: Tour) -> None:
    assert "Check in on this page when you arrive, from 12:20 PM on." in keyless.page().text()

    page = keyless.come()

    assert page.text().startswith("Enjoy your tour")
    assert "code" not in page.text()
    assert keyless.status() == "in_progress"


def test_without_a_lock_system_being_done_becomes_a_visit(keyless: Tour) -> None:
    keyless.come()
    keyless.press(DONE)
    keyless.world.clock.move(minutes=3)
    keyless.world.jobs()

    (visit,) = keyless.world.knock.visits
    assert visit.visit_time == START - timedelta(minutes=5)


# Finish and cancel


def test_finishing_completes_the_tour_and_shuts_the_doors(tour: Tour) -> None:
    tour.enter()

    page = tour.press(DONE)
    tour.world.jobs()

    assert page.text().startswith("Thank you for visiting")
    assert tour.status() == "completed"
    assert not tour.world.lock.type_code(COMMUNITY, FRONT, tour.code())


def test_finishing_twice_is_as_good_as_once(tour: Tour) -> None:
    is_completed(tour)
    page = tour.send("finish")
    tour.world.clock.move(minutes=3)
    tour.world.jobs()

    assert page.status == 200
    assert len(tour.world.knock.visits) == 1


def test_finishing_before_a_door_was_opened_is_refused(tour: Tour) -> None:
    page = tour.send("finish")

    assert page.status == 409
    assert "has not begun" in page.alerts()[0]
    assert tour.status() == "confirmed"


def test_cancelling_cancels_in_knock_and_revokes_the_access(tour: Tour) -> None:
    tour.world.jobs()

    page = tour.press(CANCEL)
    tour.world.jobs()

    assert page.text().startswith("Your tour is cancelled")
    assert (tour.world.standing(), tour.world.live_grants()) == ([], [])


def test_cancelling_frees_the_time(tour: Tour) -> None:
    tour.press(CANCEL)
    tour.world.jobs()

    with Visitor(tour.world) as next_one:
        page = next_one.arrive()
        assert next_one.book(page, {**EVERYTHING, "email": "sam@example.com", "phone": "2065550000"}).status_code == 303


def test_a_requested_tour_can_be_cancelled_and_nothing_is_left_in_knock(the_world: World, visitor: Visitor) -> None:
    the_world.faults.set("POST /appointment/request", "drop_after")
    tour = Tour(the_world, visitor)
    tour.press(CANCEL)
    the_world.clock.move(minutes=2)
    the_world.jobs()
    the_world.jobs()

    assert (tour.status(), the_world.standing()) == ("cancelled", [])


def test_cancelling_twice_is_as_good_as_once(tour: Tour) -> None:
    tour.press(CANCEL)

    assert tour.send("cancel").status == 200


def test_a_tour_that_has_begun_cannot_be_cancelled(tour: Tour) -> None:
    tour.enter()

    page = tour.send("cancel")

    assert page.status == 409
    assert "cannot be cancelled any more" in page.alerts()[0]
    assert tour.status() == "in_progress"


# Not like this


@pytest.mark.parametrize("token", ["wrong", "%00", "%FF", "x" * 4000, "..%2F..%2Fetc%2Fpasswd"])
def test_a_wrong_token_is_a_404_page(tour: Tour, token: str) -> None:
    assert tour.visitor.visit(f"/tour/{token}").status == 404


@pytest.mark.parametrize("verb", ["check-in", "finish", "cancel"])
def test_a_button_with_a_wrong_token_is_a_404_page(tour: Tour, verb: str) -> None:
    tour.path = "/tour/wrong"

    assert tour.send(verb).status == 404


@pytest.mark.parametrize("verb", ["check-in", "finish", "cancel"])
def test_a_button_without_its_csrf_token_is_a_400_page(tour: Tour, verb: str) -> None:
    answer = tour.visitor.session.post(f"{tour.world.url}{tour.path}/{verb}", timeout=30)

    assert Page(answer).status == 400
    assert tour.status() == "confirmed"


@pytest.mark.parametrize("verb", ["check-in", "finish", "cancel"])
def test_a_link_alone_changes_nothing(tour: Tour, verb: str) -> None:
    page = tour.visitor.visit(f"{tour.path}/{verb}")

    assert (page.status, tour.status()) == (405, "confirmed")
