"""Rows of a ledger as they were logged, and proofs that they were: what a citation encloses."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from gatewatch.errors import LedgerError
from gatewatch.ledger import leaves, merkle, schema
from gatewatch.ledger.journal import Journal
from gatewatch.ledger.leaves import LogLeaf
from gatewatch.ledger.schema import micros
from gatewatch.ledger.store import Store

_MOST_DEPTH = 24
"""Of a tree of rows: four million are more than a commit hashes."""


class LoggedRow(msgspec.Struct, frozen=True):
    """A row in the text that the log hashed, with the batch that it came in."""

    batch: str
    text: str

    @property
    def hash(self) -> bytes:
        """As a leaf of its batch's tree."""
        return merkle.leaf(self.text.encode())


class RowsProof(msgspec.Struct, frozen=True, kw_only=True):
    """That some rows of a batch are among those of its root: which of `rows` they are, in the order
    of their hashes, and the hashes of the subtrees without any of them, in hexadecimal."""

    table: str
    batch: str
    leaf: int
    """The leaf of the log that names the root."""
    rows: int
    at: tuple[int, ...]
    beside: tuple[str, ...]


class Proved(NamedTuple):
    """What a log has of some rows."""

    leaves: list[int]
    """Those that stand behind them, and those that name keys."""
    rows: list[RowsProof]
    """Of tables whose rows are hashed one by one."""
    unlogged: list[str]
    """TABLE:BATCH of what was committed and is not in the log yet."""


def rows(
    store: Store, table: str, where: str, asked: Mapping[str, object], most: int
) -> list[LoggedRow]:
    """Rows of a table in their order. LedgerError for more than `most`."""
    found = store.query(
        f"SELECT batch, {leaves.row_text(table, list(schema.TABLES[table]))} AS text FROM {table} "
        f"WHERE {where} ORDER BY text, batch LIMIT {most + 1}",
        dict(asked),
    )
    if len(found) > most:
        raise LedgerError(
            f"more than {most:,} rows of {table} stand behind this answer, which is too much for one "
            "bundle: name a jurisdiction, or ask about less"
        )
    return [LoggedRow(batch or "", text) for batch, text in found]


def declared(store: Store, registers: Sequence[str], by: object, most: int) -> list[LoggedRow]:
    """Declarations of registers."""
    where = "list_contains($registers, register) AND epoch_us(recorded_at) <= $by"
    return rows(store, "registers", where, {"registers": list(registers), "by": by}, most=most)


def snapshots(store: Store, registers: Sequence[str], by: object, most: int) -> list[LoggedRow]:
    """Published states of registers."""
    where = "list_contains($registers, register) AND epoch_us(recorded_at) <= $by"
    return rows(store, "snapshots", where, {"registers": list(registers), "by": by}, most=most)


def events(
    store: Store, owners: Iterable[tuple[str, str]], batches: Sequence[str], most: int
) -> list[LoggedRow]:
    """What happened to entries, of a register and an id each, within batches."""
    keys = [f"{register}\n{entry}" for register, entry in owners]
    where = "list_contains($keys, register || chr(10) || entry) AND list_contains($batches, batch)"
    return rows(store, "events", where, {"keys": keys, "batches": list(batches)}, most=most)


def facts(store: Store, by: object, most: int) -> list[LoggedRow]:
    """The version in force of each fact, those that were removed left out."""
    where = """epoch_us(recorded_at) <= $by QUALIFY row_number() OVER (
        PARTITION BY kind, fact ORDER BY recorded_at DESC) = 1"""
    return rows(store, "facts", where, {"by": by}, most=most)


_MEASURED = """SELECT uid FROM measurements WHERE epoch_us(recorded_at) <= $by
    AND ($code IS NULL OR probe_cc = $code)
    AND (list_contains($names, host) OR uid IN (
        SELECT uid FROM verdicts WHERE list_contains($names, about)))"""


def measured(
    store: Store, names: Sequence[str], code: str | None, by: object, most: int
) -> dict[str, list[LoggedRow]]:
    """Measurements of some names, and all that was observed and judged of them."""
    asked = {"names": list(names), "code": code, "by": by}
    return {
        "measurements": rows(store, "measurements", f"uid IN ({_MEASURED})", asked, most=most),
        "observations": rows(store, "observations", f"uid IN ({_MEASURED})", asked, most=20 * most),
        "verdicts": rows(
            store,
            "verdicts",
            f"uid IN ({_MEASURED}) AND epoch_us(recorded_at) <= $by",
            asked,
            most=20 * most,
        ),
        "inputs": rows(
            store,
            "inputs",
            "epoch_us(recorded_at) <= $by AND (starts_with(origin, 'judge:') "
            f"OR batch IN (SELECT batch FROM measurements WHERE uid IN ({_MEASURED})))",
            asked,
            most=20 * most,
        ),
    }


