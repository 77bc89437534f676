import random
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from sandbox import Faults, Sandbox, serve
from sandbox.network.calls import CALLS

from .stage import ALDER, PROSPECT, Clock, Partner

BOOK = "POST /appointment/request"


@pytest.fixture(autouse=True)
def release(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()


def everything(partner: Partner) -> None:
    """Each call to a partner once, in the order of CALLS."""
    partner.get("/communities")
    partner.get(f"/community/{ALDER}/available-times")
    partner.book()
    partner.put("/appointment/123456/cancel")
    partner.post("/visit", {}, PROSPECT)
    partner.post("/prospect", {}, PROSPECT)
    partner.get("/prospect/51316", PROSPECT)
    partner.get("/prospect/51316/events", PROSPECT)
    partner.grant()
    partner.lock("access.revoke_requested", {"grantId": "g1"})
    partner.order()
    partner.status("cljob_0001")
    created = partner.seam_grant().json().get("access_grant", {"access_method_ids": ["x"], "access_grant_id": "x"})
    for call in ("get", "update", "delete"):
        partner.seam(f"/access_grants/{call}", {"access_grant_id": created["access_grant_id"]})
    partner.seam("/access_methods/get", {"access_method_id": created["access_method_ids"][0]})


def test_each_call_is_recorded_with_its_name_and_status(sandbox: Sandbox, partner: Partner) -> None:
    everything(partner)
    assert [name for name, _ in sandbox.calls] == list(CALLS)
    assert [status for _, status in sandbox.calls] == [*[200] * 4, 400, 400, *[200] * 10, 404]


def test_each_call_can_be_broken(sandbox: Sandbox, partner: Partner) -> None:
    for call in CALLS:
        sandbox.faults.set(call, "500")
    everything(partner)
    assert [status for _, status in sandbox.calls] == [500] * len(CALLS)


@pytest.mark.parametrize(
    ("fault", "status", "booked"),
    [
        ("500", 500, False),
        ("500_after", 500, True),
        ("400", 400, False),
        ("404", 404, False),
        ("429", 429, False),
        ("garbage", 200, True),
    ],
)
def test_an_answer_can_be_wrong(sandbox: Sandbox, partner: Partner, fault: str, status: int, booked: bool) -> None:
    sandbox.faults.set(BOOK, fault)
    assert partner.book().status_code == status
    assert bool(sandbox.knock.appointments) is booked


@pytest.mark.parametrize(("fault", "status", "carried_out"), [("500", 500, False), ("500_after", 500, True), ("429", 429, False)])
def test_propexos_errors_have_propexos_shape(
    sandbox: Sandbox, partner: Partner, fault: str, status: int, carried_out: bool
) -> None:
    sandbox.propexo.polls_until_done = 0
    partner.order()
    sandbox.faults.set("GET /v1/admin/write-status", fault)
    answer = partner.status("cljob_0001")
    assert (answer.status_code, set(answer.json()["error"])) == (status, {"code", "message", "details"})
    assert bool(sandbox.knock.appointments) is carried_out


@pytest.mark.parametrize(("fault", "queued"), [("drop_before", 0), ("drop_after", 1)])
def test_an_order_may_be_queued_though_nobody_says_so(sandbox: Sandbox, partner: Partner, fault: str, queued: int) -> None:
    sandbox.faults.set("POST /crm/v1/appointments/knock", fault)
    with pytest.raises(requests.ConnectionError):
        partner.order()
    assert len(sandbox.propexo.jobs) == queued


def test_too_many_requests_say_when_to_come_back(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.set(BOOK, "429", seconds=7)
    assert partner.book().headers["Retry-After"] == "7"


def test_garbage_is_no_json(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.set(BOOK, "garbage")
    assert partner.book().headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("fault", "booked"), [("drop_before", False), ("drop_after", True)])
def test_a_connection_can_be_dropped_in_silence(
    sandbox: Sandbox, partner: Partner, fault: str, booked: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox.faults.set(BOOK, fault)
    with pytest.raises(requests.ConnectionError):
        partner.book()
    assert bool(sandbox.knock.appointments) is booked
    assert sandbox.calls == [(BOOK, 0)]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("fault", "booked"), [("hang", True), ("hang_before", False)])
def test_a_caller_can_be_kept_waiting(sandbox: Sandbox, partner: Partner, fault: str, booked: bool) -> None:
    sandbox.faults.set(BOOK, fault, seconds=60)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{partner.url}/knock/appointment/request",
            json=partner.request(),
            headers={"x-api-key": "appointment-key"},
            timeout=(1, 0.1),
        )
    assert bool(sandbox.knock.appointments) is booked


def test_clearing_lets_go_of_who_waits(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.set(BOOK, "hang", seconds=60)
    statuses: list[int] = []
    caller = threading.Thread(target=lambda: statuses.append(partner.book().status_code))
    caller.start()
    while not sandbox.knock.appointments:
        time.sleep(0.001)
    sandbox.faults.clear()
    caller.join(timeout=30)
    assert statuses == [200]


def test_closing_does_not_wait_for_who_hangs(sandbox: Sandbox, clock: Clock) -> None:
    sandbox.faults.set(BOOK, "hang_before", seconds=60)
    served = serve(sandbox)

    def book() -> None:
        with pytest.raises(requests.ConnectionError):
            Partner(served.url, clock).book()

    caller = threading.Thread(target=book)
    caller.start()
    while not sandbox.calls:
        time.sleep(0.001)
    began = time.monotonic()
    served.close()
    caller.join(timeout=30)
    assert time.monotonic() - began < 30  # half of what the fault would hang


def test_a_fault_strikes_as_often_as_it_was_told(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.set("GET /communities", "500", times=2)
    assert [partner.get("/communities").status_code for _ in range(3)] == [500, 500, 200]


def test_other_calls_are_not_touched(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.set("GET /communities", "500")
    assert partner.book().status_code == 200


@pytest.mark.parametrize(("call", "fault", "times"), [("GET /nothing", "500", 1), (BOOK, "fire", 1), (BOOK, "500", 0)])
def test_a_fault_that_does_not_exist_cannot_be_set(call: str, fault: str, times: int) -> None:
    with pytest.raises(ValueError):
        Faults().set(call, fault, times)


def test_faults_can_be_set_and_cleared_over_http(url: str, partner: Partner) -> None:
    asked = {"call": BOOK, "fault": "500", "times": 2}
    answer = requests.post(f"{url}/faults", json=asked, timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"armed": [asked]})
    assert partner.book().status_code == 500
    assert requests.post(f"{url}/faults/clear", json={}, timeout=30).json() == {"armed": []}
    assert partner.book().status_code == 200


def test_a_wrong_fault_over_http_is_refused(url: str) -> None:
    assert requests.post(f"{url}/faults", json={"call": BOOK, "fault": "fire"}, timeout=30).status_code == 400
    assert requests.post(f"{url}/faults", data={"call": BOOK}, timeout=30).status_code == 400


def test_a_sandbox_that_is_closed_refuses_connections_and_can_be_served_again(sandbox: Sandbox, clock: Clock) -> None:
    with serve(sandbox) as served:
        port = served.port
    with pytest.raises(requests.ConnectionError):
        Partner(f"http://127.0.0.1:{port}", clock).book()
    with serve(sandbox, "127.0.0.1", port) as served:
        assert Partner(served.url, clock).book().status_code == 200


# Weather


def put_off(partner: Partner, sandbox: Sandbox, *calls: str) -> None:
    for call in calls:
        sandbox.faults.set(call, "late")
        with pytest.raises(requests.ConnectionError):
            partner.book() if call == BOOK else partner.get("/communities")


def test_in_weather_any_call_can_go_wrong_in_any_way(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.weather(1.0, random.Random(1), ["500", "400"])
    answers = [partner.get("/communities").status_code for _ in range(20)]
    assert set(answers) == {500, 400}


def test_weather_has_its_chance(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.weather(0.2, random.Random(1), ["500"])
    answers = [partner.get("/communities").status_code for _ in range(200)]
    assert 20 <= answers.count(500) <= 60


def test_an_armed_fault_comes_before_the_weather(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.weather(1.0, random.Random(1), ["500"])
    sandbox.faults.set("GET /communities", "404")
    assert [partner.get("/communities").status_code for _ in range(2)] == [404, 500]


def test_clearing_ends_the_weather(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.weather(1.0, random.Random(1), ["500"])
    sandbox.faults.clear()
    assert partner.get("/communities").status_code == 200


@pytest.mark.parametrize(
    ("chance", "kinds", "longest"), [(1.1, ["500"], 1), (0.5, ["fire"], 1), (0.5, [], 1), (0.5, ["500"], -1)]
)
def test_weather_that_does_not_exist_cannot_be_set(chance: float, kinds: list[str], longest: float) -> None:
    with pytest.raises(ValueError):
        Faults().weather(chance, random.Random(1), kinds, longest)


def test_what_is_late_can_be_done_in_part(sandbox: Sandbox, partner: Partner) -> None:
    put_off(partner, sandbox, "GET /communities", BOOK)
    assert sandbox.faults.work_off(pick=lambda late: late.call != BOOK) == 1
    assert not sandbox.knock.appointments
    assert (sandbox.faults.work_off(), sandbox.faults.work_off()) == (1, 0)
    assert len(sandbox.knock.appointments) == 1
