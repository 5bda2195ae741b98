"""From observed steps to a verdict: rules are tried hop by hop, and the heaviest decides."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import astuple

from gatewatch.analysis.network.conditions import check_mechanisms, compiled, filled
from gatewatch.analysis.network.differing import BY_NAME, differential, task
from gatewatch.analysis.network.facts import Facts, copied
from gatewatch.analysis.network.fetching import (
    connect,
    datagrams,
    request,
    shake,
    unrecorded_handshake,
)
from gatewatch.analysis.network.folding import fold
from gatewatch.analysis.network.measured import measured
from gatewatch.analysis.network.pages import same_site
from gatewatch.analysis.network.resolving import resolve
from gatewatch.analysis.network.subject import About, part_subject, subject_of
from gatewatch.analysis.network.targets import Group, by_target
from gatewatch.catalogue import nettests
from gatewatch.model.observation import HttpStep, Observed, TlsStep
from gatewatch.model.verdict import Locus, Rule, RuleSet, Subject, Verdict, VerdictState

_MOST_DECISIONS = 65_536
_NOBODY: frozenset[str | None] = frozenset()
_DIFFERENTIAL = BY_NAME | {"echcheck"}
_ANY_NAME = frozenset({"tlsping", "simplequicping"})
"""Tests that say a name of anybody's to a server of anybody's."""
_NO_BLOCK = frozenset({VerdictState.OK, VerdictState.DOWN, VerdictState.INSUFFICIENT})
_GRAVITY = (
    VerdictState.BLOCKED,
    VerdictState.LIKELY_BLOCKED,
    VerdictState.IMPAIRED,
    VerdictState.DOWN,
    VerdictState.OK,
    VerdictState.INSUFFICIENT,
)


NOT_JUDGED = {
    "steps": "no step was recorded",
    "host": "no step is about the host that was asked for",
    "failed": "the control failed, and nothing else tells",
    "none": "there is no control, and nothing else tells",
    "rules": "no rule fits what was observed",
}
"""Why no rule decided, as it is stored with the verdict; else that is the comment of its rule."""


class _Decision(msgspec.Struct, frozen=True, gc=False):
    """What the rules say of one set of facts."""

    place: int
    """Of the heaviest rule that holds."""
    state: VerdictState
    mechanism: str | None
    locus: Locus
    rules: tuple[str, ...]
    """Those that hold, heaviest first, and caveats that took something away: `id@version`."""
    blocks: bool
    interference: tuple[str, ...]
    """What was at work there, for a verdict that is no block."""
    why: str
    by_fingerprint: bool


class _Hop(msgspec.Struct, frozen=True, gc=False):
    """What was found at a hop; no decision where no rule holds."""

    number: int
    decision: _Decision | None


class _Target(msgspec.Struct, frozen=True, gc=False):
    """What is judged: a measurement, the target that is named, and what the verdict counts for."""

    observed: Observed
    name: str | None
    about: About


class Judge:
    """A rule set made ready."""

    def __init__(self, rules: RuleSet) -> None:
        self.version = rules.version
        self._rules = tuple(sorted(rules.rules, key=lambda rule: (-rule.weight, rule.id)))
        self._caveats = rules.caveats
        self._names = [f"{rule.id}@{rule.version}" for rule in self._rules]
        self._decisions: dict[tuple[object, ...], _Decision | None] = {}
        check_mechanisms((rule.id, rule.mechanism) for rule in self._rules)
        self.fired = compiled(tuple((rule.id, rule.when) for rule in self._rules))
        """Facts to the places of the rules that hold, heaviest first."""
        self._weakened = compiled(tuple((one.id, one.when) for one in self._caveats))

    def judge(self, observed: Observed) -> Verdict:
        """The verdict on a measurement. Of a test about several targets, the fold of its verdicts
        on each, which are its `parts`."""
        m = observed.measurement
        test = nettests.test_of(m.test_name)
        about = subject_of(observed)
        if test is not None and test.chained:
            whole = _Target(observed, m.input or observed.host, about)
            return self._chain(whole, Group.of(observed), measured(observed))
        whole = _Target(observed, m.input, about)
        if m.test_name in _DIFFERENTIAL:
            return self._differential(whole)
        return self._folded(whole)

    def _decided(self, facts: Facts) -> _Decision | None:
        """What the rules say of facts. These are words and flags, of which few combinations ever
        occur: a look among those decided before costs a sixth of asking every rule again."""
        key = astuple(facts)
        try:
            return self._decisions[key]
        except KeyError:
            pass
        if len(self._decisions) >= _MOST_DECISIONS:
            self._decisions.clear()
        found = self._decisions[key] = self._decide(facts)
        return found

    def _decide(self, facts: Facts) -> _Decision | None:
        fired = self.fired(facts)
        if not fired:
            return None
        first = self._rules[fired[0]]
        mechanism = filled(first.mechanism, facts)
        state, locus, caveats = self._sure(first, mechanism, facts)
        at_work = [filled(self._rules[place].interference, facts) for place in fired]
        return _Decision(
            place=fired[0],
            state=state,
            mechanism=mechanism,
            locus=locus,
            rules=(*(self._names[place] for place in fired), *caveats),
            blocks=state not in _NO_BLOCK,
            interference=tuple(dict.fromkeys([name for name in at_work if name])),
            why=first.comment,
            by_fingerprint="fingerprint" in first.when,
        )

    def _chain(self, target: _Target, group: Group, base: Facts) -> Verdict:
        """Judge the hops of one chain of redirects."""
        hops = group.hops()
        if not hops and self._decided(base) is None:
            return self._insufficient(target, NOT_JUDGED["steps"])
        found = self._hops(target.observed, group, hops, base)
        best = found[0]
        if len(found) > 1:
            best = min((hop for hop in found if hop.decision), key=_heaviest, default=best)
        if best.decision is None:
            return self._insufficient(target, _why_not(target.observed))
        return self._verdict(target, group, best, found)

    def _hops(
        self, observed: Observed, group: Group, hops: Sequence[int], base: Facts
    ) -> list[_Hop]:
        """The facts of each hop, and what the rules say of them; `base` becomes the last hop's.

        A hop is vouched for where it is of the input's site, or where a hop that is vouched for led
        to it over verified TLS: a redirect in the clear may be anybody's.
        """
        if len(hops) == 1:
            return [self._only(observed, group, hops[0], base)]
        last = hops[-1] if hops else 0
        made: list[tuple[int, Facts]] = []
        vouched = True
        apart = group.apart()
        for hop in hops or [0]:
            at = apart[hop] if hops else group
            facts = copied(base) if hop != last else base  # which is of no use after that
            facts.first, facts.last = hop == 0, hop == last
            page = at.pages[0] if at.pages else None
            if page is not None and page.failure is not None:
                page = _page(at.pages)
            facts.vouched = vouched or same_site(_host(at, page), observed.host)
            self._fill(facts, observed, at, page)
            vouched = facts.vouched and facts.proven
            made.append((hop, facts))
        end = made[-1][1].page_end if made else ""
        for _, facts in made:
            facts.page_end = end
        return [_Hop(hop, self._decided(facts)) for hop, facts in made]

    def _only(self, observed: Observed, group: Group, hop: int, facts: Facts) -> _Hop:
        """The same of a chain of one hop, as most are."""
        facts.first = hop == 0
        page = group.pages[0] if group.pages else None
        if page is not None and page.failure is not None:
            page = _page(group.pages)
        facts.vouched = True
        self._fill(facts, observed, group, page)
        return _Hop(hop, self._decided(facts))

    def _fill(self, facts: Facts, observed: Observed, at: Group, page: HttpStep | None) -> None:
        """The facts of a hop's steps."""
        m = observed.measurement
        connects = [step for step in at.connects if not step.extra] if at.connects else []
        needed = [step for step in at.handshakes if not step.extra] if at.handshakes else []
        handshakes = [step for step in needed if not step.quic] if needed else needed
        if len(handshakes) < len(needed):
            datagrams(facts, needed, page)
            # Over QUIC alone a handshake that was completed is proof; what fails may lack UDP.
            handshakes = handshakes or [step for step in needed if step.verified]
        proven = {step.ip for step in handshakes if step.verified} if handshakes else _NOBODY
        valid = observed.valid if facts.first else ()
        own = None
        if at.names:
            own = resolve(facts, at.names, proven, valid, home=(m.probe_asn, m.probe_cc))
        if connects:
            connect(facts, connects, own, page.port if page is not None else None)
        if handshakes:
            used = _used(own, page, handshakes)
            shake(facts, handshakes, used, m.started_at, any_name=m.test_name in _ANY_NAME)
        elif not needed and page is not None and page.failure is not None:
            unrecorded_handshake(facts, page)
        if page is not None:
            request(facts, page, own, proven, country=m.probe_cc)
        else:
            facts.https = bool(handshakes) or any(step.port == 443 for step in connects)
        if at.tasks:
            task(facts, at.tasks)

    def _differential(self, whole: _Target) -> Verdict:
        """Judge a test that compares two kinds of handshakes within itself."""
        observed = whole.observed
        group = Group.of(observed)
        facts = measured(observed)
        differential(facts, observed.measurement.test_name, group.handshakes)
        return self._one(whole, group, facts)

    def _one(self, target: _Target, group: Group, facts: Facts) -> Verdict:
        """The verdict by one set of facts."""
        hop = _Hop(0, self._decided(facts))
        if hop.decision is None:
            return self._insufficient(target, _why_not(target.observed))
        return self._verdict(target, group, hop, [hop])

    def _folded(self, whole: _Target) -> Verdict:
        """Judge each target, and fold."""
        observed = whole.observed
        measurement = observed.measurement
        test = nettests.test_of(measurement.test_name)
        named = measurement.input or (test.service if test else "") or measurement.test_name
        targets = by_target(observed, named)
        if any(one.operation == "bootstrap" for one in observed.tasks):
            # What was asked for through the tunnel says nothing of the network below it.
            targets = {name: group for name, group in targets.items() if group.tasks}
        base = measured(observed)
        parts = {n: self._part(observed, n, group, base) for n, group in targets.items()}
        if not parts:
            if self._decided(base):
                return self._one(whole, Group.of(observed), base)
            return self._insufficient(whole, NOT_JUDGED["steps"])
        listed = tuple(parts.values())
        if test is None or test.subject is None:
            gravest = min(listed, key=lambda part: _GRAVITY.index(VerdictState(part.state)))
            return _with_parts(gravest, listed, whole.about)
        if test.subject == Subject.HOST:
            mine = parts.get(observed.host or "")
            mine = mine or (listed[0] if len(listed) == 1 else None)
            if mine is None:
                return self._insufficient(whole, NOT_JUDGED["host"])
            return _with_parts(mine, listed, whole.about)
        if len(listed) == 1:
            return _with_parts(listed[0], listed, whole.about)
        rests = fold(base, test, {n: (v, targets[n]) for n, v in parts.items()})
        verdict = self._one(_Target(observed, named, whole.about), Group.of(observed), base)
        evidence = tuple(sorted({place for part in rests for place in part.evidence}))
        marks = next((part.fingerprints for part in rests if part.fingerprints), None)
        hop = 0 if evidence else None
        return msgspec.structs.replace(
            verdict, evidence=evidence, hop=hop, parts=listed, fingerprints=marks
        )

    def _part(self, observed: Observed, target: str, group: Group, base: Facts) -> Verdict:
        """The verdict on one target of several."""
        base = copied(base)
        if networks := _networks(observed):
            base.dns_off_network = _lies_off(group, networks)
        part = _Target(observed, target, part_subject(observed, target))
        return self._chain(part, group, base)

    def _verdict(self, target: _Target, group: Group, best: _Hop, hops: Sequence[_Hop]) -> Verdict:
        observed, decision = target.observed, best.decision
        assert decision is not None
        interference: tuple[str, ...] = ()
        if not decision.blocks:
            # What was at work although nothing was cut off, at any hop.
            interference = decision.interference if len(hops) == 1 else _at_work(hops)
        return Verdict(
            observed.measurement.uid,
            target.name,
            decision.state,
            decision.mechanism,
            decision.locus,
            interference,
            best.number,
            decision.rules,
            group.places(observed, best.number if len(hops) > 1 else None),
            decision.why,
            self.version,
            observed.fingerprints if decision.by_fingerprint else None,
            *target.about,
        )

    def _sure(
        self, rule: Rule, mechanism: str | None, facts: Facts
    ) -> tuple[VerdictState, Locus, list[str]]:
        """State and locus after caveats, with the names of those that took something away."""
        names: list[str] = []
        state, locus = rule.state, rule.locus
        if state in _NO_BLOCK or mechanism is None:
            return state, locus, names
        for place in self._weakened(facts):
            one = self._caveats[place]
            if not mechanism.startswith(one.on):
                continue
            if _GRAVITY.index(state) < _GRAVITY.index(one.at_most) or locus != one.locus:
                state = max(state, one.at_most, key=_GRAVITY.index)
                locus = one.locus
                names.append(f"{one.id}@{one.version}")
        return state, locus, names

    def _insufficient(self, target: _Target, why: str) -> Verdict:
        return Verdict(
            target.observed.measurement.uid,
            target.name,
            VerdictState.INSUFFICIENT,
            None,
            Locus.UNKNOWN,
            (),
            None,
            (),
            (),
            why,
            self.version,
            None,
            *target.about,
        )


