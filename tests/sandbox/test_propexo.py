"""What Propexo takes and refuses, and how much of it a minute."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox import Sandbox

from .stage import PROPEXO, Clock, Partner

HEADERS = {"Authorization": f"Bearer {PROPEXO}"}
PATH = "/propexo/crm/v1/appointments/knock"


def code(answer: requests.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details"}
    return answer.status_code, error["code"]


def test_an_order_is_queued_and_nothing_is_booked(sandbox: Sandbox, partner: Partner) -> None:
    answer = partner.order()
    assert (answer.status_code, answer.json()) == (200, {"meta": {"job_id": "cljob_0001"}, "result": {}})
    assert (sandbox.knock.appointments, sandbox.knock.prospects) == ({}, {})


def test_a_job_keeps_the_body_it_got(sandbox: Sandbox, partner: Partner) -> None:
    changes: dict[str, Any] = {
        "move_in_date": "2027-01-31",
        "number_of_occupants": 2,
        "lease_term_in_months": 18,
        "rent_minimum_in_cents": 1,
        "rent_maximum_in_cents": 250_000,
        "notes": "é" * 1000,
        "desired_num_bedrooms": [0, 1, 2, 3],
        "phone_1": "+1",
        "pets": [],
    }
    assert partner.order(**changes).status_code == 200
    assert sandbox.propexo.jobs["cljob_0001"].body == partner.propexo_body() | changes


@pytest.mark.parametrize("token", [None, "nonsense", f"{PROPEXO} ", ""])
def test_both_calls_take_the_token_only(sandbox: Sandbox, partner: Partner, token: str | None) -> None:
    assert code(partner.order(token=token)) == (401, "UNAUTHORIZED")
    assert code(partner.status("cljob_0001", token=token)) == (401, "UNAUTHORIZED")
    assert sandbox.propexo.jobs == {}


def test_the_token_must_be_a_bearer_token(url: str) -> None:
    answer = requests.post(f"{url}{PATH}", json={}, headers={"Authorization": PROPEXO}, timeout=30)
    assert answer.status_code == 401


REQUIRED = ["integration_id", "community_id", "attribution_id", "appointment_date", "appointment_time", "last_name"]


@pytest.mark.parametrize("field", REQUIRED)
def test_what_is_required_must_be_there(partner: Partner, field: str) -> None:
    answer = partner.order(None, PROPEXO, **{field: ...})
    assert code(answer) == (400, "BAD_REQUEST")
    assert answer.json()["error"]["details"] == {field: ["Missing data for required field."]}


@pytest.mark.parametrize("field", ["email_1", "phone_1", "first_name"])
def test_the_rest_may_be_missing(partner: Partner, field: str) -> None:
    assert partner.order(None, PROPEXO, **{field: ...}).status_code == 200


def test_neither_email_nor_phone_is_not_enough(partner: Partner) -> None:
    assert "email_1 or phone_1" in partner.order(email_1=..., phone_1=...).json()["error"]["message"]


REFUSED: list[dict[str, Any]] = [
    {"appointment_date": "2026-6-10"},
    {"appointment_date": "20260610"},
    {"appointment_date": "2026-02-30"},
    {"appointment_date": "2026-06-10T19:30:00Z"},
    {"appointment_time": "19:30"},
    {"appointment_time": "9:30:00"},
    {"appointment_time": "24:00:00"},
    {"appointment_time": "19:60:00"},
    {"appointment_time": "19:30:00Z"},
    {"appointment_time": "19:30:00\n"},
    {"appointment_time": " 19:30:00"},
    {"appointment_time": "١٩:30:00"},
    {"last_name": ""},
    {"last_name": 7},
    {"first_name": None},
    {"email_1": None},
    {"email_1": "jane"},
    {"phone_1": None},
    {"phone_1": ""},
    {"phone_1": "206-555-4567"},
    {"phone_1": "+"},
    {"phone_1": "1" * 51},
    {"phone_1": "2065554567\n"},
    {"phone_1": 2065554567},
    {"move_in_date": "soon"},
    {"number_of_occupants": "2"},
    {"number_of_occupants": 0},
    {"lease_term_in_months": 0},
    {"lease_term_in_months": 19},
    {"lease_term_in_months": 12.0},
    {"lease_term_in_months": True},
    {"rent_minimum_in_cents": 0},
    {"rent_minimum_in_cents": 1000.5},
    {"rent_maximum_in_cents": "100"},
    {"notes": "x" * 1001},
    {"desired_num_bedrooms": 1},
    {"desired_num_bedrooms": [4]},
    {"desired_num_bedrooms": [-1]},
    {"desired_num_bedrooms": ["STUDIO"]},
    {"pets": "CAT"},
    {"pets": ["CAT"]},
    {"first_contact_type": "FORM"},
    {"tour_type": "SELF_GUIDED"},
    {"end_time": "20:00:00"},
    {"smsConsent": False},
]


@pytest.mark.parametrize("change", REFUSED, ids=str)
def test_a_malformed_order_is_refused_and_queues_nothing(sandbox: Sandbox, partner: Partner, change: dict[str, Any]) -> None:
    answer = partner.order(**change)
    assert code(answer) == (400, "BAD_REQUEST")
    assert set(answer.json()["error"]["details"]) == set(change)
    assert sandbox.propexo.jobs == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"'])
def test_a_body_that_is_no_object_is_refused(url: str, body: bytes) -> None:
    headers = HEADERS | {"Content-Type": "application/json"}
    assert code(requests.post(f"{url}{PATH}", data=body, headers=headers, timeout=30)) == (400, "BAD_REQUEST")


def test_a_body_must_be_declared_as_json(url: str) -> None:
    assert code(requests.post(f"{url}{PATH}", data="{}", headers=HEADERS, timeout=30)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("field", ["integration_id", "community_id", "attribution_id"])
def test_an_id_that_stands_for_nothing_is_not_found(sandbox: Sandbox, partner: Partner, field: str) -> None:
    answer = partner.order(None, PROPEXO, **{field: "191b65d2686d11e9"})
    assert code(answer) == (404, "NOT_FOUND")
    assert answer.json()["error"]["message"] == f"There is no {field} 191b65d2686d11e9."
    assert sandbox.propexo.jobs == {}


def test_values_of_the_enums_are_accepted_once_they_are_allowed(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.propexo.allowed["tour_type"].add("SELF_GUIDED")
    sandbox.propexo.allowed["pets"].add("CAT")
    assert partner.order(tour_type="SELF_GUIDED", pets=["CAT"]).status_code == 200
    answer = partner.order(tour_type="self_guided", pets=["CAT", "DRAGON"])
    assert set(answer.json()["error"]["details"]) == {"tour_type", "pets"}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/crm/v1/appointments", 404), ("PUT", "/crm/v1/appointments/knock", 405)]
)
def test_a_call_propexo_does_not_have_is_refused_in_its_own_shape(url: str, method: str, path: str, status: int) -> None:
    answer = requests.request(method, f"{url}/propexo{path}", headers=HEADERS, timeout=30)
    assert code(answer)[0] == status
    assert answer.headers["x-ratelimit-remaining"] == "150"


def test_every_answer_says_how_many_requests_are_left(partner: Partner) -> None:
    answers = [partner.order(), partner.order(last_name=...), partner.status("cljob_0001"), partner.status("cljob_9999")]
    assert [one.status_code for one in answers] == [200, 400, 200, 404]
    assert [one.headers["x-ratelimit-remaining"] for one in answers] == ["149", "148", "147", "146"]


def test_who_has_no_token_uses_nothing_up(partner: Partner) -> None:
    assert [partner.order(token=None).headers["x-ratelimit-remaining"] for _ in range(2)] == ["150", "150"]


def test_too_many_requests_are_refused_until_the_minute_turns(sandbox: Sandbox, partner: Partner, clock: Clock) -> None:
    sandbox.propexo.per_minute = 2
    clock.move(seconds=30)
    answers = [partner.order() for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert (code(answers[2]), answers[2].headers["x-ratelimit-remaining"]) == ((429, "TOO_MANY_REQUESTS"), "0")
    clock.move(seconds=29)
    assert partner.status("cljob_0001").status_code == 429
    clock.now += timedelta(seconds=1)
    answer = partner.status("cljob_0001")
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, "1")
    assert len(sandbox.propexo.jobs) == 2


def test_knocks_own_answers_say_nothing_of_propexos_limit(partner: Partner) -> None:
    assert "x-ratelimit-remaining" not in partner.get("/communities").headers
