"""Which times are open. Listing, booking and rescheduling all ask a `Timetable`, so they can never disagree.

Offered starts carry the property's own UTC offset, as Knock gives them; spans keep it, so that opening hours are read on
the property's wall clock on both sides of a clock change.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, TypeVar, overload

_MadeT = TypeVar("_MadeT")


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


class Timetable:
    """The spans at Knock's offered starts by a community's rules: in order, each once, within the opening hours.

    Made once for a list of starts; which spans are open depends on the time and on the spans taken, and is computed each time.
    """

    def __init__(self, offered: Iterable[datetime], rules: Rules) -> None:
        spans = (Span(start, start + rules.tour) for start in sorted(set(offered)))
        self.rules = rules
        self.spans = [span for span in spans if _within_hours(span, rules)]
        self._starts = [span.start.timestamp() for span in self.spans]
        self._made: dict[Callable[[Span], Any], list[Any]] = {}

    def reach(self, now: datetime) -> Span | None:
        """From the first to the end of the last span that is neither too soon nor too far away; None when there is none."""
        reach = self._reach(now)
        return Span(self.spans[reach[0]].start, self.spans[reach[-1]].end) if reach else None

    def open(self, taken: Iterable[Span], now: datetime) -> "OpenSpans":
        """The spans that a prospect may book now, given those that are taken."""
        taken = list(taken)
        reach = self._reach(now)
        beside = {one for other in taken for one in self._beside(other)}
        full = {one for one in beside if not has_room(self.spans[one], self.rules, taken)}
        return OpenSpans(self, [one for one in reach if one not in full] if full else reach)

    def find(self, start: datetime, now: datetime) -> Span | None:
        """The span at this start, if it is neither too soon nor too far away."""
        reach, found = self._reach(now), bisect_left(self._starts, start.timestamp())
        return self.spans[found] if found in reach and self.spans[found].start == start else None

    def each(self, make: Callable[[Span], _MadeT]) -> list[_MadeT]:
        """`make` of every span, such as its JSON; computed once for each function."""
        if make not in self._made:
            self._made[make] = [make(span) for span in self.spans]
        return self._made[make]

    def _reach(self, now: datetime) -> range:
        soonest = bisect_left(self._starts, (now + self.rules.notice).timestamp())
        after_now = bisect_right(self._starts, now.timestamp())
        if self.rules.horizon is None:
            return range(max(soonest, after_now), len(self.spans))
        return range(max(soonest, after_now), bisect_right(self._starts, (now + self.rules.horizon).timestamp()))

    def _beside(self, other: Span) -> range:
        """The spans that overlap this one."""
        first = bisect_right(self._starts, (other.start - self.rules.tour).timestamp())
        return range(first, bisect_left(self._starts, other.end.timestamp()))


class OpenSpans(Sequence[Span]):
    """Those spans of a timetable that are open."""

    def __init__(self, timetable: Timetable, numbers: Sequence[int]) -> None:
        self._timetable = timetable
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Span: ...
    @overload
    def __getitem__(self, index: slice) -> list[Span]: ...
    def __getitem__(self, index: int | slice) -> Span | list[Span]:
        spans = self._timetable.spans
        return [spans[one] for one in self._numbers[index]] if isinstance(index, slice) else spans[self._numbers[index]]

    def __iter__(self) -> Iterator[Span]:
        return map(self._timetable.spans.__getitem__, self._numbers)

    def each(self, make: Callable[[Span], _MadeT]) -> list[_MadeT]:
        """`make` of every open span, computed once for the whole timetable."""
        made = self._timetable.each(make)
        return [made[one] for one in self._numbers]


def _within_hours(span: Span, rules: Rules) -> bool:
    if rules.hours is None:
        return True
    if (hours := rules.hours.get(span.start.weekday())) is None:
        return False
    opens, closes = (datetime.combine(span.start.date(), at, tzinfo=span.start.tzinfo) for at in hours)
    return opens <= span.start and span.end <= closes


def has_room(span: Span, rules: Rules, taken: Sequence[Span]) -> bool:
    """Whether one more tour fits beside those that hold `taken`."""
    rivals = [other for other in taken if span.overlaps(other)]
    if len(rivals) < rules.max_concurrent:
        return True
    # The number of tours at once only grows when one starts, so it is enough to count at those instants and at ours.
    instants = {span.start, *(other.start for other in rivals if other.start > span.start)}
    crowd = max(sum(other.start <= at < other.end for other in rivals) for at in instants)
    return crowd < rules.max_concurrent
