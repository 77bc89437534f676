"""A worker that dies is replaced; one that must not or cannot serve ends it all; nobody outlives their parent."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial

import pytest
import requests

from tests.launch.house import ROOT, House, answers, children, free_ports, is_alive, listens, settings, until_it_answers
from tests.processes import until
from vendor_app.store.engine.database import open_database


def serving(house: House, workers: int = 1, **environ: str) -> tuple["subprocess.Popen[str]", int]:
    """`make serve`, once it is ready, and its port."""
    port = free_ports()
    started = house.start("vendor_app", "serve", PORT=str(port), WORKERS=str(workers), **{**settings(), **environ})
    until_it_answers(port)
    until(lambda: len(children(started.pid)) == workers)
    return started, port


def test_a_worker_that_is_killed_is_replaced_at_once(house: House) -> None:
    began = time.monotonic()
    parent, port = serving(house)
    took_to_start = time.monotonic() - began
    # The best of a few: on a busy machine any of them may be slow, but a pause before the start would slow down all.
    assert any(took_to_replace(parent.pid, port) < took_to_start + 1 for _ in range(5))


def took_to_replace(parent: int, port: int) -> float:
    """How long the next visitor waits when the worker is killed."""
    (killed,) = children(parent)
    began = time.monotonic()
    os.kill(killed, signal.SIGKILL)
    answer = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=90)  # waits in the queue of the socket that stayed
    assert answer.status_code == 200
    assert children(parent) != [killed]
    return time.monotonic() - began


def has_ended(parent: int, worker: int) -> bool:
    return worker not in children(parent)


def has_new_workers(parent: int, killed: list[int]) -> bool:
    return len(set(children(parent)) - set(killed)) == 3


def test_a_worker_that_is_killed_again_and_again_is_replaced_each_time(house: House) -> None:
    parent, port = serving(house)
    for _ in range(6):
        (worker,) = children(parent.pid)
        os.kill(worker, signal.SIGKILL)
        until(partial(has_ended, parent.pid, worker))
        until_it_answers(port)
    assert parent.poll() is None


def test_workers_that_are_killed_at_once_are_all_replaced(house: House) -> None:
    parent, port = serving(house, workers=3)
    for _ in range(3):
        killed = children(parent.pid)
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        until(partial(has_new_workers, parent.pid, killed))
        until_it_answers(port)
    assert parent.poll() is None


def test_a_worker_that_is_told_to_stop_is_replaced_too(house: House) -> None:
    parent, port = serving(house)
    (worker,) = children(parent.pid)
    os.kill(worker, signal.SIGTERM)
    until(lambda: children(parent.pid) not in ([worker], []))
    until_it_answers(port)


def test_a_worker_that_finds_the_database_anothers_ends_it_all_with_the_reason(house: House) -> None:
    parent, port = serving(house)
    with closing(open_database(f"sqlite:///{house.folder}/var/vendor.db")) as db, db.transaction() as tx:
        tx.execute("UPDATE partners SET url = 'https://elsewhere.example'")
    os.kill(children(parent.pid)[0], signal.SIGKILL)

    assert parent.wait(timeout=90) == 2
    assert "filled with knock at https://elsewhere.example" in house.said(parent)
    assert "Traceback" not in house.said(parent)
    assert not listens(port)


BEGIN = """
import os, signal, socket, sys
from granian.constants import Interfaces
from vendor_app.server.workers import Server

def load():
    {what}

if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.exit(Server(listening, "x:y", interface=Interfaces.WSGI, workers=2).run(load))
"""


@pytest.mark.parametrize(
    ("what", "status", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", 1, "killed before they can begin, the last by signal 9"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", 1, "killed before they can begin, the last by signal 11"),
        ("raise KeyError('a bug')", 1, "KeyError: 'a bug'"),
        ("sys.exit('no')", 1, "no"),
        ("sys.exit(2)", 2, ""),
        ("sys.exit(0)", 1, "killed before they can begin"),
    ],
)
def test_workers_that_cannot_begin_do_not_try_for_ever(what: str, status: int, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BEGIN.format(what=what)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == status, ended.stderr
    assert said in ended.stderr + ended.stdout


def test_a_worker_ends_with_its_parent(house: House) -> None:
    parent, port = serving(house, workers=2)
    workers = children(parent.pid)
    parent.kill()
    until(lambda: not any(is_alive(worker) for worker in workers), seconds=60)
    until(lambda: not listens(port))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_stopped_ends_well_and_quietly(house: House, number: int) -> None:
    parent, _ = serving(house, workers=2)
    os.killpg(parent.pid, number)  # as a terminal does: all of them hear it
    assert parent.wait(timeout=90) == 0
    assert "Traceback" not in house.said(parent)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_scheduler_that_is_stopped_ends_well_and_quietly(house: House, number: int) -> None:
    working = house.start("jobs", **settings("http://127.0.0.1:9"))
    until(lambda: "sync_communities" in house.said(working))
    os.killpg(working.pid, number)
    assert working.wait(timeout=90) == 0
    assert "Traceback" not in house.said(working)


# Stops itself in the very moment in which the scheduler hands a job to its thread.
STOPPED_WHILE_HANDING_OVER = """
import os, signal, sys
from apscheduler.executors.base import BaseExecutor

hand_over = BaseExecutor.submit_job

def stop_and_hand_over(self, *arguments):
    os.kill(os.getpid(), signal.{name})
    hand_over(self, *arguments)

BaseExecutor.submit_job = stop_and_hand_over
from jobs.__main__ import main
sys.exit(main([]))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_scheduler_that_is_stopped_at_any_moment_ends(house: House, name: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STOPPED_WHILE_HANDING_OVER.format(name=name)],
        env=house.environ(settings("http://127.0.0.1:9")),
        cwd=house.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr


def test_a_reload_replaces_the_workers(house: House) -> None:
    parent, port = serving(house)
    before = children(parent.pid)
    parent.send_signal(signal.SIGHUP)
    until(lambda: not set(before) & set(children(parent.pid)))
    assert answers(port)
