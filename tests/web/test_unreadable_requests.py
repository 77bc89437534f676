"""What cannot be read, addressed or mailed is refused with a reason, over the wire and on both engines."""

import gzip
import socket
from datetime import timedelta
from itertools import product

import pytest
import requests

from tests.web.api import body, post, problem
from tests.web.visitor import EVERYTHING, HERE_AND_NOW, NAME_AND_MAIL, Page, Visitor, filled
from tests.world import COMMUNITY, JANE, START, WEBHOOK_TOKEN, World

LAST_NIGHT = "9999-12-31T23:59:00-08:00"  # in UTC it would be the year 10000
FIRST_MORNING = "0001-01-01T00:00:00+14:00"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def raw(the_world: World, head: bytes, content: bytes = b"") -> tuple[int, str, bytes]:
    """Status, content type and body of the answer to bytes that no client library would send."""
    host, port = the_world.url.removeprefix("http://").split(":")
    length = f"Content-Length: {len(content)}\r\nConnection: close\r\n".encode()
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head + length + b"\r\n" + content)
        answered = b"".join(iter(lambda: connection.recv(65_536), b""))
    start, _, rest = answered.partition(b"\r\n\r\n")
    first, *lines = start.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers["content-type"], rest


# Times


@pytest.mark.parametrize("start", [LAST_NIGHT, FIRST_MORNING, "1066-10-14T09:00:00+00:00"])
def test_a_time_of_another_age_cannot_be_booked(quiet_world: World, start: str) -> None:
    said = problem(post(quiet_world, body(startTime=start)), 422, "invalid")

    assert "between 2000 and 2200" in said["errors"]["startTime"][0]


def test_a_tour_cannot_be_moved_to_another_age(the_world: World) -> None:
    booked = the_world.book().json()
    headers = {"Authorization": f"Bearer {booked['tourToken']}"}
    address = f"{the_world.url}/api/v1/tours/{booked['tourId']}/reschedule"

    for start in (LAST_NIGHT, FIRST_MORNING):
        problem(requests.post(address, json={"startTime": start}, headers=headers, timeout=30), 422, "invalid")

    assert the_world.tour(booked).starts_at == START


def sent_with(visitor: Visitor, page: Page, button: str, start: str) -> Page:
    """What comes of a form whose time is none of those it shows."""
    typed = [*filled(page.forms()[button], NAME_AND_MAIL), ("startTime", start)]
    return Page(visitor.session.post(page.url, data=typed, timeout=30, allow_redirects=False))


def test_the_form_comes_back_when_its_time_is_of_another_age(the_world: World, visitor: Visitor) -> None:
    form = visitor.arrive()

    for start in (LAST_NIGHT, FIRST_MORNING):
        assert "between 2000 and 2200" in sent_with(visitor, form, "Book this tour", start).text()
    the_world.faults.set("GET /community/available-times", "500", times=5)
    the_world.clock.move(minutes=20)  # the times that are known are too old to be shown, and there are no others
    for start in (LAST_NIGHT, FIRST_MORNING):
        assert "between 2000 and 2200" in sent_with(visitor, form, "Book this tour", start).text()
    the_world.faults.clear()


def test_a_tours_page_offers_times_again_when_one_is_of_another_age(visitor: Visitor) -> None:
    booked = visitor.book(visitor.arrive())
    page = visitor.visit(f"{booked.headers['Location']}/reschedule")

    for start in (LAST_NIGHT, FIRST_MORNING):
        again = sent_with(visitor, page, "Take this time", start)
        assert (again.status, again.alerts()) == (422, ["Pick a time."])


# E-mail addresses


@pytest.mark.parametrize(
    "email",
    [
        "=?utf-8?q?x?=@example.com",
        "jane=?utf-8?b?aGk=?=@example.com",
        '"jane"@example.com',
        '"a@b"@example.com',
        "jané@example.com",
        "jane@exämple.com",
        "jane@example.com.",
        "jane.@example.com",
        ".jane@example.com",
        "ja..ne@example.com",
        "jane@[127.0.0.1]",
        "jane@127.0.0.1",
        "jane@localhost",
        "jane@example.com\n",
        "Jane <jane@example.com>",
        "jane@-example.com",
        f"{'j' * 65}@example.com",
        f"jane@{'x' * 64}.com",
        f"{'j' * 388}@example.com",
        f"jane@{'.'.join(['x' * 60] * 5)}.com",
    ],
)
def test_an_address_we_cannot_write_to_is_refused_with_a_reason(quiet_world: World, email: str) -> None:
    said = problem(post(quiet_world, body(profile={**JANE, "email": email})), 422, "invalid")

    (reason,) = said["errors"]["profile.email"]
    assert reason.endswith(("as in jane@example.com.", "too long to be delivered."))
    assert quiet_world.tours() == []


