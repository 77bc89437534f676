"""No example lies unused: each is named by a test of this package, and each is JSON."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures"
# Functions that take the name of an example, and the file it is in.
READERS = {
    "example": "knock/{}",
    "knock_bytes": "knock/{}",
    "call_example": "knock/call_{}",
    "PossibleError": "knock/{}",
    "propexo_example": "propexo/{}",
}


def _names() -> Iterator[str]:
    """Every example that is read by name in this package, and in the table that its tests go through."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _read_by(node)


def _read_by(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in READERS:
        yield from (READERS[name].format(str(one.value)) for one in call.args[:1] if isinstance(one, ast.Constant))
    if name == "Exchange":
        calls = next(one.value for one in call.keywords if one.arg == "calls")
        yield from (f"knock/call_{one.value!s}" for one in ast.walk(calls) if isinstance(one, ast.Constant))


@pytest.mark.parametrize("partner", ["knock", "propexo"])
def test_every_example_is_used(partner: str) -> None:
    there = {f"{partner}/{path.stem}" for path in (FIXTURES / partner).glob("*.json")}
    assert there
    assert there - set(_names()) == set()


@pytest.mark.parametrize(
    "path",
    sorted(path for one in ("knock", "propexo") for path in (FIXTURES / one).glob("*.json")),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_every_example_is_json_and_is_described(path: Path) -> None:
    assert json.loads(path.read_text(encoding="utf-8"))
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    assert path.parent.name == "propexo" or f"`{path.stem}`" in readme
