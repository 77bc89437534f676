"""What is different, told no longer than it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendor_app.domain.differences import differences, shown

TABLES = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({"a": 1}, {"a": 2}, ["a: 1 -> 2"]),
        ({"a": 1}, {}, ["a: 1 -> (default)"]),
        ({}, {"a": "x"}, ['a: (default) -> "x"']),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": None}}, ["a.c: 2 -> null"]),
        ({"a": {"b": 1}}, {"a": {}}, ["a.b: 1 -> (none)"]),
        ({"a": {"b": [1, {"c": True}]}}, {"a": 3}, ["a: { b = [1, { c = true }] } -> 3"]),
        ({"a b": {"é": 1}}, {"a b": {"é": 2}}, ['"a b"."é": 1 -> 2']),
        ({"a": "x\ny"}, {"a": "\u001b[31mé\u007f"}, ['a: "x\\ny" -> "\\u001b[31mé\\u007f"']),
    ],
)
def test_each_value_that_differs_has_a_line(before: dict[str, Any], after: dict[str, Any], lines: list[str]) -> None:
    assert differences(before, after, absent="(default)") == lines


@given(st.dictionaries(st.text(), TABLES), st.dictionaries(st.text(), TABLES))
def test_there_is_a_difference_where_the_tables_differ_and_nowhere_else(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert bool(differences(before, after)) == (before != after)


@given(TABLES)
def test_a_value_is_one_line_that_cannot_play_with_the_terminal(value: Any) -> None:
    assert shown(value).isprintable()
