import random
from datetime import timedelta

import requests

from sandbox import Sandbox, SandboxSettings, serve

from .stage import MAPLE, NOON_IN_SEATTLE, Clock, Partner, Vendor


def test_a_booking_is_told_in_the_documents_envelope(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    partner.book(sourceTitle="été 🏡")
    sandbox.drain_notices()
    path, headers, _ = vendor.received[0]
    assert (path, headers["authorization"]) == ("/webhooks/knock", "Bearer webhook-token")
    assert vendor.nodes() == [
        {
            "appointmentId": "123456",
            "prospectId": "51316",
            "startTime": "2026-06-10T19:30:00.000Z",
            "endTime": "2026-06-10T20:00:00.000Z",
            "source": "été 🏡",
            "status": "CONFIRMED",
            "updatedAt": "2026-06-10T19:00:00.000Z",
        }
    ]


def test_each_change_of_an_appointment_is_told_in_order(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    partner.book()
    sandbox.agent.no_show("123456")
    sandbox.agent.cancel("123456")
    sandbox.drain_notices()
    assert [status for _, status in vendor.statuses()] == ["CONFIRMED", "NO_SHOW", "CANCELLED"]


def test_of_a_replaced_appointment_the_cancellation_is_told(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    partner.book()
    partner.book(NOON_IN_SEATTLE + timedelta(hours=2))
    sandbox.drain_notices()
    assert vendor.statuses() == [("123456", "CONFIRMED"), ("123456", "CANCELLED"), ("123457", "CONFIRMED")]


def test_a_notice_is_repeated_until_it_is_taken_and_says_when_it_was_sent(
    sandbox: Sandbox, partner: Partner, vendor: Vendor
) -> None:
    vendor.answers = [500, 302, 404]
    partner.book()
    sandbox.drain_notices()
    assert vendor.statuses() == [("123456", "CONFIRMED")] * 4


def test_later_notices_of_an_appointment_wait_for_the_earlier_one(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.knock.notices_paused = True
    partner.book()
    sandbox.agent.cancel("123456")
    vendor.answers = [503]
    sandbox.knock.notices_paused = False
    sandbox.drain_notices()
    assert [status for _, status in vendor.statuses()] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_paused_notices_wait(sandbox: Sandbox, partner: Partner, vendor: Vendor, clock: Clock) -> None:
    sandbox.knock.notices_paused = True
    partner.book()
    sandbox.drain_notices()  # waits for none that is held back
    assert vendor.received == []
    clock.move(minutes=5)
    sandbox.knock.notices_paused = False
    sandbox.drain_notices()
    assert vendor.nodes()[0]["updatedAt"] == "2026-06-10T19:05:00.000Z"


def test_notices_can_come_twice(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.knock.duplicate_notices = True
    partner.book()
    sandbox.drain_notices()
    assert vendor.statuses() == [("123456", "CONFIRMED")] * 2


def test_lost_notices_never_come(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.knock.loses_notices = True
    partner.book()
    sandbox.agent.no_show("123456")
    sandbox.knock.notify_batch(["123456"])
    sandbox.knock.loses_notices = False
    sandbox.agent.cancel("123456")
    sandbox.drain_notices()
    assert vendor.statuses() == [("123456", "CANCELLED")]


def book_two(sandbox: Sandbox, partner: Partner) -> None:
    partner.book()
    partner.book(communityId=MAPLE)


def test_one_delivery_can_tell_of_several_appointments(sandbox: Sandbox, partner: Partner, vendor: Vendor, clock: Clock) -> None:
    sandbox.knock.loses_notices = True
    book_two(sandbox, partner)
    sandbox.knock.loses_notices = False
    clock.move(minutes=1)
    sandbox.knock.notify_batch(["123457", "123456"])
    sandbox.drain_notices()
    (edges,) = vendor.edges()
    assert {edge["type"] for edge in edges} == {"APPOINTMENT"}
    assert [edge["node"]["appointmentId"] for edge in edges] == ["123457", "123456"]
    assert {edge["node"]["updatedAt"] for edge in edges} == {"2026-06-10T19:01:00.000Z"}


def test_a_delivery_of_several_keeps_the_order_of_each(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.knock.notices_paused = True
    book_two(sandbox, partner)
    sandbox.knock.notify_batch(["123457", "123456"])
    sandbox.agent.cancel("123456")
    vendor.answers = [503]  # 123456 is not taken at first: what tells of it later must wait, 123457 need not
    sandbox.knock.notices_paused = False
    sandbox.drain_notices()
    told = [[edge["node"]["appointmentId"] for edge in edges] for edges in vendor.edges()]
    assert sorted(told[:3]) == [["123456"], ["123456"], ["123457"]]
    assert told[3:] == [["123457", "123456"], ["123456"]]


def test_a_vendor_that_is_away_gets_its_notices_later(settings: SandboxSettings, clock: Clock, vendor: Vendor) -> None:
    sandbox = Sandbox(settings, clock)
    sandbox.knock.notices_paused = True
    with serve(sandbox) as served:
        Partner(served.url, clock).book()
    sandbox.knock.notices_paused = False
    with serve(sandbox):
        sandbox.drain_notices()
    assert vendor.statuses() == [("123456", "CONFIRMED")]


def test_without_a_webhook_url_nothing_is_told(clock: Clock) -> None:
    sandbox = Sandbox(SandboxSettings("a", "p", "", "", "", "whsec_AAAA", "http://vendor.example"), clock)
    with serve(sandbox) as served:
        requests.post(
            f"{served.url}/knock/appointment/request",
            json=Partner("", clock).request(),
            headers={"x-api-key": "a"},
            timeout=30,
        )
        sandbox.drain_notices(timeout=0)
    assert list(sandbox.knock.appointments) == ["123456"]


def test_notices_of_several_appointments_can_change_places(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.knock.notices_paused = True
    for number in range(6):
        start = sandbox.clock() + timedelta(hours=1 + number)
        profile = {"email": f"{number}@example.com", "phone": f"206555000{number}"}
        appointment_id = partner.book(start, profile=profile).json()["id"]
        sandbox.agent.no_show(appointment_id)
    sandbox.knock.shuffle_notices(random.Random(1))
    sandbox.knock.notices_paused = False
    sandbox.drain_notices()
    told = vendor.statuses()
    assert [status for _, status in sorted(told, key=lambda one: one[0])] == ["CONFIRMED", "NO_SHOW"] * 6
    assert [appointment_id for appointment_id, _ in told] != sorted(appointment_id for appointment_id, _ in told)
