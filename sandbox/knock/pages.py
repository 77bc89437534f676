"""Cursor pages, the same for communities and events (Get Prospect Events API)."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.knock.refusal import Refusal


def page(nodes: Sequence[dict[str, Any]], asked: Mapping[str, str], usual: str) -> dict[str, Any]:
    """The `first` (or as many as `usual`) nodes behind the cursor `after`; `endCursor` is null on the last page.

    A parameter that does not exist is refused: a misspelt cursor would give the first page for ever.
    """
    if unknown := sorted(set(asked) - {"first", "after"}):
        raise Refusal(400, f"{unknown[0]} is not a parameter of this call.")
    size, start = _size(asked.get("first", usual)), _position(asked.get("after"))
    end, more = start + size, start + size < len(nodes)
    return {
        "edges": [{"node": one} for one in nodes[start:end]],
        "pageInfo": {"endCursor": _cursor(end) if more else None, "hasNextPage": more},
    }


def _size(first: str) -> int:
    if not (first.isascii() and first.isdigit() and len(first) < 4 and int(first)):
        raise Refusal(400, "first must be a number from 1 to 999.")
    return int(first)


def _cursor(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode()


def _position(after: str | None) -> int:
    if after is None:
        return 0
    try:
        position = base64.b64decode(after, validate=True).decode()
    except ValueError:
        position = ""
    if not (position.isascii() and position.isdigit() and len(position) < 10 and _cursor(int(position)) == after):
        raise Refusal(400, "after is not a cursor of ours.")
    return int(position)
