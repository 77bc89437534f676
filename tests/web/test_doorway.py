"""Doorway's link: the arrival is kept, and its source title reaches Knock exactly as it came."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.web.visitor import EVERYTHING, HERE_AND_NOW, NAME_AND_MAIL, Page, Visitor, doorway
from tests.world import COMMUNITY, World, world

PARAMETER = "utm_knock_source_title"


def titles(the_world: World) -> list[str | None]:
    """What Knock was given, in order."""
    return [one.source_title for one in the_world.knock.appointments.values()]


def booked_from(the_world: World, query: str) -> str | None:
    """The source title in Knock after a whole visit that began with this query string."""
    with Visitor(the_world) as visitor:
        page = visitor.visit(f"/doorway/{COMMUNITY}{query}")
        assert visitor.book(page, {**NAME_AND_MAIL, "startTime": HERE_AND_NOW}).status_code == 303
    (title,) = titles(the_world)
    return title


def test_doorways_link_leads_to_the_booking_page(the_world: World) -> None:
    answer = the_world.get(f"/doorway/{COMMUNITY}?{PARAMETER}=Zillow")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/book/")
    assert the_world.get(answer.headers["Location"]).status_code == 200


def test_every_arrival_is_one_of_its_own(the_world: World) -> None:
    first, second = (the_world.get(f"/doorway/{COMMUNITY}").headers["Location"] for _ in range(2))

    assert first != second


def test_the_arrivals_address_does_not_tell_the_source(the_world: World) -> None:
    assert "Zillow" not in the_world.get(f"/doorway/{COMMUNITY}?{PARAMETER}=Zillow").headers["Location"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        pytest.param("", None, id="absent"),
        pytest.param("?utm_source=other", None, id="another parameter"),
        pytest.param(f"?{PARAMETER}=", "", id="empty"),
        pytest.param(f"?{PARAMETER}", "", id="without a value"),
        pytest.param(f"?{PARAMETER}=a%2Bb", "a+b", id="encoded plus"),
        pytest.param(f"?{PARAMETER}=a+b", "a b", id="plus is a space"),
        pytest.param(f"?{PARAMETER}=a%20b%20", "a b ", id="space at the end"),
        pytest.param(f"?{PARAMETER}=%20", " ", id="only a space"),
        pytest.param(f"?{PARAMETER}=a%00b", "a\0b", id="NUL"),
        pytest.param(f"?{PARAMETER}=a%0D%0Ab", "a\r\nb", id="line break"),
        pytest.param(f"?{PARAMETER}=%F0%9F%8F%A1", "\N{HOUSE WITH GARDEN}", id="emoji"),
        pytest.param(f"?{PARAMETER}=e%CC%81", "e\u0301", id="not normalised"),
        pytest.param(f"?{PARAMETER}=%2525", "%25", id="percent"),
        pytest.param(f"?{PARAMETER}=a%26b%3Dc", "a&b=c", id="ampersand"),
        pytest.param(f"?{PARAMETER}=%22%27%3E%3Cb%3E", "\"'><b>", id="quotes and tags"),
        pytest.param(f"?{PARAMETER}={'x' * 10_000}", "x" * 10_000, id="10 kB"),
        pytest.param(f"?{PARAMETER}=first&{PARAMETER}=second", "first", id="twice"),
    ],
)
def test_the_source_title_reaches_knock_as_it_came(the_world: World, query: str, title: str | None) -> None:
    assert booked_from(the_world, query) == title


def test_bytes_that_are_no_text_reach_knock_as_they_stood_in_the_link(the_world: World) -> None:
    assert booked_from(the_world, f"?{PARAMETER}=a%FFb") == "a%FFb"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=60))
@example(title="")
@example(title="+%2B%00\0\r\n\t \u2028\ufeff\ufffe")
@example(title="50% off & parking; a=b#c?d/é\N{HOUSE WITH GARDEN}")
def test_any_title_reaches_knock_by_every_way_of_booking(busy_world: World, title: str) -> None:
    with Visitor(busy_world) as visitor:
        page = visitor.arrive(title)
        assert visitor.book(page).status_code == 303
    arrival_id = page.url.rpartition("/")[2]
    by_arrival: dict[str, Any] = {"arrivalId": arrival_id, "sourceTitle": None}

    first = busy_world.book(f"a-{arrival_id}", **by_arrival)
    second = busy_world.book(f"b-{arrival_id}", sourceTitle=title)

    assert titles(busy_world)[-3:] == [title, title, title]
    assert [first.json()["sourceTitle"], second.json()["sourceTitle"]] == [title, title]


@pytest.fixture
def busy_world(database_url: str) -> Any:
    """One where one client may book the same time again and again (Knock replaces the earlier one)."""
    with world(database_url, bookings_per_hour=100_000, max_concurrent_tours=100_000) as made:
        yield made


def test_a_title_full_of_markup_is_never_part_of_a_page(the_world: World, visitor: Visitor) -> None:
    page = visitor.arrive('"><script>alert(1)</script>')
    tour = visitor.visit(visitor.book(page).headers["Location"])

    assert [page.root.all("script"), tour.root.all("script")] == [[], []]
    assert "alert(1)" not in page.text() + tour.text()


def test_a_community_that_knock_does_not_know_is_a_404_page(quiet_world: World) -> None:
    page = Page(quiet_world.get(doorway("Zillow", "no-such-place")))

    assert page.status == 404
    assert "no self-guided tours at this address" in page.text()


@pytest.mark.parametrize(
    "community", ["%00", "%FF", "%F0%9F%8F%A1", "x" * 5000, "'%3B--", "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"]
)
def test_a_hostile_community_id_is_a_404_page_without_it(quiet_world: World, community: str) -> None:
    page = Page(quiet_world.get(f"/doorway/{community}"))

    assert page.status == 404
    assert page.root.all("script") == []


def test_a_community_taken_out_of_knock_is_a_404_page(the_world: World) -> None:
    the_world.jobs()
    the_world.sandbox.agent.remove(COMMUNITY)
    the_world.clock.move(minutes=1)
    the_world.jobs()

    assert Page(the_world.get(doorway("Zillow"))).status == 404


def test_with_knock_down_at_first_contact_there_is_a_503_page(database_url: str) -> None:
    with world(database_url, knock_base_url="http://127.0.0.1:1/knock") as cut_off:
        answer = cut_off.get(doorway("Zillow"))

    assert Page(answer).status == 503
    assert "try again" in Page(answer).text()
    assert int(answer.headers["Retry-After"]) > 0


def test_with_knock_down_for_a_moment_the_link_works_again_soon(the_world: World, visitor: Visitor) -> None:
    the_world.faults.set("GET /communities", "500", times=3)
    assert visitor.arrive().status == 503
    the_world.clock.move(seconds=3)

    assert visitor.book(visitor.arrive(), EVERYTHING).status_code == 303
    assert titles(the_world) == ["Zillow"]


def test_a_booking_link_that_leads_nowhere_is_a_404_page(quiet_world: World) -> None:
    page = Page(quiet_world.get("/book/no-such-arrival"))

    assert page.status == 404
    assert "start again" in page.text()
