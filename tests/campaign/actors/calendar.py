"""Which times the properties offer: always some that begin in a moment, and some that are far away."""

from datetime import UTC, datetime, timedelta

from sandbox import Sandbox
from tests.campaign.communities import ALL

_STEP = 5
_SOON = range(2, 8)  # steps from now
_FAR = range(40)


def offer(sandbox: Sandbox, now: datetime, *, soon: bool = True) -> None:
    """Replace what is offered; without `soon` only the far times stay, and nobody begins a tour any more."""
    step = int(now.timestamp()) // _STEP * _STEP
    near = [datetime.fromtimestamp(step + number * _STEP, UTC) for number in _SOON] if soon else []
    tomorrow = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    far = [tomorrow + timedelta(minutes=2 * number) for number in _FAR]
    for community_id in ALL:
        sandbox.knock.offer(community_id, near + far)
