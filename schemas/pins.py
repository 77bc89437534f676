"""Removes codes, links and tokens, which could open a door, from partners' payloads and texts."""

import re
from collections.abc import Mapping
from typing import Any

_PIN = re.compile(r"(?<!\d)\d{4,9}(?!\d)")
_CREDENTIAL = re.compile(r"(?:^|_)(?:code|pin|token|secret|password|passcode|url|custom_metadata)s?$")
_NAMES_A_PROBLEM = re.compile(r"(?:error|warning|mutation)_code$")
# An id or a time is recognised by the name of its field, and by not being a bare number.
_REFERENCE = re.compile(r"(?:_(?:id|ids|at)|^(?:access_grant|customer|space)_keys?|^event_type)$")

# Deeper payloads are cut off: partners send nothing so deep, and Python's recursion is limited.
_DEEPEST = 20


def without_pins(text: str) -> str:
    """The text with every number that is as long as a PIN replaced."""
    return _PIN.sub("…", text)


def redacted(payload: Mapping[str, Any], deepest: int = _DEEPEST) -> dict[str, Any]:
    """The payload to store and show: without codes, links, tokens and custom fields, and without PINs in its texts.

    Ids and times stay as they are; what lies more than `deepest` levels down is cut off.
    """
    return {name: _redacted(value, name, deepest - 1) for name, value in payload.items() if not _is_credential(name)}


def _is_credential(name: str) -> bool:
    return bool(_CREDENTIAL.search(name.lower())) and not _NAMES_A_PROBLEM.search(name.lower())


def _redacted(value: Any, name: str, deepest: int) -> Any:
    if isinstance(value, Mapping | list) and deepest <= 0:
        return "…"
    if isinstance(value, Mapping):
        return redacted(value, deepest)
    if isinstance(value, list):
        return [_redacted(one, name, deepest - 1) for one in value]
    if isinstance(value, str):
        return value if _REFERENCE.search(name) and not _PIN.fullmatch(value) else without_pins(value)
    # A number could be a PIN that somebody did not put in quotes; a battery level or a temperature is smaller.
    return "…" if isinstance(value, int | float) and abs(value) >= 1000 else value
