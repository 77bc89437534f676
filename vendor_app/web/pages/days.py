"""Times as pages show them: under the day they are on."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from vendor_app.domain import OpenSpans, Span


class ShownTime(NamedTuple):
    """A time on a page: its day, its clock time there, and the value that the form sends."""

    day: str
    clock: str
    value: str


def by_day(times: Sequence[Span]) -> list[tuple[str, list[ShownTime]]]:
    """The times, each under its day."""
    shown = times.each(_shown) if isinstance(times, OpenSpans) else map(_shown, times)
    return [(day, list(that_day)) for day, that_day in groupby(shown, key=attrgetter("day"))]


def _shown(span: Span) -> ShownTime:
    return ShownTime(span.start.strftime("%A, %B %-d"), span.start.strftime("%-I:%M %p"), span.start.isoformat())
