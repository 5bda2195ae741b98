"""The three times of a request. What is left out means the beginning of the current minute, so that
a reply can be kept and compared for that long."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from gatewatch.model.moment import DAY, Moment, clock, iso
from gatewatch.query.network import day_of

ValidAt = Annotated[
    str | None,
    QueryParameter(
        description="When it was true in the world: an ISO 8601 day or time. Default now."
    ),
]
AsOf = Annotated[
    str | None,
    QueryParameter(
        description="Use only what had been published by then. A day means its end in UTC."
    ),
]
RecordedBy = Annotated[
    str | None, QueryParameter(description="Use only what this site held by then, for audit.")
]


_LAST = datetime(9000, 1, 1, tzinfo=UTC)


class RequestTimes(msgspec.Struct, frozen=True):
    """The times as given, and as they are read."""

    valid_at: str | None
    as_of: str | None
    recorded_by: str | None
    moment: Moment
    whole: bool
    """All three were given, so that nothing later can change the answer."""
    every_day: bool = False
    """No day was named, and the answer is of all of them."""

    def of_all_days(self) -> "RequestTimes":
        """For what tells of all days where none is named: it must be asked again without one."""
        if self.valid_at:
            return self
        whole = bool(self.as_of and self.recorded_by)
        return msgspec.structs.replace(self, every_day=True, whole=whole)

    def reading(self) -> dict[str, Any]:
        """As the reading side of a ledger takes them."""
        return {
            "valid_at": self.moment.valid_at,
            "as_of": self.moment.as_of,
            "recorded_by": self.recorded_by,
        }

    def echo(self, recorded_by: datetime | None) -> dict[str, str | None]:
        """The times of the answer: repeated with them it is the same."""
        at = self.moment.valid_at
        told = iso(at) if isinstance(at, datetime) else at.isoformat()
        return {
            "valid_at": None if self.every_day else told,
            "as_of": iso(self.moment.as_of),
            "recorded_by": iso(recorded_by),
        }

    def given(self) -> dict[str, str | None]:
        """The times that were asked for, as they were given."""
        return {"valid_at": self.valid_at, "as_of": self.as_of, "recorded_by": self.recorded_by}

    @property
    def published(self) -> Moment:
        """What had been published by then, whenever it was true."""
        return msgspec.structs.replace(self.moment, valid_at=_LAST)

    @property
    def day(self) -> Any:
        """The day asked about."""
        return day_of(self.moment.valid_at)


def asked(
    valid_at: ValidAt = None, as_of: AsOf = None, recorded_by: RecordedBy = None
) -> RequestTimes:
    """Raises UsageError for what is no time."""
    if not (valid_at or as_of or recorded_by):
        return _in(clock().replace(second=0, microsecond=0))
    valid_at, as_of, recorded_by = (
        one or None for one in (valid_at, as_of, recorded_by)
    )  # an empty field
    found = Moment.parse(valid_at, as_of, recorded_by)
    assert found.now is not None
    now = found.now.replace(second=0, microsecond=0)
    if not found.takes_all and msgspec.structs.replace(found, now=now).takes_all:
        now = found.now  # of this very minute a part was asked for, and not all that is held
    moment = msgspec.structs.replace(
        found,
        valid_at=found.valid_at if valid_at else now,
        as_of=found.as_of if as_of else now,
        now=now,
    )
    whole = bool(valid_at and as_of and recorded_by)
    return RequestTimes(
        valid_at=valid_at, as_of=as_of, recorded_by=recorded_by, moment=moment, whole=whole
    )


@lru_cache(maxsize=2)
def _in(minute: datetime) -> RequestTimes:
    """Of a request that names no time: the same for all of a minute."""
    moment = Moment(valid_at=minute, as_of=minute, now=minute, asked=False)
    return RequestTimes(valid_at=None, as_of=None, recorded_by=None, moment=moment, whole=False)


def asked_on(day: date) -> Callable[..., RequestTimes]:
    """As `asked`, of a clock that stands at the end of a day."""

    def asked_then(
        valid_at: ValidAt = None, as_of: AsOf = None, recorded_by: RecordedBy = None
    ) -> RequestTimes:
        given = (valid_at or day.isoformat(), as_of or day.isoformat(), recorded_by)
        found = asked(*given)
        then = datetime.combine(day + DAY, time(), UTC)
        return RequestTimes(
            valid_at=valid_at or None,
            as_of=as_of or None,
            recorded_by=recorded_by or None,
            moment=msgspec.structs.replace(found.moment, now=then, asked=bool(valid_at)),
            whole=False,
        )

    return asked_then


Times = NamedDependency[SkipValidation[RequestTimes]]
"""What handlers take."""
