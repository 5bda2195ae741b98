"""watch: look at sources on their cadence, bring in what is new, tell who wants to know."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from gatewatch.catalogue import facts
from gatewatch.cli.options import (
    As,
    LedgerAt,
    NoColor,
    Output,
    Private,
    StateAt,
    ledger_at,
    state_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.subscribers import followers_of
from gatewatch.cli.terminal import Page, count, note
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.exports import exporting
from gatewatch.exports.datasets import datasets
from gatewatch.ledger.store import Store
from gatewatch.model.moment import Moment
from gatewatch.model.watched import Watched
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.looking import look
from gatewatch.pipeline.visits import Visit
from gatewatch.pipeline.watch import Pulled, Watch, every, plan
from gatewatch.query import ledger as reading
from gatewatch.query.moments import of_all

EXAMPLES = (
    "watch plan.toml --once --now",
    "watch plan.toml --status",
    "watch plan.toml --now --exports data --public-url https://gatewatch.example",
)
_QUIET = timedelta(minutes=15)
"""Time alone brings events, a register that falls silent: so often they are looked for."""
_LONGEST_SLEEP = 30.0
"""Seconds: messages that wait for another try are looked at that often."""


def watch(
    file: Annotated[
        str,
        typer.Argument(
            metavar="PLAN.toml", help=r"Sources, each a table \[\[source]]: register, from, every."
        ),
    ],
    ledger: LedgerAt = None,
    state: StateAt = None,
    once: Annotated[
        bool, typer.Option("--once", help="Look at what is due, then end; for cron.")
    ] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Look at every source at the start, due or not.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Only show when each source was looked at.")
    ] = False,
    exports: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FOLDER", help="Export into this folder whenever something changed."),
    ] = None,
    public_url: Annotated[
        str, typer.Option(metavar="URL", help="Where the site is, for links in messages.")
    ] = "",
    private: Private = False,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Look at declared sources on their cadence, bring in what is new, tell who wants to know."""
    location = ledger_at(ledger)
    declared = plan(Path(file))
    watching = Watch(location, declared, state_at(state, location))
    if status:
        _status(watching, declared.sources, output)
        return
    subscribers = followers_of(ledger, state, private=private, base=public_url)
    following = _Following(subscribers, location, exports)
    stop = threading.Event()
    with watching.alone():
        following.announce()
        if once:
            try:
                _once(watching, following, stop, declared.sources if now else None)
            finally:
                following.finish()
            return
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stop.set())
        _round(watching, following, stop, list(declared.sources) if now else None)
        while not stop.is_set():
            wait = (watching.next_at() - datetime.now(UTC)).total_seconds()
            if not stop.wait(min(max(wait, 0.1), _LONGEST_SLEEP)):
                _round(watching, following, stop)
        following.finish()


def _once(
    watching: Watch,
    following: "_Following",
    stop: threading.Event,
    chosen: tuple[Watched, ...] | None,
) -> None:
    found = _round(watching, following, stop, list(chosen) if chosen else None)
    if failed := [one for one in found if one.state == "failed"]:
        raise GatewatchError(
            f"{len(failed)} of {len(found)} sources could not be read; "
            "gatewatch watch FILE --status shows why"
        )


def _round(
    watching: Watch,
    following: "_Following",
    stop: threading.Event,
    chosen: list[Watched] | None = None,
) -> list[Pulled]:
    """Look at what is due, or what was chosen, one after the other until told to stop; then
    publish what came of it."""
    found = []
    for one in watching.due(datetime.now(UTC)) if chosen is None else chosen:
        if stop.is_set():
            break
        found.append(watching.pull(one))
        _say(found[-1])
        if found[-1].state == "changed":
            _tried(following.tell)  # at once: the next source may take its time
    _tried(lambda: following.after(changed=any(one.state == "changed" for one in found)))
    return found


