"""A community that is booked through Propexo, and what tests ask about it."""

from typing import Any

from tests.world import World
from vendor_app.usecases.operators.operate import finish_task, list_tasks

IDS: dict[str, Any] = {
    "integration_id": "clint_01",
    "community_id": "clcom_02",
    "attribution_id": "clatt_default",
    "attributions": {"Zillow": "clatt_zillow"},
}


def serve_through_propexo(world: World, ids: dict[str, Any] | None = None, **tables: Any) -> World:
    """Have COMMUNITY booked through Propexo; `tables` are further rules of it."""
    world.rules(channel="propexo", propexo=IDS | (ids or {}), **tables)
    return world


def run_jobs(world: World, times: int = 4, seconds: float = 16) -> None:
    """Let time pass with the jobs running, long enough for a queued booking to be carried out and heard of."""
    for _ in range(times):
        world.clock.move(seconds=seconds)
        world.jobs()


def carry_out(world: World, job_id: str) -> None:
    """Propexo works without being asked, too."""
    for _ in range(world.sandbox.propexo.polls_until_done + 1):
        world.sandbox.propexo.poll(job_id)


def tasks(world: World) -> list[tuple[str, dict[str, Any]]]:
    """What the operator is asked to do."""
    return [(one.what, one.detail) for one in list_tasks(world.via)]


def finish_tasks(world: World) -> None:
    """The operator has done it all."""
    for one in list_tasks(world.via):
        finish_task(world.via, one.id, world.clock())


def names(world: World) -> list[str]:
    """The calls the partners have got, in order."""
    return [name for name, _ in world.sandbox.calls]
