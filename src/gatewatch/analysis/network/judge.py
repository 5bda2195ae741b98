"""From observed steps to a verdict: rules are tried hop by hop, and the heaviest decides."""

from collections.abc import Sequence
from copy import copy

import msgspec

from gatewatch.analysis.network.conditions import check_mechanisms, compiled, filled
from gatewatch.analysis.network.differing import differential, task
from gatewatch.analysis.network.facts import Facts
from gatewatch.analysis.network.fetching import connect, request, shake
from gatewatch.analysis.network.folding import fold
from gatewatch.analysis.network.measured import measured
from gatewatch.analysis.network.pages import same_site
from gatewatch.analysis.network.resolving import resolve
from gatewatch.analysis.network.subject import part_subject, subject_of
from gatewatch.analysis.network.targets import Group, by_target
from gatewatch.catalogue import nettests
from gatewatch.model.observation import HttpStep, Observed
from gatewatch.model.verdict import Locus, Rule, RuleSet, Subject, Verdict, VerdictState

_DIFFERENTIAL = frozenset({"sni_blocking", "echcheck"})
_NO_BLOCK = frozenset({VerdictState.OK, VerdictState.DOWN, VerdictState.INSUFFICIENT})
_GRAVITY = (
    VerdictState.BLOCKED,
    VerdictState.LIKELY_BLOCKED,
    VerdictState.IMPAIRED,
    VerdictState.DOWN,
    VerdictState.OK,
    VerdictState.INSUFFICIENT,
)


class _Hop(msgspec.Struct, frozen=True, gc=False):
    """What was found at a hop: its facts, and the rules that hold, heaviest first."""

    number: int
    facts: Facts
    fired: list[int]


