"""Countries side by side in words: how many in each, since when, on which ground."""

from gatewatch.cases.basis import newest
from gatewatch.cases.case import Case
from gatewatch.cases.compare import Comparison
from gatewatch.cases.lanes import joined
from gatewatch.catalogue import facts
from gatewatch.model.documentation import marked
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, message
from gatewatch.query.case import main
from gatewatch.words.states import look


def title(found: Comparison) -> Message:
    """The jurisdictions, two or more."""
    first, *others = (Jurisdiction(str(code)) for code in found.jurisdictions)
    whole = message("{place}", place=first)
    for place in others:
        whole = message("{first} beside {second}", first=whole, second=place)
    return whole


def summary(found: Comparison) -> tuple[Message, ...]:
    """How many are listed or restricted in each and in one alone."""
    n = len(found.both)
    if len(found.jurisdictions) == 2:
        first = message("{n} restricted or listed in both", "{n} restricted or listed in both", n=n)
    else:
        first = message("{n} restricted or listed in all", "{n} restricted or listed in all", n=n)
    alone = (
        message(
            "{n} in {place} alone",
            "{n} in {place} alone",
            n=len(found.alone(place)),
            place=Jurisdiction(str(code)),
        )
        for place, code in enumerate(found.jurisdictions)
    )
    if not found.older:
        return first, *alone
    older = message(
        "{n} of these states as last known, not of this day",
        "{n} of these states as last known, not of this day",
        n=found.older,
    )
    return first, *alone, older


def since(case: Case) -> Message:
    """The day of the state; of a bracket, the day by which it surely was so."""
    day = case.since
    if day is None or not day.text:
        return message("day not known")
    if "/" in day.text and day.last:
        return message("by {day}", day=day.last)
    return message("{day}", day=day)


def ground(case: Case) -> Message:
    """The law by its number and name, with that of the newest measure, else the reason, else that
    there is none on record."""
    law, reason = main(case.ground), main(case.reason)
    if law:
        laws = [law.value, *filter(None, [newest(case, "ground")])]
        return joined([message("{law}", law=cited(one)) for one in laws])
    return message("{reason}", reason=reason.name) if reason else message("no ground on record")


def cited(rule: str) -> str:
    """A law as it is cited: by its number, where that alone tells which it is."""
    known = facts.load().instruments.get(rule)
    if known is None:
        return rule
    return known.short


def network(found: Comparison) -> Message:
    """How much of the picture was measured, and how."""
    cells = [cell.case.network for row in found.rows for cell in row.cells if cell.case]
    measured = [one for one in cells if one.first]
    if not measured:
        return message("Nothing was measured here: neither confirmed nor contradicted.")
    told = [
        message("{state}: {n}", state=look(state).word, n=number)
        for state in ("blocked", "reachable", "insufficient")
        if (number := sum(one.state == state for one in measured))
    ]
    if silent := sum(one.silent for one in measured):
        told.append(message("fell silent: {n}", n=silent))
    whole = message(
        "Measured: {n} of {every} ({states}). Small circles at the right; none: never measured.",
        n=len(measured),
        every=len(cells),
        states=tuple(told),
    )
    return marked(whole, invented=all(one.invented for one in measured))