def proofs(
    store: Store, enclosed: Mapping[str, Sequence[bytes]], batches: Mapping[str, Sequence[str]]
) -> Proved:
    """What the log has of rows. `enclosed`: hashes of rows by table; `batches`: those that they
    came in."""
    journal = Journal(store)
    if not journal.exists():
        return Proved([], [], [])
    found: set[int] = set()
    named: set[tuple[str, str]] = set()
    told: list[RowsProof] = []
    rooted: dict[str, dict[str, tuple[int, LogLeaf]]] = {}
    for number, leaf in enumerate(journal.leaves()):
        for one in leaf.batches:
            if one.batch in batches.get(leaf.table, ()):
                found.add(number)
                named.add((leaf.table, one.batch))
                if one.root:
                    rooted.setdefault(leaf.table, {})[one.batch] = (number, leaf)
        if leaf.kind == "key":
            found.add(number)
    for table, some in rooted.items():
        told += _of_table(store, table, some, set(enclosed.get(table, ())))
    asked = ((table, batch) for table, some in sorted(batches.items()) for batch in some)
    return Proved(sorted(found), told, [":".join(one) for one in asked if one not in named])


def _of_table(
    store: Store, table: str, named: Mapping[str, tuple[int, LogLeaf]], wanted: set[bytes]
) -> list[RowsProof]:
    files = Journal(store).files(table)
    live = files.live(store.opened(table))
    with store.undivided() as session, files.rows(session, live) as there:
        known = [name for name in schema.TABLES[table] if name in there.columns]
        held = leaves.hashes_of(table, there, known, batches=list(named))
    made = []
    for batch, (number, _) in named.items():
        hashes = held.get(batch, [])
        at = [place for place, one in enumerate(hashes) if one in wanted]
        if at:
            made.append(
                RowsProof(
                    table=table,
                    batch=batch,
                    leaf=number,
                    rows=len(hashes),
                    at=tuple(at),
                    beside=tuple(one.hex() for one in _beside(hashes, at)),
                )
            )
    return made


def _beside(hashes: Sequence[bytes], at: Sequence[int]) -> list[bytes]:
    """The roots of the widest subtrees without a wanted leaf, from left to right."""
    if not at:
        return [merkle.root(hashes)]
    if len(hashes) == 1:
        return []
    cut = merkle.split(len(hashes))
    left = [one for one in at if one < cut]
    right = [one - cut for one in at if one >= cut]
    return [*_beside(hashes[:cut], left), *_beside(hashes[cut:], right)]


def root_of(proof: RowsProof, hashes: Sequence[bytes]) -> str:
    """The root that rows and the hashes beside them lead to, in hexadecimal. `hashes`: of the rows,
    in the order of `at`. LedgerError where the proof has another shape."""
    ordered = sorted(hashes)
    strictly = list(proof.at) == sorted(set(proof.at))
    inside = bool(proof.at) and proof.at[0] >= 0 and proof.at[-1] < proof.rows
    if not (strictly and inside and len(ordered) == len(proof.at)):
        raise LedgerError("a proof of rows has another shape than its rows")
    try:
        beside = [bytes.fromhex(one) for one in proof.beside]
    except ValueError:
        raise LedgerError("a proof of rows is not in hexadecimal") from None
    taken, given = iter(dict(zip(proof.at, ordered, strict=True)).items()), iter(beside)
    top = _rebuilt(proof.rows, [*proof.at], taken, given, depth=0)
    if next(given, None) is not None:
        raise LedgerError("a proof of rows has another shape than its rows")
    return top.hex()


def _rebuilt(size: int, at: list[int], rows: object, beside: object, *, depth: int) -> bytes:
    if depth > _MOST_DEPTH:
        raise LedgerError("a proof of rows is too deep")
    if not at or size == 1:
        found = next(rows if at else beside, None)  # type: ignore[call-overload]
        if found is None:
            raise LedgerError("a proof of rows lacks hashes")
        return bytes(found[1] if at else found)
    cut = merkle.split(size)
    left = _rebuilt(cut, [n for n in at if n < cut], rows, beside, depth=depth + 1)
    right = _rebuilt(size - cut, [n - cut for n in at if n >= cut], rows, beside, depth=depth + 1)
    return merkle.node(left, right)


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def as_tuple(table: str, text: str) -> tuple[object, ...]:
    """A row from its text, for the ledger that is made of a bundle. ValueError or TypeError for one
    that is none."""
    held = msgspec.json.decode(text)
    if not isinstance(held, dict):
        raise TypeError("a row is no object")
    return tuple(_value(kind, held.get(name)) for name, kind in schema.TABLES[table].items())


def _value(kind: str, given: object) -> object:
    if given is None:
        return None
    wanted = {schema.TEXT: str, schema.TIME: int, schema.COUNT: int, schema.FLAG: bool}
    if kind in wanted:
        if type(given) is not wanted[kind]:
            raise TypeError(f"{given!r} in a column of {kind}")
        if kind != schema.TEXT and not -(1 << 62) < int(given) < 1 << 62:  # type: ignore[call-overload]
            raise ValueError("a number is out of range")
        return schema.moment_of(given) if kind == schema.TIME else given  # type: ignore[arg-type]
    if kind == schema.NUMBER:
        return float(str(given))
    if not isinstance(given, list):
        raise TypeError(f"{given!r} in a column of lists")
    part = schema.TEXT if kind == schema.TEXTS else schema.COUNT
    return [_value(part, one) for one in given]


def until(when: object) -> int:
    """A time of recording as queries take it; None: all that is held."""
    from datetime import datetime

    return micros(when) if isinstance(when, datetime) else 1 << 61
