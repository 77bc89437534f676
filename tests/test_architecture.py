"""The shape that keeps the code easy to see, read from the code itself: who imports whom, and what each file may hold."""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PRODUCT = ("vendor_app", "schemas", "jobs", "sandbox")
LAUNCHERS = {"wsgi.py", "jobs/__main__.py", "vendor_app/__main__.py", "sandbox/__main__.py", "sandbox/run.py"}

# What a layer may import of the product besides itself: the arrows of the design, `a ← b` as b: a.
FOUNDATION = {
    "vendor_app.signatures",
    "vendor_app.keys",
    "vendor_app.config",
    "vendor_app.config_checks",
    "vendor_app.clock",
    "vendor_app.threads",
    "vendor_app.log_limit",
    "vendor_app.sampled",
}
MAY_IMPORT = {
    "vendor_app.domain": set[str](),
    "vendor_app.signatures": set[str](),
    "vendor_app.keys": set[str](),
    "vendor_app.clock": set[str](),
    "vendor_app.threads": set[str](),
    "vendor_app.log_limit": set[str](),
    "vendor_app.sampled": set[str](),
    "vendor_app.config": {"vendor_app.domain", "vendor_app.config_checks"},
    "vendor_app.config_checks": {"vendor_app.domain"},
    "schemas": {"vendor_app.domain"},
    "vendor_app.store": {"vendor_app.domain", "vendor_app.threads"},
    "vendor_app.clients": {"vendor_app.domain", "schemas", "vendor_app.signatures"},
    "vendor_app.usecases": {"vendor_app.domain", "schemas", "vendor_app.store", "vendor_app.clients", *FOUNDATION},
    "vendor_app.web": {"vendor_app.domain", "schemas", "vendor_app.usecases", *FOUNDATION},
    "jobs": {"vendor_app.domain", "vendor_app.usecases", *FOUNDATION},
    "sandbox": {"vendor_app.signatures"},
}
# These put the layers together; only `jobs` and `sandbox` are out of reach for all of vendor_app.
WIRING = {
    "vendor_app",
    "vendor_app.app",
    "vendor_app.server",
    "vendor_app.__main__",
    "vendor_app.demo_settings",
    "vendor_app.launch",
    "vendor_app.parent",
    "vendor_app.reports",
    "jobs.__main__",
    "sandbox.__main__",
    "sandbox.run",
    "sandbox.run_lock",
    "wsgi",
}
# The rooms of the use cases, each on a floor: a room imports those below it, and none beside it but its own files.
FLOORS = (
    {"errors"},
    {"communities"},
    {"collaborators"},
    {"messages"},
    {"tour"},
    {"doors", "knock"},
    {"visit"},
    {"booking"},
    {"mail"},
    {"deliver"},
)
# It stands beside the tower: it may look into every room, and no room into it.
BESIDE = "operators"
# Packages that name what other layers need of them in their __init__.
DOORS = ("vendor_app.domain", "vendor_app.store")
FORBIDDEN_NAMES = ("util", "helper", "manager", "data")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def product_files() -> list[Path]:
    found = [path for package in PRODUCT for path in (ROOT / package).rglob("*.py")]
    return sorted([*found, ROOT / "wsgi.py"])


def offenders(rule: Callable[[Path], Any], files: Iterable[Path] | None = None) -> dict[str, Any]:
    """What the rule finds wrong in these files, or in all of the product's, by file; nothing where a rule finds nothing."""
    looked_at = list(product_files() if files is None else files)
    assert looked_at, "no file was looked at"
    return {relative(path): wrong for path in looked_at if (wrong := rule(path))}


def inside(folder: str) -> list[Path]:
    """The product's files somewhere below a folder of this name."""
    return [path for path in product_files() if folder in path.relative_to(ROOT).parts[:-1]]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree(path)))


@cache
def imports(path: Path) -> list[str]:
    """Every module a file imports, wherever in the file; `from a import b` counts as a.b, for b may be a module."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
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
    return relative(path).endswith("/__main__.py") or layer(module_name(path)) in WIRING


def test_every_file_belongs_to_a_layer() -> None:
    assert offenders(lambda path: not (is_wiring(path) or layer(module_name(path)) in MAY_IMPORT)) == {}, (
        "a new file beside the layers: say here what it may import"
    )


def named_at_door(package: str) -> set[str]:
    """The names that a package's __init__ offers, as `module.name` of where they are defined."""
    door = ROOT / package.replace(".", "/") / "__init__.py"
    return {one for one in imports(door) if one.startswith(f"{package}.")}


def past_the_door(path: Path) -> list[str]:
    """What a file imports from inside a package that names the same at its door."""
    packages = [one for one in DOORS if not module_name(path).startswith(one)]
    return sorted(one for package in packages for one in set(imports(path)) & named_at_door(package))


def test_what_a_door_names_is_imported_there() -> None:
    assert all(named_at_door(package) for package in DOORS)
    assert offenders(past_the_door) == {}


def test_imports_go_one_way() -> None:
    assert offenders(_imported_against_the_arrows) == {}


