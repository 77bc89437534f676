"""The shape that keeps the code easy to see, read from the code itself: who imports whom, and what each file may hold."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("vendor_app", "schemas", "jobs")
LAUNCHERS = {"wsgi.py", "jobs/__main__.py", "vendor_app/__main__.py", "vendor_app/demo.py"}

# What a layer may import of the product besides itself: the arrows of the design, `a ← b` as b: a.
FOUNDATION = {
    "vendor_app.signatures",
    "vendor_app.keys",
    "vendor_app.config",
    "vendor_app.clock",
    "vendor_app.threads",
    "vendor_app.seldom",
}
MAY_IMPORT = {
    "vendor_app.domain": set[str](),
    "vendor_app.signatures": set[str](),
    "vendor_app.keys": set[str](),
    "vendor_app.clock": set[str](),
    "vendor_app.threads": set[str](),
    "vendor_app.seldom": set[str](),
    "vendor_app.config": {"vendor_app.domain"},
    "schemas": {"vendor_app.domain"},
    "vendor_app.store": {"vendor_app.domain", "vendor_app.threads"},
    "vendor_app.clients": {"vendor_app.domain", "schemas", "vendor_app.signatures"},
    "vendor_app.usecases": {"vendor_app.domain", "schemas", "vendor_app.store", "vendor_app.clients", *FOUNDATION},
    "vendor_app.web": {"vendor_app.domain", "schemas", "vendor_app.usecases", *FOUNDATION},
    "jobs": {"vendor_app.domain", "vendor_app.usecases", *FOUNDATION},
    "vendor_app.sandbox": {"vendor_app.signatures"},
}
# These put the layers together; only `jobs` is out of reach for all of vendor_app.
WIRING = {
    "vendor_app.app",
    "vendor_app.server",
    "vendor_app.gateway",
    "vendor_app.request_body",
    "vendor_app.wsgi_call",
    "vendor_app.early_answers",
    "vendor_app.__main__",
    "vendor_app.demo",
    "vendor_app.demo_settings",
    "vendor_app.launch",
    "vendor_app.listening",
    "vendor_app.parent",
    "vendor_app.printing",
    "vendor_app.run_lock",
    "vendor_app.workers",
    "jobs.__main__",
    "wsgi",
    "vendor_app",
}
FORBIDDEN_NAMES = ("util", "helper", "manager", "data")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def product_files() -> list[Path]:
    found = [path for package in PRODUCT for path in (ROOT / package).rglob("*.py")]
    return sorted([*found, ROOT / "wsgi.py"])


every_file = pytest.mark.parametrize("path", product_files(), ids=relative)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file; `from a import b` counts as a.b, for b may be a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT).parent.parts
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def layer(module: str) -> str | None:
    """The layer a module belongs to; None for what is not the product's."""
    known = [one for one in (*MAY_IMPORT, *WIRING) if module == one or module.startswith(f"{one}.")]
    return max(known, key=len) if known else None


def is_wiring(path: Path) -> bool:
    return module_name(path) in WIRING or relative(path) in ("jobs/__main__.py", "vendor_app/__main__.py")


@every_file
def test_every_file_belongs_to_a_layer(path: Path) -> None:
    assert layer(module_name(path)) is not None
    assert is_wiring(path) or layer(module_name(path)) in MAY_IMPORT, "a new file beside the layers: say here what it may import"


@every_file
def test_imports_go_one_way(path: Path) -> None:
    if is_wiring(path):
        return
    own = layer(module_name(path)) or ""
    wrong = {one for one in imports(path) if (theirs := layer(one)) and theirs != own and theirs not in MAY_IMPORT[own]}
    assert wrong == set()


@pytest.mark.parametrize("path", [one for one in product_files() if "domain" in one.parts], ids=relative)
def test_the_domain_needs_the_standard_library_only(path: Path) -> None:
    foreign = {one for one in imports(path) if one.partition(".")[0] not in {*sys.stdlib_module_names, "vendor_app"}}
    assert foreign == set()


@pytest.mark.parametrize("path", [one for one in product_files() if "domain" in one.parts], ids=relative)
def test_the_domain_never_looks_at_a_clock_or_throws_dice(path: Path) -> None:
    wrong = {"now", "utcnow", "today", "time_ns", "monotonic", "random", "randbelow", "sleep"}
    assert {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)} & wrong == set()


@pytest.mark.parametrize("path", [one for one in product_files() if one.parent.name == "web"], ids=relative)
def test_the_web_never_touches_the_store_or_a_partner(path: Path) -> None:
    assert [one for one in imports(path) if one.startswith(("vendor_app.store", "vendor_app.clients"))] == []


@pytest.mark.parametrize("path", [one for one in product_files() if "vendor_app" in one.parts], ids=relative)
def test_nothing_in_the_application_imports_the_jobs(path: Path) -> None:
    assert [one for one in imports(path) if one.partition(".")[0] == "jobs"] == []


@pytest.mark.parametrize("path", [one for one in product_files() if "sandbox" in one.parts], ids=relative)
def test_the_sandbox_shares_nothing_with_the_product_but_signatures(path: Path) -> None:
    ours = {one for one in imports(path) if one.startswith((*(f"{name}." for name in PRODUCT), "wsgi"))}
    assert {one for one in ours if not one.startswith(("vendor_app.sandbox", "vendor_app.signatures"))} == set()


@every_file
def test_only_launchers_read_the_environment(path: Path) -> None:
    wanted = {"environ", "environb", "getenv"}
    taken = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute) and _is_os(node.value)}
    imported = {one.removeprefix("os.") for one in imports(path) if one.startswith("os.")}
    assert relative(path) in LAUNCHERS or (taken | imported) & wanted == set()


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


@every_file
def test_only_the_store_knows_sql(path: Path) -> None:
    if path.parent.name == "store":
        return
    engines = [one for one in imports(path) if one.partition(".")[0] in {"sqlite3", "sqlite_utils"}]
    calls = [
        node.func.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert engines == []
    assert [
        one for one in calls if one in {"execute", "executemany", "executescript", "query", "one"} and not _reads_settings(path)
    ] == []


def _reads_settings(path: Path) -> bool:
    """config.py's reader has a method `one` of its own."""
    return module_name(path) == "vendor_app.config"


@every_file
def test_no_file_is_named_for_what_does_not_belong_anywhere(path: Path) -> None:
    assert not any(path.stem.rstrip("s") == name for name in FORBIDDEN_NAMES)


@every_file
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path))


@every_file
def test_everything_public_says_what_it_does(path: Path) -> None:
    assert list(_undescribed(tree(path))) == []


def _undescribed(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Public names without a docstring; marshmallow's `Meta` is a setting, not a thing."""
    for one in node.body:
        if (
            not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            or one.name.startswith("_")
            or one.name == "Meta"
        ):
            continue
        if not ast.get_docstring(one):
            yield one.name
        if isinstance(one, ast.ClassDef):
            yield from _undescribed(one)


@every_file
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


def test_nothing_was_overlooked() -> None:
    """The files looked at are those that exist: the layers are where this test thinks they are."""
    layers = {layer(module_name(path)) for path in product_files()}
    assert layers >= set(MAY_IMPORT)
