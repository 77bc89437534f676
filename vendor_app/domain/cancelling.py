"""Why a tour is cancelled, or was never booked: who decides that and until when, what the prospect reads, and who is told.

A new reason is a member of `Reason` with its row in `_MEANINGS`, and the rule that gives it.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

_TAKEN_OFF = "The leasing team has taken you off its list. Please call them if that is a mistake."
_NOT_HERE = "This community takes no tours booked on this site just now."


class By(Enum):
    """Who decides. A `DEADLINE` is decided by our clock, and undone if that was wrong (usecases/visit/revive_tours.py)."""

    PROSPECT = auto()
    OPERATOR = auto()
    KNOCK = auto()
    RULE = auto()
    DEADLINE = auto()


class Reason(StrEnum):
    """Why a tour was cancelled or rejected."""

    PROSPECT = "cancelled_by_prospect"
    OPERATOR = "cancelled_by_operator"
    KNOCK = "cancelled_in_knock"
    REPLACED = "replaced_by_a_newer_booking"
    PROSPECT_DELETED = "prospect_deleted_in_knock"
    NOT_A_PROSPECT = "not_a_prospect_in_knock"
    PROSPECT_MISSING = "prospect_unknown_to_knock"
    PROSPECT_ELSEWHERE = "prospect_at_another_community_in_knock"
    COMMUNITY_GONE = "community_gone_from_knock"
    COMMUNITY_OFF = "community_switched_off"
    NOT_VERIFIED = "contact_not_verified_in_time"
    ACCESS_NOT_GRANTED = "access_not_granted_in_time"
    REFUSED = "refused_by_knock"
    NOT_SENT = "knock_could_not_be_asked"
    LOST = "appointment_lost_in_knock"
    NOT_CONFIRMED = "not_confirmed_before_the_start"

    @property
    def by(self) -> By:
        """Who decides it."""
        return _MEANINGS[self].by

    @property
    def withdraws_requests(self) -> bool:
        """Whether it also cancels tours that Knock has not confirmed: decisions of people do."""
        return self.by in (By.PROSPECT, By.OPERATOR)

    @property
    def cancels_in_knock(self) -> bool:
        """Whether we cancel the appointment in Knock: unless Knock told us."""
        return self.by is not By.KNOCK

    @property
    def tells_prospect(self) -> bool:
        """Whether we mail the prospect: when nobody else does, and they do not know."""
        return _MEANINGS[self].tells_prospect


@dataclass(frozen=True, kw_only=True)
class _Meaning:
    by: By
    words: str = "Please book another time on the community's website."
    tells_prospect: bool = False


_MEANINGS = {
    Reason.PROSPECT: _Meaning(by=By.PROSPECT, words="You cancelled it."),
    Reason.OPERATOR: _Meaning(by=By.OPERATOR, words="The leasing team cancelled it.", tells_prospect=True),
    Reason.KNOCK: _Meaning(by=By.KNOCK, words="The leasing team cancelled it."),
    Reason.REPLACED: _Meaning(by=By.PROSPECT, words="You have booked another time since; that one counts."),
    Reason.PROSPECT_DELETED: _Meaning(by=By.RULE, words=_TAKEN_OFF),
    Reason.NOT_A_PROSPECT: _Meaning(by=By.RULE, words=_TAKEN_OFF),
    Reason.PROSPECT_MISSING: _Meaning(by=By.RULE, words=_TAKEN_OFF),
    Reason.PROSPECT_ELSEWHERE: _Meaning(
        by=By.RULE, words="The leasing team has moved you to another community. Please call them."
    ),
    Reason.COMMUNITY_GONE: _Meaning(by=By.RULE, words=_NOT_HERE),
    Reason.COMMUNITY_OFF: _Meaning(by=By.RULE, words=_NOT_HERE, tells_prospect=True),
    Reason.NOT_VERIFIED: _Meaning(
        by=By.DEADLINE,
        words="Your contact was not verified in time. You are welcome to pick another time.",
        tells_prospect=True,
    ),
    Reason.ACCESS_NOT_GRANTED: _Meaning(
        by=By.DEADLINE,
        words="We could not get the doors to open for you in time. We are sorry; please pick another time.",
        tells_prospect=True,
    ),
    Reason.LOST: _Meaning(
        by=By.RULE,
        words="The leasing system gave your time away. We are sorry; please pick another time.",
        tells_prospect=True,
    ),
    Reason.REFUSED: _Meaning(by=By.KNOCK),
    Reason.NOT_SENT: _Meaning(by=By.RULE),
    Reason.NOT_CONFIRMED: _Meaning(by=By.DEADLINE),
}


def words_of(reason: Reason | None) -> str:
    """What the prospect reads about this reason."""
    return _MEANINGS[reason].words if reason else _Meaning.words
