"""docs/knock.md is true: its rows are whole, what they name exists, and what the code exchanges with partners stands in it."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from marshmallow import Schema

from sandbox.knock.model import Status
from sandbox.network.calls import CALLS
from schemas import booking, knock, propexo
from tests.fixtures.propexo import propexo as propexo_example
from vendor_app.clients.propexo.client import WriteState
from vendor_app.domain.tours import TourType

ROOT = Path(__file__).parents[1]
MARKS = {"seed", "public", "field", "inferred", "unknown"}
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[\w-]+")
# A path of ours: with a folder, or a document beside the README; a mere word or an address is none.
PATH = re.compile(r"(?:vendor_app|schemas|jobs|sandbox|tests|docs|bench)/[\w./-]+|[\w-]+\.(?:md|py|toml)")


@dataclass(frozen=True)
class Row:
    """A row of the document; `cells` are what, mark, where, proof."""

    line: int
    cells: tuple[str, ...]

    @property
    def problem(self) -> str:
        """What is wrong with its form, if anything."""
        if len(self.cells) != 4 or not all(self.cells):
            return "has an empty cell, or not four of them"
        if self.cells[1] not in MARKS:
            return f"is marked {self.cells[1]}"
        unproven = [name for name, cell in zip(("where", "proof"), self.cells[2:], strict=True) if not list(references(cell))]
        return f"names no file under {', '.join(unproven)}" if unproven else ""


def read(text: str) -> list[Row]:
    """The rows of every table with these four columns."""
    rows, inside = [], False
    for number, line in enumerate(text.splitlines(), start=1):
        cells = tuple(cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|"))
        if not line.startswith("|"):
            inside = False
        elif cells[:2] == ("what", "mark"):
            inside = True
        elif inside and set(line) - set("|- "):
            rows.append(Row(number, cells))
    return rows


def references(cell: str) -> Iterator[tuple[str, str]]:
    """The files that a cell names, each with the name in it, or with none."""
    for code in CODE.findall(cell):
        path, _, name = code.partition("::")
        if PATH.fullmatch(path):
            yield path, name


@cache
def names_in(path: str) -> frozenset[str]:
    """What a Python file defines on top, and the methods of its classes as `Class.method`."""
    found: set[str] = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
        if isinstance(node, ast.Assign):
            found |= {one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)}
    return frozenset(found)


def is_there(path: str, name: str) -> bool:
    """Whether there is such a file, and such a name in it; in a test file it must be a test."""
    if not (ROOT / path).is_file():
        return False
    if Path(path).name.startswith("test_") and name:
        return name.startswith("test_") and name in names_in(path)
    return not name or name in names_in(path)


TEXT = (ROOT / "docs/knock.md").read_text(encoding="utf-8")
ROWS = read(TEXT)
SAID = {name for row in ROWS for code in CODE.findall(row.cells[0]) for name in NAME.findall(code)}


def test_every_row_is_whole() -> None:
    assert len(ROWS) > 250
    assert [f"line {row.line} {row.problem}" for row in ROWS if row.problem] == []


def test_every_file_function_and_test_that_is_named_exists() -> None:
    named = {one: row.line for row in ROWS for cell in row.cells for one in references(cell)}
    assert len(named) > 150
    assert [f"line {line}: {path}::{name}" for (path, name), line in named.items() if not is_there(path, name)] == []


def test_the_text_between_the_tables_names_only_files_that_exist() -> None:
    links = [ROOT / "docs" / target for target in re.findall(r"\]\(([^)#]+)\)", TEXT)]
    assert [str(link) for link in links if not link.is_file()] == []
    prose = "\n".join(line for line in TEXT.splitlines() if not line.startswith("|"))
    assert [path for path, name in references(prose) if not is_there(path, name)] == []


# What the code exchanges with partners


def test_every_call_that_the_sandbox_answers_is_a_row() -> None:
    told = {re.sub(r"/\{\w+\}", "", found[1]) for row in ROWS if (found := CODE.match(row.cells[0]))}
    of_locks = ("POST /lock", "POST /access_")
    assert [call for call in CALLS if not call.startswith(of_locks) and call not in told] == []


def public_schemas(module: ModuleType) -> list[Schema]:
    """A schema of each public class that the module itself defines."""
    classes = [one for name, one in vars(module).items() if isinstance(one, type) and not name.startswith("_")]
    return [one() for one in classes if issubclass(one, Schema) and one.__module__ == module.__name__]


@pytest.mark.parametrize("module", [knock, propexo], ids=lambda module: module.__name__)
def test_every_field_that_we_read_stands_in_a_row(module: ModuleType) -> None:
    read_here = {field.data_key or name for one in public_schemas(module) for name, field in one.fields.items()}
    assert len(read_here) > 4
    assert sorted(read_here - SAID) == []


# A page without an end, as we name it ourselves.
OUR_OWN = {"has_next_page"}


def written(path: str) -> set[str]:
    """Every key that a file puts into an object: of a body, of headers, of a query."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            found |= {key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return found - OUR_OWN


