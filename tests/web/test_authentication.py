"""Every route states who may call it."""

import re

import pytest
import requests
from flask import Flask

from tests.web.api import problem
from tests.world import World
from vendor_app.web.authentication import STATED

# By blueprint: how its callers are known.
HOW = {
    "doorway": "anybody",
    "booking_pages": "anybody",
    "booking": "anybody",
    "health": "anybody",
    "tour_pages": "token_in_path",
    "tours": "tour_token",
    "knock_notices": "knock_token",
    "access_callbacks": "http_signature",
    "seam_events": "seam_signature",
}
OPEN_TO_EVERYONE = {"static", "api-docs.openapi_json"}  # files, and the description of the API


def routes(app: Flask) -> set[str]:
    """Endpoints, without the exceptions."""
    return {rule.endpoint for rule in app.url_map.iter_rules()} - OPEN_TO_EVERYONE


def test_every_route_belongs_to_a_blueprint_that_states_its_authentication(quiet_world: World) -> None:
    assert [one for one in routes(quiet_world.app) if one.rpartition(".")[0] not in STATED] == []


def test_each_blueprint_is_authenticated_as_the_table_says(quiet_world: World) -> None:
    used = {one.rpartition(".")[0] for one in routes(quiet_world.app)}

    assert {name: STATED[name] for name in used} == HOW


def test_the_exceptions_are_there(quiet_world: World) -> None:
    assert {rule.endpoint for rule in quiet_world.app.url_map.iter_rules()} >= OPEN_TO_EVERYONE


def test_what_is_stated_is_what_runs_before_each_request(quiet_world: World) -> None:
    running = {name: [one.__name__ for one in quiet_world.app.before_request_funcs.get(name, [])] for name in HOW}

    assert running == {name: [how] for name, how in HOW.items()}


FORMS = ("book/x", *(f"tour/x/{verb}" for verb in ("check-in", "finish", "cancel", "reschedule", "verification")))


def test_every_form_needs_its_csrf_token(quiet_world: World) -> None:
    pages = {"doorway", "booking_pages", "tour_pages", "health"}
    rules = [rule for rule in quiet_world.app.url_map.iter_rules() if rule.endpoint.rpartition(".")[0] in pages]
    forms = [re.sub("<[^>]+>", "x", rule.rule) for rule in rules if "POST" in (rule.methods or ())]

    answers = {path: requests.post(f"{quiet_world.url}{path}", timeout=30).status_code for path in forms}

    assert answers == dict.fromkeys([f"/{path}" for path in FORMS], 400)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/tours/tour_1"),
        ("POST", "/api/v1/tours/tour_1/cancel"),
        ("POST", "/api/v1/tours/tour_1/check-in"),
        ("POST", "/api/v1/tours/tour_1/finish"),
        ("POST", "/api/v1/tours/tour_1/reschedule"),
        ("GET", "/api/v1/tours/tour_1/timeline"),
        ("POST", "/api/v1/tours/tour_1/verification"),
        ("POST", "/webhooks/seam"),
        ("POST", "/webhooks/knock"),
        ("POST", "/webhooks/access"),
    ],
)
def test_what_is_not_open_to_everyone_is_a_401_to_a_stranger(quiet_world: World, method: str, path: str) -> None:
    problem(requests.request(method, f"{quiet_world.url}{path}", timeout=30), 401, "unauthorized")
