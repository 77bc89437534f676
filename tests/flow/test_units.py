"""Units: what the prospect asked for, what their credential opened, and what Knock was told are three things."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.flow.story import book_until_confirmed, code_at_the_door
from tests.web.visitor import EVERYTHING, Visitor
from tests.world import COMMUNITY, World, world


def open_doors(the_world: World, *units: str, method: str = "keycode", ago: timedelta = timedelta(0)) -> None:
    """The lock system tells that these were opened, one after the other, just now or a while ago."""
    (grant,) = the_world.lock.grants.values()
    for unit in units:
        the_world.clock.move(seconds=30)
        at = (the_world.clock() - ago).isoformat()
        told = {"grantId": grant.grant_id, "door": f"Door {unit}", "unitName": unit, "method": method, "occurredAt": at}
        assert the_world.lock.send("access.door_unlocked", told) < 300
    the_world.jobs()


def units(the_world: World, booked: dict[str, Any]) -> tuple[list[str], list[str], list[str] | None]:
    """Asked for, opened, reported: as the holder of the tour is shown them."""
    seen = the_world.act(booked).json()
    return seen["unitNames"], seen["unitsOpened"], seen["unitsReported"]


def at_the_door(the_world: World, *asked: str) -> dict[str, Any]:
    booked = book_until_confirmed(the_world, unitNames=list(asked))
    code_at_the_door(the_world, booked)
    return booked


def finish(the_world: World, booked: dict[str, Any]) -> None:
    assert the_world.act(booked, "finish").status_code == 200
    the_world.converge(hours=0.2)
    assert the_world.tour(booked).visit_posted_at


def test_asked_opened_and_reported_are_kept_apart(the_world: World) -> None:
    booked = at_the_door(the_world, "204", "101")
    assert units(the_world, booked) == (["204", "101"], [], None)
    open_doors(the_world, "305", "204")
    assert units(the_world, booked) == (["204", "101"], ["305", "204"], None)
    finish(the_world, booked)
    assert units(the_world, booked) == (["204", "101"], ["305", "204"], ["305", "204"])
    (visit,) = the_world.knock.visits
    assert (visit.unit_names, visit.units) == (["305", "204"], ["305", "204"])


def test_names_that_differ_in_case_and_spaces_only_are_one_unit_everywhere(the_world: World) -> None:
    booked = at_the_door(the_world, " 2 04", "204", "Ph 1", "pH1", "2\u00a004")
    assert units(the_world, booked)[0] == [" 2 04", "Ph 1"]
    open_doors(the_world, "PH 1", "2 04", "ph1", "204 ")
    finish(the_world, booked)
    assert units(the_world, booked)[1:] == (["PH 1", "2 04"], ["PH 1", "2 04"])
    (visit,) = the_world.knock.visits
    assert visit.unit_names == ["PH 1", "2 04"]
    assert visit.units == ["204"]  # of these the community has one, and Knock finds it under its own name


def test_a_unit_opened_after_the_visit_was_posted_is_opened_and_not_reported(the_world: World) -> None:
    booked = at_the_door(the_world, "204")
    open_doors(the_world, "204")
    finish(the_world, booked)
    open_doors(the_world, "305", ago=timedelta(minutes=13))
    assert units(the_world, booked) == (["204"], ["305", "204"], ["204"])
    assert the_world.story(booked["tourId"]).count("visit.unit_not_reported") == 1
    the_world.converge(hours=1)
    assert [visit.unit_names for visit in the_world.knock.visits] == [["204"]]


def test_a_unit_that_was_reported_is_not_called_unreported_when_it_is_opened_once_more(the_world: World) -> None:
    booked = at_the_door(the_world, "204")
    open_doors(the_world, "204")
    finish(the_world, booked)
    open_doors(the_world, "2 04")
    assert units(the_world, booked)[1:] == (["204"], ["204"])
    assert "visit.unit_not_reported" not in the_world.story(booked["tourId"])


def test_what_was_only_asked_for_is_not_reported(database_url: str) -> None:
    with world(database_url, access_url="", access_webhook_secrets=()) as keyless:
        booked = book_until_confirmed(keyless, unitNames=["204"])
        keyless.clock.move(minutes=31)
        keyless.act(booked, "check-in")
        finish(keyless, booked)
        assert units(keyless, booked) == (["204"], [], [])
        assert [visit.unit_names for visit in keyless.knock.visits] == [[]]


@pytest.mark.parametrize("method", ["manual", "automatic", "unknown"])
def test_what_somebody_else_opened_is_neither_opened_nor_reported(the_world: World, method: str) -> None:
    booked = at_the_door(the_world, "204")
    open_doors(the_world, "101", method=method)
    open_doors(the_world, "204")
    finish(the_world, booked)
    assert units(the_world, booked) == (["204"], ["204"], ["204"])


def test_a_cancelled_tour_keeps_what_was_asked_for_and_reports_nothing(the_world: World) -> None:
    booked = at_the_door(the_world, "204")
    the_world.act(booked, "cancel")
    the_world.converge(hours=1)
    assert units(the_world, booked) == (["204"], [], None)
    assert the_world.knock.visits == []


def test_what_is_typed_on_the_page_is_one_unit_each(the_world: World) -> None:
    with Visitor(the_world) as visitor:
        answer = visitor.book(visitor.arrive(), {**EVERYTHING, "unitNames": " 2 04,204 , ,305, 3 05"})
        page = visitor.visit(answer.headers["Location"])
    assert the_world.tours()[0].unit_names == ["2 04", "305"]
    assert "You asked to see: 2 04, 305" in page.text()


def test_the_lock_system_is_asked_for_the_units_asked_for_and_after_a_move_again(the_world: World) -> None:
    booked = book_until_confirmed(the_world, unitNames=["204", "2 04", "305"])
    the_world.jobs()
    assert the_world.move(booked, the_world.tour(booked).starts_at + timedelta(hours=1)).status_code == 200
    the_world.jobs()
    assert [grant.unit_names for grant in the_world.lock.grants.values()] == [["204", "305"]] * 2
    code = code_at_the_door(the_world, booked)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 305", code)
    assert not the_world.lock.type_code(COMMUNITY, "Apartment 101", code)


def test_what_the_prospect_says_they_saw_is_kept_and_proves_nothing(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    code = code_at_the_door(the_world, booked)
    assert the_world.lock.type_code(COMMUNITY, "Front entrance", code)
    the_world.jobs()
    address = f"{the_world.url}/api/v1/tours/{booked['tourId']}/finish"
    headers = {"Authorization": f"Bearer {booked['tourToken']}"}
    for _ in range(2):
        assert requests.post(address, json={"unitNames": ["305", " 30 5"]}, headers=headers, timeout=30).status_code == 200
    the_world.converge(hours=0.2)
    with the_world.via.db.read() as db:
        said = db.connection.query("SELECT said_by, method, unit_name FROM access_events WHERE unit_name IS NOT NULL")
    assert said == [{"said_by": "prospect", "method": "reported", "unit_name": "305"}]
    assert the_world.act(booked).json()["unitsOpened"] == []
    assert [visit.unit_names for visit in the_world.knock.visits] == [[]]
    assert the_world.story(booked["tourId"]).count("visit.unit_told_by_prospect") == 1
