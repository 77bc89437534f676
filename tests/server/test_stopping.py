"""The server ends: asked to, when what is under way is done; and with its parent, however that ends."""

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests

from tests.processes import until
from tests.server.site import Site, site

REQUEST = "POST /appointment/request"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Site]:
    with site(f"sqlite:///{tmp_path / 'vendor.db'}") as made:
        yield made


def main_process(running: Site) -> psutil.Process:
    assert running.processes.web is not None
    return psutil.Process(running.processes.web.pid)


def test_asked_to_end_it_finishes_what_is_under_way(running: Site) -> None:
    running.sandbox.faults.set(REQUEST, "hang", seconds=2)
    asked_before = [name for name, _ in running.sandbox.calls].count(REQUEST)
    with ThreadPoolExecutor(1) as prospect, requests.Session() as idle:
        assert idle.get(f"{running.url}/healthz", timeout=90).ok
        booking = prospect.submit(running.book)
        until(lambda: [name for name, _ in running.sandbox.calls].count(REQUEST) > asked_before)
        main_process(running).terminate()
        assert booking.result().status_code == 201
        assert running.processes.web is not None
        assert running.processes.web.wait(timeout=90) == 0


def test_asked_to_end_it_takes_nobody_new(running: Site) -> None:
    main_process(running).terminate()
    until(lambda: not _listens(running.port))


def test_asked_to_end_it_does_not_wait_for_slow_clients_for_long(running: Site) -> None:
    slow = socket.create_connection(("127.0.0.1", running.port))
    slow.sendall(b"POST /webhooks/knock HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
    until(lambda: running.get("/healthz").ok)
    main_process(running).terminate()
    assert running.processes.web is not None
    assert running.processes.web.wait(timeout=40) == 0
    slow.close()


def test_the_worker_ends_with_a_parent_that_was_killed(running: Site) -> None:
    workers = main_process(running).children(recursive=True)
    assert len(workers) == 1
    os.kill(main_process(running).pid, signal.SIGKILL)
    psutil.wait_procs(workers, timeout=90)
    assert not any(one.is_running() for one in workers)
    assert not _listens(running.port)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
