"""A grid of cells with a header among them, as sheets, pages and documents have it."""

from collections.abc import Iterable, Iterator, Sequence

from gatewatch.model.register import Declared
from gatewatch.model.unread import may_name
from gatewatch.sources.registers.cells import unshown
from gatewatch.sources.registers.rows import HREF
from gatewatch.sources.registers.values import FIELDS as SELECTORS

Grid = Sequence[Sequence[str]]
Numbered = tuple[int, dict[str, str]]
_OPEN, _CLOSING = ("-", "."), (".", "-")
"""How a part of a name ends that is none by itself, and how one begins."""


def named(grid: Grid, how: Declared, links: Grid = (), hidden: Grid = ()) -> list[dict[str, str]]:
    """Rows below the header by its names; rows that repeat the header are passed over. `links`: the
    addresses behind the cells of each row, a line each; `hidden`: these and whatever else a cell
    does not show."""
    body = list(enumerate(grid[how.skip :], how.skip))
    if not how.header:
        found = [(n, {str(m): cell for m, cell in enumerate(row, 1)}) for n, row in body]
        names = [str(m) for m in range(1, 1 + max((len(row) for row in grid), default=0))]
    else:
        head, body = [row for _, row in body[: how.header]], body[how.header :]
        names = header(head)
        repeated = {tuple(row) for row in head}
        found = [
            (n, _row(names, row)) for n, row in body if any(row) and tuple(row) not in repeated
        ]
    found = list(_whole(found, how))
    if not links:
        return [row for _, row in found]
    return [
        _linked(row, _row(names, links[n]), _row(names, (hidden or links)[n]), how)
        for n, row in found
    ]


def _whole(found: Iterable[Numbered], how: Declared) -> Iterator[Numbered]:
    """Rows with what was broken off their names for want of room, as documents have it in a row
    that says nothing else: a row of its own, the end of a name would be a name."""
    above: Numbered | None = None
    for row in found:
        if above and _goes_on(above[1], row[1], how):
            joined = {
                name: "\n".join(filter(None, (above[1].get(name), row[1].get(name))))
                for name in above[1] | row[1]
            }
            above = above[0], joined
            continue
        if above:
            yield above
        above = row
    if above:
        yield above


def _goes_on(above: dict[str, str], below: dict[str, str], how: Declared) -> bool:
    said = [name for name, cell in below.items() if cell]
    return bool(said) and all(
        how.columns.get(name) in SELECTORS
        and (above.get(name, "").endswith(_OPEN) or below[name].startswith(_CLOSING))
        for name in said
    )


def _linked(
    row: dict[str, str], links: dict[str, str], hidden: dict[str, str], how: Declared
) -> dict[str, str]:
    """A row with the addresses of its links: in columns of their own where the declaration asks for
    them, else beside a site's cell that shows no name."""
    for name, told in hidden.items():
        if f"{name}{HREF}" in how.columns:
            row[f"{name}{HREF}"] = links.get(name, "")
        elif how.columns.get(name) in SELECTORS and not may_name(row.get(name, "")):
            shown = " ".join(unshown(one) for one in told.split("\n") if may_name(one))
            row[name] = f"{row.get(name, '')} {shown}".strip()
    return row


def header(head: Grid) -> list[str]:
    """The names of columns: the cells of the header's rows, joined, without their line ends; one
    that stands over several rows counts once."""
    width = max((len(row) for row in head), default=0)
    return [
        " ".join(dict.fromkeys(plain(row[n]) for row in head if n < len(row) and row[n]))
        for n in range(width)
    ]


def _row(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Cells by their names; several under one name are several values, a line each."""
    named: dict[str, str] = {}
    for n, cell in enumerate(cells):
        # A column without a name is called by its number; it is told where it says something.
        name = names[n] if n < len(names) else ""
        if name or cell:
            name = name or str(n + 1)
            named[name] = "\n".join(filter(None, (named.get(name), cell)))
    return named


def plain(text: str) -> str:
    """Text without line ends and doubled blanks."""
    return " ".join(text.split())
