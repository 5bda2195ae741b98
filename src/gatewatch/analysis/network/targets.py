"""The targets of a measurement, each with the steps that are about it."""

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec

from gatewatch.analysis.network.places import endpoint
from gatewatch.model.memo import memo
from gatewatch.model.observation import (
    DnsStep,
    HttpStep,
    Observed,
    Step,
    TaskStep,
    TcpStep,
    TlsStep,
)
from gatewatch.model.ranges import parsed

_BY_SET = frozenset({"tor", "dnscheck", "tlsping", "simplequicping"})
"""Tests that keep the steps of each target, or of each try, in a set of its own."""
_PLAIN_PORT, _SECURE_PORT = 80, 443
_hop = attrgetter("hop")


class Group(msgspec.Struct, frozen=True, gc=False):
    """Steps about one target."""

    names: Sequence[DnsStep]
    connects: Sequence[TcpStep]
    handshakes: Sequence[TlsStep]
    pages: Sequence[HttpStep]
    tasks: Sequence[TaskStep] = ()

    @staticmethod
    def of(observed: Observed) -> "Group":
        """All steps of a measurement."""
        o = observed
        return Group(
            names=o.names,
            connects=o.connects,
            handshakes=o.handshakes,
            pages=o.pages,
            tasks=o.tasks,
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self.names, *self.connects, *self.handshakes, *self.pages, *self.tasks)

    def is_whole(self, observed: Observed) -> bool:
        """Whether these are all steps of the measurement."""
        return self.names is observed.names and self.pages is observed.pages

    def hops(self) -> list[int]:
        """The hops that have a step, in order."""
        return sorted(set(map(_hop, chain.from_iterable(self._kinds()))))

    def _kinds(self) -> tuple[Sequence[Step], ...]:
        return self.names, self.connects, self.handshakes, self.pages, self.tasks

    def at(self, hop: int) -> "Group":
        """The steps of one hop."""
        return Group(
            names=[step for step in self.names if step.hop == hop],
            connects=[step for step in self.connects if step.hop == hop],
            handshakes=[step for step in self.handshakes if step.hop == hop],
            pages=[step for step in self.pages if step.hop == hop],
            tasks=[step for step in self.tasks if step.hop == hop],
        )

    def apart(self) -> "dict[int, Group]":
        """The steps of every hop, told apart at one go: a chain may have thousands of hops."""
        told: list[dict[int, list[Any]]] = []
        for steps in self._kinds():
            by_hop: dict[int, list[Any]] = {}
            for step in steps:
                by_hop.setdefault(step.hop, []).append(step)
            told.append(by_hop)
        return {hop: Group(*(by_hop.get(hop, []) for by_hop in told)) for hop in self.hops()}

    def places(self, observed: Observed, hop: int | None) -> tuple[int, ...]:
        """Where the steps of a hop, or all, stand among the measurement's."""
        if self.is_whole(observed):
            if hop is None:
                return _below(sum(map(len, self._kinds())))
            hops = map(_hop, chain.from_iterable(self._kinds()))
            return tuple([place for place, at in enumerate(hops) if at == hop])
        every = enumerate(observed.steps)
        mine = {id(step) for step in self.steps}
        return tuple(
            [i for i, step in every if id(step) in mine and (hop is None or step.hop == hop)]
        )


@memo
def _below(number: int) -> tuple[int, ...]:
    """The whole numbers from 0 below another."""
    return tuple(range(number))


def by_target(observed: Observed, whole: str = "unknown") -> dict[str, Group]:
    """Steps by what they are about: a set that the test keeps, a name, else an endpoint.

    A connect is to an address; it belongs to every name that gave it. Names that share one (as all
    of a service's do where they are forged to 0.0.0.0) share the connect too. What is about no
    name and no endpoint is about the `whole`.
    """
    by_set = observed.measurement.test_name in _BY_SET
    names: dict[str, list[str]] = {}
    for asked in observed.names:
        for address in asked.addresses:
            held = names.setdefault(address, [])
            if asked.host not in held:
                held.append(asked.host)
    found: dict[str, tuple[list[Step], ...]] = {}
    kinds: tuple[tuple[Step, ...], ...] = (
        observed.names,
        observed.connects,
        observed.handshakes,
        observed.pages,
        observed.tasks,
    )
    for kind, steps in enumerate(kinds):
        for step in steps:
            for target in _targets(step, names, whole, by_set=by_set):
                found.setdefault(target, ([], [], [], [], []))[kind].append(step)
    return {target: Group(*group) for target, group in found.items()}  # type: ignore[arg-type]


def _targets(step: Step, names: dict[str, list[str]], whole: str, *, by_set: bool) -> list[str]:
    if by_set and step.subset:
        return [step.subset]
    if isinstance(step, DnsStep):
        return [step.host or whole]
    host = step.host if isinstance(step, TlsStep | HttpStep) else None
    if host and parsed(host) is None:
        return [host]
    ip, port = step.ip, step.port
    if isinstance(step, HttpStep) and host:
        ip, port = host, port or (_SECURE_PORT if step.tls else _PLAIN_PORT)
    return names.get(ip or "") or [endpoint(ip, port) or whole]
