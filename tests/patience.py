"""Calls that will hang are given up soon, all others wait as long as a busy machine needs: no test depends on its speed."""

from dataclasses import replace
from typing import Any

from sandbox import Faults
from sandbox.network.faults import Fault
from vendor_app.clients.http import PartnerHttp, Request
from vendor_app.usecases.collaborators import Collaborators

SECONDS = 0.5


def give_up_soon_on_what_hangs(via: Collaborators, faults: Faults) -> None:
    """Let calls for which a hanging fault is armed end after half a second."""
    for partner in (via.knock, via.propexo, *via.locks.values()):
        http: PartnerHttp | None = getattr(partner, "_http", None)
        if http is not None:
            _wrap(http, faults)


def _will_hang(fault: Fault) -> bool:
    """For longer than anybody waits; a shorter one is only slow."""
    return fault.kind.startswith("hang") and fault.seconds > 2 * SECONDS


def _wrap(http: PartnerHttp, faults: Faults) -> None:
    call = http.call

    def patiently(request: Request, on_headers: Any = None) -> tuple[int, Any]:
        if any(_will_hang(fault) and fault.call.endswith(request.name) for fault in faults.armed()):
            request = replace(request, most_seconds=min(request.most_seconds or SECONDS, SECONDS))
        return call(request, on_headers)

    http.call = patiently  # type: ignore[method-assign]
