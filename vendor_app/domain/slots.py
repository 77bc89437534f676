"""Which times are open. Listing, booking and rescheduling all ask `open_slots`, so they can never disagree.

Offered starts carry the property's own UTC offset, as Knock gives them; spans keep it, so that opening hours are read on
the property's wall clock on both sides of a clock change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True)
class Span:
    """From `start` up to, not including, `end`; both aware."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        """Whether some instant lies in both."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A community's rules: tour length, least notice, how far ahead, opening hours by weekday (0 = Monday), tours at once."""

    tour: timedelta
    notice: timedelta = timedelta(0)
    horizon: timedelta | None = None
    hours: Mapping[int, tuple[time, time]] | None = None
    max_concurrent: int = 1


def open_slots(offered: Iterable[datetime], rules: Rules, taken: Sequence[Span], now: datetime) -> list[Span]:
    """The offered starts that a prospect may book now, each once, in order, with the end our tour length gives them."""
    spans = [Span(start, start + rules.tour) for start in sorted(set(offered))]
    return [span for span in spans if _in_reach(span, rules, now) and _within_hours(span, rules) and has_room(span, rules, taken)]


def _in_reach(span: Span, rules: Rules, now: datetime) -> bool:
    too_far = rules.horizon is not None and span.start > now + rules.horizon
    return span.start > now and span.start >= now + rules.notice and not too_far


def _within_hours(span: Span, rules: Rules) -> bool:
    if rules.hours is None:
        return True
    if (hours := rules.hours.get(span.start.weekday())) is None:
        return False
    opens, closes = (datetime.combine(span.start.date(), at, tzinfo=span.start.tzinfo) for at in hours)
    return opens <= span.start and span.end <= closes


def has_room(span: Span, rules: Rules, taken: Sequence[Span]) -> bool:
    """Whether one more tour fits beside those that take place already."""
    rivals = [other for other in taken if span.overlaps(other)]
    if len(rivals) < rules.max_concurrent:
        return True
    # The crowd only ever grows where a tour starts, so those instants (and ours) are the ones to count at.
    instants = {span.start, *(other.start for other in rivals if other.start > span.start)}
    crowd = max(sum(other.start <= at < other.end for other in rivals) for at in instants)
    return crowd < rules.max_concurrent
