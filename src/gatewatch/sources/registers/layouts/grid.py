"""A grid of cells with a header among them, as sheets, pages and documents have it."""

from collections.abc import Sequence

from gatewatch.model.register import Declared

Grid = Sequence[Sequence[str]]


def named(grid: Grid, how: Declared) -> list[dict[str, str]]:
    """Rows below the header by its names; rows that repeat the header are passed over."""
    body = list(grid[how.skip :])
    if not how.header:
        return [{str(n): cell for n, cell in enumerate(row, 1)} for row in body]
    head, body = body[: how.header], body[how.header :]
    names = header(head)
    repeated = {tuple(row) for row in head}
    return [_row(names, row) for row in body if any(row) and tuple(row) not in repeated]


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
    for name, cell in zip(names, cells, strict=False):
        if name:
            named[name] = "\n".join(filter(None, (named.get(name), cell)))
    return named


def plain(text: str) -> str:
    """Text without line ends and doubled blanks."""
    return " ".join(text.split())
