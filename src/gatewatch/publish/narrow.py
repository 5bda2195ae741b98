"""The lanes for a narrow screen: time turns, and days run down. A second drawing, not a shrunk one."""

from gatewatch.cases.case import Case, Step
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.publish import marks
from gatewatch.publish.lanes import frame
from gatewatch.publish.words import headline, named, short

_WIDTH = 390
_LINE = 19
_CHARACTERS = 44
_LANE_OF = {
    "announced": "Claims", "denied": "Claims", "warned": "Claims", "blocked": "Claims",
    "throttled": "Claims", "partially_blocked": "Claims", "restored": "Claims",
    "listed": "Listings", "delisted": "Listings", "registered": "Listings",
}  # fmt: skip
_LANES = ("Obligations", "Claims", "Listings", "Network", "Reports")


def drawing(case: Case) -> str:
    """Each lane with its steps from top to bottom, 390 pixels wide."""
    title = f"{case.service.name} in {country(case.jurisdiction)}"
    body = [marks.text(16, 32, title, "b t")]
    y = 56.0
    for line in _folded(headline(case)):
        body.append(marks.text(16, y, line))
        y += _LINE
    for lane in _LANES:
        y += 12
        body.append(f'<path d="M16 {y:.1f}H{_WIDTH - 16}" stroke="var(--ink)"/>')
        y += 22
        body.append(marks.text(16, y, lane, "b"))
        y += 8
        rows, y = _lane(case, lane, y)
        body += rows
    told = "; ".join(f"{s.number} {named(s)} {short(s.day)}" for s in case.steps) or "no step is on record"  # fmt: skip
    return frame(_WIDTH, y + 24, title, f"{headline(case)} {told}", body)


def _lane(case: Case, lane: str, y: float) -> tuple[list[str], float]:
    if lane == "Network":
        return _line(f"{case.network.state}: {case.network.why}", y)
    if lane == "Reports":
        return _line("none sent to Gatewatch", y)
    steps = [s for s in case.steps if _LANE_OF.get(s.action, "Obligations") == lane]
    if not steps:
        return _line("nothing is on record", y)
    parts: list[str] = []
    for step in steps:
        found, y = _step(step, y)
        parts += found
    return parts, y


def _line(words: str, y: float) -> tuple[list[str], float]:
    parts = []
    for line in _folded(words):
        y += _LINE
        parts.append(marks.text(44, y, line, "m"))
    return parts, y


def _step(step: Step, y: float) -> tuple[list[str], float]:
    y += _LINE + 5
    parts = [marks.badge(27, y - 5, step.number), marks.text(44, y, short(step.day), "b")]
    if step.disputed:
        parts.append(marks.differ(_WIDTH - 28, y - 5))
    for line in _folded(named(step)):
        y += _LINE
        parts.append(marks.text(44, y, line))
    others = [p.value for p in step.dates.positions[1:]]
    if others:
        y += _LINE
        parts.append(marks.text(44, y, f"told too: {', '.join(others)}", "m"))
    return parts, y


def _folded(words: str) -> list[str]:
    from textwrap import wrap

    return wrap(words, _CHARACTERS) or [""]
