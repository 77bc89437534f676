"""The benchmark runs; what it measures is nobody's test."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.paths.run import Size, report

ROOT = Path(__file__).parents[1]


def test_the_store_has_a_line_a_figure() -> None:
    command = [sys.executable, "-m", "bench", "--only", "store", "--count", "20", "--rounds", "1"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    lines = [line.split() for line in ran.stdout.splitlines() if line.startswith(("SQLite  ", "PostgreSQL  "))]
    assert sorted(line[0] for line in lines) == ["PostgreSQL"] * 6 + ["SQLite"] * 6
    assert all(float(rate) > 0 for line in lines for rate in line[-3:-1])


@pytest.mark.parametrize("name", ["times", "booking"])
def test_a_path_has_a_line(name: str, tmp_path: Path) -> None:
    heading, line, _ = report(str(tmp_path), name, Size(rounds=1, seconds=0.1))
    assert heading.split()[:4] == ["path", "product", "floor", "ratio"]
    path, product, floor, ratio, *_ = line.split()
    assert path == name
    assert product.endswith("/s")
    assert floor.endswith("/s")
    assert float(ratio) > 0
