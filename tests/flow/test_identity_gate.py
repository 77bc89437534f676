"""A community that wants a contact verified: from the code in the mail to the door code, or to a tour that is cancelled."""

import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox.deliveries.mail_server import Mail
from tests.web.visitor import Visitor
from tests.world import COMMUNITY, JANE, START, World, world
from vendor_app.usecases.operators.operate import list_dead_messages, tell_tour
from vendor_app.usecases.visit.tour_holder import show_tour

CODE = re.compile(r"^\d{6}(?= is your code)", re.MULTILINE)
TABLES = ("verifications", "outbox", "timeline", "tours", "attempts", "access_grants", "operator_tasks")


def booked_behind_the_gate(the_world: World, contact: str = "email", **options: Any) -> dict[str, Any]:
    """A confirmed tour whose prospect has to verify themselves; no job has run yet."""
    the_world.rules(require_verified=contact)
    answer = the_world.book(**options)
    assert answer.status_code == 201, answer.text
    booked: dict[str, Any] = answer.json()
    return booked


def verify(the_world: World, booked: dict[str, Any], code: str | None = None) -> requests.Response:
    """POST …/verification: type a code, or have one sent."""
    address = f"{the_world.url}/api/v1/tours/{booked['tourId']}/verification"
    headers = {"Authorization": f"Bearer {booked['tourToken']}"}
    return requests.post(address, json={"code": code}, headers=headers, timeout=30)


def send_another(the_world: World, booked: dict[str, Any]) -> requests.Response:
    """Have a code sent a second later, and let it go out."""
    the_world.clock.move(seconds=1)
    answer = verify(the_world, booked)
    the_world.jobs()
    return answer


def mails(the_world: World) -> list[Mail]:
    """All that have come."""
    return the_world.sandbox.mailbox.mails


def codes(the_world: World) -> list[str]:
    """Those mailed, oldest first."""
    return [found.group() for mail in mails(the_world) if (found := CODE.search(mail.text))]


