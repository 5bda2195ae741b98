"""Whether a ledger's bytes are sound: checksums, logs, tables and files, while a table may not even
open."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gatewatch.errors import LedgerError
from gatewatch.ledger import checksums, schema
from gatewatch.ledger.finding import FAULT, NOTE, OK, RESTORE, Finding, counted, judged
from gatewatch.ledger.forms import foreign
from gatewatch.ledger.store import Store


def _logs(store: Store, names: list[str]) -> Iterator[Finding]:
    """Every commit of every table is there, can be read, and is as it was made."""
    if not store.local:
        return
    commits = 0
    for name in names:
        root = Path(store.location) / name
        told = {one.version: one.log for one in checksums.held(store.location, name)}
        there = {int(f.stem): f for f in (root / "_delta_log").glob("*.json") if f.stem.isdigit()}
        commits += len(there)
        if not there:
            yield Finding(FAULT, f"table {name} is lost", RESTORE)
            continue
        # What a checkpoint joins may be taken away by age; what comes after it may not.
        begin = _checkpoint(root)
        wanted = range(begin, max([*there, *told]) + 1)
        lost = [number for number in wanted if number not in there]
        bad = [_entry(name, number, "is lost") for number in lost]
        for number, file in sorted(there.items()):
            if wrong := _wrong_entry(file, told.get(number)):
                bad.append(_entry(name, number, wrong))
        if bad:
            yield judged("", bad, f"the log of {name} is damaged", RESTORE)
    yield Finding(OK, f"{counted(commits, 'commit')} of {counted(len(names), 'table')}")


def _entry(table: str, number: int, what: str) -> str:
    return f"{table}/_delta_log/{number:020}.json {what}"


def _checkpoint(root: Path) -> int:
    """The commit that the last checkpoint stands for; 0 if there is none."""
    found = [f.name[:20] for f in (root / "_delta_log").glob("*.checkpoint*.parquet")]
    return max((int(number) for number in found if number.isdigit()), default=0)


def _wrong_entry(file: Path, told: checksums.FileSum | None) -> str:
    data = file.read_bytes()
    if not data:
        return "is empty"
    try:
        for line in data.splitlines():
            json.loads(line)
    except ValueError:
        return "is no JSON"
    return "is not as it was committed" if told and checksums.digest(file) != told else ""


def _tables(store: Store, names: list[str]) -> Iterator[Finding]:
    """Every table opens and has its columns."""
    for name in names:
        try:
            table = store.opened(name)
        except LedgerError as fault:
            yield Finding(FAULT, f"table {name}: {fault}", RESTORE)
            continue
        strange = foreign(name, table)
        held = {field.name for field in table.schema().fields}
        lacking = [column for column in schema.TABLES[name] if column not in held]
        version = table.version()
        if strange:
            yield Finding(
                FAULT,
                f"table {name} has other columns than form {schema.FORMAT_VERSION}, or a later form: {strange}",
                "it was written by another version of gatewatch: read it with that one",
            )
        elif lacking:
            yield Finding(
                NOTE,
                f"table {name} opens, at version {version}; it is older than {', '.join(lacking)}",
                "older rows answer for what they hold; gatewatch upgrade --write brings the columns",
            )
        else:
            yield Finding(OK, f"table {name} opens, at version {version}")


def files(store: Store, names: list[str]) -> Iterator[Finding]:
    """Every file that a commit names is there, as it was committed, and can be read to its last
    byte."""
    untold = 0
    for name in names:
        try:
            table = store.table(name)
        except LedgerError:  # told of already
            continue
        held = store.files(table)
        if not store.local:
            ((rows,),) = store.query(f"SELECT count(*) FROM {name}")
            yield Finding(
                OK, f"{name}: {counted(len(held), 'file')} there, with {counted(rows, 'row')}"
            )
            continue
        sums = _sums(store, name)
        untold += sum(Path(file) not in sums for file in held)
        wrong = [(file, _wrong_file(store, Path(file), sums.get(Path(file)))) for file in held]
        bad = [f"{file} {what}" for file, what in wrong if what]
        good = f"{name}: {counted(len(held), 'file')} there and readable"
        yield judged(good, bad, f"files of {name} are missing or damaged", RESTORE)
    if untold:
        yield Finding(
            NOTE,
            f"{counted(untold, 'file')} without a checksum",
            "they are of before gatewatch kept checksums, or of a writer that was stopped; the next "
            "one that writes to the table tells them",
        )


def _lines(store: Store, names: list[str]) -> Iterator[Finding]:
    """Checksums themselves are as they were written."""
    if not store.local:
        return
    bad = [line for name in names for line in checksums.faults(store.location, name)]
    yield judged(
        f"checksums of {counted(len(names), 'table')} as they were written",
        bad,
        "checksums are damaged",
        "the tables may be sound: compare the folder with a copy; gatewatch repair NEW writes them anew",
    )


def _sums(store: Store, name: str) -> dict[Path, checksums.FileSum]:
    root = Path(store.location).resolve() / name
    told = checksums.held(store.location, name)
    return {root / path: one for commit in told for path, one in commit.files.items()}


def _wrong_file(store: Store, file: Path, told: checksums.FileSum | None) -> str:
    try:
        if told and (size := file.stat().st_size) != told.size:
            return f"has {size:,} bytes of {told.size:,}"  # which may be more than can be read
        found = checksums.digest(file)
    except FileNotFoundError:
        return "is lost"
    except OSError as fault:
        return f"cannot be read ({fault.strerror})"
    if told and found != told:
        return "has other bytes than were committed"
    # What has the bytes that were committed was readable then.
    return "" if told or store.decodes(str(file)) else "cannot be read to its end"


ON_BYTES: tuple[Callable[[Store, list[str]], Iterable[Finding]], ...] = (
    _lines,
    _logs,
    _tables,
    files,
)
