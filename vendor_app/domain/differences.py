"""What is different between two tables, in lines for an operator to read."""

import json
from collections.abc import Mapping
from typing import Any

_ABSENT = object()


def differences(before: Mapping[str, Any], after: Mapping[str, Any], absent: str = "(none)") -> list[str]:
    """A line `key.inner: old -> new` for each value that differs, in the order of `after`.

    `absent` is shown for a key that is left out; inside nested tables it is "(none)".
    """
    lines: list[str] = []
    for key in (*after, *sorted(before.keys() - after.keys())):
        old, new = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            lines += [f"{shown_key(key)}.{line}" for line in differences(old, new)]
        elif old != new:
            lines.append(f"{shown_key(key)}: {_shown(old, absent)} -> {_shown(new, absent)}")
    return lines


def shown_key(key: str) -> str:
    """A key as TOML writes it: in quotes where it needs them."""
    return key if key.isascii() and key.replace("-", "").replace("_", "").isalnum() else shown(key)


def shown(value: Any) -> str:
    """A value on one line, as TOML has it; control characters escaped."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{shown_key(key)} = {shown(inner)}" for key, inner in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in json.dumps(value, ensure_ascii=False))


def _shown(value: Any, absent: str) -> str:
    return absent if value is _ABSENT else shown(value)