@pytest.mark.parametrize("client", ["knock/client", "propexo/client", "propexo/order"])
def test_every_key_that_we_send_stands_in_a_row(client: str) -> None:
    sent = written(f"vendor_app/clients/{client}.py")
    assert sent
    assert sorted(sent - SAID) == []


def test_every_answer_of_a_prospect_that_we_pass_on_stands_in_a_row() -> None:
    assert sorted({*booking.PROFILE_FIELDS, *booking.BEDROOMS, *booking.PETS} - SAID) == []


def test_every_kind_of_tour_every_status_and_every_state_of_a_job_stands_in_a_row() -> None:
    assert sorted({one.value for kinds in (TourType, Status, WriteState) for one in kinds} - SAID) == []


def keys(answer: Any) -> Iterator[str]:
    """Every key of a recorded example, however deep."""
    for one in answer if isinstance(answer, list) else answer.values() if isinstance(answer, dict) else ():
        yield from keys(one)
    yield from answer if isinstance(answer, dict) else ()


def test_every_field_of_the_documents_examples_stands_in_a_row() -> None:
    recorded = [path for path in (ROOT / "tests/fixtures/knock").glob("*.json") if not path.name.startswith("call_")]
    shown = {key for path in recorded for key in keys(json.loads(path.read_text(encoding="utf-8")))}
    # What an address and a place look like nobody tells: those of the example are made up.
    made_up = {"street", "latitude", "longitude"}
    assert len(shown) > 60
    assert sorted(shown - SAID - made_up) == []


def test_every_field_of_propexos_table_stands_in_a_row() -> None:
    assert sorted({one["name"] for one in propexo_example("appointment_fields")} - SAID) == []


# That the tests above can fail

GOOD = "| `a` | seed | `README.md` | `tests/test_documented.py::test_every_row_is_whole` |"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (GOOD, ""),
        (GOOD.replace("`a`", ""), "empty"),
        (GOOD.replace("seed", " "), "empty"),
        (GOOD.replace("seed", "guessed"), "marked guessed"),
        (GOOD.replace("`README.md`", "somewhere"), "under where"),
        (GOOD.replace("`tests", "tests"), "under proof"),
        ("| `a` | seed | `README.md` |", "four"),
    ],
)
def test_a_row_that_is_not_whole_is_noticed(row: str, problem: str) -> None:
    (found,) = read(f"| what | mark | where | proof |\n|---|---|---|---|\n{row}\n\n| another | table |\n|---|---|\n| a | b |\n")
    assert (found.line, bool(found.problem)) == (3, bool(problem))
    assert problem in found.problem


@pytest.mark.parametrize(
    ("path", "name", "there"),
    [
        ("README.md", "", True),
        ("READYOU.md", "", False),
        ("vendor_app/clients/knock/client.py", "Knock.events", True),
        ("vendor_app/clients/knock/client.py", "Knock.no_such_call", False),
        ("tests/test_documented.py", "test_every_row_is_whole", True),
        ("tests/test_documented.py", "test_no_such_thing", False),
        ("tests/test_documented.py", "is_there", False),
    ],
)
def test_what_does_not_exist_is_noticed(path: str, name: str, there: bool) -> None:
    assert is_there(path, name) is there
