"""Where one service stands in each country, or each service in one: a row a case, with its mark,
its state, since when, and of which day an old state is told."""

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from gatewatch.cases.case import Case
from gatewatch.draw import marks
from gatewatch.draw.text import TITLE, cut, folded, text, width
from gatewatch.model.message import Message, message
from gatewatch.words import country, say
from gatewatch.words.cases import told_by
from gatewatch.words.comparison import since
from gatewatch.words.customs import listed
from gatewatch.words.states import look

_MOST = 24
_WIDE, _NARROW = (1000.0, 24.0), (390.0, 14.0)
_NAME, _STATE = 300.0, 260.0
"""Columns of the wide drawing, in pixels."""
_PLACE, _SERVICE = message("Where"), message("Service")
_STATE_HEAD, _SINCE = message("State"), message("Since")


def picture(
    subject: str | Message,
    cases: Sequence[Case],
    valid_at: date,
    *,
    by_country: bool,
    language: str = "en",
    narrow: bool = False,
) -> str:
    """The cases as SVG, in the order given; of more than two dozen the rest is counted."""
    full, edge = _NARROW if narrow else _WIDE
    title = say(message("{title}, on {day}", title=subject, day=valid_at), language)
    lines = folded(title, full - 2 * edge, 3, bold=True, size=TITLE)
    body = [text(edge, 40 + 26 * n, line, "b t") for n, line in enumerate(lines)]
    y, told = 34.0 + 26 * len(lines), []
    if not narrow:
        heads = (_PLACE if by_country else _SERVICE, _STATE_HEAD, _SINCE)
        places = (edge, edge + _NAME, edge + _NAME + _STATE)
        body += [
            text(x, y + 20, say(head, language), "m") for x, head in zip(places, heads, strict=True)
        ]
        y += 30
    for case in cases[:_MOST]:
        code = str(case.jurisdiction)
        name = country(code, language) if by_country else case.service.name
        body.append(marks.rule(edge, full - edge, y, "hair", thick=1))
        place = _Place(edge, y, full, language)
        body += _stacked(case, name, place) if narrow else _row(case, name, place)
        told.append(_told(case, name, language))
        y += (68.0 if narrow else 34.0) + 18.0 * (narrow and told_by(case) is not None)
    left = len(cases) - _MOST
    notes = [message("and {n} more", "and {n} more", n=left)] if left > 0 else []
    notes.append(message("What is not here is not on record, which is not a no."))
    for note in notes:
        for line in folded(say(note, language), full - 2 * edge):
            y += 20
            body.append(text(edge, y + 6, line, "m"))
    return marks.frame(full, y + 28, title, ". ".join(told), body=body)


class _Place(msgspec.Struct, frozen=True):
    """Where a row stands, and the language that it is in."""

    edge: float
    top: float
    full: float
    language: str


def _row(case: Case, name: str, at: _Place) -> Iterator[str]:
    x, y = at.edge + _NAME, at.top
    yield text(at.edge, y + 22, cut(name, _NAME - 14, bold=True), "b")
    yield _mark(case, x + 6, y + 17)
    yield text(x + 22, y + 22, cut(_word(case, at.language), _STATE - 30))
    begun = cut(_since(case, at.language), at.full - at.edge - x - _STATE)
    yield text(x + _STATE, y + 22, begun)
    if by := told_by(case):
        left = x + _STATE + width(begun) + 16
        yield text(left, y + 22, cut(say(by, at.language), at.full - at.edge - left), "m")


def _stacked(case: Case, name: str, at: _Place) -> Iterator[str]:
    left, y, room = at.edge, at.top, at.full - 2 * at.edge
    yield text(left, y + 22, cut(name, room, bold=True), "b")
    yield _mark(case, left + 6, y + 37)
    yield text(left + 22, y + 42, cut(_word(case, at.language), room - 22))
    if begun := _since(case, at.language):
        dated = say(message("since: {day}", day=begun), at.language)
        yield text(left + 22, y + 60, cut(dated, room - 22))
    if by := told_by(case):
        yield text(left + 22, y + 78, cut(say(by, at.language), room - 22), "m")


def _mark(case: Case, x: float, y: float) -> str:
    drawn = marks.of_state(case.state, x, y)
    return drawn if case.current else marks.aged(drawn)


def _word(case: Case, language: str) -> str:
    return say(look(case.state).word, language)


def _since(case: Case, language: str) -> str:
    return "" if case.since is None else say(since(case), language)


def _told(case: Case, name: str, language: str) -> str:
    by = told_by(case)
    parts = [name, _word(case, language), _since(case, language)]
    return listed([*parts, say(by, language) if by else ""], language)
