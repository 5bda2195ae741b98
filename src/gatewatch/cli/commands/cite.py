"""cite: an answer with everything that it rests on, in one signed file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch import __version__
from gatewatch.cli.options import (
    As,
    AsOf,
    In,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page
from gatewatch.errors import UsageError
from gatewatch.exports.cite.questions import Cited
from gatewatch.query import ledger as reading

if TYPE_CHECKING:
    from gatewatch.ledger.notes import Signer

EXAMPLES = (
    "cite check wechat.com --valid-at 2017-05-08 --out wechat.zip",
    "cite case wechat RU --valid-at 2017-05-08 --out case.zip",
    "cite reconcile wechat -j RU --out reconciled.zip",
)


def cite(
    kind: Annotated[Cited, typer.Argument(help="What is asked.")],
    subject: Annotated[str, typer.Argument(help="A selector, or a service by any of its names.")],
    where: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="[COUNTRY]", help="The jurisdiction, as -j gives it."),
    ] = None,
    out: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FILE", help="Where the bundle goes; default KIND-SUBJECT.zip here."),
    ] = None,
    timestamp: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="URL",
            help="Have an authority (RFC 3161) at this address say when it saw the signature; it "
            "gets a digest alone.",
        ),
    ] = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: In = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """One file that proves an answer: question, answer, records behind it, log, signature.

    gatewatch verify FILE says offline, on any machine, what of it holds.
    """
    from gatewatch.exports.cite.bundle import cite as bundle
    from gatewatch.exports.cite.bundle import write
    from gatewatch.exports.cite.questions import question

    if where and jurisdiction and where.upper() != jurisdiction.code:
        raise UsageError(f"{where} or {jurisdiction}: name one jurisdiction")
    code = jurisdiction.code if jurisdiction else where
    opened = reading.open(ledger_at(ledger))
    asked = question(opened, kind, subject, code, times=(valid_at, as_of, recorded_by))
    data = bundle(
        opened,
        asked,
        program=f"gatewatch {__version__}",
        timestamp_url=timestamp,
        signer=_signer(opened),
    )
    file = Path(out or f"{kind}-{_plain(subject)}.zip")
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}: make it, or write elsewhere")
    if file.is_dir():
        raise UsageError(f"{file} is a folder: name a file in it, as {file / 'bundle.zip'}")
    write(data, file)
    row = {"file": str(file), "bytes": len(data), "question": str(kind), "subject": subject}
    show(output, [row], lambda page: _draw(page, file, len(data)))


def _signer(opened: "reading.Ledger") -> "Signer | None":
    """The key of the ledger's log, made at first use; None where nothing can be written. In an
    object store others write too: what they wrote is logged first, if a log is kept here."""
    from gatewatch.ledger.journal import Journal

    journal = Journal(opened.store)
    try:
        if not opened.store.local and journal.exists():
            journal.catch_up()
        return journal.signer()
    except OSError:
        return None


def _plain(subject: str) -> str:
    """A subject as part of a file's name."""
    return "".join(c if c.isalnum() or c in ".-" else "-" for c in subject.lower())[:60].strip(".")


def _draw(page: Page, file: Path, size: int) -> None:
    page.head(str(file), f"{size:,} bytes")
    page.line((f"  gatewatch verify {file} says what of it holds, on any machine", "dim"))
