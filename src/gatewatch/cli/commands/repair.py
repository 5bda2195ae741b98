"""repair: a damaged ledger rebuilt in a new folder."""

from typing import TYPE_CHECKING, Annotated, Optional

import msgspec
import typer

from gatewatch.cli.options import As, LedgerAt, NoColor, Output, Quiet, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.progress import Done, progress
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import UsageError

if TYPE_CHECKING:
    from gatewatch.pipeline.repair import Repair

EXAMPLES = (
    "repair rebuilt --ledger demo-ledger",
    "repair again --source ru-demo=prohibited-2017/ --ledger demo-ledger --format json",
)


def repair(
    folder: Annotated[str, typer.Argument(help="The rebuilt ledger: a new or empty folder.")],
    source: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="ID=PLACE",
            help="Where a register is read from, by its id, or the measurements, as ooni=PLACE. "
            "May be given more than once.",
        ),
    ] = None,
    declaration: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="FILE", help="The TOML of a register of which none is left."),
    ] = None,
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Rebuild a damaged ledger in a new folder, from the rows that are left and from sources, and
    examine it.

    The damaged one is only read. Exit code 1 if the doctor finds a fault in the rebuilt one, or if
    something is still lost: the page says which source brings it back.
    """
    from gatewatch.catalogue import registers as catalogue
    from gatewatch.pipeline.repair import repair as rebuild

    sources = dict(_pair(one) for one in source or ())
    declared = [catalogue.find(file) for file in declaration or ()]
    with progress("repair", quiet=quiet) as report:
        steps = iter(range(1, 1 << 30))
        done = rebuild(
            ledger_at(ledger),
            folder,
            sources,
            declarations=declared,
            report=lambda what: report(Done(next(steps), None, what)),
        )
    show(output, [_row(done)], lambda page: _draw(page, done))
    if not done.sound or any(part.lost for part in done.parts):
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    name, sign, place = text.partition("=")
    if not (name and sign and place):
        raise UsageError(f"--source {text}: write ID=PLACE, as ru-rkn=mirror.git or ooni=folder")
    return name, place


def _row(done: "Repair") -> dict[str, object]:
    return {
        "folder": done.location,
        "sound": done.sound,
        "parts": [msgspec.to_builtins(part) for part in done.parts],
        "findings": [msgspec.to_builtins(one) for one in done.findings],
    }


def _draw(page: Page, done: "Repair") -> None:
    faults = [one for one in done.findings if one.level == "fault"]
    page.head(done.location, "the ledger is sound" if done.sound else count(len(faults), "fault"))
    for part in done.parts:
        page.field(part.part, f"{part.kept:,} kept", f"{part.read_again:,} read again")
        if part.lost:
            page.line("  lost   ", (part.lost, "bold"), hang=9)
    for one in faults:
        page.line("  fault  ", (one.what, "bold"), hang=9)
        page.line((f"         {one.advice}", "dim"))
