import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox import Sandbox
from sandbox.knock.model import Status, TourType
from sandbox.pages.property import SOURCES

from .stage import ALDER, NOON_IN_SEATTLE, Clock, Partner


def look(url: str, path: str, **params: str) -> str:
    answer = requests.get(f"{url}{path}", params=params, timeout=30)
    assert answer.status_code == 200
    return answer.text


def press(url: str, path: str, **fields: str) -> str:
    answer = requests.post(f"{url}{path}", data=fields, allow_redirects=False, timeout=30)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.mark.parametrize("path", ["/", f"/property/{ALDER}", "/crm", "/propexo-queue", f"/keypad/{ALDER}", "/faults"])
def test_each_page_says_that_it_is_a_sandbox_and_needs_no_other_host(url: str, path: str) -> None:
    page = look(url, path)
    assert "You are looking at the partners’ side" in page
    assert not re.findall(r"""(?:src|href)="(?:https?:)?//(?!vendor\.example)""", page)


@pytest.mark.parametrize("path", ["/property/nowhere", "/keypad/nowhere"])
def test_an_unknown_property_is_not_found(url: str, path: str) -> None:
    assert requests.get(f"{url}{path}", timeout=30).status_code == 404


@pytest.mark.parametrize("source", SOURCES)
def test_doorways_link_carries_the_source_unharmed(url: str, source: str) -> None:
    page = look(url, f"/property/{ALDER}", source=source)
    found = re.search(r'class="button big" href="([^"]+)"', page)
    assert found
    link = urlsplit(found[1].replace("&amp;", "&"))
    assert (link.netloc, link.path) == ("vendor.example", f"/doorway/{ALDER}")
    assert parse_qs(link.query) == ({"utm_knock_source_title": [source]} if source else {})


def test_the_calendar_shows_the_appointment_in_the_propertys_offset(url: str, partner: Partner) -> None:
    partner.book(sourceTitle="<b>Zillow</b>")
    page = look(url, "/crm")
    assert "Wed 10 Jun 2026, 12:30 (UTC−07:00)" in page
    assert "&lt;b&gt;Zillow&lt;/b&gt;" in page


def test_the_calendar_shows_visits(url: str, partner: Partner) -> None:
    partner.book()
    visit = {"prospectId": "51316", "visitTime": "2026-06-10T18:00:00Z", "unitNames": ["101"]}
    partner.post("/visit", visit, "prospect-key")
    assert "Wed 10 Jun 2026, 11:00 (UTC−07:00)" in look(url, "/crm")


def test_an_agents_buttons_work(sandbox: Sandbox, url: str, partner: Partner) -> None:
    partner.book()
    assert press(url, "/crm/appointments/123456/cancel") == "/crm"
    assert sandbox.knock.appointments["123456"].status is Status.CANCELLED
    press(url, "/crm/prospects/51316/delete")
    press(url, "/crm/prospects/51316/not_a_prospect")
    assert (sandbox.knock.prospects["51316"].is_deleted, sandbox.knock.prospects["51316"].not_prospect) == (True, True)
    press(url, f"/crm/communities/{ALDER}/remove")
    press(url, f"/crm/communities/{ALDER}/toggle/SELF_GUIDED")
    community = sandbox.knock.communities[ALDER]
    assert (community.listed, TourType.SELF_GUIDED in community.tour_types) == (False, False)


def test_an_agent_marks_a_tour_as_visited(sandbox: Sandbox, url: str, partner: Partner) -> None:
    partner.book()
    press(url, "/crm/appointments/123456/visited")
    assert sandbox.knock.appointments["123456"].status is Status.VISITED


def test_an_agent_moves_a_tour_to_one_of_the_times_on_the_page(sandbox: Sandbox, url: str, partner: Partner) -> None:
    partner.book()
    offered = re.findall(r'name="start" value="([^"]+)">([^<]+)<', look(url, "/crm"))
    assert offered[0] == ("2026-06-10T13:00:00-07:00", "Wed 10 Jun, 13:00")
    press(url, "/crm/appointments/123456/move", start=offered[2][0])
    assert sandbox.knock.appointments["123456"].start.isoformat() == "2026-06-10T13:20:00-07:00"


@pytest.mark.parametrize("start", ["", "soon", "2026-06-10T12:40:00-07:00"])
def test_a_time_that_is_not_on_the_page_moves_nothing(sandbox: Sandbox, url: str, partner: Partner, start: str) -> None:
    partner.book()
    press(url, "/crm/appointments/123456/move", start=start)
    assert sandbox.knock.appointments["123456"].start == NOON_IN_SEATTLE + timedelta(minutes=30)


