"""catalogue: services, rules and claims, checked for faults of form."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from gatewatch.catalogue import facts
from gatewatch.catalogue.facts import Catalogue
from gatewatch.cli import case_lines
from gatewatch.cli.options import As, NoColor, Output
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, is_person, note
from gatewatch.errors import CatalogueError, UsageError

EXAMPLES = (
    "catalogue check",
    "catalogue check my-facts/ --format json",
    "catalogue draft prohibited-2017/2017-05-04.csv",
    "catalogue weak",
    "catalogue log",
)


class CatalogueAction(StrEnum):
    """What `gatewatch catalogue` does."""

    CHECK = "check"
    DRAFT = "draft"
    WEAK = "weak"
    LOG = "log"


def catalogue(
    action: Annotated[
        CatalogueAction,
        typer.Argument(
            help="check: name every fault with file and line. "
            "draft: a first declaration of a register from one of its files. "
            "weak: claims that rest on a blog alone. log: corrections, with who, when and why."
        ),
    ],
    folders: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="[PATH]...",
            help="Folders of your own to read beside ours; the file to draft from.",
        ),
    ] = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Check services, rules and claims: ours, and those in your own folders. Or draft a register.

    Exit code 1 if there is a fault.
    """
    if action == CatalogueAction.DRAFT:
        _draft(folders or [])
        return
    where = (*facts.folders(), *_own(folders or []))
    if action == CatalogueAction.LOG:
        _log(_sound(where), where[1:], output)
        return
    if action == CatalogueAction.WEAK:
        _weak(_sound(where), output)
        return
    found, faults = facts.read(where)

    def person(page: Page) -> None:
        for fault in faults:
            page.line((f"{fault.file}:{fault.line}", "bold"))
            page.line(f"    {fault.text}")
        known = ", ".join(
            [
                count(len(found.services), "service"),
                count(len(found.instruments), "legal instrument"),
                count(len(found.claims), "claim"),
            ]
        )
        page.line(f"{known}: {count(len(faults), 'fault') if faults else 'no fault'}")
        if weak := found.weak():
            page.line(f"{count(len(weak), 'claim')} on a blog alone: gatewatch catalogue weak")

    show(output, [{"file": f.file, "line": f.line, "fault": f.text} for f in faults], person)
    if faults:
        raise typer.Exit(1)


def _own(folders: list[str]) -> list[Path]:
    """Folders of facts beside ours, as they were named."""
    for folder in folders:
        if not Path(folder).is_dir():
            raise CatalogueError(f"{folder} is no folder")
    return [f / "facts" if (f / "facts").is_dir() else f for f in map(Path, folders)]


def _sound(where: tuple[Path, ...]) -> Catalogue:
    """The facts of some folders; what is at fault in them is for `check` to tell."""
    if where == facts.folders():
        return facts.load()
    found, faults = facts.read(where)
    if faults:
        raise CatalogueError(f"{faults[0]}: see gatewatch catalogue check {where[-1]}")
    return found


def _draft(paths: list[str]) -> None:
    """Print a declaration for a file: `gatewatch catalogue draft FILE > xx-board.toml`."""
    from gatewatch.sources.registers.draft import draft

    if len(paths) != 1 or not Path(paths[0]).is_file():
        raise UsageError("draft wants one file of the list: gatewatch catalogue draft list.csv")
    print(draft(Path(paths[0])), end="")


def _weak(found: Catalogue, output: Output) -> None:
    """Claims that nobody nearer to the act is known to make."""
    rows = [
        {
            "claim": one.id,
            "service": one.service,
            "jurisdiction": one.jurisdiction,
            "action": str(one.action),
            "date": one.date or None,
            "publisher": one.source.publisher,
        }
        for one in found.weak()
    ]

    def person(page: Page) -> None:
        page.head(
            f"{count(len(rows), 'claim')} on a blog alone", "look for a source nearer to the act"
        )
        page.table(
            [
                row["claim"] or "",
                case_lines.ACTIONS.get(row["action"] or "", row["action"] or ""),
                row["date"] or "no day",
                row["publisher"] or "",
            ]
            for row in rows
        )

    show(output, rows, person)


_NONE = (
    "none of {count} claims has been disputed, superseded or withdrawn, neither ours nor in {where}"
)
_HOW = (
    'to correct one, write a [[correction]] into your own facts: docs/cases.md, "Facts of your own"'
)


def _log(found: Catalogue, own: tuple[Path, ...], output: Output) -> None:
    """What was said of claims after they were written. That nothing was is said too."""
    held = sorted(found.corrections.values(), key=lambda one: (one.on, one.id))
    where = ", ".join(map(str, own)) or "a folder of yours (GATEWATCH_CATALOGUE names none)"
    none = _NONE.format(count=f"{len(found.claims):,}", where=where)
    rows = [
        {
            "on": one.on,
            "claim": one.claim,
            "verdict": str(one.verdict),
            "by": one.by,
            "why": one.why,
            "replaced_by": one.replaced_by or None,
        }
        for one in held
    ]

    def person(page: Page) -> None:
        page.head(count(len(rows), "correction"), "nothing is deleted")
        if not rows:
            page.line(f"  {none}")
            page.line(f"  {_HOW}")
        for row in rows:
            page.line((f"  {row['on']}  {row['claim']}  {row['verdict']}", "bold"))
            page.line(f"      {row['by']}: {row['why']}")

    show(output, rows, person)
    if not rows and output == Output.TABLE and not is_person():
        note(f"gatewatch: {none}; {_HOW}")
