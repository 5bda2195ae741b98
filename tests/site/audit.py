"""The audit of a page by axe, as cheap as it can be: the program is put into a page once, and only
what it objects to comes back."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
"""All that a change of the scheme can change."""
_PROGRAM = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
_RUN = """async rules => {
    // Rows of one table, items of one list, choices of one field are made alike: some stand for all.
    for (const one of document.querySelectorAll(
        "tbody > tr:nth-child(n+20), ul > li:nth-child(n+30), ol > li:nth-child(n+30), option:nth-child(n+10)"
    )) one.remove();
    const found = await axe.run({runOnly: rules, resultTypes: ["violations"], preload: false});
    return found.violations.map(one => [one.id, one.nodes[0].html.slice(0, 160)]);
}"""


def objections(page: Page, rules: Any = LEVELS) -> list[tuple[str, str]]:
    """Which rules a page breaks, each with the first element that does."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_PROGRAM)
    return [(rule, element) for rule, element in page.evaluate(_RUN, rules)]
