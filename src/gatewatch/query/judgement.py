"""The rules of judgement, and what each did in a ledger."""

from typing import TYPE_CHECKING

import msgspec

from gatewatch.catalogue import rules
from gatewatch.ledger.firings import Firing, firings
from gatewatch.model.moment import Moment
from gatewatch.model.verdict import Caveat, Rule
from gatewatch.query.moments import of_all

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger

_NEVER = Firing("", 0, 0)


class RuleUse(msgspec.Struct, frozen=True):
    """A rule with what it did here: as it stands now, and under versions that it had before."""

    rule: Rule
    now: Firing
    before: tuple[Firing, ...] = ()


class CaveatUse(msgspec.Struct, frozen=True):
    """A caveat, and from how many verdicts it took something away."""

    caveat: Caveat
    taken: int


class Judgement(msgspec.Struct, frozen=True):
    """The rule set that comes with the project beside a ledger's verdicts in force."""

    version: str
    rules: tuple[RuleUse, ...]
    """The heaviest first, as they are tried."""
    caveats: tuple[CaveatUse, ...]
    gone: tuple[Firing, ...]
    """Rules of other sets that verdicts name and this one lacks."""


def judgement(ledger: "OpenedLedger", moment: Moment) -> Judgement:
    """Each rule, and how often it decided among the verdicts that were in force by the times."""
    kept, asked = rules.load(), of_all(ledger, moment)
    told = firings(ledger.store, as_of=asked.as_of, recorded_by=asked.recorded_by)
    by_name = {one.name: one for one in told}
    by_id: dict[str, list[Firing]] = {}
    for one in told:
        by_id.setdefault(one.name.partition("@")[0], []).append(one)
    used = [
        RuleUse(
            rule,
            by_name.get(name := f"{rule.id}@{rule.version}", _NEVER),
            tuple(one for one in by_id.get(rule.id, ()) if one.name != name),
        )
        for rule in sorted(kept.rules, key=lambda one: (-one.weight, one.id))
    ]
    caveats = [CaveatUse(c, sum(one.held for one in by_id.get(c.id, ()))) for c in kept.caveats]
    known = {rule.id for rule in kept.rules} | {caveat.id for caveat in kept.caveats}
    gone = [one for one in told if one.name.partition("@")[0] not in known]
    return Judgement(kept.version, tuple(used), tuple(caveats), tuple(gone))
