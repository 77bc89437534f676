"""What only a person can do. docs/operating.md says what to do about each."""

from enum import StrEnum


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