def test_a_tour_that_is_over_cannot_be_moved_on_the_page(sandbox: Sandbox, url: str, partner: Partner) -> None:
    partner.book()
    sandbox.agent.cancel("123456")
    assert "Move to" not in look(url, "/crm")


def test_the_calendar_shows_the_kind_of_tour(url: str, partner: Partner) -> None:
    partner.book(tourType="LIVE_VIDEO")
    assert "<dt>Tour type</dt><dd>LIVE_VIDEO</dd>" in look(url, "/crm")


def test_the_calendar_shows_a_community_that_was_removed(sandbox: Sandbox, url: str, partner: Partner) -> None:
    partner.book()
    sandbox.agent.remove(ALDER)
    assert "Removed" in look(url, "/crm")


def test_messages_are_added_to_a_prospects_history(sandbox: Sandbox, url: str, partner: Partner) -> None:
    partner.book()
    press(url, "/crm/prospects/51316/message", type="SMS")
    press(url, "/crm/prospects/51316/message", type="KNOCKBOT", description="<i>Hi</i>")
    last = sandbox.knock.prospects["51316"].events[1:]
    assert [(one.type, one.description) for one in last] == [("SMS", "A message by SMS"), ("KNOCKBOT", "<i>Hi</i>")]
    assert "APPOINTMENT CREATED, SMS, KNOCKBOT" in look(url, "/crm")


def test_propexos_queue_shows_jobs_with_body_and_state(url: str, partner: Partner) -> None:
    partner.order()
    assert "PENDING" in look(url, "/propexo-queue")
    partner.ordered(notes="<b>Hello</b>")
    page = look(url, "/propexo-queue")
    assert page.index("SUCCESS") < page.index("PENDING")
    assert "Wed 10 Jun 2026, 12:30 (UTC−07:00)" in page
    assert "<dt>notes</dt><dd>&lt;b&gt;Hello&lt;/b&gt;</dd>" in page


@pytest.mark.parametrize(
    "path", ["/appointments/1/cancel", "/appointments/1/visited", "/appointments/1/move", "/prospects/1/delete"]
)
def test_a_button_that_is_out_of_date_does_no_harm(url: str, path: str) -> None:
    assert press(url, f"/crm{path}") == "/crm"


def test_the_keypad_tells_only_that_a_door_opens_or_stays_shut(url: str, partner: Partner, clock: Clock) -> None:
    code = partner.grant().json()["code"]
    shut = press(url, f"/keypad/{ALDER}", door="Front entrance", code=code)
    clock.move(minutes=30)
    opened = press(url, f"/keypad/{ALDER}", door="Front entrance", code=code)
    assert ("it stays shut" in look(url, shut), "it opens" in look(url, opened)) == (True, True)
    assert code not in shut + opened


def test_a_code_of_seams_opens_at_the_same_keypad(sandbox: Sandbox, url: str, partner: Partner, clock: Clock) -> None:
    code = partner.seam_code()["code"]
    clock.move(minutes=30)
    opened = press(url, f"/keypad/{ALDER}", door="Apartment 204", code=code)
    assert "Apartment 204</strong> opened for Jane Doe" in look(url, opened)
    shut = press(url, f"/keypad/{ALDER}", door="Apartment 101", code=code)
    assert "it stays shut" in look(url, shut)


def test_the_building_can_be_left(sandbox: Sandbox, url: str, partner: Partner, clock: Clock) -> None:
    code = partner.grant().json()["code"]
    clock.move(minutes=30)
    press(url, f"/keypad/{ALDER}", door="Front entrance", code=code)
    assert "Leave the building" in look(url, f"/keypad/{ALDER}")
    press(url, f"/keypad/{ALDER}/leave", grant_id="g1")
    assert sandbox.lock.inside(ALDER) == []


@pytest.mark.parametrize(("path", "field"), [("", {"door": "Cellar"}), ("/leave", {"grant_id": "g9"})])
def test_a_door_or_a_grant_that_does_not_exist_is_not_found(url: str, path: str, field: dict[str, str]) -> None:
    assert requests.post(f"{url}/keypad/{ALDER}{path}", data=field, timeout=30).status_code == 404


def test_faults_are_armed_by_hand(url: str, partner: Partner) -> None:
    press(url, "/faults", call="GET /communities", fault="500", times="1", seconds="5")
    assert partner.get("/communities").status_code == 500
