"""What only a person can do: what each task tells, and that tasks are opened in one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from vendor_app.domain.tasks import DETAILS, Task, checked_detail

PRODUCT = Path(__file__).parents[2] / "vendor_app"


def test_every_task_says_what_it_tells() -> None:
    assert set(DETAILS) == set(Task)


def test_a_misspelt_key_is_refused() -> None:
    assert checked_detail(Task.REVOKE_ACCESS, {"grantId": "grant_1"}) == {"grantId": "grant_1"}
    with pytest.raises(TypeError, match="revoke_access_by_hand does not tell grantID"):
        checked_detail(Task.REVOKE_ACCESS, {"grantID": "grant_1"})


def test_the_product_tells_nothing_else() -> None:
    opened = [(task, keys) for _, name, task, keys in _calls() if name in ("ask_operator", "ask_about_appointment") and task]
    assert {task for task, _ in opened} == set(Task)
    assert [(task, keys) for task, keys in opened if not keys <= DETAILS[task]] == []


def test_tasks_are_opened_in_one_way() -> None:
    assert [file for file, name, _, _ in _calls() if name == "tasks.open"] == ["operator_tasks.py"]


def _calls() -> Iterator[tuple[str, str, Task | None, frozenset[str]]]:
    """Every call in the product: its file, its name, the task it names first, and its keywords but those of no detail."""
    for path in sorted(PRODUCT.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                tasks = [one.attr for one in call.args if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "Task"]
                keys = frozenset(one.arg for one in call.keywords if one.arg) - {"about"}
                yield path.name, ".".join(ast.unparse(call.func).split(".")[-2:]), Task[tasks[0]] if tasks else None, keys
