"""verify: what of a bundle holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import msgspec
import typer

from gatewatch import __version__
from gatewatch.cli.options import As, NoColor, Output
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import SourceError, UsageError

if TYPE_CHECKING:
    from gatewatch.exports.cite.verifying import Check

EXAMPLES = ("verify wechat.zip", "verify wechat.zip --format json")
_STYLES = {"ok": "", "note": "dim", "fault": "bold"}


def verify(
    bundle: Annotated[str, typer.Argument(metavar="FILE", help="What gatewatch cite made.")],
    key: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="NAME+ID+KEY",
            help="The key that has to have signed, as its operator publishes it.",
        ),
    ] = None,
    roots: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="FILE", help="Certificates (PEM) of authorities of time that you trust."
        ),
    ] = None,
    no_answer: Annotated[
        bool, typer.Option("--no-answer", help="Do not ask the question again.")
    ] = False,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Say what of a bundle holds: signature, digests, log, and whether this program gives the same
    answer from the enclosed records. Needs no ledger and no network.

    Exit code 1 if something was changed, or it is no bundle.
    """
    from gatewatch.exports.cite.archive import MOST_BYTES
    from gatewatch.exports.cite.verifying import verify as look
    from gatewatch.ledger.notes import Verifier

    try:
        with Path(bundle).open("rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError as fault:
        raise UsageError(f"{bundle} cannot be read: {fault.strerror}") from fault
    try:
        found = look(
            data,
            key=Verifier.parse(key) if key else None,
            roots=Path(roots) if roots else None,
            program=None if no_answer else f"gatewatch {__version__}",
        )
    except SourceError as fault:
        raise SourceError(f"{bundle}: {fault}") from fault
    faults = sum(one.level == "fault" for one in found)
    show(
        output,
        [msgspec.to_builtins(one) for one in found],
        lambda page: _draw(page, found, faults, bundle),
    )
    if faults:
        raise typer.Exit(1)


def _draw(page: Page, found: "list[Check]", faults: int, bundle: str) -> None:
    page.head(count(faults, "fault") if faults else "The bundle holds", bundle)
    for one in found:
        page.line(f"  {one.level:<6} ", (one.what, _STYLES[one.level]), hang=9)
