import pytest
import requests

from .stage import ALDER, APPOINTMENT, PROSPECT, Partner

CALLS = [
    ("GET", "/communities", APPOINTMENT, PROSPECT),
    ("GET", f"/community/{ALDER}/available-times", APPOINTMENT, PROSPECT),
    ("POST", "/appointment/request", APPOINTMENT, PROSPECT),
    ("PUT", "/appointment/1/cancel", APPOINTMENT, PROSPECT),
    ("POST", "/prospect", PROSPECT, APPOINTMENT),
    ("GET", "/prospect/1", PROSPECT, APPOINTMENT),
    ("GET", "/prospect/1/events", PROSPECT, APPOINTMENT),
    ("POST", "/visit", PROSPECT, APPOINTMENT),
]


@pytest.mark.parametrize(("method", "path", "right", "other"), CALLS)
def test_each_call_takes_its_own_key_only(url: str, method: str, path: str, right: str, other: str) -> None:
    def status(key: str | None) -> int:
        headers = {"x-api-key": key} if key else {}
        return requests.request(method, f"{url}/knock{path}", json={}, headers=headers, timeout=30).status_code

    assert (status(None), status("nonsense"), status(other)) == (401, 401, 403)
    assert status(right) not in {401, 403}


def test_failures_carry_an_error_message(partner: Partner) -> None:
    assert set(partner.get("/communities", key=None).json()) == {"errorMessage"}


def test_a_path_knock_does_not_have_is_refused_in_json(partner: Partner) -> None:
    answer = partner.get("/appointments")
    assert (answer.status_code, set(answer.json())) == (404, {"errorMessage"})


def test_a_body_must_be_declared_as_json(url: str) -> None:
    answer = requests.post(f"{url}/knock/appointment/request", data="{}", headers={"x-api-key": APPOINTMENT}, timeout=30)
    assert (answer.status_code, answer.json()) == (400, {"errorMessage": "Content-Type must be application/json."})


def test_a_body_that_is_no_json_is_refused(url: str) -> None:
    headers = {"x-api-key": APPOINTMENT, "Content-Type": "application/json"}
    assert requests.post(f"{url}/knock/appointment/request", data="{", headers=headers, timeout=30).status_code == 400


def test_a_body_that_is_a_list_is_refused(partner: Partner) -> None:
    assert partner.post("/appointment/request", ["x"]).status_code == 400