def _at_work(hops: Sequence[_Hop]) -> tuple[str, ...]:
    told = [name for hop in hops if hop.decision for name in hop.decision.interference]
    return tuple(dict.fromkeys(told))


def _networks(observed: Observed) -> tuple[int, ...]:
    """Where a test's own specification says that its service's names lie."""
    test = nettests.test_of(observed.measurement.test_name)
    return test.networks if test else ()


def _lies_off(group: Group, networks: Sequence[int]) -> bool:
    """Whether a name's answers lie in known networks, none of which is the service's."""
    asns = {asn for step in group.names for asn in step.asns}
    return bool(asns) and asns.isdisjoint(networks)


def _heaviest(hop: _Hop) -> tuple[int, int]:
    assert hop.decision is not None
    return (hop.decision.place, hop.number)


def _page(found: Sequence[HttpStep]) -> HttpStep | None:
    """The request that counts: of several at a hop the first that did not fail."""
    return next((page for page in found if page.failure is None), found[0] if found else None)


def _used(
    own: set[str] | None, page: HttpStep | None, handshakes: Sequence[TlsStep]
) -> set[str] | None:
    """The addresses from here, with that at which a handshake in the page's own name failed and the
    page with it: a name's address may be known by another name's answer."""
    if own is None or page is None or page.failure is None or page.ip is None or page.ip in own:
        return own
    mine = [step for step in handshakes if step.ip == page.ip and step.host == page.host]
    return {*own, page.ip} if mine and all(step.failure for step in mine) else own


def _host(at: Group, page: HttpStep | None) -> str | None:
    """The host that a hop is about."""
    if page is not None:
        return page.host
    return at.names[0].host if at.names else None


def _with_parts(mine: Verdict, parts: tuple[Verdict, ...], about: About) -> Verdict:
    """The verdict on one target as that on the whole, which counts for what the test is about."""
    kind, name = about
    held = parts if len(parts) > 1 else ()
    return msgspec.structs.replace(mine, parts=held, subject=kind, about=name)


def _why_not(observed: Observed) -> str:
    return NOT_JUDGED.get(observed.control, NOT_JUDGED["rules"])
