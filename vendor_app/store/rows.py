"""Rows as values: beside a table's queries stands a dataclass with a field for each column they read."""

from dataclasses import fields


def columns_of(shape: type) -> str:
    """The columns that a SELECT has to name for rows of this shape."""
    return ", ".join(one.name for one in fields(shape))
