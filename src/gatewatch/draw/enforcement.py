"""Who follows a decision, a row a name and a column a network; and how far a register is enforced,
month by month, each share with its interval."""

from collections.abc import Iterator, Sequence

import msgspec

from gatewatch.draw import marks
from gatewatch.draw.text import TITLE, cut, folded, text
from gatewatch.model.documentation import marked
from gatewatch.model.message import Message, message
from gatewatch.model.redaction import defanged
from gatewatch.query.enforcement import EnforcementMonth
from gatewatch.query.orders import FOLLOWED, NOT_FOLLOWED, Order, OrderCell
from gatewatch.words import customs, say
from gatewatch.words.orders import cell_word, percent, summary, title
from gatewatch.words.states import Ink

_ROW = 30.0
_MOST_ROWS, _MOST_NETWORKS = 40, 7
"""More is counted under the picture and stands in the table beside it."""
_TALL = 190.0


class _Page(msgspec.Struct, frozen=True):
    width: float
    edge: float
    right: float
    name: float
    """Room for a name."""
    narrow: bool = False


_WIDE, _NARROW = (
    _Page(1000.0, 24.0, 976.0, 250.0),
    _Page(390.0, 14.0, 376.0, 362.0, narrow=True),
)


def matrix(one: Order, *, language: str = "en", narrow: bool = False) -> str:
    """Names by networks as SVG: solid followed, hollow not followed, dashed not enough."""
    page = _NARROW if narrow else _WIDE
    said = say(title(one), language)
    head = folded(said, page.right - page.edge, 2, bold=True, size=TITLE)
    body = [text(page.edge, 40 + 26 * n, line, "b t") for n, line in enumerate(head)]
    y = 40.0 + 26 * len(head)
    for line in folded(say(summary(one), language), page.right - page.edge, 3):
        body.append(text(page.edge, y, line, "m"))
        y += 20
    subjects, networks = one.measured[:_MOST_ROWS], one.networks[:_MOST_NETWORKS]
    draw = _stacked if narrow else _table
    drawn, y = draw(one, subjects, networks, page, y=y + 12, language=language)
    body += drawn
    for note in _notes(one, subjects, networks):
        for line in folded(say(note, language), page.right - page.edge, 3):
            body.append(text(page.edge, y, line, "m"))
            y += 18
    return marks.frame(page.width, y + 6, said, say(summary(one), language), body=body)


def _table(
    one: Order,
    subjects: Sequence[str],
    networks: Sequence[int],
    page: _Page,
    y: float,
    *,
    language: str,
) -> tuple[list[str], float]:
    column = (page.right - page.edge - page.name) / max(len(networks), 1)
    places = [page.edge + page.name + column * n for n in range(len(networks))]
    body = [text(x, y + 14, f"AS{asn}", "b") for x, asn in zip(places, networks, strict=True)]
    y += 24
    cells = one.matrix
    for subject in subjects:
        body.append(marks.rule(page.edge, page.right, y, "hair", thick=1))
        body.append(text(page.edge, y + 20, cut(defanged(subject), page.name - 12)))
        for x, asn in zip(places, networks, strict=True):
            if cell := cells.get((subject, asn)):
                body += _cell(cell, x + 8, y + 15, column - 24, language=language)
        y += _ROW
    body.append(marks.rule(page.edge, page.right, y, "ink", thick=1))
    return body, y + 26


def _stacked(
    one: Order,
    subjects: Sequence[str],
    networks: Sequence[int],
    page: _Page,
    y: float,
    *,
    language: str,
) -> tuple[list[str], float]:
    """A block a name, a line a network."""
    body: list[str] = []
    cells = one.matrix
    for subject in subjects:
        body.append(marks.rule(page.edge, page.right, y, "hair", thick=1))
        body.append(text(page.edge, y + 20, cut(defanged(subject), page.name, bold=True), "b"))
        y += 28
        for asn in networks:
            if cell := cells.get((subject, asn)):
                body += _cell(cell, page.edge + 8, y + 10, 120, language=language)
                body.append(text(page.edge + 190, y + 15, f"AS{asn}", "m"))
                y += 24
        y += 8
    body.append(marks.rule(page.edge, page.right, y, "ink", thick=1))
    return body, y + 24


