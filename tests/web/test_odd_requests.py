"""Whatever is sent, to whatever route: an answer that says what is wrong, and never an error of ours."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule
from werkzeug.test import run_wsgi_app

from tests.web.odd import Known, requests_to
from tests.web.visitor import Visitor
from tests.world import JANE, World, world

HOW_MANY = 1_600  # on each engine
FOR_PROGRAMS = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def known_in(the_world: World, key: str = "key-1") -> Known:
    """A tour, an arrival, and the form that one shows."""
    booked = the_world.book(key, profile={**JANE, "email": f"{key}@example.com", "phone": "2065550100"}).json()
    with Visitor(the_world) as visitor:
        page = visitor.arrive()
        cookie = "; ".join(f"{one.name}={one.value}" for one in visitor.session.cookies)
    return Known(booked["tourId"], booked["tourToken"], page.url.rpartition("/")[2], cookie, page.value("csrf_token"))


def test_no_request_whatever_brings_us_down(database_url: str) -> None:
    answers: Counter[tuple[str, int]] = Counter()

    with world(database_url, bookings_per_hour=100_000, max_concurrent_tours=100_000, trusted_proxies=1) as made:
        stays, goes = known_in(made), known_in(made, "key-2")
        rules = list(made.app.url_map.iter_rules())

        @settings(
            max_examples=HOW_MANY,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            asked=st.sampled_from(rules).flatmap(
                lambda rule: st.tuples(st.just(rule), requests_to(rule, goes if rule.endpoint.endswith("cancel") else stays))
            )
        )
        def send(asked: tuple[Rule, dict[str, Any]]) -> None:
            rule, environ = asked
            content, status, headers = run_wsgi_app(made.app, environ, buffered=True)
            answers[rule.endpoint, int(status[:3])] += 1
            assert int(status[:3]) < 500
            if int(status[:3]) >= 400 and environ["REQUEST_METHOD"] != "HEAD":
                expected = (
                    "application/problem+json" if environ["PATH_INFO"].startswith(FOR_PROGRAMS) else "text/html; charset=utf-8"
                )
                assert headers["Content-Type"] == expected
                assert b"".join(content)

        send()
