"""Episodes of what a ledger holds: by host, or by service, whose hosts are one series."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gatewatch.analysis.detect import Cells, episodes
from gatewatch.analysis.silence import silences
from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger.tallies import Tally
from gatewatch.model.episode import Episode, Silence
from gatewatch.publish.redact import defanged


def found(tallies: Sequence[Tally], named: Mapping[str, str] | None = None) -> list[Episode]:
    """Every episode. Hosts that `named` gives one name are one series."""
    keys, cells = _series(tallies, named or {})
    how: dict[tuple[str, str], list[Tally]] = {}
    for key, tally in zip(keys, tallies, strict=True):
        how.setdefault(key, []).append(tally)
    return [
        msgspec.structs.replace(one, mechanisms=_mechanisms(one, how[one.target, one.probe_cc]))
        for one in episodes(cells)
    ]


def quiet(tallies: Sequence[Tally], named: Mapping[str, str] | None = None) -> list[Silence]:
    """Where measurements stopped that were there as a rule."""
    return silences(_series(tallies, named or {})[1])


def _series(
    tallies: Sequence[Tally], named: Mapping[str, str]
) -> tuple[list[tuple[str, str]], Cells]:
    """The series of each tally, and all of them as cells."""
    keys = [(named.get(t.host, t.host), t.probe_cc) for t in tallies]
    names = sorted(set(keys))
    place = {key: n for n, key in enumerate(names)}
    return keys, _cells(tallies, [place[key] for key in keys], names)


def by_service(catalogue: Catalogue) -> dict[str, str]:
    """Services by host. Of a host that two share the first has it."""
    named: dict[str, str] = {}
    for one in catalogue.services.values():
        for host in one.hosts:
            named.setdefault(host, one.id)
    return named


def _cells(tallies: Sequence[Tally], series: list[int], names: list[tuple[str, str]]) -> Cells:
    import numpy as np

    return Cells(
        tuple(names), np.array(series, dtype=np.int64),
        np.array([t.network for t in tallies], dtype=np.int64),
        np.array([t.hour for t in tallies], dtype=np.int64),
        np.array([t.blocked for t in tallies], dtype=np.float64),
        np.array([t.total for t in tallies], dtype=np.float64),
    )  # fmt: skip


def _mechanisms(one: Episode, tallies: Iterable[Tally]) -> tuple[str, ...]:
    """Ways of blocking seen in its networks while it lasted."""
    first = one.onset_earliest.timestamp() / 3600
    last = (one.resolution_latest or one.resolution_earliest).timestamp() / 3600
    networks = set(one.networks)
    seen = {
        m
        for t in tallies
        if t.network in networks and first <= t.hour <= last
        for m in t.mechanisms
    }
    return tuple(sorted(seen))


def row(one: Episode) -> dict[str, Any]:
    """An episode as a record."""
    return {
        "target": defanged(one.target), "probe_cc": one.probe_cc,
        "onset_earliest": one.onset_earliest, "onset_latest": one.onset_latest,
        "resolution_earliest": one.resolution_earliest, "resolution_latest": one.resolution_latest,
        "ongoing": one.ongoing, "confidence": round(one.confidence, 3),
        "networks": list(one.networks), "networks_measured": one.measured,
        "mechanisms": list(one.mechanisms), "members": one.members,
    }  # fmt: skip


def silence_row(one: Silence) -> dict[str, Any]:
    """A silence as a record."""
    return {
        "target": defanged(one.target), "probe_cc": one.probe_cc, "first": one.first, "last": one.last,
        "expected_a_day": one.expected, "seen": one.seen, "ongoing": one.ongoing,
    }  # fmt: skip
