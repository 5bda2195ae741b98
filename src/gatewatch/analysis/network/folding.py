"""How the verdicts on the parts of a test fold into one on its subject.

A service has redundant ways in. That one of eleven connects was lost is no restriction, and that
all of them failed is one although no peer is left to compare with: "the gravest part decides" was
wrong in both directions.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from gatewatch.analysis.network.facts import Facts
from gatewatch.analysis.network.places import split_endpoint
from gatewatch.analysis.network.targets import Group
from gatewatch.model.nettest import Need, Nettest
from gatewatch.model.ranges import parsed
from gatewatch.model.verdict import Locus, Verdict, VerdictState

_FAILED = frozenset({VerdictState.BLOCKED, VerdictState.LIKELY_BLOCKED, VerdictState.IMPAIRED})
_ANY = Need(id="any", addresses=True, enough=0.5)
"""Of a test without needs of its own (dnscheck) every address is as good as the others."""

Parts = Mapping[str, tuple[Verdict, Group]]
"""The verdict on each target, and the steps that are about it."""


def fold(facts: Facts, test: Nettest | None, parts: Parts) -> list[Verdict]:
    """Fill in the facts of the needs; the parts on which the answer rests."""
    needs = test.needs if test else ()
    if not any(group.tasks for _, group in parts.values()):
        # Ledgers of before knew no protocols: there every target is as good as the others.
        needs = tuple(need for need in needs if not need.protocols)
    told: list[tuple[str, list[Verdict]]] = []
    if not needs:
        told.append(_met(_ANY, [v for name, (v, _) in parts.items() if not _ignored(test, name)]))
    for need in needs:
        mine = _parts_of(need, parts, test)
        told.append(_met(need, mine))
    known = [(word, mine) for word, mine in told if word]
    if facts.defect and any(not word and mine for word, mine in told):
        facts.needs = "unknown"
        return []
    # Where most of what was tried told nothing, what is left speaks for itself and no more.
    untold = sum(not word and bool(mine) for word, mine in told)
    if not known or (untold > len(known) and all(word == "met" for word, _ in known)):
        return []
    failed = sum(word == "failed" for word, _ in known)
    from_ = test.blocked_from if test else 1.0
    if failed and failed >= from_ * len(known):
        facts.needs = "failed"
    else:
        facts.needs = "met" if all(word == "met" for word, _ in known) else "partly"
    lost = [v for word, mine in known if word != "met" for v in mine if v.state in _FAILED]
    if lost:
        facts.needs_sure = all(
            v.state == VerdictState.BLOCKED and v.locus == Locus.NETWORK for v in lost
        )
        facts.needs_mechanism = _commonest(lost)
        return lost
    return [v for _, mine in known for v in mine if v.state == VerdictState.OK]


def _ignored(test: Nettest | None, name: str) -> bool:
    return test is not None and name in test.ignored


def _parts_of(need: Need, parts: Parts, test: Nettest | None) -> list[Verdict]:
    """The verdicts by which a need is met, ports of one address as one: that which says most."""
    by_place: dict[str, tuple[int, Verdict]] = {}
    for name, (verdict, group) in parts.items():
        if _ignored(test, name):
            continue
        place = split_endpoint(name)[0] or name
        protocols = {task.protocol for task in group.tasks}
        fits = (
            name in need.hosts
            or (need.addresses and parsed(place) is not None)
            or not protocols.isdisjoint(need.protocols)
        )
        if not fits:
            continue
        key = name if need.protocols else place
        told = _weight(verdict, group)
        if key not in by_place or told > by_place[key][0]:
            by_place[key] = (told, verdict)
    return [verdict for _, verdict in by_place.values()]


def _weight(verdict: Verdict, group: Group) -> int:
    """How much the verdict on one port says of its address. What a request or a handshake came to
    says more than that a port takes connections: boxes that know a protocol let it connect and
    drop what it sends (ts-020 asks for both)."""
    used = bool(group.pages or group.handshakes or group.tasks)
    if verdict.state == VerdictState.OK:
        return 3 if used else 1
    connected = any(step.failure is None for step in group.connects)
    return 2 if verdict.state in _FAILED and used and connected else 0


def _met(need: Need, verdicts: Sequence[Verdict]) -> tuple[str, list[Verdict]]:
    """Whether a need is met, partly, or not at all; an empty word where nothing is known."""
    works = [v for v in verdicts if v.state == VerdictState.OK]
    fails = [v for v in verdicts if v.state in _FAILED]
    known = len(works) + len(fails)
    if not known:
        return "", list(verdicts)
    if not works:
        return ("failed" if known >= need.least else "", fails)
    return ("met" if len(works) >= need.enough * known else "partly"), [*works, *fails]


def _commonest(lost: Sequence[Verdict]) -> str:
    """The mechanism of most; of equals the one that came first on the way in."""
    counted = Counter(v.mechanism for v in lost if v.mechanism)
    return counted.most_common(1)[0][0] if counted else ""
