"""Rows of the table of events as events, and their order."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from gatewatch.ledger import schema
from gatewatch.ledger.schema import moment_of
from gatewatch.model.history import RegisterEvent


def events_of(rows: Iterable[tuple[object, ...]]) -> Iterator[RegisterEvent]:
    """Events of rows whose columns are those of the table."""
    names, when = list(schema.TABLES["events"]), lru_cache(maxsize=65_536)(moment_of)
    return (_event(dict(zip(names, row, strict=True)), when) for row in _shared(rows))


def in_order(one: RegisterEvent) -> tuple[datetime, str, str, bool, datetime, str]:
    """Events by their snapshot's time; of one time in the order of publication, which their bases
    give: the later snapshot is told relative to the earlier one."""
    return (
        one.at,
        one.register,
        one.change.entry_id,
        one.after is not None,
        one.after or one.at,
        one.snapshot,
    )


def _shared(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """Rows whose equal texts and times are one object: bodies, grounds, snapshots and days stand in
    thousands of them, and whoever keeps the events of a register keeps a third less so."""
    known: dict[object, object] = {}
    share = known.setdefault
    for row in rows:
        yield tuple([share(one, one) if type(one) is str else one for one in row])


def _event(
    named: dict[str, object], when: Callable[[int | None], datetime | None]
) -> RegisterEvent:
    return RegisterEvent(
        register=str(named["register"]),
        snapshot=str(named["snapshot"]),
        at=when(named["published_at"]),  # type: ignore[arg-type]
        after=when(named["base_at"]),  # type: ignore[arg-type]
        change=schema.change_from(named),
    )
