"""What the partners hold: appointments and visits in Knock, grants at the locks, doors that were opened."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from sandbox import Sandbox
from sandbox.knock.model import Appointment, Prospect, Visit
from sandbox.lock.model import DoorEvent
from sandbox.lock.model import Grant as HttpGrant
from sandbox.propexo.model import Job
from sandbox.seam.model import AccessGrant as SeamGrant


@dataclass(frozen=True)
class Held:
    """A grant that stands at a lock system, under our id for it. `code` is None while it opens nothing yet."""

    grant_id: str
    code: str | None
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """A look at all partners at one moment. `held`: what is neither revoked nor deleted; `opened`: doors, in order;
    `jobs`: Propexo's.
    """

    appointments: dict[str, Appointment]
    prospects: dict[str, Prospect]
    visits: list[Visit]
    held: list[Held]
    opened: list[DoorEvent]
    jobs: dict[str, Job]


def look(sandbox: Sandbox) -> Theirs:
    """Everything as it is now."""
    with sandbox.memory.lock:
        http = [_http(one) for one in sandbox.lock.grants.values() if not one.revoked]
        seam = [_seam(one) for one in sandbox.seam.grants.values() if not one.deleted]
        activity = [*sandbox.lock.activity, *sandbox.seam.activity]
        return Theirs(
            appointments=deepcopy(sandbox.knock.appointments),
            prospects=deepcopy(sandbox.knock.prospects),
            visits=deepcopy(sandbox.knock.visits),
            held=[*http, *seam],
            jobs=deepcopy(sandbox.propexo.jobs),
            opened=sorted((one for one in activity if one.opened and one.grant_id), key=lambda one: one.occurred_at),
        )


def _http(grant: HttpGrant) -> Held:
    return Held(grant.grant_id, grant.code, grant.starts_at, grant.ends_at)


def _seam(grant: SeamGrant) -> Held:
    issued = [one.code for one in grant.methods if one.issued_at and one.code]
    code = issued[0] if issued and not grant.failed else None
    return Held(grant.access_grant_key or grant.access_grant_id, code, grant.starts_at, grant.ends_at)