def _cell(cell: OrderCell, x: float, y: float, room: float, language: str) -> Iterator[str]:
    """A mark, and since when it is followed by."""
    if cell.state == FOLLOWED:
        yield marks.circle(x, y, Ink.ACCESS, 1)
        if cell.since and cell.since.by:
            yield text(x + 14, y + 5, cut(customs.day(cell.since.by.date(), language), room), "m")
    elif cell.state == NOT_FOLLOWED:
        yield marks.circle(x, y, Ink.PLAIN)
        yield text(x + 14, y + 5, cut(say(cell_word(cell.state), language), room), "m")
    else:
        yield marks.unsure(x, y)


def _notes(one: Order, subjects: Sequence[str], networks: Sequence[int]) -> Iterator[Message]:
    yield message(
        "Solid: followed, with the day by which it was; hollow: measured and open;"
        " dashed: not enough measurements near that day; nothing: never measured."
    )
    rest = len(one.measured) - len(subjects)
    if rest:
        yield message("{n} more name in the table", "{n} more names in the table", n=rest)
    never = len(one.subjects) - len(one.measured)
    if never:
        yield message(
            "{n} name that it lists was never measured",
            "{n} names that it lists were never measured",
            n=never,
        )
    others = len(one.networks) - len(networks)
    if others:
        yield message("{n} more network in the table", "{n} more networks in the table", n=others)


def index(
    register: str, found: Sequence[EnforcementMonth], *, language: str = "en", narrow: bool = False
) -> str:
    """Shares by month as SVG: a dot each, on the line of its interval."""
    page = _NARROW if narrow else _WIDE
    shown = found[-6:] if narrow else found
    said = say(
        message("{register}: share of the list that is enforced", register=register), language
    )
    head = folded(said, page.right - page.edge, 2, bold=True, size=TITLE)
    body = [text(page.edge, 40 + 26 * n, line, "b t") for n, line in enumerate(head)]
    top = 46.0 + 26 * len(head)
    bottom, left = top + _TALL, page.edge + 52
    for share in (0.0, 0.5, 1.0):
        y = bottom - _TALL * share
        body.append(marks.rule(left, page.right, y, "ink" if share == 0 else "hair", thick=1))
        body.append(text(left - 10, y + 4.5, f"{share:.0%}", "m", anchor="end"))
    step = (page.right - left) / max(len(shown), 1)
    for n, one in enumerate(shown):
        body += _month(one, left + step * (n + 0.5), bottom, language)
    y = bottom + 62
    last = next((one for one in reversed(found) if one.enforced.whole), None)
    told = _told(last)
    key = message("Below each month: networks behind its figure. Lines are intervals at 95 %.")
    empty = message("A month without a mark: nothing on the list was measured near its end.")
    bare = last is not None and any(one.enforced.share is None for one in shown)
    for note in (told, key, *([empty] if bare else [])):
        for line in folded(say(note, language), page.right - page.edge, 4):
            body.append(text(page.edge, y, line, "m"))
            y += 18
    return marks.frame(page.width, y + 6, said, say(told, language), body=body)


def _told(last: EnforcementMonth | None) -> Message:
    """The last month that tells anything, in one line."""
    if last is None:
        return message("Nothing on the list was measured within a week of any month's end.")
    told = message(
        "At the end of {month}: {share} of {n} listed name that was measured, on {networks}.",
        "At the end of {month}: {share} of {n} listed names that were measured, on {networks}.",
        month=f"{last.month:%Y-%m}",
        share=percent(last.enforced),
        n=last.enforced.whole,
        networks=message("{n} network", "{n} networks", n=last.networks),
    )
    return marked(told, invented=last.invented)


def _month(one: EnforcementMonth, x: float, bottom: float, language: str) -> Iterator[str]:
    yield text(x, bottom + 20, f"{one.month:%Y-%m}", "m", anchor="middle")
    if one.enforced.share is None:  # no figure, so no mark: any height would be read as a share
        return
    low, high = (bottom - _TALL * end for end in one.enforced.interval)
    yield (
        f'<path d="M{x:.1f} {low:.1f}V{high:.1f}M{x - 5:.1f} {low:.1f}h10M{x - 5:.1f} {high:.1f}h10" '
        'stroke="var(--ink-2)" stroke-width="2" fill="none"/>'
    )
    yield marks.circle(x, bottom - _TALL * one.enforced.share, Ink.ACCESS, 1)
    yield text(x, bottom + 38, customs.number(one.networks, language), "m", anchor="middle")