def not_it(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


def go_to_the_door(the_world: World) -> None:
    """Five minutes before the start, before any job looks at the gate's deadline."""
    the_world.clock.now = START - timedelta(minutes=5)


def door_code(the_world: World) -> str:
    """As the lock system knows it."""
    (grant,) = the_world.lock.grants.values()
    assert grant.code
    return grant.code


# The code


def test_a_code_of_six_digits_is_mailed_once_the_tour_is_confirmed(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    the_world.jobs()

    (mail,) = mails(the_world)
    assert mail.to == JANE["email"]
    assert len(codes(the_world)) == 1
    assert "It holds for 10 minutes" in mail.text
    assert the_world.story(booked["tourId"]).count("verification.code_sent") == 1


def test_no_code_is_mailed_for_a_tour_that_is_not_confirmed_yet(the_world: World) -> None:
    the_world.rules(require_verified="email")
    the_world.faults.set("POST /appointment/request", "500")
    assert the_world.book().status_code == 202
    the_world.jobs()

    assert mails(the_world) == []


@pytest.mark.parametrize("rules", [{}, {"require_verified": "none"}])
def test_where_nothing_is_required_nothing_is_mailed_and_the_door_code_is_shown(the_world: World, rules: dict[str, str]) -> None:
    the_world.rules(**rules)
    booked = the_world.book().json()
    the_world.jobs()
    go_to_the_door(the_world)

    assert the_world.act(booked, "check-in").json()["code"] == door_code(the_world)
    assert mails(the_world) == []


def test_the_right_code_opens_the_gate_and_check_in_shows_the_door_code(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()

    passed = verify(the_world, booked, codes(the_world)[0])
    go_to_the_door(the_world)
    the_world.jobs()
    checked_in = the_world.act(booked, "check-in")

    assert (passed.status_code, passed.json()["verification"]["isPassed"]) == (200, True)
    assert checked_in.json()["code"] == door_code(the_world)
    assert the_world.tour(booked).status == "confirmed"
    assert "verification.passed" in the_world.story(booked["tourId"])


def test_a_code_typed_with_spaces_is_as_good(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    code = codes(the_world)[0]

    assert verify(the_world, booked, f" {code[:3]} {code[3:]} ").status_code == 200


def test_a_phone_is_verified_through_the_gateway_to_text_messages(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world, "phone", profile={**JANE, "phone": "+1 (206) 555-4567"})
    the_world.jobs()

    (mail,) = mails(the_world)
    assert mail.to == "2065554567@texts.example.com"
    assert the_world.act(booked).json()["verification"]["sentTo"] == "•••67"
    assert verify(the_world, booked, codes(the_world)[0]).status_code == 200


@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (10, 422)])
def test_a_code_holds_for_ten_minutes(the_world: World, minutes: int, status: int) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=minutes)

    assert verify(the_world, booked, codes(the_world)[0]).status_code == status


def test_after_five_wrong_codes_the_right_one_is_wrong_too(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    (code,) = codes(the_world)
    wrong = [verify(the_world, booked, not_it(code)).status_code for _ in range(5)]

    assert (wrong, verify(the_world, booked, code).status_code) == ([422] * 5, 422)
    assert not the_world.act(booked).json()["verification"]["isPassed"]


def test_the_fifth_try_may_still_be_the_right_one(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    (code,) = codes(the_world)
    for _ in range(4):
        verify(the_world, booked, not_it(code))

    assert verify(the_world, booked, code).status_code == 200


def test_an_older_code_is_dead_once_another_is_sent(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    assert send_another(the_world, booked).status_code == 202
    old, new = codes(the_world)

    assert old == new or verify(the_world, booked, old).status_code == 422
    assert verify(the_world, booked, new).status_code == 200


def test_another_code_gives_five_tries_again(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    for _ in range(5):
        verify(the_world, booked, not_it(codes(the_world)[0]))
    send_another(the_world, booked)

    assert verify(the_world, booked, codes(the_world)[1]).status_code == 200


def test_who_has_passed_is_sent_no_more_codes(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    verify(the_world, booked, codes(the_world)[0])

    assert send_another(the_world, booked).status_code == 409
    assert len(mails(the_world)) == 1


def test_a_community_that_changes_what_it_wants_verified_gets_that_verified(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    verify(the_world, booked, codes(the_world)[0])
    the_world.rules(require_verified="phone")

    assert not the_world.act(booked).json()["verification"]["isPassed"]
    send_another(the_world, booked)

    assert mails(the_world)[1].to == "2065554567@texts.example.com"
    assert verify(the_world, booked, codes(the_world)[1]).json()["verification"]["isPassed"]


# Not passed, not shown


def test_before_the_gate_is_passed_check_in_is_refused_and_nothing_shows_the_door_code(
    the_world: World,
) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    go_to_the_door(the_world)

    refused = the_world.act(booked, "check-in")
    page = the_world.get(f"/tour/{booked['tourToken']}")
    with Visitor(the_world) as visitor:
        pressed = visitor.visit(f"/tour/{booked['tourToken']}")

    assert (refused.status_code, refused.json()["type"]) == (409, "not-verified")
    assert list(pressed.forms()) == ["Verify", "Send me another code", "Yes, cancel my tour"]
    told = refused.text + page.text + the_world.act(booked).text + the_world.act(booked, "timeline").text
    assert door_code(the_world) not in told
    assert "tour.checked_in" not in the_world.story(booked["tourId"])


def test_a_gate_that_is_set_up_after_check_in_hides_the_code_until_it_is_passed(the_world: World) -> None:
    booked = the_world.book().json()
    the_world.jobs()
    go_to_the_door(the_world)
    shown = f"/tour/{booked['tourToken']}"
    the_world.act(booked, "check-in")
    assert door_code(the_world) in the_world.get(shown).text

    the_world.rules(require_verified="email")

    seen = show_tour(the_world.via, booked["tourToken"], the_world.clock())
    assert (seen.code, seen.link) == (None, None)
    assert door_code(the_world) not in the_world.get(shown).text
    assert the_world.act(booked, "check-in").status_code == 409


# The deadline


def test_a_gate_not_passed_in_time_cancels_and_the_prospect_is_told_with_open_times(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    the_world.clock.now = START - timedelta(minutes=15, seconds=1)
    the_world.jobs()
    assert the_world.tour(booked).status == "confirmed"

    the_world.clock.move(seconds=1)
    the_world.jobs()
    the_world.jobs()

    tour = the_world.tour(booked)
    assert (tour.status, tour.reason) == ("cancelled", "contact_not_verified_in_time")
    assert (the_world.standing(), the_world.live_grants()) == ([], [])
    told = mails(the_world)[-1]
    assert (told.to, told.subject) == (JANE["email"], f"Your tour of {community_name(the_world)} is cancelled")
    assert "1:30 PM" in told.text
    assert "/doorway/" in told.text
    assert the_world.story(booked["tourId"]).count("prospect.told") == 1


def community_name(the_world: World) -> str:
    """As the directory of Knock has it."""
    found = the_world.via.communities.find(COMMUNITY, the_world.clock())
    return found.name


def test_a_gate_passed_in_time_cancels_nothing(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    verify(the_world, booked, codes(the_world)[0])
    the_world.clock.now = START - timedelta(minutes=1)
    the_world.jobs()

    assert the_world.tour(booked).status == "confirmed"
    assert len(mails(the_world)) == 1


def test_who_books_shortly_before_the_start_has_ten_minutes(the_world: World) -> None:
    the_world.clock.now = START - timedelta(minutes=5)
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=9)
    the_world.jobs()
    before = the_world.tour(booked).status
    the_world.clock.move(minutes=1)
    the_world.jobs()

    assert (before, the_world.tour(booked).status) == ("confirmed", "cancelled")


# A mail server with moods


def test_a_mail_server_that_is_down_gets_one_mail_in_the_end(the_world: World) -> None:
    the_world.sandbox.mailbox.close()
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    with the_world.via.db.read() as db:
        waiting = [one.kind for one in db.outbox_reports.pending_messages_of(booked["tourId"])]
    assert "send_code" in waiting
    the_world.sandbox.mailbox.open(the_world.sandbox.settings.mail_port)
    for _ in range(4):
        the_world.clock.move(seconds=30)
        the_world.jobs()

    assert len(mails(the_world)) == 1
    assert "It holds for 10 minutes" in mails(the_world)[0].text
    assert verify(the_world, booked, codes(the_world)[0]).status_code == 200


def test_a_mail_that_comes_late_says_how_long_its_code_still_holds(the_world: World) -> None:
    the_world.sandbox.mailbox.refuses = "450 later"
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    the_world.sandbox.mailbox.refuses = ""
    the_world.clock.move(minutes=7, seconds=30)
    the_world.jobs()

    (mail,) = mails(the_world)
    assert "It holds for 3 minutes" in mail.text
    assert verify(the_world, booked, codes(the_world)[0]).status_code == 200


def test_a_code_that_ran_out_before_it_could_be_sent_is_replaced(the_world: World) -> None:
    the_world.sandbox.mailbox.refuses = "450 later"
    the_world.clock.move(hours=-2)
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    the_world.sandbox.mailbox.refuses = ""
    the_world.clock.move(minutes=11)
    the_world.jobs()

    assert len(mails(the_world)) == 1
    assert verify(the_world, booked, codes(the_world)[0]).status_code == 200


def test_a_mailbox_that_does_not_exist_leaves_a_dead_message_to_be_seen(the_world: World) -> None:
    the_world.sandbox.mailbox.refuses = "550 no such mailbox"
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()

    (dead,) = list_dead_messages(the_world.via)
    assert (dead.kind, dead.subject_id) == ("send_code", booked["tourId"])
    assert "550" in (dead.last_error or "")
    assert "message.dead" in the_world.story(booked["tourId"])


def test_without_a_gateway_a_phones_code_waits_for_one(database_url: str) -> None:
    with world(database_url, sms_gateway="") as it:
        booked = booked_behind_the_gate(it, "phone")
        it.jobs()
        with it.via.db.read() as db:
            owed = {one.kind: one.last_error or "" for one in db.outbox_reports.pending_messages_of(booked["tourId"])}

        assert "VENDOR_SMS_GATEWAY" in owed["send_code"]
        assert mails(it) == []


# Codes are nobody else's


def everything_stored(the_world: World) -> str:
    """Every row that a code could be in."""
    with the_world.via.db.read() as db:
        return json.dumps([db.connection.query(f"SELECT * FROM {table}") for table in TABLES], default=str)


@pytest.mark.parametrize("refuses", ["", "450 later", "550 no such mailbox"])
def test_a_code_is_in_no_table_no_log_no_problem_and_no_timeline(
    the_world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, refuses: str
) -> None:
    monkeypatch.setattr("vendor_app.usecases.mail.send_code.secrets.randbelow", lambda _: 73914)
    caplog.set_level(logging.DEBUG)
    the_world.sandbox.mailbox.refuses = refuses
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()
    seen = the_world.act(booked)
    wrong = verify(the_world, booked, "111111")
    stored = everything_stored(the_world)
    verify(the_world, booked, "073914")

    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("vendor_app", "jobs")))
    story = tell_tour(the_world.via, booked["tourId"])
    told = [stored, everything_stored(the_world), logged, seen.text, wrong.text, repr((story.lines, story.owed))]
    assert codes(the_world) == ([] if refuses else ["073914"])
    assert the_world.act(booked).json()["verification"]["isPassed"]
    assert [one for one in told if "073914" in one] == []


def test_once_sent_not_even_the_sealed_code_is_kept(the_world: World) -> None:
    booked = booked_behind_the_gate(the_world)
    the_world.jobs()

    with the_world.via.db.read() as db:
        rows = db.connection.query("SELECT sealed_code FROM verifications WHERE tour_id = :tour_id", tour_id=booked["tourId"])
    assert rows == [{"sealed_code": None}]


# Who cannot be verified is told before they book


def all_but(field: str) -> dict[str, str]:
    """What Jane gives when she keeps this to herself."""
    return {name: value for name, value in JANE.items() if name != field}


@pytest.mark.parametrize("contact", ["email", "phone"])
def test_who_gives_no_contact_to_verify_is_refused_before_anything_is_booked(the_world: World, contact: str) -> None:
    the_world.rules(require_verified=contact)

    answer = the_world.book(profile=all_but(contact))

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [f"profile.{contact}"]
    assert (the_world.tours(), the_world.knock.appointments) == ([], {})


@pytest.mark.parametrize("contact", ["email", "phone"])
def test_the_other_contact_need_not_be_given(the_world: World, contact: str) -> None:
    other = "phone" if contact == "email" else "email"

    assert booked_behind_the_gate(the_world, contact, profile=all_but(other))["status"] == "confirmed"


def test_a_tour_that_an_agent_leads_needs_nothing_verified(the_world: World) -> None:
    the_world.rules(require_verified="email")
    answer = the_world.book(profile=all_but("email"), tourType="IN_PERSON")
    the_world.jobs()

    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "confirmed"
    assert the_world.act(answer.json()).json()["verification"]["required"] == "none"
    assert mails(the_world) == []
