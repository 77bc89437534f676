"""Consent to text messages: as the prospect gave it, with the words they saw and the time, kept as evidence."""

from typing import Any

import pytest

from tests.stored import everything_stored
from tests.web.api import body, post, problem
from tests.web.visitor import EVERYTHING, HERE_AND_NOW, LATER, NAME_AND_MAIL, Page, Visitor
from tests.world import COMMUNITY, START, World

MAPLE = "191b65d2686d11e9"
WORDING = (
    "Text me about this tour. By ticking this I agree to receive text messages, which may be sent automatically, "
    "from The Alder at this number. Consent is not a condition of renting; message and data rates may apply."
)


def kept(world: World) -> list[tuple[bool, str | None]]:
    """What is kept of every tour, the newest first; when it was given is checked here."""
    found = []
    for tour in world.tours():
        with world.via.db.read() as db:
            consent = db.consents.of_tour(tour.tour_id)
        assert consent is not None and consent.given_at == tour.created_at
        found.append((consent.sms_consent, consent.wording))
    return found


def told_knock(world: World) -> list[bool]:
    return [one.sms_consent for one in world.knock.prospects.values()]


def rename(world: World, name: str) -> None:
    world.knock.communities[COMMUNITY].name = name
    world.jobs()


# On the page


def test_the_words_beside_the_box_name_the_community(visitor: Visitor) -> None:
    (box,) = visitor.arrive().inputs("smsConsent")
    assert box.within("label").text() == WORDING
    assert "checked" not in box.attrs


def test_a_ticked_box_is_kept_with_the_words_beside_it(the_world: World, visitor: Visitor) -> None:
    assert visitor.book(visitor.arrive()).status_code == 303
    assert (kept(the_world), told_knock(the_world)) == ([(True, WORDING)], [True])


def test_a_box_left_alone_is_kept_as_no_with_the_words_beside_it(the_world: World, visitor: Visitor) -> None:
    assert visitor.book(visitor.arrive(), {**NAME_AND_MAIL, "startTime": HERE_AND_NOW}).status_code == 303
    assert (kept(the_world), told_knock(the_world)) == ([(False, WORDING)], [False])


def test_a_community_renamed_while_the_form_was_open_is_kept_as_it_was_shown(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    rename(the_world, "The New Alder")
    assert visitor.book(page).status_code == 303
    assert kept(the_world) == [(True, WORDING)]


def test_a_form_that_came_back_shows_the_words_of_now_and_those_are_kept(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    rename(the_world, "The New Alder")
    again = Page(visitor.book(page, {**EVERYTHING, "email": "jane"}))
    (box,) = again.inputs("smsConsent")
    assert visitor.book(again, {"email": "janedoe@example.com"}).status_code == 303
    assert kept(the_world) == [(True, box.within("label").text())]
    assert "The New Alder" in box.within("label").text()


@pytest.mark.parametrize("change", ["", WORDING, "é🏠.a.b\x00", "." * 5000])
def test_words_that_are_not_signed_by_us_are_not_taken_for_what_was_shown(
    the_world: World, visitor: Visitor, change: str
) -> None:
    page = visitor.arrive()
    page.inputs("smsConsentWording")[0].attrs["value"] = change
    assert visitor.book(page).status_code == 303
    assert kept(the_world) == [(True, None)]


def test_one_changed_letter_breaks_the_proof(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    signed = page.value("smsConsentWording")
    page.inputs("smsConsentWording")[0].attrs["value"] = signed.replace(signed[5], "A" if signed[5] != "A" else "B", 1)
    assert visitor.book(page).status_code == 303
    assert kept(the_world) == [(True, None)]


def test_a_form_sent_twice_is_one_consent(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    first, second = visitor.book(page), visitor.book(page)
    assert first.headers["Location"] == second.headers["Location"]
    assert kept(the_world) == [(True, WORDING)]


def test_the_consent_stays_as_given_when_the_tour_is_moved_and_when_another_is_booked(the_world: World, visitor: Visitor) -> None:
    visitor.book(visitor.arrive())
    the_world.clock.move(minutes=3)
    without = {name: value for name, value in EVERYTHING.items() if name != "smsConsent"}
    visitor.book(visitor.arrive(), {**without, "startTime": LATER})
    assert kept(the_world) == [(False, WORDING), (True, WORDING)]


def test_a_tour_that_knock_refused_keeps_its_evidence_too(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive()
    the_world.knock.offer(COMMUNITY, [])
    assert visitor.book(page).status_code == 409
    assert kept(the_world) == [(True, WORDING)]


def test_what_is_refused_before_a_tour_is_made_keeps_nothing(the_world: World, visitor: Visitor) -> None:
    assert visitor.book(visitor.arrive(), {**EVERYTHING, "email": "jane"}).status_code == 422
    with the_world.via.db.read() as db:
        assert db.connection.query("SELECT * FROM sms_consents") == []


# By the API


@pytest.mark.parametrize("consent", [True, False])
@pytest.mark.parametrize("wording", [None, "I want texts. é🏠\n<b>" + "x" * 4900])
def test_the_api_keeps_consent_and_the_words_it_was_given(the_world: World, consent: bool, wording: str | None) -> None:
    assert post(the_world, body(smsConsent=consent, smsConsentWording=wording)).status_code == 201
    assert (kept(the_world), told_knock(the_world)) == ([(consent, wording)], [consent])


def test_consent_left_out_is_no(the_world: World) -> None:
    assert post(the_world, body()).status_code == 201
    assert (kept(the_world), told_knock(the_world)) == ([(False, None)], [False])


@pytest.mark.parametrize("wording", ["a\x00b", "a\ud800b"])
def test_words_that_no_database_holds_as_they_are_break_nothing(the_world: World, wording: str) -> None:
    assert post(the_world, body(smsConsent=True, smsConsentWording=wording)).status_code == 201
    ((consent, words),) = kept(the_world)
    assert (consent, words is not None and words[0] == "a" and words[-1] == "b") == (True, True)


@pytest.mark.parametrize("wording", ["", 1, True, ["text"], "x" * 5001])
def test_words_that_cannot_be_are_a_422_that_names_them(quiet_world: World, wording: Any) -> None:
    said = problem(post(quiet_world, body(smsConsent=True, smsConsentWording=wording)), 422)
    assert list(said["errors"]) == ["smsConsentWording"]
    assert (quiet_world.tours(), quiet_world.knock.appointments) == ([], {})


@pytest.mark.parametrize("consent", ["yes", "true", 1, None, []])
def test_what_is_neither_true_nor_false_is_no_consent(quiet_world: World, consent: Any) -> None:
    content = {**body(), "smsConsent": consent}
    assert list(problem(post(quiet_world, content), 422)["errors"]) == ["smsConsent"]
    assert (quiet_world.tours(), quiet_world.knock.appointments) == ([], {})


def test_other_words_under_the_same_key_are_another_request(the_world: World) -> None:
    assert post(the_world, body(smsConsentWording="one")).status_code == 201
    problem(post(the_world, body(smsConsentWording="two")), 422, "idempotency-key-reused")
    assert kept(the_world) == [(False, "one")]


def test_the_evidence_is_no_part_of_what_a_holder_or_knock_is_shown(the_world: World) -> None:
    booked = post(the_world, body(smsConsent=True, smsConsentWording="only for the file")).json()
    the_world.jobs()
    assert "only for the file" not in the_world.act(booked).text
    assert b"only for the file" in everything_stored(the_world.config.database_url)
    assert the_world.tour(booked).starts_at == START
