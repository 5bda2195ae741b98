"""Facts of tests that do a thing twice, or in a protocol of their own."""

from collections.abc import Sequence

from gatewatch.analysis.network.facts import Facts
from gatewatch.analysis.network.failures import OWN, class_at, failure_class
from gatewatch.model.observation import TaskStep, TlsStep

_SAID_HELLO = frozenset({"hostname", "validity", "authority", "certificate"})
_OF_TOR = frozenset({"or_port", "or_port_dirauth", "dir_port"})
"""Tor's own protocol, by the kind of relay that speaks it (ts-023)."""
_BY_HOPS = "tlsmiddlebox"
BY_NAME = frozenset({"sni_blocking", _BY_HOPS})
"""Tests in which the name alone differs."""
_THROUGH = "fetch"
"""What is asked for through a tunnel once it stands."""
_UNTOLD = frozenset({"unknown_error"})
"""A start that did not come to its end, without a word on why."""
_HEADERS = ("header", "request_line_capitalization")


def differential(facts: Facts, test: str, steps: Sequence[TlsStep]) -> None:
    """Two kinds of handshakes at one address within seconds, which differ in one thing: the
    strongest evidence that one measurement can hold.

    sni_blocking (ts-024) says the input's name and then its own to the same server, which has no
    certificate for the first: that one came is all that counts. echcheck (ts-039) shakes hands
    with and without Encrypted Client Hello. tlsmiddlebox (ts-037) says two names, each with more
    and more hops that its packets may go: of those that are meant not to arrive nothing is told,
    and that one with a name arrived is enough.
    """
    if test in BY_NAME:
        facts.trigger_kind = "sni"
        with_it = [step for step in steps if step.subset == "target"]
        without = [step for step in steps if step.subset == "control"]
    else:
        facts.trigger_kind = "ech"
        with_it = [step for step in steps if step.ech]
        places = {step.ip for step in with_it}
        without = [step for step in steps if not step.ech and step.ip in places]
    told = [step for step in with_it if class_at(step.failure, step.ip) != OWN]
    facts.own = facts.own or len(told) < len(with_it)
    if without:
        facts.trigger_base = "ok" if any(_answered(s) for s in without) else "failed"
    if test == _BY_HOPS:
        told = _furthest(told)
    if told:
        answered = [_answered(step) for step in told]
        facts.trigger = "ok" if all(answered) else "partly" if any(answered) else "failed"
        words = [failure_class(s.failure) for s, ok in zip(told, answered, strict=True) if not ok]
        facts.trigger_failure = words[0] if words else ""


def _furthest(steps: Sequence[TlsStep]) -> list[TlsStep]:
    """Of handshakes with more and more hops the one that says what became of the name: one that
    arrived, else one that somebody ended, else one that nobody answered."""

    def told(step: TlsStep) -> int:
        return 0 if _answered(step) else 1 if failure_class(step.failure) != "timeout" else 2

    return sorted(steps, key=told)[:1]


def _answered(step: TlsStep) -> bool:
    """Whether a server's answer came, whatever the probe thought of its certificate."""
    word = failure_class(step.failure)
    # That it rejects the extension a server says within a handshake that proved its outer name.
    return step.failure is None or word in _SAID_HELLO or (step.ech and word == "server")


def task(facts: Facts, steps: Sequence[TaskStep]) -> None:
    """What a test did as a whole; of several attempts one that worked is enough."""
    told = [step for step in steps if class_at(step.failure, step.ip) != OWN]
    facts.own = facts.own or len(told) < len(steps)
    if not told:
        return
    changed = [name for step in told for name in step.changed]
    facts.changed = _changed(told[0].protocol, changed)
    worked = [step for step in told if step.failure is None]
    first = (worked or told)[0]
    facts.task = "ok" if worked else "failed"
    through = [step for step in told if step.operation == _THROUGH]
    if worked and through and all(step.failure for step in through):
        facts.task, worked, first = "partly", [], through[0]
    protocol = first.protocol.partition("/")[0]
    facts.task_protocol = "tor" if protocol in _OF_TOR else protocol
    started = first.operation == "bootstrap"
    word = class_at(first.failure, first.ip)
    if started and (word != "other" or first.failure in _UNTOLD):
        word = "bootstrap"  # of what has no word it is not known whether anybody was asked
    if protocol == "quic" and word == "timeout":
        word = "drop"  # as of its handshakes
    facts.task_failure = "" if worked else word


def _changed(protocol: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    if protocol != "http":
        return "request_line"
    return "header" if any(name.startswith(_HEADERS) for name in names) else "answer"