def _imported_against_the_arrows(path: Path) -> set[str]:
    if is_wiring(path):
        return set()
    own = layer(module_name(path)) or ""
    return {one for one in imports(path) if (theirs := layer(one)) and theirs != own and theirs not in MAY_IMPORT[own]}


def test_the_domain_needs_the_standard_library_only() -> None:
    ours = {*sys.stdlib_module_names, "vendor_app"}
    assert offenders(lambda path: {one for one in imports(path) if one.partition(".")[0] not in ours}, inside("domain")) == {}


def test_the_domain_never_looks_at_a_clock_or_throws_dice() -> None:
    wrong = {"now", "utcnow", "today", "time_ns", "monotonic", "random", "randbelow", "sleep"}
    assert (
        offenders(lambda path: {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)} & wrong, inside("domain"))
        == {}
    )


def test_the_web_never_touches_the_store_or_a_partner() -> None:
    theirs = ("vendor_app.store", "vendor_app.clients")
    assert offenders(lambda path: [one for one in imports(path) if one.startswith(theirs)], inside("web")) == {}


def test_nothing_in_the_application_imports_the_jobs() -> None:
    assert offenders(lambda path: [one for one in imports(path) if one.partition(".")[0] == "jobs"], inside("vendor_app")) == {}


def test_nothing_of_the_product_imports_the_sandbox() -> None:
    product = [path for path in product_files() if path not in inside("sandbox")]
    assert offenders(lambda path: [one for one in imports(path) if one.partition(".")[0] == "sandbox"], product) == {}


def test_the_rooms_of_the_use_cases_are_a_tower() -> None:
    assert offenders(_imported_from_above, inside("usecases")) == {}


def _imported_from_above(path: Path) -> list[str]:
    own = room(module_name(path))
    theirs = [one for one in imports(path) if one.startswith("vendor_app.usecases.")]
    if own in (None, BESIDE):
        return []
    return [one for one in theirs if room(one) != own and floor(room(one)) >= floor(own)]


def room(module: str) -> str | None:
    """Of the use cases a module is in, or is."""
    parts = module.split(".")
    return parts[2] if len(parts) > 2 else None


def floor(of: str | None) -> int:
    """How high up a room is; one that nobody has a floor for is above all."""
    return next((number for number, rooms in enumerate(FLOORS) if of in rooms), len(FLOORS))


def test_no_folder_is_crowded() -> None:
    folders = {path.parent for path in product_files()} - {ROOT / "vendor_app/store"}  # one file of queries a table
    counts = {relative(one): len([path for path in one.glob("*.py") if path.stem != "__init__"]) for one in folders}
    assert {folder: count for folder, count in counts.items() if count > 14} == {}


def test_the_sandbox_shares_nothing_with_the_product_but_signatures() -> None:
    assert offenders(_shared_by_the_sandbox, [path for path in inside("sandbox") if not is_wiring(path)]) == {}


def _shared_by_the_sandbox(path: Path) -> set[str]:
    ours = {one for one in imports(path) if one.startswith((*(f"{name}." for name in PRODUCT), "wsgi"))}
    return {one for one in ours if not one.startswith(("sandbox", "vendor_app.signatures"))}


def test_only_launchers_read_the_environment() -> None:
    assert offenders(_read_of_the_environment, [one for one in product_files() if relative(one) not in LAUNCHERS]) == {}


def _read_of_the_environment(path: Path) -> set[str]:
    taken = {node.attr for node in nodes(path) if isinstance(node, ast.Attribute) and _is_os(node.value)}
    imported = {one.removeprefix("os.") for one in imports(path) if one.startswith("os.")}
    return (taken | imported) & {"environ", "environb", "getenv"}


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def test_only_the_store_knows_sql() -> None:
    assert offenders(_known_of_sql, [one for one in product_files() if one not in inside("store")]) == {}


def _known_of_sql(path: Path) -> list[str]:
    engines = [one for one in imports(path) if one.partition(".")[0] in {"sqlite3", "sqlite_utils"}]
    called = [node.func.attr for node in nodes(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    asked = {"execute", "executemany", "executescript", "query", "one"}
    return engines + [one for one in called if one in asked and not _reads_settings(path)]


def _reads_settings(path: Path) -> bool:
    """config.py's reader has a method `one` of its own."""
    return module_name(path) == "vendor_app.config"


def test_no_file_is_named_for_what_does_not_belong_anywhere() -> None:
    assert offenders(lambda path: path.stem.rstrip("s") in FORBIDDEN_NAMES) == {}


def test_every_module_says_what_it_is_for() -> None:
    assert offenders(lambda path: not ast.get_docstring(tree(path))) == {}


def test_everything_public_says_what_it_does() -> None:
    assert offenders(lambda path: list(_undescribed(tree(path)))) == {}


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


def test_no_file_is_long() -> None:
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in product_files()}
    assert {path: lines for path, lines in lengths.items() if lines > 250} == {}


def test_nothing_was_overlooked() -> None:
    """The files looked at are those that exist: the layers are where this test thinks they are."""
    layers = {layer(module_name(path)) for path in product_files()}
    assert layers >= set(MAY_IMPORT)
