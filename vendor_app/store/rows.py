"""The columns of a SELECT whose rows become a dataclass: a field for each column."""

from dataclasses import fields


def columns_of(shape: type) -> str:
    """The columns that a SELECT has to name for rows of this shape."""
    return ", ".join(one.name for one in fields(shape))
