"""A visitor with a browser that has no scripts: cookies, links, forms, and the page as html.parser reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import quote

import requests

from tests.world import COMMUNITY, World

EMPTY_TAGS = frozenset({"meta", "link", "input", "br", "img", "hr"})
HERE_AND_NOW = "2026-06-10T12:30:00-07:00"  # START in the property's offset
LATER = "2026-06-10T13:30:00-07:00"
TOMORROW = "2026-06-11T12:30:00-07:00"

Typed = Mapping[str, str | list[str]]
NAME_AND_MAIL: Typed = {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com"}
EVERYTHING: Typed = {
    **NAME_AND_MAIL,
    "startTime": HERE_AND_NOW,
    "phone": "(206) 555-4567",
    "moveDate": "2026-09-01",
    "bedrooms": ["STUDIO", "2_BEDROOMS"],
    "occupants": "2",
    "leaseTermMonths": "12",
    "minBudget": "1,500",
    "maxBudget": "$2,500",
    "pets": ["CAT", "LARGE_DOG"],
    "smsConsent": ["true"],
    "unitNames": "204, 305",
}


@dataclass
class Element:
    """One element of a page."""

    tag: str
    attrs: dict[str, str | None]
    parent: "Element | None" = None
    children: "list[Element | str]" = field(default_factory=list)

    def all(self, tag: str, **attrs: str) -> "list[Element]":
        """Every element of this kind below, in order."""
        return [one for one in self._below() if one.tag == tag and attrs.items() <= one.attrs.items()]

    def text(self) -> str:
        """What can be read in it, white space squeezed."""
        return " ".join("".join(self._texts()).split())

    def within(self, *tags: str) -> "Element":
        """The nearest of these kinds around it."""
        around = self.parent
        while around is not None and around.tag not in tags:
            around = around.parent
        assert around is not None, f"not within {tags}"
        return around

    def _below(self) -> "Iterator[Element]":
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._below()

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            yield from [child] if isinstance(child, str) else child._texts()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Element("document", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), self.here)
        self.here.children.append(element)
        if tag not in EMPTY_TAGS:
            self.here = element

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


class Page:
    """An answer as its reader sees it; elements that are not closed properly fail the test."""

    def __init__(self, answer: requests.Response) -> None:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        self.status, self.url, self.headers = answer.status_code, answer.url, answer.headers
        reader = _Reader()
        reader.feed(answer.text)
        reader.close()
        assert reader.here is reader.root
        self.root = reader.root

    def text(self) -> str:
        """What can be read."""
        return self.root.all("main")[0].text()

    def alerts(self) -> list[str]:
        """What is said aloud."""
        return [one.text() for one in self.root.all("p", role="alert")]

    def inputs(self, name: str) -> list[Element]:
        """The inputs of this name."""
        return self.root.all("input", name=name)

    def value(self, name: str) -> str:
        """What stands in the only input of this name."""
        (one,) = self.inputs(name)
        return one.attrs.get("value") or ""

    def chosen(self, name: str) -> list[str]:
        """Which boxes of this name are ticked."""
        return [one.attrs["value"] or "" for one in self.inputs(name) if "checked" in one.attrs]

    def times(self) -> list[str]:
        """The times that can be picked."""
        return [one.attrs["value"] or "" for one in self.inputs("startTime")]

    def errors(self) -> dict[str, str]:
        """Message by the input beside which it stands: in the same label, group or section."""
        found = {}
        for said in self.root.all("span", **{"class": "error"}):
            name = (said.attrs["id"] or "").removesuffix("-error")
            assert said.within("label", "fieldset", "section").all("input", name=name), f"no {name} beside {said.text()!r}"
            found[name] = said.text()
        return found

    def holds(self, typed: Typed) -> None:
        """Assert that everything typed, ticked and chosen is still there."""
        shown = {name: self.chosen(name) if _is_ticked(self, name) else self.value(name) for name in typed}
        assert shown == {name: [value] if name == "startTime" else value for name, value in typed.items()}

    def refreshes(self) -> bool:
        """Whether it looks again by itself."""
        return bool(self.root.all("meta", **{"http-equiv": "refresh"}))

    def forms(self) -> dict[str, Element]:
        """Its forms by the label of their button."""
        return {form.all("button")[0].text(): form for form in self.root.all("form")}


class Visitor:
    """Somebody at a browser, with the cookies of one."""

    def __init__(self, world: World) -> None:
        self.url = world.url
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def visit(self, path: str) -> Page:
        """Open an address of the product, wherever it leads."""
        return Page(self.session.get(f"{self.url}{path}", timeout=30))

    def arrive(self, title: str | None = "Zillow", community: str = COMMUNITY) -> Page:
        """Follow Doorway's link."""
        return self.visit(doorway(title, community))

    def send(self, page: Page, button: str, typed: Typed | None = None) -> requests.Response:
        """Fill in the form and press its button; where that leads is not followed."""
        form = page.forms()[button]
        assert (form.attrs["method"] or "").lower() == "post"
        action = form.attrs.get("action")
        address = f"{self.url}{action}" if action else page.url
        return self.session.post(address, data=filled(form, typed or {}), timeout=30, allow_redirects=False)

    def book(self, page: Page, typed: Typed = EVERYTHING) -> requests.Response:
        """Press "Book this tour"."""
        return self.send(page, "Book this tour", typed)

    def press(self, page: Page, button: str) -> Page:
        """Press a button and look at what comes."""
        answer = self.send(page, button)
        return self.visit(answer.headers["Location"]) if answer.status_code == 303 else Page(answer)


def doorway(title: str | None, community: str = COMMUNITY) -> str:
    """Doorway's link."""
    query = "" if title is None else f"?utm_knock_source_title={quote(title, safe='')}"
    return f"/doorway/{community}{query}"


def filled(form: Element, typed: Typed) -> list[tuple[str, str]]:
    """What a browser sends: all inputs in order, those typed into with what was typed."""
    sent: list[tuple[str, str]] = []
    for one in form.all("input"):
        name, value = one.attrs["name"] or "", one.attrs.get("value") or ""
        if one.attrs.get("type") in ("radio", "checkbox"):
            wanted = typed.get(name, [value] if "checked" in one.attrs else [])
            sent += [(name, value)] if value in ([wanted] if isinstance(wanted, str) else wanted) else []
        else:
            entered: Any = typed.get(name, value)
            sent.append((name, entered))
    return sent


def _is_ticked(page: Page, name: str) -> bool:
    return any(one.attrs.get("type") in ("radio", "checkbox") for one in page.inputs(name)) or not page.inputs(name)
