"""Whatever is sent, to whatever route: an answer that says what is wrong, and never an error of ours."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from werkzeug.routing import Rule
from werkzeug.test import run_wsgi_app

from tests.web.odd import Known, requests_to
from tests.web.visitor import Visitor
from tests.world import JANE, World, world

HOW_MANY = 1_500  # on each engine
ALL = list(HealthCheck)  # it is no matter how large or slow what is drawn is
PROBLEM_JSON = "application/problem+json"
FOR_PROGRAMS = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def known_in(the_world: World, key: str = "key-1") -> Known:
    """A tour, an arrival, and the form that one shows."""
    booked = the_world.book(key, profile={**JANE, "email": f"{key}@example.com", "phone": "2065550100"}).json()
    with Visitor(the_world) as visitor:
        page = visitor.arrive()
        cookie = "; ".join(f"{one.name}={one.value}" for one in visitor.session.cookies)
    return Known(booked["tourId"], booked["tourToken"], page.url.rpartition("/")[2], cookie, page.value("csrf_token"))


@pytest.mark.timeout(600)
def test_no_request_whatever_brings_us_down(database_url: str) -> None:
    answers: defaultdict[str, Counter[int]] = defaultdict(Counter)

    room = {"bookings_per_hour": 100_000, "max_concurrent_tours": 100_000, "knock_timeout": timedelta(seconds=60)}
    with world(database_url, trusted_proxies=1, **room) as made:
        stays, goes = known_in(made), known_in(made, "key-2")
        rules = list(made.app.url_map.iter_rules())

        @settings(max_examples=HOW_MANY, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=ALL)
        @given(asked=requests_to(rules, lambda rule: goes if rule.endpoint.endswith("cancel") else stays))
        def send(asked: tuple[Rule, dict[str, Any]]) -> None:
            rule, environ = asked
            content, said, headers = run_wsgi_app(made.app, environ, buffered=True)
            status = int(said[:3])
            answers[rule.endpoint][status] += 1
            assert status < 500
            if status >= 400 and environ["REQUEST_METHOD"] != "HEAD":
                is_for_programs = environ["PATH_INFO"].startswith(FOR_PROGRAMS)
                assert headers["Content-Type"] == (PROBLEM_JSON if is_for_programs else "text/html; charset=utf-8")
                assert b"".join(content)

        send()

    assert answers.keys() == {rule.endpoint for rule in rules}
    assert [name for name, given in answers.items() if not any(status < 400 or status in (409, 429) for status in given)] == []
