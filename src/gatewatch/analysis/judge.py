"""From observed steps to a verdict: rules are tried hop by hop, and the heaviest decides."""

import ast
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from gatewatch.analysis.facts import Facts, facts_of
from gatewatch.errors import CatalogueError
from gatewatch.model.observation import DnsStep, HttpStep, Observed, Step, TcpStep, TlsStep
from gatewatch.model.verdict import Locus, Rule, RuleSet, State, Verdict

_FACTS = frozenset(field.name for field in msgspec.structs.fields(Facts))
_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.Compare, ast.Eq,
    ast.NotEq, ast.In, ast.NotIn, ast.Name, ast.Load, ast.Constant, ast.Tuple,
)  # fmt: skip
_CHAINED = frozenset({"web_connectivity", "http_requests"})
"""Tests whose steps are hops of one chain of redirects; those of others are about many targets."""

Fire = Callable[[Facts], list[int]]


class Judge:
    """A rule set made ready."""

    def __init__(self, rules: RuleSet) -> None:
        self.version = rules.version
        self._rules = tuple(sorted(rules.rules, key=lambda rule: (-rule.weight, rule.id)))
        self.fired = _compiled(tuple((rule.id, rule.when) for rule in self._rules))

    def judge(self, observed: Observed) -> Verdict:
        """The verdict on a measurement. Of a test about several targets, the gravest of its
        verdicts on each, which are its `parts`."""
        measurement = observed.measurement
        if measurement.test_name in _CHAINED:
            return self._chain(observed, measurement.input or observed.host, observed.steps)
        targets = by_target(observed.steps)
        worked = {target for target, steps in targets.items() if any(map(_worked, steps))}
        parts = tuple(
            self._chain(observed, target, steps, peers=bool(worked - {target}))
            for target, steps in targets.items()
        )
        if not parts:
            return self._insufficient(observed, measurement.input, "no step was recorded")
        gravest = min(parts, key=lambda part: _GRAVITY[part.state])
        return msgspec.structs.replace(gravest, parts=parts) if len(parts) > 1 else gravest

    def _chain(
        self,
        observed: Observed,
        target: str | None,
        steps: tuple[Step, ...],
        *,
        peers: bool = False,
    ) -> Verdict:
        """Judge the hops of one chain."""
        if not steps:
            return self._insufficient(observed, target, "no step was recorded")
        hops: dict[int, list[Step]] = {}
        for step in steps:
            hops.setdefault(step.hop, []).append(step)
        last = max(hops)
        page = any(isinstance(step, HttpStep) and step.control_status for step in steps)
        page = page or observed.control_page
        best: tuple[int, int, list[int]] | None = None
        for hop in sorted(hops):
            facts = facts_of(
                hops[hop], first=hop == 0, last=hop == last, control=observed.control,
                control_page=page, valid=observed.valid if hop == 0 else (),
                home_asn=observed.measurement.probe_asn, peers=peers,
            )  # fmt: skip
            fired = self.fired(facts)
            if fired and (best is None or fired[0] < best[0]):
                best = (fired[0], hop, fired)
        if best is None:
            return self._insufficient(observed, target, _why_not(observed))
        return self._verdict(observed, target, hops[best[1]], best[1], best[2])

    def _verdict(
        self, observed: Observed, target: str | None, steps: list[Step], hop: int, fired: list[int]
    ) -> Verdict:
        held = [self._rules[i] for i in fired]
        first = held[0]
        places = {id(step): place for place, step in enumerate(observed.steps)}
        return Verdict(
            observed.measurement.uid, target, first.state, first.mechanism, first.locus,
            (first.interference,) if first.interference else (),
            hop, tuple([f"{rule.id}@{rule.version}" for rule in held]),
            tuple([places[id(step)] for step in steps]), first.comment, self.version,
            observed.fingerprints if "fingerprint" in first.when else None,
        )  # fmt: skip

    def _insufficient(self, observed: Observed, target: str | None, why: str) -> Verdict:
        return Verdict(
            observed.measurement.uid, target, State.INSUFFICIENT, None, Locus.UNKNOWN, (),
            None, (), (), why, self.version, None,
        )  # fmt: skip


def _worked(step: Step) -> bool:
    return step.failure is None and not isinstance(step, DnsStep)


_GRAVITY: dict[str, int] = {
    State.BLOCKED: 0, State.LIKELY_BLOCKED: 1, State.IMPAIRED: 2, State.DOWN: 3,
    State.OK: 4, State.INSUFFICIENT: 5,
}  # fmt: skip


def _why_not(observed: Observed) -> str:
    said = {
        "failed": "the control failed, and nothing else tells",
        "none": "there is no control, and nothing else tells",
    }
    return said.get(observed.control, "no rule fits what was observed")


def by_target(steps: Iterable[Step]) -> dict[str, tuple[Step, ...]]:
    """Steps of a test about many targets, by the name that they are about, else the endpoint."""
    names: dict[str, str] = {}
    steps = tuple(steps)
    for step in steps:
        if isinstance(step, DnsStep):
            names.update(dict.fromkeys(step.addresses, step.host))
    found: dict[str, list[Step]] = {}
    for step in steps:
        host = None if isinstance(step, TcpStep) else step.host
        if not host and isinstance(step, TcpStep | TlsStep | HttpStep):
            host = names.get(step.ip or "") or f"{step.ip}:{step.port}"
        found.setdefault(host or "unknown", []).append(step)
    return {target: tuple(group) for target, group in found.items()}


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
