"""A port belongs to one server: who comes second is told so at once."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from sandbox import __main__ as sandbox
from tests.launch.house import House, free_ports, house_in, is_alive, listens, settings, until_it_answers
from tests.processes import until
from vendor_app import __main__ as launcher

NAMES = {0: "SANDBOX_PORT", 1: "SANDBOX_PORT", 2: "PORT"}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody else listens."""
    with closing(socket.create_server(("127.0.0.1", free_ports()))) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def shared() -> Iterator[int]:
    """One whose listener would share it with whoever asks to."""
    port = free_ports()
    with closing(socket.create_server(("127.0.0.1", port), reuse_port=True)):
        yield port


@pytest.mark.parametrize("fixture", ["taken", "shared"])
def test_serve_refuses_a_port_that_is_in_use(house: House, fixture: str, request: pytest.FixtureRequest) -> None:
    port = request.getfixturevalue(fixture)
    ended = house.run("vendor_app", "serve", PORT=str(port), **settings())

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"port {port} of 127.0.0.1 is in use: stop who listens there, or set PORT\n"
    assert not (house.folder / "var").exists()


def has_one_ended(started: "list[subprocess.Popen[str]]") -> bool:
    return any(one.poll() is not None for one in started)


def test_of_two_servers_started_at_the_same_instant_one_wins(house: House) -> None:
    for _ in range(3):
        port = free_ports()
        both = [house.start("vendor_app", "serve", PORT=str(port), **settings()) for _ in range(2)]
        until(partial(has_one_ended, both))
        until_it_answers(port)
        (loser,) = [one for one in both if one.poll() is not None]
        assert loser.returncode == 2
        assert f"port {port} of 127.0.0.1 is in use" in house.said(loser)
        (winner,) = [one for one in both if one is not loser]
        winner.send_signal(signal.SIGTERM)
        assert winner.wait(timeout=90) == 0


NONE = [("vendor_app serve", "PORT"), ("sandbox", "PORT"), ("sandbox", "SANDBOX_PORT")]


def told_of_none(name: str) -> str:
    return f"{name} must be a port: a whole number from 1 to {65534 if name == 'SANDBOX_PORT' else 65535}\n"


@pytest.mark.parametrize(("command", "name"), NONE)
def test_a_port_that_is_none_is_refused(house: House, command: str, name: str) -> None:
    given = {} if command == "sandbox" else settings()
    ended = house.run(*command.split(), **given, **{name: "http"})
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", told_of_none(name))


@pytest.mark.parametrize("value", ["0", "65536", "-1", "8 0", "٨٠٠٠"])
@pytest.mark.parametrize(("command", "name"), NONE)
def test_whatever_is_no_port_is_refused(
    house: House, command: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(house.folder)
    monkeypatch.setattr(os, "environ", house.environ({**({} if command == "sandbox" else settings()), name: value}))
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the test's process keeps its own
    monkeypatch.setattr(sys, "argv", command.split())

    with pytest.raises(SystemExit) as ended:
        (sandbox if command == "sandbox" else launcher).main()

    assert (ended.value.code, *capfd.readouterr()) == (2, "", told_of_none(name))


def test_a_host_that_is_not_this_machines_is_refused(house: House) -> None:
    ended = house.run("vendor_app", "serve", HOST="192.0.2.1", PORT=str(free_ports()), **settings())
    assert ended.returncode == 2
    assert "of 192.0.2.1" in ended.stderr
    assert "set HOST or PORT" in ended.stderr


# make run


def ports(first: int) -> dict[str, str]:
    """The sandbox's, its mail server's after it, and then the web's."""
    return {"SANDBOX_PORT": str(first), "PORT": str(first + 2)}


@pytest.mark.parametrize("which", [0, 1, 2])
def test_make_run_checks_all_its_ports_before_it_starts(house: House, which: int) -> None:
    first = free_ports(3)
    with closing(socket.create_server(("127.0.0.1", first + which))):
        ended = house.run("sandbox", **ports(first))
        assert not any(listens(first + other) for other in {0, 1, 2} - {which})

    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"port {first + which} of 127.0.0.1 is in use: stop who listens there, or set {NAMES[which]}")
    assert not (house.folder / "var" / "sandbox.db").exists()


def test_make_run_refuses_one_port_for_two_servers(house: House) -> None:
    first = free_ports(2)
    ended = house.run("sandbox", SANDBOX_PORT=str(first), PORT=str(first + 1))
    assert ended.returncode == 2
    assert f"port {first + 1} of 127.0.0.1 is in use" in ended.stderr


def test_a_second_make_run_is_refused_in_one_line(house: House) -> None:
    first, others = free_ports(3), free_ports(3)
    running = house.start("sandbox", **ports(first))
    until_it_answers(first + 2)
    second = house.run("sandbox", **ports(others))

    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == f"`make run` is at work in this folder already (process {running.pid}): stop it first\n"
    assert is_alive(running.pid)


def test_of_two_started_at_once_in_one_folder_one_wins(house: House) -> None:
    first = free_ports(3)
    both = [house.start("sandbox", **ports(first)) for _ in range(2)]
    until_it_answers(first + 2)
    until(lambda: any(one.poll() is not None for one in both))
    (loser,) = [one for one in both if one.poll() is not None]
    assert (loser.returncode, house.said(loser).count("\n")) == (2, 1)


def test_of_two_started_at_once_in_two_folders_one_wins(house: House, tmp_path: Path) -> None:
    first = free_ports(3)
    (tmp_path / "another").mkdir()
    with house_in(tmp_path / "another") as another:
        both = [(one, one.start("sandbox", **ports(first))) for one in (house, another)]
        until_it_answers(first + 2)
        until(lambda: any(process.poll() is not None for _, process in both))
        ((where, loser),) = [(one, process) for one, process in both if process.poll() is not None]
        assert loser.returncode == 2, where.said(loser)
        assert "Traceback" not in where.said(loser)
        assert "is in use" in where.said(loser) or "cannot listen" in where.said(loser)


def test_a_stopped_servers_port_is_free_at_once(house: House) -> None:
    port = free_ports()
    for _ in range(2):
        serving = house.start("vendor_app", "serve", PORT=str(port), **settings())
        until_it_answers(port)
        os.killpg(serving.pid, signal.SIGKILL)
        serving.wait(timeout=90)
