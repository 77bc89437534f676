"""The document at /openapi.json: valid, whole, and the same bytes each time."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.openapi.description import PROBLEM, Description
from vendor_app.web.authentication import STATED


def everything_in(one: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document, however deep."""
    if isinstance(one, dict):
        yield one
    for inner in one.values() if isinstance(one, dict) else one if isinstance(one, list) else ():
        yield from everything_in(inner)


def test_it_is_valid_openapi_3_1(told: Description) -> None:
    assert told.document["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(told.document).iter_errors()] == []


def test_the_validator_notices_what_is_wrong(told: Description) -> None:
    broken = {**told.document, "paths": {"/x": {"get": {"responses": {"200": {"headers": {"Allow": {}}}}}}}}

    assert list(OpenAPIV31SpecValidator(broken).iter_errors()) != []


def test_it_is_written_once_and_then_only_sent(told: Description) -> None:
    first = told.world.get("/openapi.json")
    api = told.world.app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    api.spec.components.schemas.clear()

    assert told.world.get("/openapi.json").content == first.content


def test_every_route_of_the_json_api_is_in_it_and_the_lock_systems_callback(told: Description) -> None:
    rules = told.world.app.url_map.iter_rules()
    routed = {re.sub(r"<(\w+)>", r"{\1}", rule.rule) for rule in rules if rule.rule.startswith("/api/")}

    assert told.document["paths"].keys() == routed | {"/webhooks/access"}


def test_it_says_where_the_api_is(told: Description) -> None:
    assert [one["url"] for one in told.document["servers"]] == [told.world.config.public_url]


def test_only_the_holder_of_a_tour_needs_a_token(told: Description) -> None:
    (scheme,) = told.document["components"]["securitySchemes"].items()
    wanted = {one.name: one.declared["security"] for one in told.operations.values()}

    assert (scheme[1]["type"], scheme[1]["scheme"]) == ("http", "bearer")
    for rule in told.world.app.url_map.iter_rules():
        how = STATED.get(rule.endpoint.rpartition(".")[0])
        declared = told.document["paths"].get(re.sub(r"<(\w+)>", r"{\1}", rule.rule), {})
        for operation in (one for name, one in declared.items() if name != "parameters"):
            assert wanted.pop(operation["operationId"]) == ([{scheme[0]: []}] if how == "tour_token" else [])
    assert wanted == {}


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_known_tag(told: Description) -> None:
    asked = [operation for item in told.document["webhooks"].values() for operation in item.values()]
    operations = [*(one.declared for one in told.operations.values()), *asked]
    known = {one["name"] for one in told.document["tags"] if one["description"]}

    assert len({one["operationId"] for one in operations}) == len(operations) == 12
    assert [one["operationId"] for one in operations if not one["summary"] or not known >= set(one["tags"])] == []


def test_every_parameter_and_every_header_is_described(told: Description) -> None:
    parameters = [one for one in everything_in(told.document) if "in" in one and "name" in one]
    headers = told.document["components"]["headers"]

    assert len(parameters) > 10
    assert [one["name"] for one in parameters if not one.get("description") or not one.get("schema")] == []
    assert [name for name, one in headers.items() if not one["description"] or not one["schema"] or not one["required"]] == []


def test_every_error_is_a_problem_and_none_is_left_to_the_imagination(told: Description) -> None:
    for name in told.operations:
        assert "default" not in told.operations[name].declared["responses"]
        for status, answer in told.responses(name).items():
            expected = PROBLEM if status >= 400 else "application/json"
            assert list(answer["content"]) == [expected], (name, status)
            of_a_problem = answer["content"][expected]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert of_a_problem is (status >= 400)


@pytest.mark.parametrize(
    ("status", "header"), [(401, "WWW-Authenticate"), (429, "Retry-After"), (503, "Retry-After"), (200, "Cache-Control")]
)
def test_headers_are_declared_where_they_are_sent(told: Description, status: int, header: str) -> None:
    answers = [(name, answers[status]) for name in told.operations if status in (answers := told.responses(name))]

    assert answers
    assert [name for name, answer in answers if header not in answer["headers"]] == []


def test_what_may_be_null_says_so_in_the_way_of_3_1(told: Description) -> None:
    assert [one for one in everything_in(told.document) if "nullable" in one or "x-nullable" in one] == []
    view = told.document["components"]["schemas"]["TourView"]["properties"]
    assert view["visitId"]["type"] == ["string", "null"]
    assert view["reason"]["anyOf"][1] == {"type": "null"}


@pytest.mark.parametrize("name", ["BookTour", "Profile", "Finish", "Reschedule", "TypedCode"])
def test_fields_that_are_refused_are_not_allowed(told: Description, name: str) -> None:
    assert told.document["components"]["schemas"][name]["additionalProperties"] is False


def test_answers_may_gain_fields(told: Description) -> None:
    schemas = told.document["components"]["schemas"]

    assert [name for name in ("TourView", "Times", "Problem") if "additionalProperties" in schemas[name]] == []


def test_every_component_is_used(told: Description) -> None:
    used = {one["$ref"] for one in everything_in(told.document) if "$ref" in one}
    parts = ("schemas", "responses", "headers")

    made = {f"#/components/{part}/{name}" for part in parts for name in told.document["components"][part]}
    assert made - used == set()
