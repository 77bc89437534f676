"""On which line of the operator's file a value stands, however the file is written."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.toml_lines import Lines, Place

FILE = '''\
# rules
title = "x"
[community.191b.propexo]   # before its community
ids.own = "a"

[community.191b]
tour_minutes = 30
text = """
[community.maple]
lock = 1
"""
doors = [ # the first
  { name = "a", tags = [
    1,
    2 ] },

  # the second
  { name = """
two
lines""", device = "b" },
]
hours = { mon = "a", tue = "b" }
[[community."a.b".doors]]
name = "one"
[[community."a.b".doors]]
name = "two"
[community."a.b".doors.more]
key = 1
[[community."a.b".doors]]
'''
FIRST, SECOND = ("community", "191b"), ("community", "a.b")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        ((*FIRST, "propexo"), 3),
        ((*FIRST, "propexo", "ids", "own"), 4),
        (FIRST, 6),
        ((*FIRST, "tour_minutes"), 7),
        ((*FIRST, "text"), 8),
        ((*FIRST, "doors"), 12),
        ((*FIRST, "doors", 0), 13),
        ((*FIRST, "doors", 0, "name"), 13),
        ((*FIRST, "doors", 0, "tags", 0), 14),
        ((*FIRST, "doors", 0, "tags", 1), 15),
        ((*FIRST, "doors", 1), 18),
        ((*FIRST, "doors", 1, "device"), 20),
        ((*FIRST, "hours", "tue"), 22),
        ((*SECOND, "doors"), 23),
        ((*SECOND, "doors", 0), 23),
        ((*SECOND, "doors", 0, "name"), 24),
        ((*SECOND, "doors", 1), 25),
        ((*SECOND, "doors", 1, "name"), 26),
        ((*SECOND, "doors", 1, "more"), 27),
        ((*SECOND, "doors", 1, "more", "key"), 28),
        ((*SECOND, "doors", 2), 29),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_value_stands_where_it_begins(path: Place, line: int, newline: str) -> None:
    assert Lines(FILE.replace("\n", newline)).line_of(path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((*FIRST, "propexo", "community_id"), 3),
        ((*FIRST, "lock"), 6),
        ((*FIRST, "doors", 1, "unit"), 18),
        ((*FIRST, "hours", "wed"), 22),
        ((*SECOND, "doors", 2, "device"), 29),
        (("nothing",), 1),
    ],
)
def test_what_is_missing_is_missing_where_its_table_begins(path: Place, line: int) -> None:
    assert Lines(FILE).line_of(path) == line


# Any document, written in any way: every value carries a text that stands once in the file, which tells its line.

KEYS = st.sampled_from(["a", "191b", "a.b", "é", '"', "]", "#", "= [", ""])
SHAPES = st.recursive(st.just("value"), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
TABLES = st.dictionaries(KEYS, SHAPES | st.lists(st.dictionaries(KEYS, SHAPES, max_size=3), min_size=1, max_size=3), max_size=4)


class Writer:
    """Writes a document and remembers which text marks which value."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.marks: dict[Place, str] = {}
        self.text = ""

    def document(self, table: dict[str, Any], path: Place = ()) -> None:
        """Keys first, then tables and lists of tables under headers of their own, some of them inline instead."""
        later = []
        for key, value in table.items():
            if _is_tables(value) and self.draw(st.booleans()):
                later.append((key, value))
            else:
                self.line(f"{json.dumps(key)} = {self.inline(value, (*path, key))}")
        for key, value in later:
            name = ".".join(json.dumps(one) for one in (*path, key) if isinstance(one, str))
            if isinstance(value, dict):
                self.line(f"[{name}]")
                self.document(value, (*path, key))
                continue
            for number, one in enumerate(value):
                self.line(f"  [[{name}]] # [{number}]")
                self.document(one, (*path, key, number))

    def line(self, text: str) -> None:
        self.text += self.draw(st.sampled_from(["", "\n", "# ] } '''\n", "  "])) + text + "\n"

    def inline(self, value: Any, path: Place) -> str:
        if isinstance(value, dict):
            inside = [f"{json.dumps(key)} = {self.inline(inner, (*path, key))}" for key, inner in value.items()]
            return "{ " + ", ".join(inside) + " }"
        if isinstance(value, list):
            inside = [self.inline(inner, (*path, number)) for number, inner in enumerate(value)]
            return "[" + "".join(self.gap() + one + self.gap() + "," for one in inside) + self.gap() + "]"
        mark = self.marks[path] = f"mark{len(self.marks)}."
        quoted: str = self.draw(st.sampled_from(["'{}'", '"""{}\n]}}\n"""""', "'''{}\n\n# x'''", '"{} # ]"']))
        return quoted.format(mark)

    def gap(self) -> str:
        return str(self.draw(st.sampled_from(["", " ", "\n", "\n# ], [\n", "\n\n  "])))


def _is_tables(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and value != [] and all(isinstance(one, dict) for one in value))


@given(TABLES, st.data(), st.sampled_from(["\n", "\r\n"]))
def test_every_value_of_every_document_is_found(table: dict[str, Any], data: st.DataObject, newline: str) -> None:
    writer = Writer(data.draw)
    writer.document(table)
    tomllib.loads(writer.text)
    lines = Lines(writer.text.replace("\n", newline))
    written = writer.text.split("\n")
    for path, mark in writer.marks.items():
        assert mark in written[lines.line_of(path) - 1]
