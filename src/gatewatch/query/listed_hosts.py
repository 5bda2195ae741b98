"""Which hosts a register lists: what can be measured of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gatewatch.model.entry import Decision, Entry
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.query.entries import Sought, entries

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


def listed_hosts(
    ledger: "OpenedLedger", register: str, moment: Moment, *, without: Iterable[str] = ()
) -> set[str]:
    """Hosts as a URL has them, addresses among them, none of an entry whose ground is left out.
    Never a page within: which those are is withheld for a reason."""
    found = entries(ledger, register, Sought(), moment)
    declared = ledger.history_of.registers()[register]
    left_out = {ground.casefold() for ground in without}
    return {
        host
        for one in found[:]
        if left_out.isdisjoint(_grounds(one.version.entry, declared))
        for named in one.version.entry.selectors
        if (host := _host(named)) is not None
    }


def _grounds(entry: Entry, declared: Register) -> set[str]:
    """What an entry rests on, as published and as finely as it can be told."""
    decision = entry.decision or Decision()
    finer, _ = declared.article(entry.ground, decision.body, decision.number)
    return {one.casefold() for one in (entry.ground, finer) if one}


def _host(named: Selector) -> str | None:
    """The host of a selector; None for a network and an app, which have none."""
    if named.kind == Kind.IP:
        return f"[{named.value}]" if ":" in named.value else named.value
    return named.host