def test_the_form_says_so_beside_the_address(quiet_visitor: Visitor) -> None:
    page = Page(quiet_visitor.book(quiet_visitor.arrive(), {**EVERYTHING, "email": "=?utf-8?q?x?=@example.com"}))

    assert (page.status, list(page.errors())) == (422, ["email"])


# Bodies

UNREADABLE: dict[str, tuple[dict[str, str], bytes]] = {
    "a charset there is none of": ({"Content-Type": f"{JSON}; charset=no-such"}, b"\xff\xfe"),
    "no UTF-8": ({"Content-Type": JSON}, b'{"communityId": "\xff"}'),
    "rubbish said to be gzip": ({"Content-Type": JSON, "Content-Encoding": "gzip"}, b"\x1f\x8b\x08 rubbish"),
    "gzip": ({"Content-Type": JSON, "Content-Encoding": "gzip"}, gzip.compress(b"{}")),
    "a boundary that never comes": ({"Content-Type": "multipart/form-data; boundary=x"}, b"--y\r\n"),
    "no boundary": ({"Content-Type": "multipart/form-data"}, b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    "a part cut off": ({"Content-Type": "multipart/form-data; boundary=x"}, b'--x\r\nContent-Disposition: form-data; name="fir'),
    "a form of odd bytes": ({"Content-Type": f"{FORM}; charset=utf-7"}, b"firstName=%ff%fe&%00=%zz&&=&;"),
    "nesting without end": ({"Content-Type": JSON}, b'{"a":' * 100_000),
    "a number without end": ({"Content-Type": JSON}, b"9" * 100_000),
}


def test_a_program_is_told_that_its_body_cannot_be_read(the_world: World) -> None:
    booked = the_world.book().json()
    known = {"Authorization": f"Bearer {booked['tourToken']}", "Idempotency-Key": "key-2"}
    of_the_tour = (f"/{booked['tourId']}/{verb}" for verb in ("finish", "reschedule", "verification"))

    for path, (name, (headers, content)) in product(("", *of_the_tour), UNREADABLE.items()):
        address = f"{the_world.url}/api/v1/tours{path}"
        answer = requests.post(address, data=content, headers={**headers, **known}, timeout=30)
        assert answer.status_code in (400, 415), (path, name)
        problem(answer, answer.status_code)


@pytest.mark.parametrize(("path", "status"), [("/webhooks/knock", 400), ("/webhooks/access", 401), ("/webhooks/seam", 401)])
def test_a_partner_is_told_that_its_body_cannot_be_read(quiet_world: World, path: str, status: int) -> None:
    known = {"Authorization": f"Bearer {WEBHOOK_TOKEN}"}

    for headers, content in UNREADABLE.values():
        problem(requests.post(f"{quiet_world.url}{path}", data=content, headers={**headers, **known}, timeout=30), status)


def test_a_form_that_cannot_be_read_comes_back_as_a_page(the_world: World, visitor: Visitor) -> None:
    form = visitor.arrive()
    tour = visitor.book(form, {**NAME_AND_MAIL, "startTime": HERE_AND_NOW}).headers["Location"]
    known = {"X-CSRFToken": form.value("csrf_token")}
    of_the_tour = (f"{the_world.url}{tour}/{verb}" for verb in ("check-in", "finish", "reschedule", "verification"))

    for address, (name, (headers, content)) in product((form.url, *of_the_tour), UNREADABLE.items()):
        answer = visitor.session.post(address, data=content, headers={**headers, **known}, timeout=30, allow_redirects=False)
        assert answer.status_code in (200, 400, 409, 413, 422), (address, name)
        assert Page(answer).text()


# Addresses and headers


@pytest.mark.parametrize("query", ["tourType=\xff", "\xc3\x28=\xed\xa0\x80", "utm_knock_source_title=caf\xe9", "\x80"])
@pytest.mark.parametrize(
    ("path", "status"), [(f"/api/v1/communities/{COMMUNITY}/times", 200), (f"/doorway/{COMMUNITY}", 302), ("/book/nothing", 404)]
)
def test_a_query_may_have_bytes_that_are_no_text(quiet_world: World, path: str, status: int, query: str) -> None:
    """As a server hands them on that leaves reading to the application; ours refuses them before."""
    answer = quiet_world.app.test_client().get(path, environ_overrides={"QUERY_STRING": query})

    assert answer.status_code == (422 if path.endswith("times") and "tourType" in query else status)


def test_a_source_title_of_bytes_that_are_no_text_is_kept_as_if_escaped(the_world: World) -> None:
    titles = []
    for number, title in enumerate(("caf\xe9", "caf%E9")):
        query = {"QUERY_STRING": f"utm_knock_source_title={title}"}
        arrived = the_world.app.test_client().get(f"/doorway/{COMMUNITY}", environ_overrides=query)
        arrival_id = arrived.headers["Location"].rpartition("/")[2]
        start = START + timedelta(hours=number)
        titles.append(the_world.book(f"key-{number}", start, arrivalId=arrival_id, sourceTitle=None).json()["sourceTitle"])

    assert titles == ["caf%E9", "caf%E9"]


@pytest.mark.parametrize("host", [b"a..b", b"x" * 300, b"[::", b"\xff\xfe"])
@pytest.mark.parametrize(
    ("path", "kind"), [("/book/nothing", "text/html; charset=utf-8"), ("/api/v1/nothing", "application/problem+json")]
)
def test_a_host_that_cannot_be_is_a_400(quiet_world: World, path: str, kind: str, host: bytes) -> None:
    status, said, content = raw(quiet_world, f"GET {path} HTTP/1.1\r\n".encode() + b"Host: " + host + b"\r\n")

    assert (said, bool(content)) == (kind, True)
    assert status in (400, 404)


@pytest.mark.parametrize(
    "part", ["%00", "%FF", "%ED%A0%80", "..%2f..", "x" * 5_000, "%F0%9F%8F%A0", "%0d%0aSet-Cookie:a=b", "'--"]
)
@pytest.mark.parametrize(
    "path",
    [
        "/doorway/{}",
        "/book/{}",
        "/tour/{}",
        "/tour/{}/reschedule",
        "/api/v1/communities/{}/times",
        "/api/v1/tours/{}",
        "/static/{}",
    ],
)
def test_odd_parts_of_a_path_lead_nowhere(quiet_world: World, path: str, part: str) -> None:
    headers = {"Authorization": "Bearer nothing"}
    answer = requests.get(f"{quiet_world.url}{path.format(part)}", headers=headers, timeout=30, allow_redirects=False)

    assert answer.status_code in (401, 404, 429)


def test_a_key_may_be_of_any_characters(the_world: World) -> None:
    for key in ("é" * 100, "\xff\x80", "x" * 255, "'; --"):
        first, second = (the_world.book(key.encode("latin-1")) for _ in range(2))  # type: ignore[arg-type]
        assert (first.status_code, second.json()) == (201, first.json())
        the_world.act(first.json(), "cancel")


@pytest.mark.parametrize("length", [256, 10_000])
def test_a_key_is_not_endless(quiet_world: World, length: int) -> None:
    said = problem(post(quiet_world, body(), "x" * length), 400, "bad-request")

    assert list(said["errors"]) == ["Idempotency-Key"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/tours/tour_1"), ("POST", "/webhooks/knock")])
def test_a_token_of_odd_bytes_is_no_token(the_world: World, method: str, path: str) -> None:
    for token in (b"Bearer \xff\xfe", b"Bearer \xc3\xa9", b"Bearer " + b"x" * 10_000, b"Bearer", b"\x80", b"Basic YTpi"):
        answer = requests.request(method, f"{the_world.url}{path}", headers={"Authorization": token}, timeout=30)
        problem(answer, 401, "unauthorized")
