"""The three times of every read, and the two ways a point in time is known."""

from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.errors import MistakeError

DAY = timedelta(days=1)
_FIRST_ZONE = timedelta(hours=14)
"""How much earlier than in UTC a day ends in the first zone."""
When = str | date | datetime | None
"""A time as a person or a program gives it; None means now."""


class Bracket(msgspec.Struct, frozen=True, gc=False):
    """A change known only by its neighbours: not before `after`, not later than `by`.

    `after` is None where nothing earlier is held, `by` where nothing later is. Times are UTC.
    """

    after: datetime | None
    by: datetime | None


class Moment(msgspec.Struct, frozen=True):
    """When it was true, by when it had been published, by when this ledger held it.

    Built once for a question, at the door, by `parse`. Each of the three may be a whole day, which
    then means that day in the zone of whom it is said: a register's own, else UTC.
    """

    valid_at: datetime | date
    as_of: datetime
    """Of a day its last instant in UTC: what whoever has no zone goes by."""
    recorded_by: datetime | None = None
    """The same; None: all that is held."""
    as_of_day: date | None = None
    """The day, where one was given."""
    recorded_day: date | None = None
    now: datetime | None = None
    """The clock as it was read when the question was asked."""
    asked: bool = True
    """`valid_at` was named, and is not merely now."""

    @classmethod
    def parse(
        cls,
        valid_at: When = None,
        as_of: When = None,
        recorded_by: When = None,
    ) -> "Moment":
        """From what a person or a program gives; what is left out means now.

        Text is ISO 8601, a time without an offset is UTC. UsageError says what to write instead.
        The clock is read here, once for the question.
        """
        now = clock()
        by, held = _given(as_of, "as-of"), _given(recorded_by, "recorded-by")
        return cls(
            valid_at=_given(valid_at, "valid-at") or now,
            as_of=now if by is None else _end_of(by),
            recorded_by=None if held is None else _end_of(held),
            as_of_day=_day(by),
            recorded_day=_day(held),
            now=now,
            asked=valid_at is not None,
        )

    @property
    def takes_all(self) -> bool:
        """Whether all that is held had been recorded by then: what is held now was recorded by now,
        whatever a writer's clock said."""
        if self.recorded_by is None:
            return True
        first = self.recorded_by - _FIRST_ZONE if self.recorded_day else self.recorded_by
        return self.now is not None and first >= self.now

    @property
    def day(self) -> date:
        """The day asked about; of an instant its day in UTC."""
        asked = self.valid_at
        return asked.date() if isinstance(asked, datetime) else asked

    @property
    def published_day(self) -> date | None:
        """The last day of publication that counts, where it is not simply now."""
        return None if self.as_of == self.now else self.as_of.date()

    @property
    def held_day(self) -> date:
        """The day by which whatever tells of it had been recorded, in UTC."""
        return min(filter(None, (self.recorded_by, self.now)), default=self.as_of).date()

    @property
    def noon(self) -> datetime:
        """The instant asked about; of a day its noon in UTC."""
        if isinstance(self.valid_at, datetime):
            return self.valid_at
        return datetime.combine(self.valid_at, time(12), UTC)

    def told(self) -> dict[str, str | None]:
        """The three times as text: a day where a day was given, which each register takes in its
        own zone. Asked with them again the answer is the same."""
        at, by, held = self.valid_at, self.as_of_day, self.recorded_day
        return {
            "valid_at": iso(at) if isinstance(at, datetime) else at.isoformat(),
            "as_of": by.isoformat() if by else iso(self.as_of),
            "recorded_by": held.isoformat() if held else iso(self.recorded_by),
        }

    def as_of_in(self, zone: ZoneInfo) -> datetime:
        """By when it had been published, for a register of that zone; in UTC."""
        return _end_of(self.as_of_day, zone) if self.as_of_day else self.as_of

    def recorded_in(self, zone: ZoneInfo) -> datetime | None:
        """By when the ledger held it, for a register of that zone; in UTC."""
        if self.recorded_day is None or self.recorded_by is None:
            return self.recorded_by
        return _end_of(self.recorded_day, zone)

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """`valid_at` as [start, end] in UTC; one instant twice, or the first and last of a day."""
        if isinstance(self.valid_at, datetime):
            return self.valid_at, self.valid_at
        start = datetime.combine(self.valid_at, time(), zone).astimezone(UTC)
        end = datetime.combine(self.valid_at + DAY, time(), zone).astimezone(UTC)
        return start, end - timedelta(microseconds=1)


def clock() -> datetime:
    """Now, in UTC. A question reads it once."""
    return datetime.now(UTC)


def instant(value: str | date | datetime, name: str) -> datetime:
    """A bound of a period: a day means its first moment in UTC."""
    known = _read(value, name)
    return known if isinstance(known, datetime) else datetime.combine(known, time(), UTC)


def bound(value: str | date | datetime | None, name: str, zone: tzinfo) -> datetime | None:
    """A bound of a period, for a register of a zone: a day means its first moment there."""
    if value is None or value == "":
        return None
    known = _read(value, name)
    if isinstance(known, datetime):
        return known
    return datetime.combine(known, time(), zone).astimezone(UTC)


def period(
    since: str | date | datetime | None, until: str | date | datetime | None, zone: tzinfo
) -> tuple[datetime | None, datetime | None]:
    """Both bounds of [since, until); UsageError where it would end before it begins."""
    start, end = bound(since, "since", zone), bound(until, "until", zone)
    if start and end and end < start:
        raise MistakeError(
            "until {until} is before since {since}: nothing lies between",
            until=str(until),
            since=str(since),
        )
    return start, end


def tellable(when: date) -> bool:
    """Whether every zone has a name for it; at the very ends of the calendar some have none."""
    return MINYEAR < when.year < MAXYEAR


@lru_cache(maxsize=16_384)  # the snapshots of a register begin and end most of its listings
def iso(when: datetime | None) -> str | None:
    """UTC in ISO 8601 with a Z, to the second unless there are microseconds."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else None


def _given(value: str | date | datetime | None, name: str) -> date | datetime | None:
    return None if value is None else _read(value, name)


def _day(given: date | datetime | None) -> date | None:
    return None if isinstance(given, datetime) else given


def _read(value: str | date | datetime, name: str) -> date | datetime:
    if isinstance(value, str):
        value = _from_text(value.strip(), name)
    if not tellable(value):
        raise MistakeError(
            "{name} {time} lies at an end of the calendar",
            name=f"--{name}",
            time=value.isoformat(),
        )
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return value


def _from_text(text: str, name: str) -> date | datetime:
    try:
        with suppress(ValueError):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text)
    except ValueError:
        raise MistakeError(
            "{name} '{text}' is not a time: write 2017-05-08 or 2017-05-08T12:30+03:00",
            name=f"--{name}",
            text=text,
        ) from None


def _end_of(when: date | datetime, zone: tzinfo = UTC) -> datetime:
    if isinstance(when, datetime):
        return when
    return datetime.combine(when + DAY, time(), zone).astimezone(UTC) - timedelta(microseconds=1)
