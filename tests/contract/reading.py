"""How an example is read: calls by method, path, query and headers; bodies by what they mean."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.clients.wire import Request
from tests.fixtures import knock

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")


@dataclass(frozen=True)
class CallExample:
    """A call as a document makes it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    target: str
    """Path and query as they stand in the document."""


def call_example(name: str) -> CallExample:
    """The one in `call_{name}.json`; names of headers in small letters."""
    shown = knock(f"call_{name}")
    address = urlsplit(shown["url"])
    headers = {header.lower(): value for header, value in shown["headers"].items()}
    target = f"{address.path}?{address.query}" if address.query else address.path
    return CallExample(shown["method"], address.path, parse_qs(address.query), headers, target)


def call_made(request: Request, named: dict[str, str]) -> CallExample:
    """A call as it came in, with those of its headers that are in `named`."""
    address = urlsplit(request.target)
    headers = {name: request.headers[name] for name in named if name in request.headers}
    return CallExample(request.method, address.path, parse_qs(address.query), headers, request.target)


def meaning(value: Any) -> Any:
    """JSON values with every time as (its instant, its offset): `…Z` and `…+00:00` are the same, `…-07:00` is not."""
    if isinstance(value, dict):
        return {name: meaning(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [meaning(inner) for inner in value]
    return _instant(value) if isinstance(value, str) and _TIME.fullmatch(value) else value


def _instant(text: str) -> tuple[datetime, timedelta | None]:
    moment = datetime.fromisoformat(text)
    return moment, moment.utcoffset()
