"""What stands beside marks: short, safe to show, and no wider than its place."""

import re
from datetime import date
from functools import lru_cache
from textwrap import wrap

from gatewatch.cases.case import Case, Position, Step
from gatewatch.catalogue import facts
from gatewatch.draw.case.measure import width
from gatewatch.model import day as days
from gatewatch.model.day import Day
from gatewatch.model.redaction import clean, defanged
from gatewatch.model.service import Instrument
from gatewatch.words.cases import named

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s<>\"]+|(?:[\w-]+\.)+[^\W\d_]{2,}")
_NAMES = 2
_LEAST = 60.0


def safe(text: str) -> str:
    """Text with addresses broken up and without control characters."""
    return clean(_ADDRESS.sub(_broken, text))


def _broken(found: re.Match[str]) -> str:
    """An address that nothing follows; one that is broken up already stays."""
    return found[0] if "[.]" in found[0] else defanged(found[0])


def cut(text: str, room: float) -> str:
    """A text no wider than `room` pixels; the whole of it stands in the table of steps."""
    shown = safe(text)
    if width(shown) <= room:
        return shown
    while shown and width(f"{shown}…") > room:
        shown = shown[: min(len(shown) - 1, int(len(shown) * room / width(f"{shown}…")) + 1)]
    return f"{shown.rstrip(' ,;:(')}…"


def folded(text: str, room: float, most: int = 6) -> list[str]:
    """A text in lines no wider than `room` pixels; a word that is wider is broken."""
    lines: list[str] = []
    for word in safe(text).split():
        pieces = [word] if width(word) <= room else wrap(word, int(room / 13))
        for piece in pieces:
            if lines and width(f"{lines[-1]} {piece}") <= room:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    return (
        [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), room)] if len(lines) > most else lines
    )


def plain(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def when(day: Day) -> str:
    """A day in words: what is not known is a phrase."""
    first, last = day.first, day.last
    if day.precision == "month" and first:
        return f"{first:%b} {first.year}"
    if day.precision == "year" and first:
        return str(first.year)
    if first and last:
        return plain(first) if first == last else f"between {plain(first)} and {plain(last)}"
    if last:
        return f"day not known, not after {plain(last)}"
    return f"day not known, not before {plain(first)}" if first else "day not known"


def label(step: Step, room: float, *, dated: bool) -> str:
    """A step in a few words; with its day where the place of its mark does not tell it. Names are
    cut before days are."""
    told = ""
    if step.day.exact is None:
        told = "" if step.dates.tie else f": {when(step.day)}"
    elif dated:
        told = f", {when(step.day)}"
    left = room - width(told)
    return cut(named(step), left) + told if left > _LEAST else cut(named(step) + told, room)


def away(step: Step, case: Case) -> str:
    """Who tells another day, and who disputes the step; empty where nobody does."""
    told = step.dates.positions
    parts = []
    if step.dates.tie:
        parts.append(f"no side is ahead: {'; '.join(_told(p, case) for p in told)}")
    elif len(told) > 1:
        parts.append(f"told too: {'; '.join(_told(p, case) for p in told[1:])}")
    if step.disputed_by:
        parts.append(f"disputed by {_publishers(step.disputed_by, case)}")
    if step.inferred:
        parts.append(f"no source tells it: {step.inferred}")
    return "; ".join(parts)


def _told(one: Position, case: Case) -> str:
    return f"{when(days.parse(one.value))}, {_publishers(one.sources, case)}"


def _publishers(numbers: tuple[int, ...], case: Case) -> str:
    names = {source.number: source.citation.publisher for source in case.sources}
    known = list(dict.fromkeys(names.get(n, f"source {n}") for n in numbers))
    more = f" and {len(known) - _NAMES} more" if len(known) > _NAMES else ""
    return f"{', '.join(known[:_NAMES]) or 'source not named'}{more}"


@lru_cache(maxsize=256)
def register(name: str) -> str:
    """An official list by its name in the catalogue, or as the claim names it."""
    known = facts.load().lists.get(name)
    return known.name if known else name or "Register not named"


def instrument(one: Instrument) -> str:
    return one.number or one.name or one.id
