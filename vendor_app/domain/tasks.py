"""What only a person can do, and which details each task carries. docs/operating.md says what to do."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Task(StrEnum):
    """A kind of task."""

    CANCEL_IN_KNOCK = "cancel_in_knock_by_hand"
    POST_VISIT = "post_visit_by_hand"
    CHECK_PARTIAL_BOOKING = "check_partial_booking"
    REVOKE_ACCESS = "revoke_access_by_hand"
    SEE_WHY_DOORS_DO_NOT_OPEN = "see_why_doors_do_not_open"
    SEE_WHO_OPENED = "see_who_opened_the_door"
    CHECK_REVOKED_ACCESS = "check_revoked_access"
    SET_CLOCK_OF_LOCK = "set_the_clock_of_the_lock"
    LOOK_FOR_APPOINTMENT = "look_for_an_appointment"
    LOOK_FOR_MOVED_APPOINTMENT = "look_for_a_moved_appointment"
    LOOK_FOR_NEWER_APPOINTMENT = "look_for_a_newer_appointment"
    LOOK_AT_REVIVED_APPOINTMENT = "look_at_a_revived_appointment"


_AN_APPOINTMENT = frozenset({"start", "community"})
# The keys that a task's detail may have; `community` and `start` say which appointment it is, `start` in ISO 8601.
DETAILS: dict[Task, frozenset[str]] = {
    Task.CANCEL_IN_KNOCK: _AN_APPOINTMENT | {"appointmentId"},
    Task.POST_VISIT: frozenset({"visitTime", "unitNames"}),
    Task.CHECK_PARTIAL_BOOKING: frozenset({"jobId", "errors"}),
    Task.REVOKE_ACCESS: frozenset({"grantId"}),
    Task.SEE_WHY_DOORS_DO_NOT_OPEN: frozenset({"lock", "attempts"}),
    Task.SEE_WHO_OPENED: frozenset({"door", "occurredAt"}),
    Task.CHECK_REVOKED_ACCESS: frozenset({"grantId", "lock"}),
    Task.SET_CLOCK_OF_LOCK: frozenset({"lock", "occurredAt", "receivedAt"}),
    Task.LOOK_FOR_APPOINTMENT: _AN_APPOINTMENT,
    Task.LOOK_FOR_MOVED_APPOINTMENT: _AN_APPOINTMENT,
    Task.LOOK_FOR_NEWER_APPOINTMENT: frozenset({"start"}),
    Task.LOOK_AT_REVIVED_APPOINTMENT: frozenset({"appointmentId", "start", "tour"}),
}


def checked_detail(task: Task, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail as a dict. Raises TypeError when it has a key that this task does not declare."""
    if unknown := detail.keys() - DETAILS[task]:
        raise TypeError(f"{task} does not tell {', '.join(sorted(unknown))}")
    return dict(detail)
