"""Countries side by side: a row a service, a column a jurisdiction; on a narrow screen a block
each."""

from collections.abc import Iterator
from datetime import date

import msgspec

from gatewatch.cases.case import Network
from gatewatch.cases.compare import Comparison, ComparisonCell, ComparisonRow
from gatewatch.draw import marks
from gatewatch.draw.text import TITLE, cut, folded, text, width
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, message
from gatewatch.records.comparison import disputed
from gatewatch.words import country, say
from gatewatch.words.cases import told_by
from gatewatch.words.comparison import ground, network, since, summary, title
from gatewatch.words.states import Ink, look

_ROW, _LINE = 34.0, 18.0
_NO_RECORD = message("no record")


class _Page(msgspec.Struct, frozen=True):
    """Where names and columns stand; narrow, a cell has a line of its own under the name."""

    edge: float
    name: float
    column: float
    stacked: bool

    def width(self, columns: int) -> float:
        return 390.0 if self.stacked else self.edge * 2 + self.name + self.column * columns

    def x(self, column: int) -> float:
        return self.edge if self.stacked else self.edge + self.name + self.column * column

    def height(self, row: ComparisonRow) -> float:
        older = [_LINE * _explained(cell) for cell in row.cells]
        if self.stacked:
            return 26.0 + 48.0 * len(row.cells) + sum(older)
        return _ROW + max(older, default=0)


_WIDE, _NARROW = _Page(24.0, 190.0, 360.0, stacked=False), _Page(14.0, 0.0, 362.0, stacked=True)


def picture(
    found: Comparison, valid_at: date, *, language: str = "en", narrow: bool = False
) -> str:
    """The comparison as SVG, its groups apart."""
    page = _NARROW if narrow else _WIDE
    names = [country(code, language) for code in found.jurisdictions]
    wide = page.width(len(names))
    room = wide - 2 * page.edge
    dated = message("{title}, on {day}", title=title(found), day=valid_at)
    said = say(dated, language)
    head = folded(said, room, 2, bold=True, size=TITLE)
    body = [text(page.edge, 40 + 26 * n, line, "b t") for n, line in enumerate(head)]
    y = 40.0 + 26 * len(head)
    counts = message("{parts}", parts=summary(found))
    for line in folded(say(counts, language), room, 3):
        body.append(text(page.edge, y, line, "m"))
        y += 20
    if not narrow:
        body += [text(page.x(n) + 14, y + 22, name, "b") for n, name in enumerate(names)]
        y += 16
    y += 20
    before: tuple[bool, ...] | None = None
    for row in found.rows:
        group = tuple(cell.restricted for cell in row.cells)
        body.append(
            marks.rule(
                page.edge, wide - page.edge, y, "hair" if group == before else "ink", thick=1
            )
        )
        body += _row(row, names, y, page, language=language)
        before = group
        y += page.height(row)
    for note in (message("Dashed: no record, which is not a no."), network(found)):
        for line in folded(say(note, language), room, 4):
            y += 20
            body.append(text(page.edge, y + 8, line, "m"))
    return marks.frame(wide, y + 28, said, _alt_text(found, language), body=body)


def _row(
    row: ComparisonRow, names: list[str], y: float, page: _Page, language: str
) -> Iterator[str]:
    name = cut(row.name, page.name - 14 if page.name else 362.0, bold=True)
    yield text(page.edge, y + (20 if page.stacked else 22), name, "b")
    at = y + 40 if page.stacked else y + 17
    for n, cell in enumerate(row.cells):
        label = names[n] if page.stacked else ""
        yield from _cell(cell, (page.x(n), at), page, label, language=language)
        if page.stacked:
            at += 48 + _LINE * _explained(cell)


def _explained(cell: ComparisonCell) -> bool:
    return cell.case is not None and told_by(cell.case) is not None


def _cell(
    cell: ComparisonCell, at: tuple[float, float], page: _Page, label: str, language: str
) -> Iterator[str]:
    """Mark, day and ground; stacked, the ground stands under them. An old state has a lighter mark,
    and what no evidence of the day bears out a line more, which says by what it is told."""
    x, y = at
    case = cell.case
    lead = f"{label}: " if label and language != "zh" else f"{label}\uff1a" if label else ""
    if case is None:
        yield marks.unsure(x + 6, y)
        yield text(x + 22, y + 5, f"{lead}{say(_NO_RECORD, language)}", "m")
        return
    day = f"{lead}{say(since(case), language)}"
    mark = marks.of_state(case.state, x + 6, y)
    yield mark if case.current else marks.aged(mark)
    yield text(x + 22, y + 5, day, "b")
    end = x + 36 + width(day, bold=True)
    if disputed(case):
        yield marks.differ(end + 4, y)
        end += 24
    why = say(ground(case), language)
    if page.stacked:
        yield text(x + 22, y + 23, cut(why, page.column - 24), "m")
    else:
        yield text(end + 2, y + 5, cut(why, x + page.column - end - 40))
    if by := told_by(case):
        below = 23 + _LINE if page.stacked else 23
        yield text(x + 22, y + below, cut(say(by, language), page.column - 24), "m")
    if case.network.first:
        yield _network(case.network, x + page.column - 22, y)


def _network(seen: Network, x: float, y: float) -> str:
    """What probes saw, small, at the end of a cell: solid blocked, hollow reachable, dashed too
    little."""
    dashed = ' stroke-dasharray="3 2.5"' if seen.state == "insufficient" else ""
    blocked = seen.state == "blocked"
    fill, ink = (Ink.ACCESS, Ink.ACCESS) if blocked else ("paper", Ink.GREY)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="var(--{fill})" stroke="var(--{ink})" '
        f'stroke-width="2"{dashed}/>'
    )


def _alt_text(found: Comparison, language: str) -> str:
    """Each row in words."""
    rows = [
        "; ".join(
            say(_told(row.name, cell, str(code)), language)
            for cell, code in zip(row.cells, found.jurisdictions, strict=True)
        )
        for row in found.rows
    ]
    return ". ".join(rows) or say(message("no service is on record"), language)


def _told(name: str, cell: ComparisonCell, code: str) -> Message:
    place = Jurisdiction(code)
    if cell.case is None:
        return message("{service} in {place}: no record", service=name, place=place)
    told = message(
        "{service} in {place}: {state}, {day}",
        service=name,
        place=place,
        state=look(cell.case.state).word,
        day=since(cell.case),
    )
    by = told_by(cell.case)
    return message("{sentence}, {more}", sentence=told, more=by) if by else told
