"""A bundle: an answer with everything that it rests on, in one file."""

from collections.abc import Mapping
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import msgspec

from gatewatch import disk
from gatewatch.analysis.network.tools import PROJECT
from gatewatch.catalogue import fingerprints, rules
from gatewatch.errors import GatewatchError, LedgerError, needs
from gatewatch.exports.cite import archive, crate, timestamps
from gatewatch.exports.cite.differences import difference
from gatewatch.exports.cite.enclosing import Enclosed, enclose
from gatewatch.exports.cite.form import (
    ANSWER,
    FORM,
    LEAVES,
    MANIFEST,
    PAGE,
    PICTURE,
    ROWS,
    SIGNATURE,
    SIGNED,
    SOURCES,
    TIMESTAMP,
    CitedFile,
    Manifest,
)
from gatewatch.exports.cite.questions import CitedAnswer, CitedQuestion, answer
from gatewatch.exports.cite.rebuilding import rebuilt
from gatewatch.exports.tables import FACTS_LICENCE, NETWORK_LICENCE
from gatewatch.ledger import notes, proofs, slices
from gatewatch.ledger.journal import Journal
from gatewatch.model.moment import iso
from gatewatch.query.ledger import Ledger

_README = """What this is

An answer of a Gatewatch ledger to one question, with what it rests on. answer.json, answer.html and
answer.svg are the answer; rows/ holds the records behind it as the ledger's log hashed them; sources.json
names where they come from; log/ proves that the log of the ledger holds them.

How to check it

python3 check_digests.py      the digests of all files, with Python alone
gatewatch verify BUNDLE.zip   signature, digests, log, and whether the program of today gives the same
                              answer from the enclosed records; offline, on any machine

The signature is worth what the key is worth: compare the key in manifest.json with what the operator of
the ledger publishes. Paths of addresses that the ground of an entry withholds are left out; reports of
users are counts.
"""


def cite(
    ledger: Ledger,
    asked: CitedQuestion,
    *,
    program: str,
    timestamp_url: str | None = None,
    signer: notes.Signer | None = None,
) -> bytes:
    """The bundle of a question as a zip: the same ledger and question give the same bytes, unless
    an authority is asked for the time.

    `signer`: by default the key of the ledger's log, if it is kept here. LedgerError where too much
    stands behind the answer; SourceError where the authority gives no timestamp.
    """
    said, held = answer(ledger, asked), enclose(ledger, asked)
    journal = Journal(ledger.store)
    logged = journal.exists()
    if signer is None and logged:
        signer = next(iter(journal.signers()), None)
    files = {ANSWER: _json(said.document), PAGE: said.page.encode()}
    files |= {PICTURE: said.picture.encode()} if said.picture else {}
    files |= _rows(held)
    files[SOURCES] = _json(_sources(ledger, held))
    proved = slices.proofs(ledger.store, held.hashes(), held.batches())
    files |= _log(journal, proved)
    files["readme.txt"] = _README.encode()
    script = resources("gatewatch.exports.cite").joinpath("check_digests.py")
    files["check_digests.py"] = script.read_bytes()
    manifest = Manifest(
        form=FORM,
        program=program,
        question=asked,
        files={name: CitedFile(len(data), slices.digest(data)) for name, data in files.items()},
        ledger=journal.log.checkpoint().origin if logged else "",
        key=str(signer.verifier) if signer else "",
        rules=rules.load(PROJECT.rules).version,
        fingerprints=fingerprints.load(PROJECT.fingerprints).version,
        facts=held.facts.digest,
        differs=tuple(_differs(asked, said, files)),
        unlogged=tuple(proved.unlogged),
    )
    licences = _licences(ledger, held)
    files[crate.NAME] = _json(crate.described(manifest, files, licences))
    files[MANIFEST] = _json(manifest)
    if signer:
        files[SIGNATURE] = signed(files[MANIFEST], files[crate.NAME], signer)
        if timestamp_url:
            files[TIMESTAMP] = timestamps.stamp(files[SIGNATURE], timestamp_url)
    elif timestamp_url:
        with needs("cite"):
            import cryptography  # noqa: F401 - without it there is no key
        raise LedgerError("an authority of time sees a signature, and no key to sign with is here")
    return archive.packed(files, signer)


