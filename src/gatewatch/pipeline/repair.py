"""A damaged ledger rebuilt in a new folder: from the rows that are left and from sources at hand.

The damaged one is only read. Whole batches are taken over as they were recorded; what came after
them is read again from its source, and keeps the time under which it was recorded where that is
left.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from gatewatch import locks
from gatewatch.analysis.registers import lookup
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import CatalogueError, GatewatchError, LedgerError, UsageError
from gatewatch.ledger import facts, filing, schema
from gatewatch.ledger.doctor import examine
from gatewatch.ledger.finding import FAULT, Finding
from gatewatch.ledger.journal import Journal
from gatewatch.ledger.plain import refuse_odd
from gatewatch.ledger.salvage import OONI, Batch, Left, Recalled
from gatewatch.ledger.store import Store
from gatewatch.model.history import Status
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.pipeline.decide import decide
from gatewatch.pipeline.facts import record
from gatewatch.pipeline.registers import ingest

_LOCK = ".repairing"


class Rebuilt(msgspec.Struct):
    """What became of one part of a ledger: a register, the measurements, reports, or facts."""

    part: str
    kept: int = 0
    """Snapshots, measurements, reports or versions of facts that were taken over as they were."""
    read_again: int = 0
    """Those that were read from a source again."""
    lost: str = ""
    """What is not there, and what would bring it back; empty if nothing is known to be lost."""


class Repair(msgspec.Struct):
    """What a repair did, and what the doctor says of the outcome."""

    location: str
    parts: list[Rebuilt] = []
    findings: list[Finding] = []

    @property
    def sound(self) -> bool:
        """Whether the doctor finds no fault."""
        return not any(one.level == FAULT for one in self.findings)


def repair(
    location: str,
    target: str,
    sources: dict[str, str],
    declarations: Iterable[Register] = (),
    report: Callable[[str], None] = lambda _: None,
    processes: int | None = None,
) -> Repair:
    """Rebuild the ledger in the folder `location` in the new folder `target`.

    `sources`: where each register is read from, by its id, and the measurements, as `ooni`.
    `declarations`: of registers of which none is left or shipped. `processes`: that read
    measurements; None: as the machine has. Raises LedgerError if `target` is
    not new, UsageError for a source of a register that is not known.
    """
    if "://" in location or "://" in target:
        raise LedgerError("repair works on folders: copy the prefix of the object store to one")
    if not any((Path(location) / name).is_dir() for name in schema.TABLES):
        raise LedgerError(f"no ledger at {location}: name another with --ledger")
    refuse_odd(location)
    with _alone_in(Path(target)):
        run = _Repair(
            left=Left(location),
            target=target,
            sources=sources,
            declared={one.id: one for one in declarations},
            report=report,
            processes=processes,
        )
        return run.run()


@contextmanager
def _alone_in(target: Path) -> Iterator[None]:
    """A new or empty folder, in which no other repair writes at the same time."""
    taken = f"{target} is there already: name a folder that is new or empty"
    if target.exists() and not target.is_dir():
        raise LedgerError(taken)
    target.mkdir(parents=True, exist_ok=True)
    with locks.alone(target / _LOCK) as mine:
        if not mine:
            raise LedgerError(f"another repair writes to {target}: name another folder")
        if any(one.name != _LOCK for one in target.iterdir()):
            raise LedgerError(taken)
        yield


class _Repair:
    """One run from what is left to a new ledger."""

    def __init__(
        self,
        left: Left,
        target: str,
        sources: dict[str, str],
        declared: dict[str, Register],
        report: Callable[[str], None],
        processes: int | None,
    ) -> None:
        self._left, self._target, self._sources, self._report = left, target, sources, report
        self._processes = processes
        self._declared = left.declared() | declared
        self._registers = sorted({*left.registers(), *sources} - {OONI})
        for name in self._registers:
            if name not in self._declared and (shipped := _shipped(name)):
                self._declared[name] = shipped
        if unknown := [name for name in sources if name != OONI and name not in self._declared]:
            raise UsageError(
                f"no declaration of {unknown[0]} is left or shipped: name its file with --declaration"
            )
        self._store = Store(target)
        self._done = Repair(target)

    def run(self) -> Repair:
        self._store.create()
        for name in self._registers:
            self._report(name)
            self._register(name)
        self._report("measurements")
        self._measurements()
        self._simple("reports", "inbox:")
        self._simple("facts", facts.WRITER)
        if "facts" in self._left.damaged:
            record(self._target, why="recorded again after a loss")
        self._store.refresh()
        # Rows bear the times under which they were recorded before: this log begins with them.
        Journal(self._store).restart("rebuilt from the rows that were left, and from sources")
        self._report("doctor")
        self._done.findings = examine(self._store, lookup.stored)
        return self._done

    def _register(self, name: str) -> None:
        source, declared = self._sources.get(name), self._declared.get(name)
        told = Rebuilt(name)
        self._done.parts.append(told)
        if declared is None:
            told.lost = f"its declaration is lost: --declaration FILE, and --source {name}=PLACE"
            return
        kept = self._left.whole(name, with_asides=source is not None)
        self._take_over(declared, kept, told)
        recalled = self._left.recalled(name, kept)
        if source is not None:
            times = {one.id: one.recorded_at for one in recalled.values()}
            self._store.refresh()
            read = ingest(self._target, declared, source, redeclare=True, recalled=times)
            told.read_again = read.read
            self._decide(recalled)
            if (aside := self._undecided(name)) and "snapshots" in self._left.damaged:
                told.lost = (
                    f"what was decided on {aside} snapshots that are set aside, where its rows are "
                    "lost: gatewatch quarantine"
                )
        missing = self._missing(recalled)
        if missing:
            told.lost = (
                f"{len(missing)} snapshots ({missing[0].origin} to {missing[-1].origin}): "
                f"--source {name}=PLACE reads them again"
            )

    def _take_over(self, declared: Register, kept: list[Batch], told: Rebuilt) -> None:
        """Whole batches as they were; what their entries are filed under is worked out anew."""
        said = False
        for turn, batch in enumerate(kept):
            these = ("register = ? AND batch = ?", [batch.register, batch.name])
            rows: dict[str, Iterable[tuple[Any, ...]]] = {
                table: self._left.rows(table, *these) for table in schema.REGISTER_TABLES
            }
            rows["selectors"] = sorted(set(self._filed(batch)))
            rows["events"] = sorted(rows["events"], key=lambda row: str(row[1]))
            rows["registers"] = [row for row in rows["registers"] if _declares(row)]
            if not rows["registers"] and not said:
                text = msgspec.json.encode(declared).decode()
                rows["registers"] = [(declared.id, text, batch.name, batch.recorded_at)]
            said = True
            self._store.commit(batch.register, rows, turn)
            self._store.refresh()
            told.kept += len(list(rows["snapshots"]))

    def _filed(self, batch: Batch) -> Iterator[tuple[str, str, str, str]]:
        for change in self._left.changes(batch):
            if change.entry is not None:
                unread = (Selector(Kind.UNREAD, text) for text in change.entry.unparsed)
                for selector in (*change.entry.selectors, *unread):
                    for key in lookup.stored(selector):
                        yield filing.kept(key), batch.register, change.entry_id, batch.name

    def _decide(self, recalled: dict[str, Recalled]) -> None:
        """What a person said of a snapshot that was read again."""
        for one in recalled.values():
            if one.decided:
                accept = one.status == Status.ACCEPTED
                self._store.refresh()
                decide(self._target, one.id, accept=accept, note=one.note)

    def _undecided(self, register: str) -> int:
        """How many snapshots are set aside of which nothing was left."""
        self._store.refresh()
        known = {name for (name,) in self._left.query("SELECT DISTINCT id FROM snapshots")}
        rows = self._store.query(
            "SELECT id FROM snapshots WHERE register = ? AND status = 'quarantined'", [register]
        )
        return len({name for (name,) in rows} - known)

    def _missing(self, recalled: dict[str, Recalled]) -> list[Recalled]:
        self._store.refresh()
        held = {name for (name,) in self._store.query("SELECT DISTINCT id FROM snapshots")}
        return [one for one in recalled.values() if one.id not in held]

    def _measurements(self) -> None:
        left, source = self._left, self._sources.get(OONI)
        ((there,),) = left.query("SELECT count(*) FROM measurements")
        left.note_unmeasured()
        damaged = left.damaged & set(schema.MEASUREMENT_TABLES)
        if not (there or damaged or source):
            return
        told = Rebuilt("measurements")
        self._done.parts.append(told)
        if there:
            self._keep_measurements(damaged)
        ((told.kept,),) = left.query(f"SELECT count(*) FROM ({left.measured()})")
        if source is not None:
            from gatewatch.pipeline import measurements

            self._store.refresh()
            read = measurements.ingest(self._target, source, processes=self._processes)
            told.read_again = read.added
        elif damaged:
            told.lost = f"of {', '.join(sorted(damaged))}: --source {OONI}=PLACE reads it again"
        if damaged & {"verdicts", "inputs"}:
            self._judge(told)

    def _keep_measurements(self, damaged: set[str]) -> None:
        """Rows as they were. Of inputs those that were read to their end are forgotten where
        anything is lost, so that their source is looked through again."""
        left, store = self._left, self._store
        store.create(schema.MEASUREMENT_TABLES)
        left.query(f"CREATE OR REPLACE TEMP TABLE believed AS {left.measured()}")
        belongs = "(t.uid, t.batch) IN (SELECT uid, batch FROM believed)"
        ours = "t.uid IN (SELECT uid FROM believed)"
        judged = "starts_with(t.origin, 'judge:')"
        store.stream("observations", iter(left.rows("observations", belongs)))
        store.stream("verdicts", iter(left.rows("verdicts", ours)))
        store.stream("measurements", iter(left.rows("measurements", belongs)))
        store.stream("inputs", iter(left.rows("inputs", judged if damaged else "true")))
        store.refresh()

    def _judge(self, told: Rebuilt) -> None:
        from gatewatch.pipeline.judging import rejudge

        self._store.refresh()
        ((bare,),) = self._store.query(
            "SELECT count(*) FROM measurements ANTI JOIN verdicts_in_force(NULL) f USING (uid)"
        )
        if bare:
            self._store.refresh()
            found = rejudge(self._target)
            told.lost = (
                f"verdicts of before on {bare}: {found.judged} judged again by the rules of now"
            )

    def _simple(self, table: str, writer: str) -> None:
        """Rows that no other table vouches for, and that have no source beside this ledger."""
        rows = self._left.rows(table)
        if not rows and table not in self._left.damaged:
            return
        self._store.create([table])
        if rows:
            place = list(schema.TABLES[table])
            of = place.index("inbox") if "inbox" in place else None
            for name in sorted({row[of] for row in rows} if of is not None else {""}):
                mine = [row for row in rows if of is None or row[of] == name]
                data = schema.arrow_table(table, mine)
                self._store.append(f"{writer}{name}", {}, {table: data}, 0)
        lost = ""
        if table in self._left.damaged:
            lost = {
                "reports": "what its lost files held: no source has it, restore a copy",
                "facts": "versions of before in its lost files; those of now were recorded again",
            }[table]
        self._done.parts.append(Rebuilt(table, kept=len(rows), lost=lost))


def _declares(row: tuple[Any, ...]) -> bool:
    try:
        return bool(msgspec.json.decode(row[1], type=Register).id == row[0])
    except msgspec.MsgspecError:
        return False


def _shipped(name: str) -> Register | None:
    try:
        return catalogue.find(name)
    except (CatalogueError, GatewatchError):
        return None
