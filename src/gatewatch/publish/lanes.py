"""The picture of a case: five lanes, always in one order, drawn from data for any span.

Obligations, claims, listings, network, reports. Numbers on marks lead to the steps; the day asked
about is the only heavy upright line. What is not sure has brackets, dots or hatching; a lane never
vanishes for want of data.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from html import escape

import msgspec

from gatewatch.cases.case import Case, Position, State, Step
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.model import day as days
from gatewatch.publish import marks
from gatewatch.publish.redact import clean
from gatewatch.publish.scale import around
from gatewatch.publish.words import headline, named, short

WIDTH = 1000
_LEFT, _RIGHT, _TOP = 168, 976, 92
_ROW, _PAD, _APART = 32, 14, 30
_RESTRICTED = frozenset({State.PARTLY_RESTRICTED, State.RESTRICTED})
_SAID = frozenset({"announced", "denied", "warned"})
_ACCESS = frozenset({"blocked", "throttled", "partially_blocked", "restored"})
_LISTS = frozenset({"listed", "delisted", "registered"})
_LANES = (
    ("Obligations", "what law asks", "duty"),
    ("Claims", "who said what", "ink-2"),
    ("Listings", "on which register", "listed"),
    ("Network", "what probes saw", "access"),
    ("Reports", "what users met", "reports"),
)


class Item(msgspec.Struct, frozen=True):
    """Something in a lane: from `left` to `right` with its label, drawn at the height of its row."""

    left: float
    right: float
    draw: Callable[[float], str]


def svg(case: Case, *, theme: str = "", narrow: bool = False) -> str:
    """The picture as SVG. `theme` light or dark writes colours in for renderers without variables;
    `narrow` lets the days run down, for a small screen."""
    if narrow:
        from gatewatch.publish.narrow import drawing

        found = drawing(case)
    else:
        found = _Drawing(case).svg()
    colours = {"light": marks.LIGHT, "dark": marks.DARK}
    return marks.resolved(found, colours[theme]) if theme else found


def png(picture: str, scale: float = 2) -> bytes:
    """An SVG with its colours written in, as PNG."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(picture, scale=scale))


def packed(items: Iterable[Item]) -> list[list[Item]]:
    """Items in as few rows as keep them apart."""
    rows: list[list[Item]] = []
    for item in sorted(items, key=lambda one: (one.left, one.right)):
        row = next((r for r in rows if r[-1].right + _PAD <= item.left), None)
        if row is None:
            rows.append([item])
        else:
            row.append(item)
    return rows


