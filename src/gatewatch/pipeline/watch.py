"""Declared sources, looked at on their cadence: asked whether they changed, left alone for longer
when they fail.

What was seen of each is kept in a file, so that a watch goes on where an earlier one ended. What
was fetched is kept as it came: a ledger can be made from it again.
"""

import random
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from gatewatch import disk, locks
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import registers
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.model.register import duration
from gatewatch.model.watched import SHORTEST, Plan, Watched
from gatewatch.pipeline import measurements
from gatewatch.pipeline.discover import bring
from gatewatch.pipeline.facts import record
from gatewatch.pipeline.fetch import FetchError, Validators, fetch
from gatewatch.pipeline.registers import ingest
from gatewatch.pipeline.visits import FILE, Visit

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)
_BY_DEFAULT = timedelta(hours=1)
_LONGEST_REASON = 400
OONI = "ooni"


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a source."""

    source: Watched
    state: str
    """`changed`, `unchanged` or `failed`."""
    detail: str
    next_at: datetime


def plan(file: Path) -> Plan:
    """Read a plan; UsageError names what is wrong in it."""
    try:
        found = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Plan)
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(f"{file}: {fault}") from fault
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as fault:
        raise UsageError(
            f"{file}: {fault}; write [[source]] with register, from and, if you like, every"
        ) from fault
    if not found.sources:
        raise UsageError(f"{file}: no [[source]] in it")
    for one in found.sources:
        if one.register != OONI:
            registers.find(one.register)
    keys = [one.key for one in found.sources]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise UsageError(f"{file}: {twice} is declared twice")
    return found


class Watch:
    """A plan at work on one ledger. `folder` keeps what was seen and fetched."""

    def __init__(self, location: str, found: Plan, folder: Path) -> None:
        self._location, self._plan, self._folder = location, found, folder
        self._file = folder / FILE

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One watch of a folder at a time."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with locks.alone(self._folder / "watch.lock") as mine:
            if not mine:
                raise UsageError(f"another watch with {self._folder} is running")
            yield

    @property
    def seen(self) -> dict[str, Visit]:
        """What is known of each source, by its key."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, Visit])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as fault:
            raise UsageError(
                f"{self._file} cannot be read: {fault}; remove it to begin anew"
            ) from fault

    def due(self, now: datetime) -> list[Watched]:
        """Sources whose time has come, those that wait longest first."""
        seen = self.seen
        waiting = [
            (seen.get(one.key, Visit()).next_at or _BEGINNING, one) for one in self._plan.sources
        ]
        return [one for at, one in sorted(waiting, key=lambda w: (w[0], w[1].key)) if at <= now]

    def next_at(self) -> datetime:
        """When the next source is due."""
        seen = self.seen
        return min(seen.get(one.key, Visit()).next_at or _BEGINNING for one in self._plan.sources)

    def pull(
        self, one: Watched, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> Pulled:
        """Look at one source and bring in what is new. A fault is told and kept, not raised."""
        before = self.seen.get(one.key, Visit())
        try:
            mark, detail = self._bring(one, before.mark)
        except (GatewatchError, OSError) as fault:
            return self._failed(one, before, str(fault), now(), asked=getattr(fault, "wait", 0.0))
        except Exception as fault:  # noqa: BLE001 - what one source made us stumble on keeps no other waiting
            told = f"a fault of ours: {type(fault).__name__} {fault}"
            return self._failed(one, before, told[:_LONGEST_REASON], now())
        at = now()
        changed = detail != ""
        after = Visit(
            register=_id_of(one),
            mark=mark,
            checked_at=at,
            changed_at=at if changed else before.changed_at,
            next_at=at + every(one),
        )
        self._keep(one.key, after)
        return Pulled(
            source=one,
            state="changed" if changed else "unchanged",
            detail=detail,
            next_at=at + every(one),
        )

    def _failed(
        self, one: Watched, before: Visit, why: str, at: datetime, asked: float = 0.0
    ) -> Pulled:
        """`asked`: seconds for which the server wants to be left alone."""
        alone = timedelta(seconds=min(asked, _LONGEST_WAIT.total_seconds()))
        wait = max(alone, back_off(before.failures))
        # Half of a pair of surrogates, as a hostile name may have it, cannot be kept as it is.
        told = why.encode("utf-8", "backslashreplace").decode()
        after = msgspec.structs.replace(
            before, failures=before.failures + 1, error=told, next_at=at + wait
        )
        self._keep(one.key, after)
        return Pulled(source=one, state="failed", detail=told, next_at=at + wait)

    def _bring(self, one: Watched, mark: Validators) -> tuple[Validators, str]:
        """What the server says now, and in words what was new; empty if nothing was."""
        source = one.source
        if source.startswith(("http://", "https://")) and not _is_git(source):
            name, folder = _id_of(one), self._folder / "fetched" / _id_of(one)
            register = None if one.register == OONI else registers.find(one.register)
            zone = register.zone if register else UTC
            if register and register.watch:
                got = bring(
                    source,
                    register.watch,
                    mark,
                    folder,
                    name=name,
                    zone=zone,
                    inward=one.inward,
                )
            else:
                got = fetch(source, mark, folder, name, zone=zone, inward=one.inward)
            if got.file is None:
                return got.mark, ""
            mark, source = got.mark, str(got.file)
        if one.register == OONI:
            done = measurements.ingest(self._location, source, JudgingSettings(), processes=1)
            record(self._location)
            return mark, f"{done.added:,} measurements" if done.added else ""
        outcome = ingest(self._location, registers.find(one.register), source, one.path)
        record(self._location)
        if outcome.skipped and not outcome.read:
            raise FetchError(f"{outcome.skipped[0].origin}: {outcome.skipped[0].reason}")
        told = f"{outcome.read:,} snapshots, {outcome.events:,} changes"
        aside = f", {len(outcome.quarantined):,} set aside" if outcome.quarantined else ""
        return mark, f"{told}{aside}" if outcome.read else ""

    def _keep(self, key: str, seen: Visit) -> None:
        told = msgspec.json.encode({**self.seen, key: seen})
        disk.written(self._file, msgspec.json.format(told, indent=2))


_BEGINNING = datetime.min.replace(tzinfo=UTC)


def every(one: Watched) -> timedelta:
    """How often a source is looked at: as declared, else the register's cadence, else hourly."""
    if one.every:
        return duration(one.every)
    if one.register == OONI:
        return _BY_DEFAULT
    try:
        return max(duration(registers.find(one.register).cadence), SHORTEST)
    except ValueError:
        return _BY_DEFAULT


def back_off(failures: int) -> timedelta:
    """How long to leave a source alone after so many failures: doubling, to a day, a tenth of it by
    chance so that many sources of one host do not come back at once."""
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(failures, 11))
    return timedelta(seconds=wait.total_seconds() * (1 + random.random() / 10))  # noqa: S311 - to spread, not to hide


def _id_of(one: Watched) -> str:
    return OONI if one.register == OONI else registers.find(one.register).id


def _is_git(url: str) -> bool:
    """Repositories are named by their ending; anything else on the web is fetched as a file."""
    return url.rstrip("/").endswith(".git")
