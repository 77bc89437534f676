"""Headers every answer carries, whatever it is."""

from collections.abc import Callable

import pytest
import requests

from tests.web.api import body, post
from tests.web.visitor import Visitor, doorway
from tests.world import World, world

Answer = Callable[[World, Visitor], requests.Response]


def tour_page(the_world: World, visitor: Visitor) -> requests.Response:
    """The page that a booking leads to."""
    return the_world.get(visitor.book(visitor.arrive()).headers["Location"])


def own_tour(the_world: World, visitor: Visitor) -> requests.Response:
    """A tour through the API."""
    return the_world.act(post(the_world, body()).json())


def unexpected(the_world: World, visitor: Visitor) -> requests.Response:
    """A 500: the database has lost a table."""
    with the_world.via.db.transaction() as tx:
        tx.connection.execute("DROP TABLE arrivals")
    return the_world.get("/book/anything")


ANSWERS: dict[str, Answer] = {
    "doorway": lambda it, _: it.get(doorway("Zillow")),
    "doorway, unknown community": lambda it, _: it.get("/doorway/nowhere"),
    "booking page": lambda it, visitor: it.get(visitor.arrive().url.removeprefix(it.url)),
    "refused form": lambda it, visitor: visitor.book(visitor.arrive(), {}),
    "redirect to the tour": lambda it, visitor: visitor.book(visitor.arrive()),
    "tour page": tour_page,
    "form without a token": lambda it, _: requests.post(f"{it.url}/tour/x/cancel", timeout=30),
    "no such page": lambda it, _: it.get("/nothing"),
    "times": lambda it, _: it.get("/api/v1/communities/b9XQN6eMvvrr07zg/times"),
    "booking": lambda it, _: post(it, body()),
    "tour": own_tour,
    "problem": lambda it, _: post(it, {}),
    "webhook": lambda it, _: requests.post(f"{it.url}/webhooks/knock", timeout=30),
    "health": lambda it, _: it.get("/healthz"),
    "readiness": lambda it, _: it.get("/readyz"),
    "metrics": lambda it, _: it.get("/metrics"),
    "description": lambda it, _: it.get("/openapi.json"),
    "style": lambda it, _: it.get("/static/tours.css"),
    "our own mistake": unexpected,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_is_framed_sniffed_or_told_to_other_sites(the_world: World, visitor: Visitor, name: str) -> None:
    answer = ANSWERS[name](the_world, visitor)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer", "strict-origin")


@pytest.mark.parametrize("name", [one for one in ANSWERS if one != "style"])
def test_no_answer_about_a_tour_or_a_visitor_is_kept_by_a_cache(the_world: World, visitor: Visitor, name: str) -> None:
    assert "no-store" in ANSWERS[name](the_world, visitor).headers["Cache-Control"]


@pytest.mark.parametrize("name", ["doorway", "booking page", "tour page", "refused form"])
def test_no_page_may_be_read_by_scripts_of_other_sites(the_world: World, visitor: Visitor, name: str) -> None:
    assert "Access-Control-Allow-Origin" not in ANSWERS[name](the_world, visitor).headers


def test_pages_need_no_scripts_and_nothing_from_elsewhere(visitor: Visitor) -> None:
    page = visitor.arrive()

    linked = [one.attrs["href"] or "" for one in page.root.all("link")]
    assert page.root.all("script") == []
    assert [one for one in linked if not one.startswith(("/static/", "data:"))] == []
    assert [name for one in page.root.all("form") for name in one.attrs if name.startswith("on")] == []


def test_the_style_is_served(visitor: Visitor, the_world: World) -> None:
    answer = the_world.get("/static/tours.css")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def test_pages_ask_search_engines_to_forget_them(visitor: Visitor) -> None:
    (robots,) = visitor.arrive().root.all("meta", name="robots")

    assert robots.attrs["content"] == "noindex"


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(the_world: World, visitor: Visitor) -> None:
    cookie = requests.get(f"{the_world.url}{doorway('Zillow')}", timeout=30).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_behind_https_the_cookie_is_secure_and_browsers_stay_with_https(database_url: str) -> None:
    with world(database_url, public_url="https://tours.example.com") as safe:
        answer = requests.get(f"{safe.url}{doorway('Zillow')}", timeout=30)

    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age=" in answer.headers["Strict-Transport-Security"]


def test_an_unexpected_error_tells_a_visitor_nothing_of_its_cause(the_world: World, visitor: Visitor) -> None:
    answer = unexpected(the_world, visitor)

    assert answer.status_code in (500, 503)
    assert [one for one in ("arrivals", "Traceback", "sqlite", ".py") if one in answer.text] == []
