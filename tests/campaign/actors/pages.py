"""What a browser does with the product's pages: fetch a form, fill it in, send it."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any


class _HiddenFields(HTMLParser):
    """Collects the hidden inputs of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "input" and told.get("type") == "hidden" and told.get("name"):
            self.found[str(told["name"])] = told.get("value") or ""


def hidden_fields(page: str) -> dict[str, str]:
    """What a form sends without anybody typing it."""
    parser = _HiddenFields()
    parser.feed(page)
    return parser.found


def filled_in(page: str, body: Mapping[str, Any]) -> dict[str, str]:
    """The booking page's form with what the API's body says."""
    return {
        **hidden_fields(page),
        **body["profile"],
        "startTime": body["startTime"],
        "unitNames": ", ".join(body["unitNames"]),
    }
