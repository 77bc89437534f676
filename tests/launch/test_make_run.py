"""`make run` from its start to its end, also when it, or make, or a part of it is killed."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from tests.launch.house import ROOT, House, children, descendants, free_ports, is_alive, listens, settings, until_it_answers
from tests.processes import until


def ports(first: int) -> dict[str, str]:
    """The sandbox's, its mail server's after it, and then the web's."""
    return {"SANDBOX_PORT": str(first), "PORT": str(first + 2)}


def running(house: House, first: int) -> "subprocess.Popen[str]":
    """`make run`, once it is ready."""
    started = house.start("sandbox", **ports(first))
    until_it_answers(first + 2)
    until(lambda: len(descendants(started.pid)) == 3)  # the web, its worker, the scheduler
    return started


def all_ended(pids: list[int]) -> None:
    until(lambda: not any(is_alive(pid) for pid in pids), seconds=60)


def test_ctrl_c_ends_all_of_it_well_and_quietly(house: House) -> None:
    first = free_ports(3)
    started = running(house, first)
    parts = descendants(started.pid)
    os.killpg(started.pid, signal.SIGINT)

    assert started.wait(timeout=90) == 0
    assert "Traceback" not in house.said(started)
    all_ended(parts)
    assert (house.folder / "var" / "run.lock").read_text() == ""


def test_what_a_killed_one_leaves_ends_and_the_next_one_works_at_once(house: House) -> None:
    first = free_ports(3)
    for _ in range(2):
        started = running(house, first)
        parts = descendants(started.pid)
        started.kill()
        started.wait(timeout=90)
        again = running(house, first)  # at once: perhaps before the others have noticed
        all_ended(parts)
        os.killpg(again.pid, signal.SIGINT)
        assert again.wait(timeout=90) == 0


@pytest.mark.parametrize("part", ["jobs", "serve"])
def test_a_part_that_ends_by_itself_ends_it_all_and_the_status_says_so(house: House, part: str) -> None:
    first = free_ports(3)
    started = running(house, first)
    parts = descendants(started.pid)
    (killed,) = [pid for pid in children(started.pid) if part in _command(pid)]
    os.kill(killed, signal.SIGKILL)

    assert started.wait(timeout=90) == 1
    assert "has ended (status -9)" in house.said(started)
    all_ended(parts)
    until(lambda: not any(listens(first + one) for one in range(3)))


def test_a_killed_worker_is_no_end_of_make_run(house: House) -> None:
    first = free_ports(3)
    started = running(house, first)
    (web,) = [pid for pid in children(started.pid) if "serve" in _command(pid)]
    (worker,) = children(web)
    os.kill(worker, signal.SIGKILL)
    until(lambda: children(web) not in ([worker], []))
    until_it_answers(first + 2)
    assert started.poll() is None


def _command(pid: int) -> str:
    with open(f"/proc/{pid}/cmdline") as told:  # noqa: PTH123 - as short
        return told.read()


# Behind make


@pytest.fixture
def behind_make(house: House) -> House:
    """A folder with the Makefile, whose environment is there already."""
    shutil.copy(ROOT / "Makefile", house.folder)
    for name in ("setup.cfg", "pyproject.toml", "constraints.txt", ".venv/bin/python", ".venv/product"):
        (house.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (house.folder / name).touch()
    return house


def make(house: House, target: str, **environ: str) -> "subprocess.Popen[str]":
    """make, in a session of its own."""
    started = subprocess.Popen(
        ["make", f"PY={sys.executable}", target],
        env=house.environ(environ),
        cwd=house.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    house.started.append(started)
    return started


@pytest.mark.parametrize("target", ["run", "serve", "jobs"])
def test_what_make_started_ends_when_make_is_killed(behind_make: House, target: str) -> None:
    first = free_ports(3)
    environ = {**ports(first), **({} if target == "run" else settings("http://127.0.0.1:9"))}
    started = make(behind_make, target, **environ)
    if target == "jobs":
        until((behind_make.folder / "var" / "vendor.db-wal").exists)
    else:
        until_it_answers(first + 2)
    family = descendants(started.pid)
    assert family
    started.kill()
    started.wait(timeout=90)

    all_ended(family)
    until(lambda: not listens(first + 2))


def test_after_make_was_killed_make_run_works_at_once(behind_make: House) -> None:
    first = free_ports(3)
    for _ in range(2):
        started = make(behind_make, "run", **ports(first))
        until_it_answers(first + 2)
        before = descendants(started.pid)
        started.kill()
        started.wait(timeout=90)
    again = make(behind_make, "run", **ports(first))
    all_ended(before)
    until_it_answers(first + 2)
    assert again.poll() is None


def test_nobody_else_can_look_into_the_folder(house: House) -> None:
    first = free_ports(3)
    before = os.umask(0)
    try:
        started = running(house, first)
    finally:
        os.umask(before)
    os.killpg(started.pid, signal.SIGINT)
    started.wait(timeout=90)
    var = house.folder / "var"
    assert var.stat().st_mode & 0o777 == 0o700
    assert {one.name: one.stat().st_mode & 0o777 for one in var.glob("sandbox.db*")} | {
        one.name: one.stat().st_mode & 0o777 for one in var.glob("run*")
    } == dict.fromkeys(["sandbox.db", "sandbox.db-news", "run.lock", "run.json", "run-secrets.json"], 0o600)
