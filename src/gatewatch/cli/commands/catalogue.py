"""catalogue: services, rules and claims, checked for faults of form."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from gatewatch.catalogue import facts
from gatewatch.cli.options import As, NoColor, Output
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import CatalogueError

EXAMPLES = ("catalogue check", "catalogue check my-facts/ --format json")


class CatalogueAction(StrEnum):
    """What `gatewatch catalogue` does."""

    CHECK = "check"


def catalogue(
    action: Annotated[
        CatalogueAction, typer.Argument(help="check: name every fault with file and line.")
    ],
    folders: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[FOLDER]...", help="Folders of your own to check beside ours."),
    ] = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Check services, rules and claims: ours, and those in your own folders.

    Exit code 1 if there is a fault.
    """
    assert action == CatalogueAction.CHECK
    named = [Path(folder) for folder in folders or []]
    for folder in named:
        if not folder.is_dir():
            raise CatalogueError(f"{folder} is no folder")
    own = [f / "facts" if (f / "facts").is_dir() else f for f in named]
    found, faults = facts.read((*facts.folders(), *own))

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

    show(output, [{"file": f.file, "line": f.line, "fault": f.text} for f in faults], person)
    if faults:
        raise typer.Exit(1)
