"""From observed steps to a verdict: rules are tried hop by hop, and the heaviest decides."""

import ast
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from gatewatch.analysis.network.facts import Facts, facts_of
from gatewatch.analysis.network.observe import endpoint
from gatewatch.analysis.network.subject import subject_of
from gatewatch.errors import CatalogueError
from gatewatch.model.observation import (
    DnsStep,
    HttpStep,
    Observed,
    Step,
    TaskStep,
    TcpStep,
    TlsStep,
)
from gatewatch.model.verdict import Locus, Rule, RuleSet, State, Verdict

_FACTS = frozenset(field.name for field in msgspec.structs.fields(Facts))
_ALLOWED = (
    ast.Expression,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.UnaryOp,
    ast.Not,
    ast.Compare,
    ast.Eq,
    ast.NotEq,
    ast.In,
    ast.NotIn,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Tuple,
)
_CHAINED = frozenset({"web_connectivity", "http_requests"})
"""Tests whose steps are hops of one chain of redirects; those of others are about many targets."""

Fire = Callable[[Facts], list[int]]


class Judge:
    """A rule set made ready."""

    def __init__(self, rules: RuleSet) -> None:
        self.version = rules.version
        self._rules = tuple(sorted(rules.rules, key=lambda rule: (-rule.weight, rule.id)))
        self._names = [f"{rule.id}@{rule.version}" for rule in self._rules]
        self._combinations: dict[tuple[int, ...], tuple[str, ...]] = {}
        self.fired = _compiled(tuple((rule.id, rule.when) for rule in self._rules))
        """Facts to the places of the rules that hold, heaviest first."""

    def judge(self, observed: Observed) -> Verdict:
        """The verdict on a measurement. Of a test about several targets, the gravest of its
        verdicts on each, which are its `parts`."""
        whole = self._whole(observed)
        kind, about = subject_of(observed)
        return msgspec.structs.replace(whole, subject=kind, about=about)

    def _whole(self, observed: Observed) -> Verdict:
        measurement = observed.measurement
        if measurement.test_name in _CHAINED:
            return self._chain(observed, measurement.input or observed.host, Group.of(observed))
        targets = by_target(observed)
        worked = {target for target, group in targets.items() if group.worked}
        parts = tuple(
            self._chain(observed, target, group, peers=bool(worked - {target}))
            for target, group in targets.items()
        )
        if not parts:
            return self._insufficient(observed, measurement.input, "no step was recorded")
        gravest = min(parts, key=lambda part: _GRAVITY[part.state])
        return msgspec.structs.replace(gravest, parts=parts) if len(parts) > 1 else gravest

    def _chain(
        self, observed: Observed, target: str | None, group: "Group", *, peers: bool = False
    ) -> Verdict:
        """Judge the hops of one chain."""
        hops = group.hops()
        if not hops:
            return self._insufficient(observed, target, "no step was recorded")
        last = hops[-1]
        best: tuple[int, int, list[int]] | None = None
        for hop in hops:
            facts = Facts(
                hop == 0, hop == last, observed.control, observed.control_page, peers=peers
            )
            at = group.at(hop) if len(hops) > 1 else group
            facts_of(
                at.names,
                at.connects,
                at.handshakes,
                at.pages,
                facts,
                observed.valid if hop == 0 else (),
                observed.measurement.probe_asn,
            )
            fired = self.fired(facts)
            if fired and (best is None or fired[0] < best[0]):
                best = (fired[0], hop, fired)
        if best is None:
            return self._insufficient(observed, target, _why_not(observed))
        return self._verdict(observed, target, group, best[1], best[2])

    def _verdict(
        self, observed: Observed, target: str | None, group: "Group", hop: int, fired: list[int]
    ) -> Verdict:
        first = self._rules[fired[0]]
        return Verdict(
            observed.measurement.uid,
            target,
            first.state,
            first.mechanism,
            first.locus,
            (first.interference,) if first.interference else (),
            hop,
            self._named(tuple(fired)),
            group.places(observed, hop),
            first.comment,
            self.version,
            observed.fingerprints if "fingerprint" in first.when else None,
        )

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
            State.INSUFFICIENT,
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


_GRAVITY: dict[str, int] = {
    State.BLOCKED: 0,
    State.LIKELY_BLOCKED: 1,
    State.IMPAIRED: 2,
    State.DOWN: 3,
    State.OK: 4,
    State.INSUFFICIENT: 5,
}


