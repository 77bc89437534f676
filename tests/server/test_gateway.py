"""Our server on a real socket: it answers as granian's own WSGI server does, but for slow clients and where too many come."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from tests.processes import free_port, until
from tests.server.zoo import AT_WORK, BODY_SECONDS, LARGEST, QUEUED

MEGABYTE = 1024 * 1024


class Served:
    """The zoo at a port."""

    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"

    def get(self, path: str, **options: object) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=90, allow_redirects=False, **options)  # type: ignore[arg-type]

    def talk(self, *sent: bytes, seconds: float = 20) -> bytes:
        """Everything that comes back on a connection of its own until the server ends it, or falls silent for so long."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            got = b""
            try:
                for piece in sent:
                    connection.sendall(piece)
                while piece := connection.recv(MEGABYTE):
                    got += piece
            except (TimeoutError, ConnectionError):
                pass
            return got


@contextmanager
def served(kind: str) -> Iterator[Served]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.server.zoo", kind, str(port)])
    made = Served(port)
    try:
        until(lambda: _answers(made))
        yield made
    finally:
        process.terminate()
        process.wait(timeout=90)


def _answers(made: Served) -> bool:
    try:
        return made.get("/").status_code == 200
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def ours() -> Iterator[Served]:
    with served("gateway") as made:
        yield made


@pytest.fixture(scope="module")
def granians() -> Iterator[Served]:
    with served("wsgi") as made:
        yield made


# As a WSGI server does it

HEAD = b"Host: example.com\r\nConnection: close\r\n"
REQUESTS = {
    "query and path": b"GET /caf%C3%A9/%FF%20%2F?a=%2B+b&c=%00 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "form": b"POST /form HTTP/1.1\r\n" + HEAD + b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nab\x00cd",
    "chunks": b"POST /form HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
    "body of a get": b"GET /get HTTP/1.1\r\n" + HEAD + b"Content-Length: 2\r\n\r\nab",
    "headers twice": b"GET / HTTP/1.1\r\n" + HEAD + b"X-A: 1\r\nx-a: 2\r\n\r\n",
    "put": b"PUT /x HTTP/1.1\r\n" + HEAD + b"Content-Length: 0\r\n\r\n",
    "head": b"HEAD /cookies HTTP/1.1\r\n" + HEAD + b"\r\n",
    "head of a stream": b"HEAD /stream HTTP/1.1\r\n" + HEAD + b"\r\n",
    "cookies": b"GET /cookies HTTP/1.1\r\n" + HEAD + b"\r\n",
    "empty": b"GET /empty HTTP/1.1\r\n" + HEAD + b"\r\n",
    "not modified": b"GET /not-modified HTTP/1.1\r\n" + HEAD + b"\r\n",
    "redirect": b"GET /redirect HTTP/1.1\r\n" + HEAD + b"\r\n",
    "http 1.0": b"GET /cookies HTTP/1.0\r\n\r\n",
    "bad length": b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: abc\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "bad request line": b"GET\r\n\r\n",
}


