"""Every real register: reconcile says of a name what check says of it."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from tests.asking import snapshots
from tests.mirrored import LARGE, SMALL
from tests.told import on_paper

import gatewatch
from gatewatch.model.selector import Kind, from_key
from gatewatch.query import reconciliation
from gatewatch.query.targets import EVERYTHING, Targets

pytestmark = pytest.mark.slow

_SAMPLED = 15
"""Targets of each state, taken at equal steps; as many names above and beneath them."""


@pytest.fixture
def ledger(
    request: pytest.FixtureRequest, held: Callable[[str], gatewatch.Ledger]
) -> gatewatch.Ledger:
    """The ledger of a mirror."""
    return held(request.param)


@pytest.mark.parametrize("ledger", [*LARGE, *SMALL], indirect=True)
def test_reconcile_and_check_answer_alike(ledger: gatewatch.Ledger) -> None:
    """At the first state and at the last, or between two in the middle and long after the last: one
    register in turn with the next."""
    ((register, declared),) = ledger.history_of.registers().items()
    country = declared.jurisdiction
    times = [s.published_at for s in snapshots(ledger, statuses=["accepted"])]
    middle = times[len(times) // 2] + timedelta(minutes=1)
    ends = (times[0], times[-1])
    between = (middle, times[-1] + timedelta(days=4000))
    for when in between if sorted([*LARGE, *SMALL.values()]).index(register) % 2 else ends:
        report = reconciliation.report(ledger, country, targets=EVERYTHING, valid_at=when)
        told = on_paper(ledger, report)
        sampled = [
            key
            for state in sorted(set(told.values()))
            for key in _sample([key for key, found in told.items() if found == state])
        ]
        beside = tuple(dict.fromkeys(name for key in sampled for name in _beside(key)))
        named = Targets(names=tuple(_sample(beside)))
        others = reconciliation.report(ledger, country, targets=named, valid_at=when)
        found = {key: told[key] for key in sampled} | on_paper(ledger, others)
        if not found:
            assert report.unreached == (register,)
            continue
        answers = ledger.check([_typed(key) for key in found], valid_at=when)
        assert dict(zip(found, (str(one.state) for one in answers), strict=True)) == found


def _sample(found: Sequence[str]) -> list[str]:
    return list(found[:: max(len(found) // _SAMPLED, 1)])


def _typed(key: str) -> str:
    return key if key.startswith("app:") else key.partition(":")[2]


def _beside(key: str) -> list[str]:
    """Names around a target that nobody listed by themselves."""
    named = from_key(key)
    if named.kind in {Kind.IP, Kind.CIDR, Kind.APP} or named.host is None:
        return [named.value] if named.kind == Kind.IP else []
    host = named.host
    above = host.partition(".")[2]
    return [host, f"www.{host}", f"https://{host}/x", *([above] if "." in above else [])]
