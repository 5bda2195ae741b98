"""What of a bundle holds: on any machine, without its ledger, whoever made it.

Nothing of it is believed before it was looked at; what it lacks is said, and what was changed is a
fault.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.errors import GatewatchError, LedgerError, MissingExtraError, SourceError, needs
from gatewatch.exports.cite import archive, timestamps
from gatewatch.exports.cite.bundle import rows_in
from gatewatch.exports.cite.differences import difference
from gatewatch.exports.cite.form import (
    ANSWER,
    BESIDE,
    FORM,
    LEAVES,
    MANIFEST,
    ROWS,
    SIGNATURE,
    SIGNED,
    TIMESTAMP,
    Manifest,
)
from gatewatch.exports.cite.questions import answer
from gatewatch.exports.cite.rebuilding import rebuilt
from gatewatch.ledger import leaves, merkle, notes, slices
from gatewatch.ledger.leaves import LogLeaf
from gatewatch.ledger.proofs import InclusionProof
from gatewatch.ledger.slices import RowsProof
from gatewatch.ledger.tlog import Checkpoint
from gatewatch.model.moment import iso

OK, NOTE, FAULT = "ok", "note", "fault"
_UNREADABLE = (
    msgspec.MsgspecError,
    UnicodeDecodeError,
    RecursionError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
)
"""What a stranger's data may raise where it is not what it says."""


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: `ok`, a `note`, or a `fault`."""

    level: str
    what: str


class _Leaves(msgspec.Struct, frozen=True):
    leaves: tuple[InclusionProof, ...]


class _Rows(msgspec.Struct, frozen=True):
    rows: tuple[RowsProof, ...]


class _Form(msgspec.Struct, frozen=True):
    form: int


def verify(
    data: bytes,
    *,
    program: str | None,
    key: notes.Verifier | None = None,
    roots: Path | None = None,
) -> list[Check]:
    """Look at a bundle: its digests, signature, timestamp, log, and whether this program gives the
    same answer from the enclosed rows. `program`: its name and version; None: it is not asked.
    `key`: the operator's, as published. `roots`: certificates of authorities, in PEM.

    SourceError for what is no bundle, or one that no program should unpack.
    """
    files = archive.unpacked(data)
    manifest = _manifest(files)
    found = [*_digests(manifest, files)]
    known = [key] if key else _own_key(manifest)
    looks: list[Callable[[], Iterable[Check]]] = [
        lambda: _signature(data, files, manifest, known, pinned=key is not None),
        lambda: _timestamp(files, roots),
        lambda: _log(files, manifest, known),
    ]
    if program:
        looks.append(lambda: _again(files, manifest, program))
    for look in looks:
        try:
            found += look()
        except MissingExtraError as lacking:
            found.append(Check(NOTE, f"not looked at: {lacking}"))
        except GatewatchError as fault:
            found.append(Check(FAULT, str(fault)))
        except _UNREADABLE as fault:
            found.append(Check(FAULT, f"a file of it is not what a bundle has: {fault}"[:300]))
    return sorted(found, key=lambda one: (OK, NOTE, FAULT).index(one.level))


def _manifest(files: Mapping[str, bytes]) -> Manifest:
    if MANIFEST not in files:
        raise SourceError(f"it holds no {MANIFEST}: it is no bundle that gatewatch cite made")
    try:
        form = msgspec.json.decode(files[MANIFEST], type=_Form).form
        if form > FORM:
            raise SourceError(
                f"it is of form {form}, which a later gatewatch made; this one reads up to {FORM}: "
                "upgrade gatewatch"
            )
        return msgspec.json.decode(files[MANIFEST], type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise SourceError(f"its {MANIFEST} cannot be read: {fault}") from fault


def _own_key(manifest: Manifest) -> list[notes.Verifier]:
    try:
        return [notes.Verifier.parse(manifest.key)] if manifest.key else []
    except LedgerError as fault:
        raise SourceError(f"its {MANIFEST} names no key: {fault}") from fault


def _digests(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Check]:
    bad = [
        f"{name} is missing" if name not in files else f"{name} is not what was cited"
        for name, told in sorted(manifest.files.items())
        if name not in files
        or (told.bytes, told.sha256) != (len(files[name]), slices.digest(files[name]))
    ]
    bad += [f"{name} was not cited" for name in sorted({*files} - {*manifest.files} - BESIDE)]
    if ANSWER not in manifest.files:
        bad.append(f"{ANSWER} is not named")
    yield from (Check(FAULT, one) for one in bad)
    if not bad:
        yield Check(OK, f"{len(manifest.files)} files are as they were cited")


def _signature(
    data: bytes,
    files: Mapping[str, bytes],
    manifest: Manifest,
    known: list[notes.Verifier],
    *,
    pinned: bool,
) -> Iterator[Check]:
    if SIGNATURE not in files:
        level = FAULT if pinned or manifest.key else NOTE
        yield Check(level, "it is not signed: whoever had it could have changed it as a whole")
        return
    text, by = notes.signed_by(files[SIGNATURE], known)
    described = slices.digest(files.get("ro-crate-metadata.json", b""))
    if text != f"{SIGNED}\n{slices.digest(files[MANIFEST])}\n{described}\n":
        yield Check(FAULT, "the signature is of another manifest or description")
    elif not by:
        yield Check(FAULT, f"it is not signed by {known[0] if known else 'a key that it names'}")
    elif pinned:
        yield Check(OK, f"signed by {by[0]}, the key that you named")
    else:
        yield Check(OK, f"signed by {by[0]}: compare it with the key that its operator publishes")
    sealed = archive.is_sealed(data, known)
    if sealed is None:
        yield Check(NOTE, "it was packed anew: its files hold, its packing is not sealed")
    else:
        yield (
            Check(OK, "the file is, to the last bit, what was sealed")
            if sealed
            else Check(FAULT, "the file is not what was sealed: a bit of its packing was changed")
        )


def _timestamp(files: Mapping[str, bytes], roots: Path | None) -> Iterator[Check]:
    if TIMESTAMP not in files:
        return
    at, holds = timestamps.told(files[TIMESTAMP], files.get(SIGNATURE, b""), roots)
    if holds:
        yield Check(OK, f"an authority that you trust saw its signature at {iso(at)}")
    else:
        yield Check(
            NOTE,
            f"a timestamp of {iso(at)} is of this signature; --roots FILE.pem says whether you trust "
            "its authority",
        )


def _log(
    files: Mapping[str, bytes], manifest: Manifest, known: list[notes.Verifier]
) -> Iterator[Check]:
    if LEAVES not in files:
        yield Check(NOTE, "no log stands behind it: its ledger kept none")
        return
    told = msgspec.json.decode(files[LEAVES], type=_Leaves).leaves
    held = {one.index: leaves.decode(one.leaf.encode()) for one in told}
    note = files.get("log/checkpoint", b"")
    if wrong := [one.index for one in told if not one.holds() or one.checkpoint.encode() != note]:
        yield Check(FAULT, f"leaf {wrong[0]} is not in the tree of its checkpoint")
        return
    text, by = notes.signed_by(note, [*known, *_rotated(held)])
    said = Checkpoint.parse(text)
    if said.origin != manifest.ledger:
        yield Check(FAULT, "the checkpoint is of another log")
    if not by:
        yield Check(NOTE if not known else FAULT, "the checkpoint of the log is not signed")
    elif by[0] in known:
        yield Check(
            OK, f"{len(told)} leaves are in the log of {said.size:,}, signed by the same key"
        )
    else:
        yield Check(
            NOTE,
            f"{len(told)} leaves are in a log of {said.size:,} signed by {by[0]}, an earlier key",
        )
    yield from _rows(files, held, frozenset(manifest.unlogged))


def _rotated(held: Mapping[int, LogLeaf]) -> list[notes.Verifier]:
    return [notes.Verifier.parse(leaf.key) for leaf in held.values() if leaf.key]


def _rows(
    files: Mapping[str, bytes], held: Mapping[int, LogLeaf], unlogged: frozenset[str]
) -> Iterator[Check]:
    """The enclosed rows are those that leaves name. `unlogged`: batches of which the manifest says
    that no leaf does."""
    proofs = msgspec.json.decode(files.get(ROWS, b'{"rows":[]}'), type=_Rows).rows
    hashes, withheld = _hashes(files)
    proved = 0
    for one in proofs:
        leaf = held.get(one.leaf)
        roots = [b.root for b in leaf.batches if b.batch == one.batch] if leaf else []
        mine = hashes.pop((one.table, one.batch), [])
        if not leaf or leaf.table != one.table or roots != [slices.root_of(one, mine)]:
            yield Check(FAULT, f"rows of {one.table} are not those that leaf {one.leaf} names")
            continue
        proved += len(mine)
    named = {(leaf.table, batch.batch) for leaf in held.values() for batch in leaf.batches}
    own = len(hashes.pop(("facts", ""), []))
    nobody = {key: rows for key, rows in hashes.items() if key not in named}
    if stray := [key for key in nobody if ":".join(key) not in unlogged]:
        yield Check(FAULT, f"rows of {stray[0][0]} are of a batch that no leaf names")
    yield Check(OK, f"{proved:,} rows are, one by one, in leaves of the log")
    if by_file := sum(len(rows) for key, rows in hashes.items() if key in named):
        yield Check(
            NOTE,
            f"{by_file:,} rows are of logged batches whose leaves have digests of files: only the "
            "ledger shows them one by one",
        )
    if later := sum(len(rows) for key, rows in nobody.items() if key not in stray):
        yield Check(
            NOTE,
            f"{later:,} rows were not in the log yet when this was cited: the signature alone "
            "vouches for them",
        )
    if own:
        yield Check(NOTE, f"{own:,} facts are the program's own: the ledger had recorded none")
    if withheld:
        yield Check(
            NOTE, f"of {withheld:,} rows paths are withheld by ground; their hashes are here"
        )


def _hashes(files: Mapping[str, bytes]) -> tuple[dict[tuple[str, str], list[bytes]], int]:
    """Hashes of enclosed rows by table and batch; how many rows are withheld in part."""
    found: dict[tuple[str, str], list[bytes]] = {}
    withheld = 0
    for name, data in files.items():
        table, _, kind = name.removeprefix("rows/").partition(".")
        for line in data.decode().splitlines() if name.startswith("rows/") else ():
            row: Any = msgspec.json.decode(line)
            told = merkle.leaf(line.encode())
            if kind == "withheld.ndjson":
                told, row, withheld = bytes.fromhex(row["hash"]), row["row"], withheld + 1
            found.setdefault((table, str(row["batch"])), []).append(told)
    return found, withheld


def _again(files: Mapping[str, bytes], manifest: Manifest, mine: str) -> Iterator[Check]:
    """Whether this program gives the same answer from the enclosed rows."""
    import duckdb

    cited = msgspec.json.decode(files[ANSWER])
    try:
        with needs("network"), rebuilt(rows_in(files)) as small:
            now = msgspec.json.decode(
                msgspec.json.encode(answer(small, manifest.question).document, order="sorted")
            )
    except duckdb.Error as fault:
        raise SourceError(f"the enclosed rows cannot be asked: {fault}") from fault
    found = [one for one in difference(cited, now) if one not in manifest.differs]
    other = "" if manifest.program == mine else f", where {manifest.program} gave it"
    if found:
        yield Check(
            FAULT if not other else NOTE,
            f"{mine} tells it otherwise from the enclosed records{other}: {', '.join(found[:3])}",
        )
    else:
        yield Check(OK, f"{mine} gives the same answer from the enclosed records{other}")
    if manifest.differs:
        yield Check(
            NOTE, f"already when it was made, not all followed from them: {manifest.differs[0]}"
        )
