"""The benchmark runs; what it measures is nobody's test."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_benchmark_prints_a_line_a_figure() -> None:
    command = [sys.executable, "-m", "bench", "--count", "20", "--rounds", "1"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    lines = [line.split() for line in ran.stdout.splitlines() if line.startswith(("SQLite  ", "PostgreSQL  "))]
    assert sorted(line[0] for line in lines) == ["PostgreSQL"] * 6 + ["SQLite"] * 6
    assert all(float(rate) > 0 for line in lines for rate in line[-3:-1])
