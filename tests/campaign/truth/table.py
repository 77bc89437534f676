"""The table, and whatever is not as it should be with the timeline of its tour."""

from collections import Counter
from collections.abc import Iterator

from tests.campaign.truth.comparison import ROWS, Comparison
from vendor_app.reports import told

_NAMES = {
    "tours": "tours acknowledged",
    "appointments": "live appointments",
    "grants": "live codes at the locks",
    "visits": "visits",
}


def table(found: Comparison) -> Iterator[str]:
    """One line a row: ours, theirs, differences."""
    differing = Counter(one.row for one in found.differences)
    yield f"{'':26}{'we say':>8}{'they hold':>11}{'differences':>13}"
    for row in ROWS:
        ours, theirs = found.counts.get(row, ("", ""))
        yield f"{_NAMES.get(row, row):26}{ours:>8}{theirs:>11}{differing[row]:>13}"
    explained = len(found.leftovers) - len(found.unexplained)
    yield f"{'tasks and dead messages':26}{explained:>8} explained{len(found.unexplained):>9} unexplained"
    yield f"{'not sent, though due':26}{len(found.due) + found.ours.waiting:>8}"


def details(found: Comparison) -> Iterator[str]:
    """Every difference, every leftover, and the timelines of those that nothing explains."""
    kinds = Counter(" ".join(one.what.split()[:2]).rstrip(":") for one in found.leftovers if one.why)
    yield from (f"explained: {count} × {what}" for what, count in sorted(kinds.items()))
    waits = Counter(f"{row['kind']}: {row['last_error']}" for row in found.ours.owed)
    yield from (f"still owed: {count} × {what}" for what, count in sorted(waits.items()))
    for one in found.differences:
        yield f"\nDIFFERENCE {one.row}: {one.subject}: {one.what}"
        yield from timeline(found, one.subject)
    for left in found.unexplained:
        yield f"\nUNEXPLAINED {left.subject}: {left.what}"
        yield from timeline(found, left.subject)
    for row in found.due:
        yield f"\nDUE {row['kind']} of {row['subject_id']}: {row['last_error']}"
        yield from timeline(found, row["subject_id"])


def timeline(found: Comparison, tour_id: str) -> Iterator[str]:
    """What happened to the tour, if it is one."""
    if tour := found.ours.tours.get(tour_id):
        yield (
            f"  {tour.status}{f' ({tour.reason})' if tour.reason else ''} at {tour.community_id}, {tour.starts_at:%d. %H:%M:%S}"
            f" to {tour.ends_at:%H:%M:%S}, appointment {tour.appointment_id}, prospect {tour.prospect_id}, visit {tour.visit_id}"
        )
    for grant in found.ours.grants.get(tour_id, ()):
        yield f"  {grant.grant_id}: {grant.state}, closed {grant.closed_at}, revoked {grant.revoked_at}"
    for row in found.ours.timelines.get(tour_id, ()):
        yield f"  {row['created_at']:%H:%M:%S.%f} {row['what']}  {told(row['detail'])}"
