"""watch: look at sources on their cadence, bring in what is new, tell who wants to know."""

import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gatewatch.catalogue import facts
from gatewatch.cli import alerts as alerts_of
from gatewatch.cli.options import Shape, ledger_at, state_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.exports import exporting
from gatewatch.exports.tables import datasets
from gatewatch.ledger.store import Store
from gatewatch.model.watched import Watched
from gatewatch.pipeline.alerts import Alerts
from gatewatch.pipeline.watch import Pulled, Seen, Watch, every, plan
from gatewatch.query import case as cases
from gatewatch.query import ledger as reading
from gatewatch.words import events

_QUIET = timedelta(minutes=15)
_LONGEST_SLEEP = 30.0
"""Seconds: messages that wait for another try are looked at that often."""


def run(
    file: str,
    ledger: str | None,
    state: str | None,
    shape: Shape,
    *,
    once: bool,
    at_once: bool,
    status: bool,
    exports: str | None,
    public_url: str,
    private: bool,
    color: bool,
) -> None:
    """Until interrupted; with `once`, what is due now."""
    location = ledger_at(ledger)
    declared = plan(Path(file))
    watching = Watch(location, declared, state_at(state, location))
    if status:
        _status(
            [
                (one.register, one.source, every(one), watching.seen.get(one.key, Seen()))
                for one in declared.sources
            ],
            shape,
            color=color,
        )
        return
    told = _Told(
        alerts_of.opened(ledger, state, private=private, base=public_url), location, exports
    )
    stop = threading.Event()
    with watching.alone():
        told.announce()
        if not once:
            _heed(stop)
        first = _round(watching, told, stop, list(declared.sources) if at_once else None)
        if once:
            failed = [one for one in first if one.state == "failed"]
            if failed:
                raise GatewatchError(
                    f"{len(failed)} of {len(declared.sources)} sources could not be read; gatewatch watch --status shows why"
                )
            return
        _for_ever(watching, told, stop)


def _heed(stop: threading.Event) -> None:
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())


def _for_ever(watching: Watch, told: "_Told", stop: threading.Event) -> None:
    while not stop.is_set():
        wait = (watching.next_at() - datetime.now(UTC)).total_seconds()
        if not stop.wait(min(max(wait, 0.1), _LONGEST_SLEEP)):
            _round(watching, told, stop)


def _round(
    watching: Watch, told: "_Told", stop: threading.Event, chosen: list[Watched] | None = None
) -> list[Pulled]:
    """Look at what is due, or what was chosen, one after the other until told to stop; then publish what came of it."""
    found = []
    for one in watching.due(datetime.now(UTC)) if chosen is None else chosen:
        if stop.is_set():
            break
        found.append(watching.pull(one))
        _say(found[-1])
    try:
        told.after(changed=any(one.state == "changed" for one in found))
    except UsageError:
        raise
    except GatewatchError as fault:
        print(f"{_stamp()}  publishing failed and is tried again: {fault}", file=sys.stderr)
    return found


class _Told:
    """What happened is queued for those who want it, sent, and exported."""

    def __init__(self, alerts: Alerts, location: str, exports: str | None) -> None:
        self._alerts, self._location, self._exports = alerts, location, exports
        self._announced: datetime | None = None

    def announce(self) -> None:
        """Queue what is new. Before the first pull this learns what was known already."""
        if not Store(self._location).exists():
            return
        ledger, catalogue, now = reading.open(self._location), facts.load(), datetime.now(UTC)
        known = cases.every(catalogue, valid_at=now.date(), ledger=ledger)
        self._alerts.announce(events.known(ledger, catalogue, known, now, None))
        self._announced = now

    def after(self, *, changed: bool) -> None:
        """Time alone brings events too: a register that falls silent."""
        now = datetime.now(UTC)
        if changed or self._announced is None or now - self._announced > _QUIET:
            self.announce()
        if changed and self._exports:
            self._export(Path(self._exports))
        for one in self._alerts.deliver():
            if one.reason:
                print(
                    f"{_stamp()}  {one.subscription}  not told, try {one.attempt}: {one.reason}",
                    file=sys.stderr,
                )

    def _export(self, folder: Path) -> None:
        ledger = reading.open(self._location)
        moment = ledger.moment(None, None, None)
        exporting.export(
            datasets(ledger, facts.load(), moment),
            folder,
            as_of=moment.as_of,
            recorded_by=moment.recorded_by,
        )


def _say(one: Pulled) -> None:
    detail = f"  {one.detail}" if one.detail else ""
    print(
        f"{_stamp()}  {one.source.register}  {one.state}{detail}  next {one.next_at:%Y-%m-%d %H:%M}",
        file=sys.stderr,
        flush=True,
    )


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z"


def _status(found: list[tuple[str, str, object, Seen]], shape: Shape, *, color: bool) -> None:
    rows = [
        {
            "register": register,
            "from": source,
            "checked_at": _iso(seen.checked_at),
            "changed_at": _iso(seen.changed_at),
            "failures": seen.failures,
            "error": seen.error,
            "next_at": _iso(seen.next_at),
        }
        for register, source, _, seen in found
    ]

    def person(page: Page) -> None:
        page.head(count(len(found), "source"), "")
        for row, (register, source, often, seen) in zip(rows, found, strict=True):
            page.line("")
            page.line((register, "bold"), f"   {source}   every {often}")
            page.field(
                "Looked at",
                str(row["checked_at"] or "never"),
                f"changed {row['changed_at'] or 'never'}",
            )
            if seen.error and seen.failures:
                page.field("Failed", f"{seen.failures} times", seen.error, "bold")
            page.field("Next", str(row["next_at"] or "at once"))

    show(shape, rows, person, lambda: (list(row.values()) for row in rows), color=color)


def _iso(when: datetime | None) -> str | None:
    return when.isoformat(timespec="seconds") if when else None
