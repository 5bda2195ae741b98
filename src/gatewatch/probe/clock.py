"""The probe's idea of the time of day. Durations are measured by a clock that does not jump."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time by this machine's clock, which may be wrong."""
    return datetime.now(UTC)