class Judge:
    """A rule set made ready."""

    def __init__(self, rules: RuleSet) -> None:
        self.version = rules.version
        self._rules = tuple(sorted(rules.rules, key=lambda rule: (-rule.weight, rule.id)))
        self._caveats = rules.caveats
        self._names = [f"{rule.id}@{rule.version}" for rule in self._rules]
        self._combinations: dict[tuple[int, ...], tuple[str, ...]] = {}
        check_mechanisms((rule.id, rule.mechanism) for rule in self._rules)
        self.fired = compiled(tuple((rule.id, rule.when) for rule in self._rules))
        """Facts to the places of the rules that hold, heaviest first."""
        self._naming = {place for place, rule in enumerate(self._rules) if rule.interference}
        self._weakened = compiled(tuple((one.id, one.when) for one in self._caveats))

    def judge(self, observed: Observed) -> Verdict:
        """The verdict on a measurement. Of a test about several targets, the fold of its verdicts
        on each, which are its `parts`."""
        test = nettests.tests().get(observed.measurement.test_name)
        whole = self._whole(observed, chained=test is not None and test.chained)
        kind, about = subject_of(observed)
        return msgspec.structs.replace(whole, subject=kind, about=about)

    def _whole(self, observed: Observed, *, chained: bool) -> Verdict:
        measurement = observed.measurement
        if chained:
            asked = measurement.input or observed.host
            return self._chain(observed, asked, Group.of(observed), measured(observed))
        if measurement.test_name in _DIFFERENTIAL:
            return self._differential(observed)
        return self._folded(observed)

    def _chain(self, observed: Observed, target: str | None, group: Group, base: Facts) -> Verdict:
        """Judge the hops of one chain of redirects."""
        hops = group.hops()
        if not hops and not self.fired(base):
            return self._insufficient(observed, target, "no step was recorded")
        found = self._hops(observed, group, hops, base)
        best = min((hop for hop in found if hop.fired), key=_heaviest, default=None)
        if best is None:
            return self._insufficient(observed, target, _why_not(observed))
        return self._verdict(observed, target, group, best, found)

    def _hops(
        self, observed: Observed, group: Group, hops: Sequence[int], base: Facts
    ) -> list[_Hop]:
        """The facts of each hop, and the rules that hold there.

        A hop is vouched for where it is of the input's site, or where a hop that is vouched for led
        to it over verified TLS: a redirect in the clear may be anybody's.
        """
        last = hops[-1] if hops else 0
        made: list[tuple[int, Facts]] = []
        vouched = True
        for hop in hops or [0]:
            at = group.at(hop) if len(hops) > 1 else group
            facts = copy(base)
            facts.first, facts.last = hop == 0, hop == last
            page = _page(at.pages)
            facts.vouched = vouched or same_site(_host(at, page), observed.host)
            self._fill(facts, observed, at, page)
            vouched = facts.vouched and facts.proven
            made.append((hop, facts))
        end = made[-1][1].page if made else ""
        for _, facts in made:
            facts.page_end = end
        return [_Hop(hop, facts, self.fired(facts)) for hop, facts in made]

    def _fill(self, facts: Facts, observed: Observed, at: Group, page: HttpStep | None) -> None:
        """The facts of a hop's steps."""
        m = observed.measurement
        connects = [step for step in at.connects if not step.extra]
        needed = [step for step in at.handshakes if not step.extra]
        handshakes = [step for step in needed if not step.quic]
        # Over QUIC alone a handshake that was completed is proof; what fails may lack UDP.
        handshakes = handshakes or [step for step in needed if step.verified]
        proven = {step.ip for step in handshakes if step.verified}
        valid = observed.valid if facts.first else ()
        own = None
        if at.names:
            own = resolve(facts, at.names, proven, valid, (m.probe_asn, m.probe_cc))
        if connects:
            connect(facts, connects, own)
        if handshakes:
            shake(facts, handshakes, own, m.started_at)
        if page is not None:
            request(facts, page, own, proven, m.probe_cc)
        else:
            facts.https = bool(handshakes) or any(step.port == 443 for step in connects)
        if at.tasks:
            task(facts, at.tasks)

    def _differential(self, observed: Observed) -> Verdict:
        """Judge a test that compares two kinds of handshakes within itself."""
        group = Group.of(observed)
        facts = measured(observed)
        differential(facts, observed.measurement.test_name, group.handshakes)
        return self._one(observed, observed.measurement.input, group, facts)

    def _one(self, observed: Observed, target: str | None, group: Group, facts: Facts) -> Verdict:
        """The verdict by one set of facts."""
        hop = _Hop(0, facts, self.fired(facts))
        if not hop.fired:
            return self._insufficient(observed, target, _why_not(observed))
        return self._verdict(observed, target, group, hop, [hop])

    def _folded(self, observed: Observed) -> Verdict:
        """Judge each target, and fold."""
        measurement = observed.measurement
        test = nettests.tests().get(measurement.test_name)
        named = measurement.input or (test.service if test else "") or measurement.test_name
        targets = by_target(observed, named)
        base = measured(observed)
        parts = {n: self._part(observed, n, group, base) for n, group in targets.items()}
        if not parts:
            facts = base
            if self.fired(facts):
                return self._one(observed, measurement.input, Group.of(observed), facts)
            return self._insufficient(observed, measurement.input, "no step was recorded")
        listed = tuple(parts.values())
        if test is None or test.subject is None:
            gravest = min(listed, key=lambda part: _GRAVITY.index(VerdictState(part.state)))
            return _with_parts(gravest, listed)
        if test.subject == Subject.HOST:
            mine = parts.get(observed.host or "")
            mine = mine or (listed[0] if len(listed) == 1 else None)
            if mine is None:
                why = "no step is about the host that was asked for"
                return self._insufficient(observed, measurement.input, why)
            return _with_parts(mine, listed)
        if len(listed) == 1:
            return listed[0]
        facts = base
        rests = fold(facts, test, {n: (v, targets[n].tasks) for n, v in parts.items()})
        whole = self._one(observed, named, Group.of(observed), facts)
        evidence = tuple(sorted({place for part in rests for place in part.evidence}))
        marks = next((part.fingerprints for part in rests if part.fingerprints), None)
        hop = 0 if evidence else None
        return msgspec.structs.replace(
            whole, evidence=evidence, hop=hop, parts=listed, fingerprints=marks
        )

    def _part(self, observed: Observed, target: str, group: Group, base: Facts) -> Verdict:
        """The verdict on one target of several."""
        if networks := _networks(observed):
            base = copy(base)
            base.dns_off_network = _lies_off(group, networks)
        found = self._chain(observed, target, group, base)
        kind, about = part_subject(observed, target)
        return msgspec.structs.replace(found, subject=kind, about=about)

    def _verdict(
        self, observed: Observed, target: str | None, group: Group, best: _Hop, hops: list[_Hop]
    ) -> Verdict:
        first = self._rules[best.fired[0]]
        mechanism = filled(first.mechanism, best.facts)
        state, locus, names = self._sure(first, mechanism, best.facts)
        return Verdict(
            observed.measurement.uid,
            target,
            state,
            mechanism,
            locus,
            self._interference(state, hops),
            best.number,
            (*self._named(tuple(best.fired)), *names),
            group.places(observed, best.number if len(hops) > 1 else None),
            first.comment,
            self.version,
            observed.fingerprints if "fingerprint" in first.when else None,
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

    def _interference(self, state: VerdictState, hops: list[_Hop]) -> tuple[str, ...]:
        """What was at work although nothing was cut off, at any hop."""
        if state not in _NO_BLOCK:
            return ()
        told: list[str | None] = []
        for hop in hops:
            if not self._naming.isdisjoint(hop.fired):
                held = [self._rules[place] for place in hop.fired if place in self._naming]
                told += [filled(rule.interference, hop.facts) for rule in held]
        return tuple(dict.fromkeys([name for name in told if name])) if told else ()

    def _named(self, fired: tuple[int, ...]) -> tuple[str, ...]:
        """The rules that hold, by name; few combinations ever occur."""
        known = self._combinations.get(fired)
        if known is None:
            known = self._combinations[fired] = tuple([self._names[i] for i in fired])
        return known

    def _insufficient(self, observed: Observed, target: str | None, why: str) -> Verdict:
        return Verdict(
            observed.measurement.uid,
            target,
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
        )


def _networks(observed: Observed) -> tuple[int, ...]:
    """Where a test's own specification says that its service's names lie."""
    test = nettests.tests().get(observed.measurement.test_name)
    return test.networks if test else ()


def _lies_off(group: Group, networks: Sequence[int]) -> bool:
    """Whether a name's answers lie in known networks, none of which is the service's."""
    asns = {asn for step in group.names for asn in step.asns}
    return bool(asns) and asns.isdisjoint(networks)


def _heaviest(hop: _Hop) -> tuple[int, int]:
    return (hop.fired[0], hop.number)


def _page(found: Sequence[HttpStep]) -> HttpStep | None:
    """The request that counts: of several at a hop the first that did not fail."""
    return next((page for page in found if page.failure is None), found[0] if found else None)


def _host(at: Group, page: HttpStep | None) -> str | None:
    """The host that a hop is about."""
    if page is not None:
        return page.host
    return at.names[0].host if at.names else None


def _with_parts(whole: Verdict, parts: tuple[Verdict, ...]) -> Verdict:
    return msgspec.structs.replace(whole, parts=parts) if len(parts) > 1 else whole


def _why_not(observed: Observed) -> str:
    said = {
        "failed": "the control failed, and nothing else tells",
        "none": "there is no control, and nothing else tells",
    }
    return said.get(observed.control, "no rule fits what was observed")
