"""The form of a bundle: what its manifest says. A later program reads every form up to its own."""

import msgspec

from gatewatch.exports.cite.questions import CitedQuestion

FORM = 1
SIGNED = "gatewatch bundle, form 1"
"""The first line of what is signed: a checkpoint of a log never begins so."""
MANIFEST, SIGNATURE, TIMESTAMP = "manifest.json", "manifest.sig", "timestamp.tsr"
ANSWER, PAGE, PICTURE = "answer.json", "answer.html", "answer.svg"
SOURCES, LEAVES, ROWS = "sources.json", "log/leaves.json", "log/rows.json"
BESIDE = frozenset({MANIFEST, SIGNATURE, TIMESTAMP, "ro-crate-metadata.json"})
"""Files that the manifest does not name: they are about it, or follow from it."""


class CitedFile(msgspec.Struct, frozen=True):
    """A file of the bundle, by bytes and SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is cited, of which ledger, by which program, and every file with its digest."""

    form: int
    program: str
    question: CitedQuestion
    files: dict[str, CitedFile]
    ledger: str = ""
    """The name under which the ledger's log signs; empty: it keeps none."""
    key: str = ""
    """The public key that signed, as its operator publishes it."""
    rules: str = ""
    """The rule set of the program that answered."""
    fingerprints: str = ""
    """The version of its fingerprints of block pages."""
    facts: str = ""
    """The digest of the whole catalogue that the answer rests on."""
    differs: tuple[str, ...] = ()
    """Where the enclosed rows alone gave another answer when the bundle was made, and why: reports
    are counts, and what may not be shown is not enclosed."""
    unlogged: tuple[str, ...] = ()
    """TABLE:BATCH of rows that were committed and not in the log yet: in an object store, by a
    machine that keeps another."""