def frame(width: float, height: float, title: str, told: str, body: Sequence[str]) -> str:
    """An SVG with its title and its description."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lanes" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="t d">'
        f'<title id="t">{escape(clean(title))}</title><desc id="d">{escape(clean(told))}</desc>'
        f"<style>{marks.style()}</style>{marks.hatching()}"
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="var(--paper)"/>'
    )
    return "\n".join([head, *body, "</svg>\n"])


class _Drawing:
    """One case, one scale."""

    def __init__(self, case: Case) -> None:
        self._case = case
        told = [d for s in case.steps if s.action != "in_force" for d in _all_days(s)]
        self._scale = around(told, case.valid_at, _LEFT, _RIGHT)

    def svg(self) -> str:
        case = self._case
        title = f"{case.service.name} in {country(case.jurisdiction)}"
        lanes = [packed(self._items(number)) for number in range(len(_LANES))]
        tops = []
        y = float(_TOP)
        for rows in lanes:
            tops.append(y)
            y += max(len(rows), 1) * _ROW + 22
        bottom = y
        body = [marks.text(24, 36, title, "b t"), marks.text(24, 60, headline(case), "m")]
        body += self._axis(bottom)
        for number, rows in enumerate(lanes):
            body += self._lane(number, tops[number], rows)
        body.append(f'<path d="M24 {bottom:.1f}H{_RIGHT}" stroke="var(--ink)"/>')
        body += self._asked(bottom)
        body.append(marks.text(24, bottom + 28, _KEY, "m"))
        told = "; ".join(f"{s.number} {named(s)} {short(s.day)}" for s in case.steps) or "no step is on record"  # fmt: skip
        return frame(WIDTH, bottom + 46, title, f"{headline(case)} {told}", body)

    def _axis(self, bottom: float) -> list[str]:
        scale = self._scale
        parts = [
            f'<rect x="{scale.start(d):.1f}" y="{_TOP - 6}" width="{scale.width:.1f}" '
            f'height="{bottom - _TOP + 6:.1f}" fill="var(--wash)"/>'
            for d in scale.weekends()
        ]
        for day, label in scale.ticks():
            x = scale.start(day)
            parts.append(f'<path d="M{x:.1f} {_TOP - 6}V{bottom:.1f}" stroke="var(--hair)"/>')
            at = scale.middle(day) if scale.daily else x + 3
            parts.append(
                marks.text(at, _TOP - 12, label, "m", "middle" if scale.daily else "start")
            )
        if scale.daily:
            label = f"{scale.first:%B %Y}" if scale.first.month == scale.last.month else f"{scale.first:%B} to {scale.last:%B %Y}"  # fmt: skip
            parts.append(marks.text(24, _TOP - 12, label, "b"))
        return parts

    def _lane(self, number: int, top: float, rows: list[list[Item]]) -> list[str]:
        name, hint, ink = _LANES[number]
        height = max(len(rows), 1) * _ROW + 22
        parts = [
            f'<path d="M24 {top:.1f}H{_RIGHT}" stroke="var(--ink)"/>',
            f'<rect x="24" y="{top + 6:.1f}" width="5" height="{height - 12:.1f}" fill="var(--{ink})"/>',
            marks.text(38, top + 22, name, "b"), marks.text(38, top + 40, hint, "m"),
        ]  # fmt: skip
        for place, row in enumerate(rows):
            y = top + 11 + _ROW * (place + 0.5)
            parts += [item.draw(y) for item in row]
        return parts

    def _asked(self, bottom: float) -> list[str]:
        """The day asked about, or which way it lies."""
        case, scale = self._case, self._scale
        if scale.holds(case.valid_at):
            x = scale.middle(case.valid_at)
            mark = f'<path d="M{x - 6:.1f} {_TOP - 8}h12l-6 9z" fill="var(--ink)"/>'
            return [f'<path class="asked" d="M{x:.1f} {_TOP - 4}V{bottom:.1f}" stroke="var(--ink)" stroke-width="3"/>{mark}']  # fmt: skip
        side, anchor, arrow = (_RIGHT, "end", "→") if case.valid_at > scale.last else (_LEFT, "start", "←")  # fmt: skip
        return [marks.text(side, _TOP - 34, f"the day asked about: {case.valid_at} {arrow}", "m asked", anchor)]  # fmt: skip

    def _items(self, lane: int) -> list[Item]:
        return (self._obligations, self._claims, self._listings, self._network, self._reports)[
            lane
        ]()

    def _obligations(self) -> list[Item]:
        steps = self._case.steps
        items = [self._law(s) for s in steps if s.action == "in_force"]
        rest = _SAID | _ACCESS | _LISTS | {"in_force"}
        items += [self._paper(step) for step in steps if step.action not in rest]
        return items or [self._nothing("no law is named, and no demand is on record")]

    def _law(self, step: Step) -> Item:
        scale = self._scale
        start = step.day.last or step.day.first
        x = scale.start(start) if start else scale.left
        held = self._case.ground.held
        label = held.name if held else ""

        def draw(y: float) -> str:
            line = f'<path d="M{x:.1f} {y + 9:.1f}H{scale.right}" stroke="var(--duty)" stroke-width="4"/>'
            return line + marks.badge(x + 11, y - 5, step.number) + marks.text(x + 26, y, label)

        return Item(x, scale.right, draw)

    def _paper(self, step: Step) -> Item:
        """A demand, an order, a fine, a filing: a square, or a bracket with an open side."""
        fill = 0.0 if step.action == "complied" else 1.0 if step.action == "fined" else 0.5
        if step.action == "revoked":
            return self._mark(step, marks.lifted)
        return self._mark(step, lambda x, y: marks.square(x, y, "duty", fill))

    def _mark(self, step: Step, draw_one: Callable[[float, float], str], *, hollow: Callable[[float, float], str] | None = None) -> Item:  # fmt: skip
        """A step at its day, other days told tied to it by dots, its number and words beside."""
        exact = step.day.exact
        if exact is None:
            return self._bracketed(step)
        scale = self._scale
        told = [_day(p) for p in step.dates.positions]
        others = [scale.middle(d) for d in told if d and d != exact]
        x = scale.middle(exact)
        ends = [x, *others]
        label = _label(step)
        near = min((abs(other - x) for other in others), default=0)
        alone = step.disputed and near <= _APART
        left, right, text_x, anchor = _beside(min(ends), max(ends) + (20 if alone else 0), label)
        since, until = self._lasted(step)
        right = max(right, until) if until else right

        def draw(y: float) -> str:
            parts = [self._line(since, until, y + 12)] if until else []
            parts += [marks.dots(min(ends), max(ends), y)] if others else []
            parts += [(hollow or _hollow)(other, y) for other in others]
            parts.append(draw_one(x, y))
            if step.disputed:
                nearest = min(others, key=lambda o: abs(o - x)) if others else x + 18
                at = (x + nearest) / 2 if abs(nearest - x) > _APART else max(ends) + 16
                parts.append(marks.differ(at, y))
            parts.append(marks.badge(min(ends) - 18, y, step.number))
            parts.append(marks.text(text_x, y + 4, label, "", anchor))
            return "".join(parts)

        return Item(left, right, draw)

    def _lasted(self, step: Step) -> tuple[float, float]:
        """From where to where the restriction that a step began is told to have lasted."""
        for stay in self._case.stays:
            start = stay.since.last or stay.since.first
            if step.number in stay.steps and stay.state in _RESTRICTED and start:
                end = (stay.until.first or stay.until.last) if stay.until else None
                scale = self._scale
                return scale.middle(start), scale.middle(end) if end else scale.right
        return 0, 0

    def _line(self, start: float, end: float, y: float) -> str:
        """Thick as far as sources reach, thin after the last one."""
        told = self._case.last_source
        sure = min(end, max(start, self._scale.end(told))) if told else end
        return (
            f'<path d="M{start:.1f} {y:.1f}H{sure:.1f}" stroke="var(--access)" stroke-width="4"/>'
            f'<path d="M{sure:.1f} {y:.1f}H{end:.1f}" stroke="var(--access)" stroke-width="1.5"/>'
        )

    def _bracketed(self, step: Step) -> Item:
        """Not before, not after: caps at known sides, dots at an open one."""
        scale = self._scale
        first, last = step.day.first, step.day.last
        x0 = scale.start(first) if first else scale.left
        x1 = scale.end(last) if last else scale.right
        label = f"{_label(step)}: {short(step.day)}"
        ink = "access" if step.action in _ACCESS else "ink-2" if step.action in _SAID else "duty"
        wide = marks.width(label) + (24 if step.disputed else 0)
        over = x0 + 22 + wide <= scale.right
        left = x0 if over else min(x0, scale.right - wide - 24)

        def draw(y: float) -> str:
            line = y + 11
            parts = [marks.dots(x0, x1, line, ink)]
            if first:
                parts.append(marks.cap(x0, line - 2, ink, opening=True))
            if last:
                parts.append(marks.cap(x1, line - 2, ink, opening=False))
            parts.append(marks.badge(left + 11, y - 5, step.number))
            parts.append(marks.text(left + 24, y, label))
            if step.disputed:
                parts.append(marks.differ(left + 36 + marks.width(label), y - 5))
            return "".join(parts)

        return Item(left, max(x1, left + 24 + wide), draw)

    def _claims(self) -> list[Item]:
        items = []
        for step in self._case.steps:
            if step.action in _SAID:
                solid = not step.dates.tie
                items.append(self._mark(step, lambda x, y, s=solid: marks.diamond(x, y, solid=s), hollow=lambda x, y: marks.diamond(x, y, solid=False)))  # type: ignore[misc]  # fmt: skip
            elif step.action in _ACCESS:
                items.append(self._mark(step, _access(step), hollow=lambda x, y: marks.circle(x, y, "access")))  # fmt: skip
        return items or [self._nothing("nobody is on record")]

    def _listings(self) -> list[Item]:
        items = []
        opened: Step | None = None
        for step in self._case.steps:
            if step.action == "listed" and not step.duty:
                if opened:
                    items.append(self._bar(opened, None))
                opened = step
            elif step.action == "delisted":
                items.append(self._bar(opened, step) if opened else self._mark(step, marks.lifted))
                opened = None
            elif step.action in _LISTS:
                items.append(self._outline(step))
        if opened:
            items.append(self._bar(opened, None))
        return items or [self._nothing("no entry in a register is on record")]

    def _bar(self, came: Step, went: Step | None) -> Item:
        """Solid where it surely stood; a tint for the day of a change, whose hour is not known."""
        if came.scope != "whole" and went is None:
            return self._mark(came, lambda x, y: marks.square(x, y, "listed", 1))
        scale = self._scale
        first, sure = came.day.first, came.day.last or came.day.first
        leaves, gone = (went.day.first, went.day.last) if went else (None, None)
        x0 = scale.start(first) if first else scale.left
        x1 = scale.end(sure) if sure else x0
        x3 = scale.end(gone) if gone else scale.right
        x2 = max(scale.start(leaves) if leaves else (x3 if went is None else x1), x1)
        until = self._case.last_source
        whole = _label(came) + (f"; {_label(went)}" if went else "")
        fitting = (
            one for one in (whole, _label(came), "listed") if x2 - x1 > marks.width(one) + 34
        )
        label = next(fitting, "")
        inside = bool(label)
        label = label or whole
        wide = marks.width(label) + 12
        before = not inside and x3 + wide > scale.right and x0 - wide > _LEFT - 130

        def draw(y: float) -> str:
            parts = [_box(x0, x1, y, "tint"), _box(x1, x2, y, "listed")]
            if went:
                parts += [_box(x2, x3, y, "tint"), marks.cap(x3, y, "listed", opening=False)]
            elif until and scale.holds(until) and scale.end(until) < x2:
                parts.append(_box(scale.end(until), x2, y, "paper", 10))
                parts.append(f'<path d="M{scale.end(until):.1f} {y:.1f}H{x2:.1f}" stroke="var(--listed)" stroke-width="2"/>')  # fmt: skip
            parts.append(marks.cap(x0, y, "listed", opening=True) if first else marks.dots(x0 - 30, x0, y))  # fmt: skip
            parts.append(marks.badge((x0 + x1) / 2 if x1 - x0 > 20 else x0 - 12, y, came.number))
            if went:
                parts.append(
                    marks.badge((x2 + x3) / 2 if x3 - x2 > 20 else x3 + 12, y, went.number)
                )
            if came.disputed:
                parts.append(marks.differ(x1 + 12 if inside else x3 + 14, y))
            if inside:
                parts.append(f'<g class="on">{marks.text(x1 + 26, y + 4, label)}</g>')
            else:
                parts.append(marks.text(x0 - 28 if before else x3 + 30, y + 4, label, "", "end" if before else "start"))  # fmt: skip
            return "".join(parts)

        if inside:
            return Item(x0 - 24, x3 + 24, draw)
        return (
            Item(x0 - wide - 24, x3 + 24, draw) if before else Item(x0 - 24, x3 + wide + 24, draw)
        )

    def _outline(self, step: Step) -> Item:
        """A register of duties: an outline, never a bar of the prohibited list."""
        scale = self._scale
        start = step.day.last or step.day.first
        x = scale.start(start) if start else scale.left
        label = _label(step)
        wide = marks.width(label) + (24 if step.disputed else 0)
        inside = x + 30 + wide <= scale.right
        text_x = x + 28 if inside else x - 26 - wide

        def draw(y: float) -> str:
            box = (
                f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="{max(scale.right - x, 4):.1f}" height="18" '
                'fill="var(--paper)" stroke="var(--duty)" stroke-width="2"/>'
            )
            number = marks.badge(x + 13 if inside else x - 12, y, step.number)
            sign = marks.differ(text_x + marks.width(label) + 12, y) if step.disputed else ""
            return box + number + marks.text(text_x, y + 4, label) + sign

        return Item(x if inside else text_x, scale.right, draw)

    def _network(self) -> list[Item]:
        network = self._case.network
        label = f"{network.state}: {network.why}"
        return [self._hatched(label)]

    def _reports(self) -> list[Item]:
        return [self._nothing("none sent to Gatewatch")]

    def _hatched(self, label: str) -> Item:
        scale = self._scale
        middle = (scale.left + scale.right) / 2
        half = marks.width(label) / 2 + 20

        def draw(y: float) -> str:
            return (
                f'<rect x="{scale.left}" y="{y - 13:.1f}" width="{scale.right - scale.left}" height="26" fill="url(#h)"/>'
                f'<rect x="{middle - half:.1f}" y="{y - 13:.1f}" width="{2 * half:.1f}" height="26" fill="var(--paper)"/>'
                f'<circle cx="{middle - half + 12:.1f}" cy="{y:.1f}" r="6" fill="none" stroke="var(--grey)" stroke-width="2" stroke-dasharray="3 2.5"/>'
                + marks.text(middle + 8, y + 4, label, "m", "middle")
            )

        return Item(scale.left, scale.right, draw)

    def _nothing(self, words: str) -> Item:
        scale = self._scale
        return Item(scale.left, scale.left + marks.width(words) + 8,
                    lambda y: marks.text(scale.left + 4, y + 4, words, "m"))  # fmt: skip


_KEY = (
    "Squares are paper, circles access, diamonds words; numbers lead to the steps. Hollow: another day "
    "told. [ ] not before, not after."
)


def _hollow(x: float, y: float) -> str:
    """Another day told for paper."""
    return marks.square(x, y, "duty")


def _access(step: Step) -> Callable[[float, float], str]:
    if step.action == "restored":
        return marks.lifted
    fill = 1.0 if step.action == "blocked" and not step.dates.tie else 0.5
    return lambda x, y: marks.circle(x, y, "access", 0 if step.dates.tie else fill)


def _beside(x0: float, x1: float, label: str) -> tuple[float, float, float, str]:
    """Where a label goes: to the right of its marks, or to the left at the edge of the picture."""
    wide = marks.width(label)
    after = x1 + 16
    if after + wide <= _RIGHT:
        return x0 - 28, after + wide, after, "start"
    return x0 - 36 - wide, x1 + 26, x0 - 34, "end"


def _label(step: Step | None) -> str:
    return named(step) if step else ""


def _box(x0: float, x1: float, y: float, ink: str, half: float = 9) -> str:
    return f'<rect x="{x0:.1f}" y="{y - half:.1f}" width="{max(x1 - x0, 0):.1f}" height="{2 * half:.0f}" fill="var(--{ink})"/>'  # fmt: skip


def _day(position: Position) -> date | None:
    return days.parse(position.value).exact


def _all_days(step: Step) -> list[date]:
    told = [_day(p) for p in step.dates.positions]
    return [d for d in (step.day.first, step.day.last, *told) if d]


__all__ = ["Item", "frame", "packed", "png", "svg"]