def _tried(work: Callable[[], None]) -> None:
    """What cannot be published now is published later."""
    try:
        work()
    except UsageError:
        raise
    except GatewatchError as fault:
        note(f"{_stamp()}  publishing failed and is tried again: {fault}")


class _Following:
    """What follows a look at the sources: events are queued, sent, and data sets exported."""

    def __init__(self, followers: Followers, location: str, exports: str | None) -> None:
        self._followers, self._location, self._exports = followers, location, exports
        self._announced: datetime | None = None
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="deliveries")
        self._sending: Future[None] | None = None

    def announce(self) -> None:
        """Queue what is new. Before the first pull this learns what was known already."""
        if not Store(self._location).exists():
            return
        now = datetime.now(UTC)
        look(self._location, self._followers, now)
        self._announced = now

    def after(self, *, changed: bool) -> None:
        """Publish what a round brought, and what time alone brings."""
        now = datetime.now(UTC)
        if self._announced is None or now - self._announced > _QUIET:
            self.announce()
        if changed and self._exports:
            self._export(Path(self._exports))
        self.send()

    def tell(self) -> None:
        """Tell what a source has just brought."""
        self.announce()
        self.send()

    def send(self) -> None:
        """Send what waits, apart from the looking."""
        if self._sending is None or self._sending.done():
            if self._sending is not None:
                self._sending.result()
            self._sending = self._sender.submit(self._deliver)

    def _deliver(self) -> None:
        """Apart from the looking: a receiver that is slow keeps no source waiting."""
        for one in self._followers.deliveries.deliver():
            if one.reason:
                note(f"{_stamp()}  {one.subscription}  not told, try {one.attempt}: {one.reason}")

    def finish(self) -> None:
        """Wait for what is being sent."""
        self._sender.shutdown()
        if self._sending is not None:
            self._sending.result()

    def _export(self, folder: Path) -> None:
        ledger = reading.open(self._location)
        moment = of_all(ledger, Moment.parse())
        exporting.export(
            datasets(ledger, facts.load(), moment),
            folder,
            as_of=moment.as_of,
            recorded_by=moment.recorded_by,
        )


def _say(one: Pulled) -> None:
    detail = f"  {one.detail}" if one.detail else ""
    done = f"{one.source.register}  {one.state}{detail}"
    note(f"{_stamp()}  {done}  next {one.next_at:%Y-%m-%d %H:%M}")


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z"


def _status(watching: Watch, sources: tuple[Watched, ...], output: Output) -> None:
    found = [(one, watching.seen.get(one.key, Visit())) for one in sources]

    def person(page: Page) -> None:
        page.head(count(len(found), "source"), "")
        for one, seen in found:
            page.line("")
            page.line((one.register, "bold"), f"   {one.source}   every {_spoken(every(one))}")
            changed = f"changed {_told(seen.changed_at) or 'never'}"
            page.field("Looked at", _told(seen.checked_at) or "never", changed)
            if seen.error and seen.failures:
                page.field("Failed", f"{seen.failures} times", seen.error, "bold")
            page.field("Next", _told(seen.next_at) or "at once")

    show(output, [_row(one, seen) for one, seen in found], person)


def _spoken(span: timedelta) -> str:
    """A span in the largest unit that measures it whole, as plans write it: 15m, 1h, 7d."""
    minutes = int(span.total_seconds() // 60)
    unit, size = next((u, s) for u, s in (("d", 1440), ("h", 60), ("m", 1)) if minutes % s == 0)
    return f"{minutes // size}{unit}"


def _told(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC" if when else ""


def _row(one: Watched, seen: Visit) -> dict[str, Any]:
    return {
        "register": one.register,
        "from": one.source,
        "checked_at": _iso(seen.checked_at),
        "changed_at": _iso(seen.changed_at),
        "failures": seen.failures,
        "error": seen.error,
        "next_at": _iso(seen.next_at),
    }


def _iso(when: datetime | None) -> str | None:
    return when.isoformat(timespec="seconds") if when else None
