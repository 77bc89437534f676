from datetime import timedelta

from sandbox import Sandbox, SandboxSettings, serve

from .stage import ALDER, FRONT_DEVICE, NOON_IN_SEATTLE, Clock, Partner, Vendor


def test_everything_survives_a_restart(kept: SandboxSettings, clock: Clock) -> None:
    before = Sandbox(kept, clock)
    with serve(before) as served:
        partner = Partner(served.url, clock)
        partner.book(profile={"pets": ["CAT"]}, sourceTitle="été 🏡")
        partner.grant()
        before.lock.type_code(ALDER, "Front entrance", "000000")
        before.knock.offer(ALDER, [NOON_IN_SEATTLE + timedelta(hours=5)])
        before.agent.not_a_prospect("51316")
        before.agent.message("51316", "SMS", "Hello")
        partner.order()
        partner.ordered(NOON_IN_SEATTLE + timedelta(hours=2), community_id="clcom_01")
        partner.seam_grant()
        before.seam.go_offline(FRONT_DEVICE)
        before.seam.type_code(FRONT_DEVICE, "000000")
        before.lock.go_offline(ALDER, "Front entrance")
        clock.move(minutes=30)
        before.lock.type_code(ALDER, "Front entrance", before.lock.grants["g1"].code or "")
        before.drain_notices()
    after = Sandbox(kept, clock)
    for part in ("communities", "prospects", "appointments", "visits"):
        assert getattr(after.knock, part) == getattr(before.knock, part)
    assert [one.state for one in after.propexo.jobs.values()] == ["PENDING", "SUCCESS"]
    assert after.propexo.jobs == before.propexo.jobs
    for part in ("grants", "activity", "unsent", "offline"):
        assert getattr(after.lock, part) == getattr(before.lock, part)
        assert getattr(after.seam, part) == getattr(before.seam, part) != type(getattr(after.seam, part))()


def test_ids_go_on_after_a_restart(kept: SandboxSettings, clock: Clock) -> None:
    for expected in ("123456", "123457"):
        with serve(Sandbox(kept, clock)) as served:
            assert Partner(served.url, clock).book().json()["id"] == expected


def test_a_delivery_of_several_survives_a_restart(kept: SandboxSettings, clock: Clock, vendor: Vendor) -> None:
    before = Sandbox(kept, clock)
    before.knock.notices_paused = True
    with serve(before) as served:
        Partner(served.url, clock).book()
        before.knock.notify_batch(["123456", "123456"])
    after = Sandbox(kept, clock)
    with serve(after):
        after.drain_notices()
    assert [len(edges) for edges in vendor.edges()] == [1, 2]


def test_undelivered_notices_survive_a_restart(kept: SandboxSettings, clock: Clock, vendor: Vendor) -> None:
    before = Sandbox(kept, clock)
    before.knock.notices_paused = True
    with serve(before) as served:
        Partner(served.url, clock).book()
    after = Sandbox(kept, clock)
    with serve(after):
        after.drain_notices()
    assert vendor.statuses() == [("123456", "CONFIRMED")]
