"""Asks Knock about one due tour after the other; each tour is taken by one worker only."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.domain import Tour

log = logging.getLogger(__name__)

_MOST_UNANSWERED = 3
_MOST_A_RUN = 300


@dataclass(frozen=True)
class AskCounts:
    """How many tours were asked about, the sum of what was found, and how many questions got no answer."""

    asked: int
    found: int
    unanswered: int


def ask_about_each(take: Callable[[], Tour | None], ask: Callable[[Tour], int], failure: str) -> AskCounts:
    """Ask about every tour that `take` gives; `failure` is what the log says when the question fails.

    After three questions in a row without an answer the run ends; a refusal is an answer.
    """
    asked = found = unanswered = silent = 0
    while asked < _MOST_A_RUN and silent < _MOST_UNANSWERED and (tour := take()):
        asked += 1
        try:
            found += ask(tour)
            silent = 0
        except PartnerError as error:
            log.warning("tour %s: %s: %s", tour.tour_id, failure, error)
            unanswered += 1
            silent += not isinstance(error, Refused)
    return AskCounts(asked, found, unanswered)
