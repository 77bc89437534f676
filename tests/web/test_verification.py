"""The identity gate on the tour's page and in the JSON API."""

from typing import Any

import pytest
import requests

from tests.web.api import problem
from tests.web.visitor import EVERYTHING, HERE_AND_NOW, NAME_AND_MAIL, Page, Visitor
from tests.world import World

SEND, TYPE, CHECK_IN = "Send me another code", "Verify", "I'm here: check in"


@pytest.fixture
def gated(the_world: World, visitor: Visitor) -> str:
    """The address of a tour's page behind the gate, its code already mailed."""
    the_world.rules(require_verified="email")
    path: str = visitor.book(visitor.arrive(), EVERYTHING).headers["Location"]
    the_world.jobs()
    return path


def typed(the_world: World, visitor: Visitor, path: str, code: str) -> Page:
    """The page that typing this code leads to."""
    answer = visitor.send(visitor.visit(path), TYPE, {"code": code})
    return visitor.visit(answer.headers["Location"]) if answer.status_code == 303 else Page(answer)


def mailed(the_world: World) -> str:
    """The newest code."""
    return the_world.sandbox.mailbox.mails[-1].text[:6]


def not_it(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


def door_code(the_world: World) -> str:
    """As the lock system knows it."""
    (grant,) = the_world.lock.grants.values()
    assert grant.code
    return grant.code


def post(the_world: World, booked: dict[str, Any], content: Any) -> requests.Response:
    """POST …/verification; None sends no body at all."""
    address = f"{the_world.url}/api/v1/tours/{booked['tourId']}/verification"
    headers = {"Authorization": f"Bearer {booked['tourToken']}"}
    return requests.post(address, headers=headers, timeout=30, **({} if content is None else {"json": content}))


def booked_by_api(the_world: World) -> dict[str, Any]:
    """A tour behind the gate, its code already mailed."""
    the_world.rules(require_verified="email")
    booked: dict[str, Any] = the_world.book().json()
    the_world.jobs()
    return booked


# The page


def test_the_page_asks_for_the_code_and_says_where_it_went_without_the_whole_address(visitor: Visitor, gated: str) -> None:
    page = visitor.visit(gated)

    assert "is verified. We send a code of six digits to j•••@example.com; it holds for ten minutes." in page.text()
    assert "janedoe@example.com" not in page.text()
    assert list(page.forms())[:2] == [TYPE, SEND]
    assert not page.refreshes()


def test_the_input_of_the_code_is_one_that_phones_fill_in(visitor: Visitor, gated: str) -> None:
    (one,) = visitor.visit(gated).inputs("code")

    assert (one.attrs["autocomplete"], one.attrs["inputmode"]) == ("one-time-code", "numeric")


def test_the_right_code_leads_to_the_tour_and_then_to_the_door_code(the_world: World, visitor: Visitor, gated: str) -> None:
    passed = typed(the_world, visitor, gated, mailed(the_world))
    the_world.clock.move(minutes=25)
    the_world.jobs()
    page = visitor.press(visitor.visit(gated), CHECK_IN)

    assert TYPE not in passed.forms()
    assert door_code(the_world) in page.text()
    assert "Please do not share it" in page.text()
    assert "no-store" in page.headers["Cache-Control"]


def test_a_wrong_code_says_so_and_does_not_repeat_what_was_typed(the_world: World, visitor: Visitor, gated: str) -> None:
    wrong = not_it(mailed(the_world))
    page = typed(the_world, visitor, gated, wrong)

    assert (page.status, page.alerts()) == (422, ["This is not the code we sent. Please look again."])
    assert wrong not in page.text()
    assert page.value("code") == ""


@pytest.mark.parametrize("code", ["\0", "x" * 5000, "１２３４５６", "'; --", "😀"])
def test_nonsense_is_a_wrong_code(the_world: World, visitor: Visitor, gated: str, code: str) -> None:
    assert typed(the_world, visitor, gated, code).status == 422


def test_an_expired_code_and_a_used_up_one_say_what_to_do(the_world: World, visitor: Visitor, gated: str) -> None:
    for _ in range(4):
        typed(the_world, visitor, gated, not_it(mailed(the_world)))
    used_up = typed(the_world, visitor, gated, not_it(mailed(the_world)))
    the_world.clock.move(minutes=10)
    expired = typed(the_world, visitor, gated, mailed(the_world))

    assert used_up.alerts() == ["This code was tried too often. Please have another one sent."]
    assert expired.alerts() == ["This code has expired. Please have another one sent."]


def test_another_code_is_sent_at_the_press_of_a_button(the_world: World, visitor: Visitor, gated: str) -> None:
    the_world.clock.move(seconds=1)
    page = visitor.press(visitor.visit(gated), SEND)
    the_world.jobs()

    assert page.status == 200
    assert len(the_world.sandbox.mailbox.mails) == 2
    assert TYPE not in typed(the_world, visitor, gated, mailed(the_world)).forms()


def test_the_sixth_code_within_an_hour_is_refused_on_the_page_with_when_to_come_back(
    the_world: World, visitor: Visitor, gated: str
) -> None:
    page = visitor.visit(gated)
    answers = [visitor.send(page, SEND) for _ in range(6)]

    assert [one.status_code for one in answers] == [303] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "3600"
    assert Page(answers[-1]).alerts() == ["We have sent you several codes already. Please use the newest, or wait a while."]


def test_the_page_has_neither_door_code_nor_check_in_before_the_gate_is_passed(
    the_world: World, visitor: Visitor, gated: str
) -> None:
    old = visitor.arrive().value("csrf_token")
    the_world.clock.move(minutes=25)
    page = visitor.visit(gated)
    forced = Page(visitor.session.post(f"{the_world.url}{gated}/check-in", data={"csrf_token": old}, timeout=30))

    assert CHECK_IN not in page.forms()
    assert (forced.status, forced.alerts()) == (409, ["Please verify your contact first: we have a code for you to type."])
    assert door_code(the_world) not in page.text() + forced.text()


def test_too_many_check_ins_are_refused_on_the_tours_own_page(the_world: World, visitor: Visitor, gated: str) -> None:
    typed(the_world, visitor, gated, mailed(the_world))
    the_world.clock.move(minutes=25)
    page = visitor.visit(gated)
    answers = [visitor.send(page, CHECK_IN) for _ in range(31)]

    assert [one.status_code for one in answers] == [303] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "600"
    assert "Too many check-ins" in Page(answers[-1]).alerts()[0]
    assert door_code(the_world) in Page(answers[-1]).text()


def test_a_form_of_another_site_verifies_nothing(the_world: World, gated: str) -> None:
    answer = requests.post(f"{the_world.url}{gated}/verification", data={"code": mailed(the_world)}, timeout=30)

    assert answer.status_code == 400
    (tour,) = the_world.tours()
    assert "verification.passed" not in the_world.story(tour.tour_id)


def test_who_books_without_the_contact_that_is_verified_is_told_beside_the_input(the_world: World, visitor: Visitor) -> None:
    the_world.rules(require_verified="phone")
    page = Page(visitor.book(visitor.arrive(), {**NAME_AND_MAIL, "startTime": HERE_AND_NOW}))

    assert page.status == 422
    assert page.errors() == {"phone": "Give a phone number: this community verifies it before it shows the door code."}
    page.holds({**NAME_AND_MAIL, "startTime": HERE_AND_NOW})


# The API


def test_a_tour_says_what_is_to_be_verified_and_whether_it_is(the_world: World) -> None:
    the_world.rules(require_verified="email")
    booked = the_world.book().json()
    before = the_world.act(booked).json()["verification"]
    the_world.jobs()
    sent = the_world.act(booked).json()["verification"]
    post(the_world, booked, {"code": mailed(the_world)})
    passed = the_world.act(booked).json()["verification"]

    assert before == {"required": "email", "isPassed": False, "sentTo": "j•••@example.com", "expiresAt": None}
    assert sent == {**before, "expiresAt": "2026-06-10T19:10:00+00:00"}
    assert passed == {**sent, "isPassed": True}


@pytest.mark.parametrize("content", [None, {}, {"code": None}])
def test_asking_without_a_code_has_one_sent(the_world: World, content: Any) -> None:
    booked = booked_by_api(the_world)
    the_world.clock.move(seconds=1)
    answer = post(the_world, booked, content)
    the_world.jobs()

    assert answer.status_code == 202, answer.text
    assert len(the_world.sandbox.mailbox.mails) == 2


def test_a_wrong_code_is_a_problem_with_the_field(the_world: World) -> None:
    booked = booked_by_api(the_world)

    said = problem(post(the_world, booked, {"code": not_it(mailed(the_world))}), 422, "invalid")

    assert list(said["errors"]) == ["code"]


@pytest.mark.parametrize("code", ["", " ", "\0", "\ud800", "1" * 21, 471100, ["471100"], True])
def test_what_is_no_code_at_all_is_a_problem_and_no_error_of_ours(the_world: World, code: Any) -> None:
    booked = booked_by_api(the_world)

    problem(post(the_world, booked, {"code": code}), 422, "invalid")


def test_a_code_is_asked_for_again_five_times_an_hour(the_world: World) -> None:
    booked = booked_by_api(the_world)
    answers = [post(the_world, booked, {}) for _ in range(6)]

    assert [one.status_code for one in answers[:5]] == [202] * 5
    problem(answers[5], 429, "too-many-attempts")
    assert answers[5].headers["Retry-After"] == "3600"


def test_typing_a_code_before_one_was_sent_is_not_now(the_world: World) -> None:
    the_world.rules(require_verified="email")
    booked = the_world.book().json()

    problem(post(the_world, booked, {"code": "471100"}), 409, "not-now")


def test_where_nothing_is_verified_there_is_no_code_to_send(the_world: World) -> None:
    booked = the_world.book().json()

    problem(post(the_world, booked, {}), 409, "not-now")
    assert the_world.act(booked).json()["verification"] == {
        "required": "none",
        "isPassed": True,
        "sentTo": None,
        "expiresAt": None,
    }


def test_a_cancelled_tour_is_sent_no_code(the_world: World) -> None:
    booked = booked_by_api(the_world)
    the_world.act(booked, "cancel")
    the_world.clock.move(seconds=1)

    problem(post(the_world, booked, {}), 409, "not-now")
    the_world.jobs()
    assert len(the_world.sandbox.mailbox.mails) == 1


def test_only_the_holder_of_the_token_may_verify(the_world: World) -> None:
    booked = booked_by_api(the_world)

    stranger = post(the_world, {**booked, "tourToken": "wrong"}, {"code": mailed(the_world)})

    problem(stranger, 401, "unauthorized")
    assert not the_world.act(booked).json()["verification"]["isPassed"]
