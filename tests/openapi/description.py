"""The API's description as its readers use it: operations by their names, calls to them, and whether an answer is as declared."""

from dataclasses import dataclass
from typing import Any

import requests
from jsonschema import Draft202012Validator

from tests.world import World

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Operation:
    """One operation: how it is called, and what it declares."""

    name: str
    method: str
    path: str
    declared: dict[str, Any]

    @property
    def is_for_the_holder(self) -> bool:
        """Whether it takes a tour's token."""
        return bool(self.declared["security"])


class Description:
    """The document that a running application serves."""

    def __init__(self, the_world: World) -> None:
        self.world = the_world
        self.document: dict[str, Any] = the_world.get("/openapi.json").json()
        self.operations = {one.name: one for one in self._operations()}

    def resolve(self, one: dict[str, Any]) -> dict[str, Any]:
        """What a `$ref` leads to, or the thing itself."""
        while "$ref" in one:
            found: Any = self.document
            for step in one["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            one = found
        return one

    def responses(self, name: str) -> dict[int, dict[str, Any]]:
        """What an operation declares to answer, by status."""
        return {int(status): self.resolve(one) for status, one in self.operations[name].declared["responses"].items()}

    def call(self, name: str, tour: dict[str, Any] | None = None, **options: Any) -> requests.Response:
        """Send a request: as the holder of `tour` where it is given; `path` fills the path's variables."""
        operation = self.operations[name]
        variables = {"tour_id": (tour or {}).get("tourId", "nobodys"), "community_id": options.pop("community_id", "")}
        headers = {"Authorization": f"Bearer {tour['tourToken']}"} if tour else {}
        return requests.request(
            operation.method,
            f"{self.world.url}{operation.path.format_map(variables)}",
            headers={**headers, **options.pop("headers", {})},
            timeout=30,
            **options,
        )

    def differs(self, name: str, answer: requests.Response) -> list[str]:
        """In what an answer is not as the operation declares it."""
        declared = self.responses(name).get(answer.status_code)
        if declared is None:
            return ["its status is not declared"]
        (kind, content), *others = declared["content"].items()
        assert not others
        wrong = [] if answer.headers["Content-Type"] == kind else [f"it is {answer.headers['Content-Type']}"]
        for header, one in declared["headers"].items():
            wrong += self.breaches_of_header(answer.headers.get(header), self.resolve(one)["schema"])
        body = answer.json()
        known = self.resolve(content["schema"])["properties"]
        return [
            *wrong,
            *(f"{field} is not declared" for field in body if field not in known),
            *self.breaches(body, content["schema"]),
        ]

    def breaches(self, value: Any, schema: dict[str, Any]) -> list[str]:
        """How a JSON value breaks a schema of the document."""
        checker = Draft202012Validator.FORMAT_CHECKER
        validator = Draft202012Validator({**schema, "components": self.document["components"]}, format_checker=checker)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]

    def breaches_of_header(self, value: str | None, schema: dict[str, Any]) -> list[str]:
        """The same for a header, which is text; one that is missing breaks all."""
        return self.breaches(int(value) if value and schema["type"] == "integer" and value.isdigit() else value, schema)

    def _operations(self) -> list[Operation]:
        paths = self.document["paths"].items()
        found = [(method, path, one) for path, item in paths for method, one in item.items() if method != "parameters"]
        return [Operation(one["operationId"], method.upper(), path, one) for method, path, one in found]
