"""A comparison as records and as a picture: a row a service, a column a jurisdiction."""

from typing import Any

from gatewatch.cases.case import Case, Network
from gatewatch.cases.compare import Cell, Comparison, Row
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.draw import marks
from gatewatch.draw.case import frame
from gatewatch.model.states import State
from gatewatch.query.case import main
from gatewatch.words.cases import STATES

_LEFT, _NAME, _COLUMN, _ROW, _TOP = 24, 190, 330, 34, 108
_NO_RECORD = "no record"


def ground(case: Case) -> str:
    """The law held, else the reason, else that there is none on record."""
    law, reason = main(case.ground), main(case.reason)
    if law:
        return law.name.partition(" (")[0]
    return reason.name if reason else "no ground on record"


def since(case: Case) -> str:
    """The day of the state; of a bracket, the day by which it surely was so."""
    if case.since is None or not case.since.text:
        return "day not known"
    text = case.since.text
    return f"by {case.since.last}" if "/" in text and case.since.last else text


def records(found: Comparison) -> list[dict[str, Any]]:
    """A record for each service and jurisdiction."""
    return [
        {"service": row.service, "name": row.name, "jurisdiction": code, **_record(cell)}
        for row in found.rows
        for code, cell in zip(found.jurisdictions, row.cells, strict=True)
    ]


def _record(cell: Cell) -> dict[str, Any]:
    case = cell.case
    if case is None:
        return {
            "state": None,
            "since": None,
            "ground": None,
            "reason": None,
            "mechanisms": None,
            "disputed": None,
            "network": "insufficient",
            "silent": None,
            "networks": 0,
            "sources": 0,
        }
    reason = main(case.reason)
    return {
        "state": case.state,
        "since": since(case),
        "ground": ground(case),
        "reason": reason.value if reason else None,
        "mechanisms": " ".join(case.network.mechanisms) or None,
        "disputed": disputed(case),
        "network": case.network.state,
        "silent": case.network.silent,
        "networks": case.network.networks,
        "sources": len(case.sources),
    }


def disputed(case: Case) -> bool:
    """Whether the day, the law or the reason of its state is told otherwise too."""
    steps = {n for stay in case.stays if stay.state == case.state for n in stay.steps}
    days = any(step.disputed for step in case.steps if step.number in steps)
    return days or case.ground.disputed or case.reason.disputed


def picture(found: Comparison, valid_at: str) -> str:
    """The comparison as SVG, its groups apart."""
    names = [country(code) for code in found.jurisdictions]
    width = _LEFT * 2 + _NAME + _COLUMN * len(names)
    title = " beside ".join(names) + f", on {valid_at}"
    body = [marks.text(_LEFT, 40, title, "b t"), marks.text(_LEFT, 66, summary(found), "m")]
    body += [marks.text(_column(n) + 14, _TOP - 14, name, "b") for n, name in enumerate(names)]
    y = float(_TOP)
    before: tuple[bool, ...] | None = None
    for row in found.rows:
        group = tuple(cell.restricted for cell in row.cells)
        heavy = group != before
        before = group
        body.append(
            f'<path d="M{_LEFT} {y:.1f}H{width - _LEFT}" stroke="var(--{"ink" if heavy else "hair"})"/>'
        )
        body.append(marks.text(_LEFT, y + 22, row.name, "b"))
        for n, cell in enumerate(row.cells):
            body += _cell(cell, _column(n), y + 17)
        y += _ROW
    body.append(marks.text(_LEFT, y + 30, "Dashed: no record, which is not a no.", "m"))
    body.append(marks.text(_LEFT, y + 52, network_note(found), "m"))
    told = "; ".join(
        f"{row.name}: {', '.join(_words(c, n) for c, n in zip(row.cells, names, strict=True))}"
        for row in found.rows
    )
    return frame(width, y + 70, title, told or "no service is on record", body)


def _column(n: int) -> float:
    return _LEFT + _NAME + _COLUMN * n


def _cell(cell: Cell, x: float, y: float) -> list[str]:
    case = cell.case
    if case is None:
        dashed = f'<circle cx="{x + 6:.1f}" cy="{y:.1f}" r="6" fill="none" stroke="var(--grey)" stroke-width="2" stroke-dasharray="3 2.5"/>'
        return [dashed, marks.text(x + 22, y + 5, _NO_RECORD, "m")]
    parts = [_mark(case.state, x + 6, y), marks.text(x + 22, y + 5, since(case), "b")]
    at = x + 36 + marks.width(since(case)) * 1.12
    if disputed(case):
        parts.append(marks.differ(at + 8, y))
        at += 24
    room = int((x + _COLUMN - at - 38) / 7.6)
    words = ground(case)
    parts.append(
        marks.text(at + 2, y + 5, words if len(words) <= room else words[: room - 1] + "…")
    )
    if case.network.first:
        parts.append(_network(case.network, x + _COLUMN - 22, y))
    return parts


def _network(network: Network, x: float, y: float) -> str:
    """What probes saw, small, at the end of a cell: solid blocked, hollow reachable, dashed too little."""
    dashed = ' stroke-dasharray="3 2.5"' if network.state == "insufficient" else ""
    fill = "access" if network.state == "blocked" else "paper"
    ink = "access" if network.state == "blocked" else "grey"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="var(--{fill})" stroke="var(--{ink})" '
        f'stroke-width="2"{dashed}/>'
    )


def network_note(found: Comparison) -> str:
    """How much of the picture was measured, and how."""
    cells = [cell.case.network for row in found.rows for cell in row.cells if cell.case]
    measured = [one for one in cells if one.first]
    if not measured:
        return "Network layer: nothing was measured, so insufficient for every row."
    counts = {
        state: sum(one.state == state for one in measured)
        for state in ("blocked", "reachable", "insufficient")
    }
    told = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
    silent = sum(one.silent for one in measured)
    quiet = f"; {silent} fell silent" if silent else ""
    return f"Network layer: {len(measured)} of {len(cells)} cells were ever measured: {told}{quiet}. Small circles at the right; none: never measured."


def _mark(state: State, x: float, y: float) -> str:
    if state == State.LISTED:
        return marks.square(x, y, "listed", 1)
    if state in {State.OBLIGATED, State.DEMANDED}:
        return marks.square(x, y, "duty", 0.5 if state == State.DEMANDED else 0)
    if state == State.LIFTED:
        return marks.lifted(x, y)
    fill = {State.RESTRICTED: 1.0, State.PARTLY_RESTRICTED: 0.5}.get(state, 0.0)
    return marks.circle(x, y, "access" if fill else "ink-2", fill)


def _words(cell: Cell, place: str) -> str:
    if cell.case is None:
        return f"{_NO_RECORD} in {place}"
    return f"{STATES[cell.case.state]} in {place} since {since(cell.case)}"


def summary(found: Comparison) -> str:
    """How many are restricted in each and in one alone."""
    parts = [
        f"{len(found.both)} restricted in {'both' if len(found.jurisdictions) == 2 else 'all'}"
    ]
    parts += [
        f"{len(found.alone(n))} in {country(code)} alone"
        for n, code in enumerate(found.jurisdictions)
    ]
    return ", ".join(parts)


__all__ = ["Row", "disputed", "ground", "network_note", "picture", "records", "since", "summary"]
