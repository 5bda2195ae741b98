"""The three times of every read, and the two ways a point in time is known."""

from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.errors import UsageError

DAY = timedelta(days=1)


class Bracket(msgspec.Struct, frozen=True, gc=False):
    """A change known only by its neighbours: not before `after`, not later than `by`.

    `after` is None where nothing earlier is held, `by` where nothing later is. Times are UTC.
    """

    after: datetime | None
    by: datetime | None


class Moment(msgspec.Struct, frozen=True):
    """When it was true, by when it had been published, by when this ledger held it.

    `valid_at` may be a whole day, which then means that day in the register's own zone.
    """

    valid_at: datetime | date
    as_of: datetime
    recorded_by: datetime | None = None

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """`valid_at` as [start, end] in UTC; one instant twice, or the first and last of a day."""
        if isinstance(self.valid_at, datetime):
            return self.valid_at, self.valid_at
        start = datetime.combine(self.valid_at, time(), zone).astimezone(UTC)
        end = datetime.combine(self.valid_at + DAY, time(), zone).astimezone(UTC)
        return start, end - timedelta(microseconds=1)


def moment(
    valid_at: str | date | datetime | None = None,
    as_of: str | date | datetime | None = None,
    recorded_by: str | date | datetime | None = None,
) -> Moment:
    """Build a Moment from what a person or a program gives; what is left out means now.

    Text is ISO 8601. A day means, for `as_of` and `recorded_by`, the end of that day in UTC.
    """
    now = datetime.now(UTC)
    return Moment(
        valid_at=now if valid_at is None else _read(valid_at, "valid-at"),
        as_of=now if as_of is None else _end_of(_read(as_of, "as-of")),
        recorded_by=None if recorded_by is None else _end_of(_read(recorded_by, "recorded-by")),
    )


def instant(value: str | date | datetime, name: str) -> datetime:
    """A bound of a period: a day means its first moment in UTC."""
    known = _read(value, name)
    return known if isinstance(known, datetime) else datetime.combine(known, time(), UTC)


def tellable(when: date) -> bool:
    """Whether every zone has a name for it; at the very ends of the calendar some have none."""
    return MINYEAR < when.year < MAXYEAR


def iso(when: datetime | None) -> str | None:
    """UTC in ISO 8601 with a Z, to the second unless there are microseconds."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else None


def _read(value: str | date | datetime, name: str) -> date | datetime:
    if isinstance(value, str):
        value = _from_text(value.strip(), name)
    if not tellable(value):
        raise UsageError(f"--{name} {value.isoformat()} lies at an end of the calendar")
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return value


def _from_text(text: str, name: str) -> date | datetime:
    try:
        with suppress(ValueError):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--{name} {text!r} is not a time: write 2017-05-08 or 2017-05-08T12:30+03:00"
        ) from None


def _end_of(when: date | datetime) -> datetime:
    if isinstance(when, datetime):
        return when
    return datetime.combine(when + DAY, time(), UTC) - timedelta(microseconds=1)
