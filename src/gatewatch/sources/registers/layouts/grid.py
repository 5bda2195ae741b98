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
    width = max((len(row) for row in head), default=0)
    names = [
        " ".join(filter(None, (row[n] if n < len(row) else "" for row in head)))
        for n in range(width)
    ]
    repeated = {tuple(row) for row in head}
    return [
        {name: cell for name, cell in zip(names, row, strict=False) if name}
        for row in body
        if any(row) and tuple(row) not in repeated
    ]


def plain(text: str) -> str:
    """Text without line ends and doubled blanks."""
    return " ".join(text.split())
