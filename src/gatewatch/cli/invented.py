"""Told on every page that rests on them: measurements and reports that were invented for show."""

from typing import TYPE_CHECKING

from gatewatch.cli.terminal import Page
from gatewatch.query.invented import invented

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger

MADE = "invented for show, nobody measured or sent it"
"""Beside one measurement, or what rests on such alone."""
_SOME = (
    "  This ledger shows a demo: measurements and reports of networks AS64496 to AS64511 were "
    "invented. Nobody measured or sent those."
)


def warn(page: Page, opened: "OpenedLedger") -> None:
    """Say it of a whole page, if the ledger holds any."""
    if invented(opened):
        page.line((_SOME, "dim"))
