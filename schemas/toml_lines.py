"""Finds the line of a value in a TOML document, which tomllib does not tell.

Each statement (a header, or a key with its value) is parsed as a document of its own; so is every first part of a statement
over several lines, its open brackets closed. The values that are new in a parse began on that line.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]
"""The keys and places in lists that lead to a value: `("community", "alder", "doors", 1, "device")`."""

_TOKEN = re.compile(
    r""""{3}(?:\\.|[^\\])*?"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' | \#[^\n]* | [\[\]{}\n]""",
    re.DOTALL | re.VERBOSE,
)
_CLOSER = {"[": "]", "{": "}"}


class Lines:
    """The lines of a document that tomllib accepts."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        self._table: Place = ()
        self._last_of: dict[Place, int] = {}
        self._read(text.replace("\r\n", "\n"))

    def line_of(self, path: Place) -> int:
        """The line where this value, or the nearest existing table around it, begins; lines count from 1."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _read(self, text: str) -> None:
        begins, line, after = 0, 1, 0
        for cut, closers in _cuts(text):
            self._note(text[begins:cut] + closers, line)
            line, after = line + text.count("\n", after, cut), cut
            if not closers:
                begins = cut

    def _note(self, statement: str, line: int) -> None:
        document = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            self._enter(document, line)
            return
        for path in _paths(document):
            self._lines.setdefault(self._table + path, line)

    def _enter(self, header: dict[str, Any], line: int) -> None:
        """A header names a table by its keys alone: where one of them is a list of tables, its newest is meant."""
        self._table = ()
        *above, (own, inner) = _keys(header)
        for name, _ in above:
            self._step(name, line)
        self._table += (own,)
        if isinstance(inner, list):
            self._lines.setdefault(self._table, line)
            self._last_of[self._table] = self._last_of.get(self._table, -1) + 1
            self._table += (self._last_of[self._table],)
        self._lines[self._table] = line  # a table may have been implied by one of its own before

    def _step(self, name: str, line: int) -> None:
        self._table += (name,)
        self._lines.setdefault(self._table, line)
        if self._table in self._last_of:
            self._table += (self._last_of[self._table],)


def _cuts(text: str) -> Iterator[tuple[int, str]]:
    """The positions at which to cut the text, so that all between two cuts begins on one line, each with the closing brackets."""
    closers = ""
    for token in _TOKEN.finditer(text):
        found = token.group()
        if found in _CLOSER:
            closers = _CLOSER[found] + closers
        elif found in ("]", "}"):
            closers = closers[1:]
        elif "\n" in found and (closers or found == "\n"):
            yield token.end(), closers
    yield len(text), ""


def _keys(header: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    inner: Any = header
    while isinstance(inner, dict) and inner:
        ((name, inner),) = inner.items()
        yield name, inner


def _paths(value: Any, path: Place = ()) -> Iterator[Place]:
    """Every path in a document, from the outside in."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from _paths(inner, (*path, name))
