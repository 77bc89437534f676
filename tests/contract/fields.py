"""Propexo's table of fields, and whether a body keeps to it."""

import re
from collections.abc import Mapping
from typing import Any

from tests.fixtures.propexo import propexo as propexo_example

FIELDS: dict[str, dict[str, Any]] = {one["name"]: one for one in propexo_example("appointment_fields")}
REQUIRED = [name for name, field in FIELDS.items() if field["required"]]
_TYPES: dict[str, type] = {"string": str, "enum": str, "integer": int, "list of integers": list, "list of enums": list}


def misfits(body: Mapping[str, Any]) -> list[str]:
    """The names of what is missing, of what is not in the table, and of what is not as the table has it."""
    missing = [name for name in REQUIRED if name not in body]
    unreachable = [] if {"email_1", "phone_1"} & body.keys() else ["email_1 or phone_1"]
    return missing + unreachable + [name for name, value in body.items() if not (name in FIELDS and _fits(FIELDS[name], value))]


def _fits(field: Mapping[str, Any], value: Any) -> bool:
    if type(value) is not _TYPES[field["type"]]:
        return False
    numbers: Any = {"integer": [value], "list of integers": value}.get(field["type"], [])
    return (
        all(type(one) is int and field.get("least", one) <= one <= field.get("most", one) for one in numbers)
        and ("format" not in field or re.search(f"^(?:{field['format']})$", str(value), re.ASCII) is not None)
        and len(str(value)) <= field.get("longest", len(str(value)))
    )
