"""Asking Knock about one tour after the other, each taken by one worker."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.domain import Tour

log = logging.getLogger(__name__)

_ENOUGH_SILENCE = 3
_MOST_A_RUN = 300


@dataclass(frozen=True)
class Answers:
    """How many tours were asked about, what the answers add up to, and how many got none."""

    asked: int
    found: int
    unanswered: int


def ask_about_each(take: Callable[[], Tour | None], ask: Callable[[Tour], int], failure: str) -> Answers:
    """Ask about every tour that `take` gives; `failure` is what the log says of one that gets no answer.

    A Knock that does not answer several times running is left alone until the next run. Its refusals are answers to that.
    """
    asked = found = unanswered = silent = 0
    while asked < _MOST_A_RUN and silent < _ENOUGH_SILENCE and (tour := take()):
        asked += 1
        try:
            found += ask(tour)
            silent = 0
        except PartnerError as error:
            log.warning("tour %s: %s: %s", tour.tour_id, failure, error)
            unanswered += 1
            silent += not isinstance(error, Refused)
    return Answers(asked, found, unanswered)
