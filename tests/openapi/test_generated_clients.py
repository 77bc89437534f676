"""Clients that generators make of the served description book a tour, look at it, and cancel it.

The generator of the Python one comes from pip. What comes from npm runs where `npm ci` has been run in tests/openapi/clients (the
Makefile does so where there is npm), and is skipped aloud elsewhere.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import COMMUNITY, World, world

CLIENTS = Path(__file__).parent / "clients"
INSTALLED = CLIENTS / "node_modules"
pytestmark = pytest.mark.timeout(600)  # on a busy machine a compiler takes its time
needs_npm = pytest.mark.skipif(
    not (shutil.which("node") and INSTALLED.is_dir()),
    reason="NOT TESTED: Redocly's lint and the TypeScript client need node, npm, and `npm ci` in tests/openapi/clients",
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[World]:
    """A running product."""
    with world(f"sqlite:///{tmp_path / 'vendor.db'}") as made:
        yield made


def run(*command: str | Path, within: Path) -> str:
    """What a command prints; what it says when it fails is the test's message."""
    environ = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    ran = subprocess.run(
        [str(one) for one in command], cwd=within, env=environ, capture_output=True, text=True, timeout=280, check=False
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def npx(tool: str, *arguments: str | Path, within: Path) -> str:
    """A tool of package.json."""
    return run(INSTALLED / ".bin" / tool, *arguments, within=within)


def cancelled_one(served: World, printed: str, problems: list[str]) -> bool:
    """Whether what the client printed is what became of the only tour."""
    (tour,) = served.tours()
    said = json.loads(printed)
    return said == {"tourId": tour.tour_id, "status": "cancelled", "problems": problems} and tour.status == "cancelled"


def test_the_generated_python_client_books_a_tour(served: World, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("post_hooks: []\n", encoding="utf-8")
    document, config, client = f"{served.url}/openapi.json", tmp_path / "config.yml", tmp_path / "tours_client"
    options: list[str | Path] = [
        "--url",
        document,
        "--meta",
        "none",
        "--output-path",
        client,
        "--config",
        config,
        "--fail-on-warning",
    ]

    run(sys.executable, "-m", "openapi_python_client", "generate", *options, within=tmp_path)
    shutil.copy(CLIENTS / "book.py", tmp_path)
    printed = run(sys.executable, "-W", "error", "book.py", served.url, COMMUNITY, within=tmp_path)

    assert cancelled_one(served, printed, ["unauthorized", "time-taken"])


@needs_npm
def test_the_generated_typescript_client_books_a_tour(served: World, tmp_path: Path) -> None:
    for name in ("book.ts", "tsconfig.json", "package.json"):
        shutil.copy(CLIENTS / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(INSTALLED)

    npx("openapi-typescript", f"{served.url}/openapi.json", "--output", "schema.d.ts", within=tmp_path)
    npx("tsc", "--project", ".", within=tmp_path)
    printed = run("node", "book.js", served.url, COMMUNITY, within=tmp_path)

    assert cancelled_one(served, printed, ["time-taken"])


@needs_npm
def test_redocly_finds_nothing_wrong_with_the_description(served: World, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(served.get("/openapi.json").text, encoding="utf-8")

    printed = npx("redocly", "lint", "openapi.json", "--config", CLIENTS / "redocly.yaml", "--format", "json", within=tmp_path)

    found = json.loads(printed)
    assert (found["totals"]["errors"], found["totals"]["warnings"], found["problems"]) == (0, 0, [])
