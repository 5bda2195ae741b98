"""Told on every page that rests on them: measurements and reports that were invented for show."""

from typing import TYPE_CHECKING

from gatewatch.cli.terminal import Page
from gatewatch.model.documentation import DEMO
from gatewatch.query.invented import invented
from gatewatch.words.saying import say

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


def warn(page: Page, opened: "OpenedLedger") -> None:
    """Say it of a whole page, if the ledger holds any."""
    if invented(opened):
        page.line((f"  {say(DEMO)}", "dim"))