def signed(manifest: bytes, described: bytes, signer: notes.Signer) -> bytes:
    """The note that signs a bundle: over its manifest and its description."""
    text = f"{SIGNED}\n{slices.digest(manifest)}\n{slices.digest(described)}\n"
    return notes.note(text, [signer]).encode()


def _differs(asked: CitedQuestion, said: CitedAnswer, files: Mapping[str, bytes]) -> list[str]:
    """Where the enclosed rows alone tell it otherwise."""
    try:
        with rebuilt(rows_in(files)) as small:
            return difference(said.document, answer(small, asked).document)
    except (GatewatchError, ValueError, TypeError, KeyError) as fault:
        return [f"the enclosed rows alone give no answer: {fault}"]


def rows_in(files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """The texts of enclosed rows by table, those that are withheld in part among them.

    ValueError where a file is not what a bundle has.
    """
    found: dict[str, list[str]] = {}
    for name, data in files.items():
        if name.startswith("rows/"):
            table, _, kind = name.removeprefix("rows/").partition(".")
            lines = data.decode().splitlines()
            if kind == "withheld.ndjson":
                lines = [_text(msgspec.json.decode(line)) for line in lines]
            found.setdefault(table, []).extend(lines)
    return found


def _text(line: Any) -> str:
    if not isinstance(line, dict) or not isinstance(line.get("row"), dict):
        raise ValueError("a row that is withheld in part has another form")  # noqa: TRY004 - of a stranger
    return msgspec.json.encode(line["row"], order="sorted").decode()


def _rows(held: Enclosed) -> dict[str, bytes]:
    files = {
        f"rows/{table}.ndjson": "".join(f"{one.text}\n" for one in rows).encode()
        for table, rows in sorted(held.rows.items())
    }
    for table, told in sorted(held.withheld.items()):
        lines = [
            msgspec.json.encode(
                {"hash": name, "row": msgspec.json.decode(one.text)}, order="sorted"
            )
            for name, one in told
        ]
        files[f"rows/{table}.withheld.ndjson"] = b"".join(line + b"\n" for line in lines)
    return files


def _log(journal: Journal, proved: slices.Proved) -> dict[str, bytes]:
    if not proved.leaves:
        return {}
    leaves = proofs.proved(journal.log, proved.leaves)
    return {
        LEAVES: _json({"leaves": leaves}),
        ROWS: _json({"rows": proved.rows}),
        "log/checkpoint": journal.log.note(),
    }


def _sources(ledger: Ledger, held: Enclosed) -> dict[str, Any]:
    """Where the enclosed records come from."""
    states = [msgspec.json.decode(one.text) for one in held.rows.get("snapshots", ())]
    measured = [msgspec.json.decode(one.text) for one in held.rows.get("measurements", ())]
    told = [msgspec.json.decode(one.text) for one in held.rows.get("facts", ())]
    claims = [msgspec.json.decode(one["body"]) for one in told if one["kind"] == "claim"]
    known = ledger.history_of.registers()
    return {
        "registers": [
            {
                "register": n,
                "title": known[n].title,
                "authority": known[n].authority,
                "licence": known[n].licence,
            }
            for n in sorted({one["register"] for one in states})
        ],
        "snapshots": [
            {
                name: one.get(name)
                for name in ("register", "id", "published_text", "content", "origin", "status")
            }
            for one in states
        ],
        "measurements": [
            {
                "uid": one["uid"],
                "test": one.get("test_name"),
                "report": one.get("report_id"),
                "started_at": iso(_time(one.get("started_at"))),
            }
            for one in measured
        ],
        "claims": [{"claim": one.get("id"), "source": one.get("source")} for one in claims],
        "reports": "counts alone, as answer.json has them: who reported is given to nobody",
    }


def _time(micros: Any) -> Any:
    from gatewatch.ledger.schema import moment_of

    return moment_of(micros)


def _licences(ledger: Ledger, held: Enclosed) -> dict[str, str]:
    known = ledger.history_of.registers()
    names = {msgspec.json.decode(one.text)["register"] for one in held.rows.get("snapshots", ())}
    found = {"facts": f"{FACTS_LICENCE} (not the texts cited)"}
    found |= {name: known[name].licence for name in sorted(names)}
    return found | ({"measurements": NETWORK_LICENCE} if "measurements" in held.rows else {})


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted")) + b"\n"


def write(data: bytes, file: Path) -> None:
    """A bundle into a file, whole or not at all."""
    disk.written(file, data)