def parts(answer: bytes) -> tuple[str, list[str], bytes]:
    """The status line, the headers but those that tell the time and the length, sorted, and the body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.decode("latin-1").split("\r\n")
    return status, sorted(one for one in headers if not one.startswith(("date:", "content-length:"))), body


@pytest.mark.parametrize("name", REQUESTS)
def test_it_answers_as_a_wsgi_server_does(ours: Served, granians: Served, name: str) -> None:
    answer = parts(ours.talk(REQUESTS[name]))
    assert answer == parts(granians.talk(REQUESTS[name]))
    assert answer[0].startswith("HTTP/1.")


def test_a_stream_is_one_answer(ours: Served) -> None:
    assert ours.get("/stream").content == b"0 1 2 "


def test_a_large_answer_arrives_whole(ours: Served) -> None:
    assert ours.get("/large").content == b"x" * 5_000_000


def test_a_large_answer_that_nobody_reads_keeps_no_thread(ours: Served) -> None:
    idle = [socket.create_connection(("127.0.0.1", ours.port)) for _ in range(AT_WORK * 3)]
    for one in idle:
        one.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    assert ours.get("/cookies").text == "ok"
    for one in idle:
        one.close()
    assert ours.get("/large").ok


@pytest.mark.parametrize("path", ["/fails", "/exits"])
def test_an_application_that_fails_is_a_500_page(ours: Served, path: str) -> None:
    answer = ours.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert "Something went wrong" in answer.text and "ZeroDivision" not in answer.text
    assert ours.get("/cookies").ok


def test_an_answer_that_breaks_off_does_not_look_whole(ours: Served) -> None:
    status, _, body = parts(ours.talk(b"GET /breaks-off HTTP/1.1\r\n" + HEAD + b"\r\n"))
    assert status == "HTTP/1.1 200 OK"
    assert len(body) < 5_000_000
    assert ours.get("/cookies").ok


def test_a_header_that_cannot_be_sent_is_a_500(ours: Served) -> None:
    assert ours.get("/bad-header").status_code == 500


def test_a_connection_is_kept(ours: Served) -> None:
    with requests.Session() as session:
        for _ in range(3):
            assert session.post(f"{ours.url}/x", data=b"abc", timeout=90).json()["body"] == "abc"
        (kept,) = session.get_adapter(ours.url).poolmanager.pools._container.values()  # type: ignore[attr-defined]
        assert (kept.num_connections, kept.num_requests) == (1, 3)


# Slow and broken clients

SLOW = b"Host: x\r\nContent-Length: 100\r\n\r\nab"


def test_a_body_that_does_not_come_is_a_408_page(ours: Served) -> None:
    status, headers, body = parts(ours.talk(b"POST /form HTTP/1.1\r\n" + SLOW))
    assert status == "HTTP/1.1 408 Request Timeout"
    assert {"connection: close", "content-type: text/html; charset=utf-8"} <= set(headers)
    assert b"Please send it again" in body


def test_a_body_that_does_not_come_is_a_408_problem(ours: Served) -> None:
    status, headers, body = parts(ours.talk(b"POST /webhooks/x HTTP/1.1\r\n" + SLOW))
    assert status == "HTTP/1.1 408 Request Timeout"
    assert "content-type: application/problem+json" in headers
    assert json.loads(body)["type"] == "too-slow"


def test_a_body_that_drips_is_given_up_too(ours: Served) -> None:
    with socket.create_connection(("127.0.0.1", ours.port), timeout=90) as connection:
        connection.sendall(b"POST /form HTTP/1.1\r\n" + SLOW)
        began = time.monotonic()
        connection.settimeout(0.1)
        while True:
            try:
                connection.sendall(b"x")
                assert connection.recv(100).startswith(b"HTTP/1.1 408")
                break
            except TimeoutError:
                assert time.monotonic() - began < BODY_SECONDS + 60


def test_many_slow_bodies_keep_nobody_from_an_answer(ours: Served) -> None:
    slow = [socket.create_connection(("127.0.0.1", ours.port)) for _ in range(100)]
    for one in slow:
        one.sendall(b"POST /form HTTP/1.1\r\n" + SLOW)
    assert ours.get("/cookies", headers={"Connection": "close"}).elapsed.total_seconds() < BODY_SECONDS
    for one in slow:
        one.close()


def test_half_a_body_never_reaches_the_application(ours: Served) -> None:
    """The zoo would answer it; and the next request on a new connection is not disturbed."""
    for head in (b"Content-Length: 4\r\n\r\nab", b"Transfer-Encoding: chunked\r\n\r\n4\r\nab"):
        with socket.create_connection(("127.0.0.1", ours.port), timeout=90) as connection:
            connection.sendall(b"POST /form HTTP/1.1\r\nHost: x\r\n" + head)
            connection.shutdown(socket.SHUT_WR)
            assert b"200 OK" not in connection.recv(1000)
    assert ours.get("/").ok


@pytest.mark.parametrize("megabytes", [1, 5])
def test_a_body_that_is_too_large_is_read_and_cut_short(ours: Served, megabytes: int) -> None:
    """The application sees its true length, and refuses it; the client has sent all of it and hears the answer."""
    answer = requests.post(f"{ours.url}/x", data=b"x" * (megabytes * LARGEST + 1), timeout=90)
    assert len(answer.json()["body"]) <= LARGEST


def test_a_client_that_asks_first_may_send_a_small_body(ours: Served) -> None:
    request = b"POST /x HTTP/1.1\r\n" + HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with socket.create_connection(("127.0.0.1", ours.port), timeout=90) as connection:
        connection.sendall(request)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ab")
        assert b"200 OK" in connection.recv(1000)


def test_a_client_that_asks_first_is_not_told_to_send_too_much(ours: Served) -> None:
    request = f"POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {2 * LARGEST}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", ours.port), timeout=90) as connection:
        connection.sendall(request)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_client_that_went_away_while_it_was_answered_harms_nobody(ours: Served) -> None:
    for _ in range(AT_WORK * 2):
        with socket.create_connection(("127.0.0.1", ours.port)) as connection:
            connection.sendall(b"GET /slow?0.05 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert ours.get("/cookies").ok


# Too many


@pytest.mark.parametrize(("path", "kind"), [("/webhooks/x", "application/problem+json"), ("/x", "text/html; charset=utf-8")])
def test_more_than_can_be_answered_are_refused_at_once(ours: Served, path: str, kind: str) -> None:
    room = AT_WORK + QUEUED
    with ThreadPoolExecutor(3 * room) as crowd:
        slow = [crowd.submit(ours.get, "/slow?0.4") for _ in range(2 * room)]
        others = [crowd.submit(ours.get, path) for _ in range(room)]
        answers = [one.result() for one in slow]
        refused = [answer for one in others if (answer := one.result()).status_code == 503]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert [answer.status_code for answer in answers].count(200) >= room - len(others)
    assert {(answer.headers["Retry-After"], answer.headers["Content-Type"]) for answer in refused} == {("5", kind)}
    assert max(answer.elapsed.total_seconds() for answer in refused) < 1.5
    assert ours.get("/cookies").ok


def test_under_load_every_request_gets_its_own_answer(ours: Served) -> None:
    wrong: list[str] = []

    def send(number: int) -> None:
        with requests.Session() as session:
            for turn in range(40):
                sent = f"{number}-{turn}-" + "x" * (turn * 997)
                answer = session.post(f"{ours.url}/{number}/{turn}", data=sent.encode(), timeout=90).json()
                if (answer["body"], answer["PATH_INFO"]) != (sent, f"/{number}/{turn}"):
                    wrong.append(sent[:20])

    crowd = [threading.Thread(target=send, args=(number,)) for number in range(QUEUED - AT_WORK)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(timeout=60)
    assert (wrong, [one.is_alive() for one in crowd]) == ([], [False] * len(crowd))
