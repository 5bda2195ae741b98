"""Makes the bundle of form 1 that tests/exports/cite/test_bundle.py keeps to: run it once a form,
with `python -m tests.exports.cite.golden`, and keep the file."""

import tempfile
from pathlib import Path

from tests.conftest import DEMO

from gatewatch import pipeline
from gatewatch.catalogue import registers
from gatewatch.exports.cite.bundle import cite
from gatewatch.exports.cite.questions import Cited, question
from gatewatch.ledger import notes
from gatewatch.query import ledger as reading

FILE = Path(__file__).with_name("form-1.zip")
SIGNER = notes.Signer("example.org/golden", bytes(range(32)))
"""Of no ledger: what it signs is worth nothing."""


def main() -> None:
    """A check of the demo's register, with the facts that come with the program."""
    with tempfile.TemporaryDirectory() as folder:
        location = f"{folder}/ledger"
        pipeline.ingest(
            location, registers.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017")
        )
        opened = reading.open(location)
        asked = question(
            opened, Cited.CHECK, "wechat.com", "RU", times=("2017-05-08", "2026-11-01", None)
        )
        FILE.write_bytes(cite(opened, asked, program="gatewatch 0.1.0", signer=SIGNER))


if __name__ == "__main__":
    main()
