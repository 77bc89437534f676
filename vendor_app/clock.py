"""The time. Only the edges ask for it; everything inside is told."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The time, aware UTC."""
    return datetime.now(UTC)