def _why_not(observed: Observed) -> str:
    said = {
        "failed": "the control failed, and nothing else tells",
        "none": "there is no control, and nothing else tells",
    }
    return said.get(observed.control, "no rule fits what was observed")


class Group(msgspec.Struct, frozen=True, gc=False):
    """Steps about one target."""

    names: Sequence[DnsStep]
    connects: Sequence[TcpStep]
    handshakes: Sequence[TlsStep]
    pages: Sequence[HttpStep]

    @staticmethod
    def of(observed: Observed) -> "Group":
        return Group(observed.names, observed.connects, observed.handshakes, observed.pages)

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self.names, *self.connects, *self.handshakes, *self.pages)

    def is_whole(self, observed: Observed) -> bool:
        """Whether these are all steps of the measurement."""
        return self.names is observed.names and self.pages is observed.pages

    @property
    def worked(self) -> bool:
        """Whether anything beyond a name was reached."""
        beyond: tuple[Step, ...] = (*self.connects, *self.handshakes, *self.pages)
        return any(step.failure is None for step in beyond)

    def hops(self) -> list[int]:
        """The hops that have a step, in order."""
        found = {step.hop for step in self.names}
        found.update([step.hop for step in self.connects])
        found.update([step.hop for step in self.handshakes])
        found.update([step.hop for step in self.pages])
        return sorted(found)

    def at(self, hop: int) -> "Group":
        """The steps of one hop."""
        return Group(
            [step for step in self.names if step.hop == hop],
            [step for step in self.connects if step.hop == hop],
            [step for step in self.handshakes if step.hop == hop],
            [step for step in self.pages if step.hop == hop],
        )

    def places(self, observed: Observed, hop: int) -> tuple[int, ...]:
        """Where the steps of a hop stand among all."""
        every = observed.steps
        if self.is_whole(observed):
            return tuple([place for place, step in enumerate(every) if step.hop == hop])
        mine = {id(step) for step in self.steps}
        return tuple([i for i, step in enumerate(every) if step.hop == hop and id(step) in mine])


def by_target(observed: Observed) -> dict[str, Group]:
    """Steps of a test about many targets, by the name that they are about, else the endpoint."""
    names: dict[str, str] = {}
    for asked in observed.names:
        names.update(dict.fromkeys(asked.addresses, asked.host))
    found: dict[str, tuple[list[Step], ...]] = {}
    kinds: tuple[tuple[Step, ...], ...] = (
        observed.names,
        observed.connects,
        observed.handshakes,
        observed.pages,
    )
    for kind, steps in enumerate(kinds):
        for step in steps:
            host = None if isinstance(step, TcpStep | TaskStep) else step.host
            if not host and not isinstance(step, DnsStep):
                host = names.get(step.ip or "") or endpoint(step.ip, step.port)
            found.setdefault(host or "unknown", ([], [], [], []))[kind].append(step)
    return {target: Group(*group) for target, group in found.items()}  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _compiled(conditions: tuple[tuple[str, str], ...]) -> Fire:
    """One function over all conditions: the places of those that hold, heaviest first.

    Each condition is checked to be an expression over facts and constants, and nothing else: rules
    may come from a file of somebody's own.
    """
    tests = [
        f"    if {_checked(name, text)}: fired.append({i})"
        for i, (name, text) in enumerate(conditions)
    ]
    source = "\n".join(["def fire(f):", "    fired = []", *tests, "    return fired"])
    space: dict[str, Fire] = {}
    exec(compile(source, "<rules>", "exec"), {"__builtins__": {}}, space)  # noqa: S102 - see above
    return space["fire"]


def _checked(name: str, text: str) -> str:
    """A condition as Python over `f`; raises CatalogueError if it is more than a condition."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as fault:
        raise CatalogueError(f"rule {name}: {text!r} cannot be read: {fault.msg}") from None
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise CatalogueError(f"rule {name}: {type(node).__name__} has no place in a condition")
        if isinstance(node, ast.Name):
            if node.id not in _FACTS:
                raise CatalogueError(f"rule {name}: there is no fact {node.id!r}")
            node.id = f"f.{node.id}"
    return ast.unparse(tree)


__all__ = ["Judge", "Rule", "by_target"]
