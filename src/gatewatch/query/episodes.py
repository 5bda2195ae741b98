"""Episodes of what a ledger holds: by host, or by service, whose hosts are one series."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from gatewatch.analysis.network.superseded import Change
from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import needs
from gatewatch.ledger.tallies import mechanisms
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.redaction import defanged

if TYPE_CHECKING:
    import pyarrow as pa

    from gatewatch.analysis.network.episodes import Cells


def found(tallies: "pa.Table", named: Mapping[str, str] | None = None) -> list[Episode]:
    """Every episode. Hosts that `named` gives one name are one series."""
    with needs("network"):
        from gatewatch.analysis.network.episodes import episodes

    cells = cells_of(tallies, named or {})
    blocks = episodes(cells)
    how = _Mechanisms(tallies, cells) if blocks else None
    return [msgspec.structs.replace(one, mechanisms=how.of(one)) for one in blocks if how]


def quiet(tallies: "pa.Table", named: Mapping[str, str] | None = None) -> list[Silence]:
    """Where measurements stopped that were there as a rule."""
    with needs("network"):
        from gatewatch.analysis.network.silence import silences

    return silences(cells_of(tallies, named or {}))


def cells_of(tallies: "pa.Table", named: Mapping[str, str]) -> "Cells":
    """Tallies as series of a target in a jurisdiction, in the order of tallies."""
    with needs("network"):
        import numpy as np

        from gatewatch.analysis.network.episodes import Cells

    hosts, codes = (
        tallies[name].combine_chunks().dictionary_encode() for name in ("host", "probe_cc")
    )
    targets = [named.get(host, host) for host in hosts.dictionary.to_pylist()]
    places = {name: n for n, name in enumerate(sorted(set(targets)))}
    target = np.array([places[name] for name in targets], dtype=np.int64)[hosts.indices]
    wide = len(codes.dictionary) or 1
    pair_of = target * wide + codes.indices.to_numpy()
    there = np.bincount(pair_of, minlength=len(places) * wide) > 0
    pairs, series = np.flatnonzero(there), (np.cumsum(there) - 1)[pair_of]
    names, countries = list(places), codes.dictionary.to_pylist()
    network, hour, blocked, total = (
        tallies[name].to_numpy() for name in ("network", "hour", "blocked", "total")
    )
    return Cells(
        tuple((names[pair // wide], countries[pair % wide]) for pair in pairs.tolist()),
        series,
        network,
        hour,
        blocked,
        total.astype(np.float64),
    )


def coverage(
    tallies: "pa.Table", named: Mapping[str, str] | None = None
) -> dict[tuple[str, str], dict[date, int]]:
    """How many networks measured each target and jurisdiction, by day."""
    import numpy as np

    cells = cells_of(tallies, named or {})
    seen = np.unique(np.stack([cells.series, cells.hour // 24, cells.network]), axis=1)
    days, networks = np.unique(seen[:2], axis=1, return_counts=True)
    found: dict[tuple[str, str], dict[date, int]] = {name: {} for name in cells.names}
    for series, day, number in zip(*days.tolist(), networks.tolist(), strict=True):
        found[cells.names[series]][_EPOCH + timedelta(days=day)] = number
    return found


_EPOCH = date(1970, 1, 1)


def by_service(catalogue: Catalogue) -> dict[str, str]:
    """Services by host. Of a host that two share the first has it."""
    named: dict[str, str] = {}
    for one in catalogue.services.values():
        for host in one.hosts:
            named.setdefault(host, one.id)
    return named


class _Mechanisms:
    """Ways of blocking by series, looked up by networks and hours."""

    def __init__(self, tallies: "pa.Table", cells: "Cells") -> None:
        import numpy as np

        self._bits, self._schema, self._cells = (
            tallies["mechanisms"].to_numpy(),
            tallies.schema,
            cells,
        )
        self._order = np.argsort(cells.series, kind="stable")
        self._starts = np.searchsorted(cells.series[self._order], np.arange(len(cells.names) + 1))
        self._place = {name: n for n, name in enumerate(cells.names)}

    def of(self, one: Episode) -> tuple[str, ...]:
        """Those seen in an episode's networks while it lasted."""
        import numpy as np

        place = self._place[one.target, one.probe_cc]
        rows = self._order[self._starts[place] : self._starts[place + 1]]
        first = one.onset_earliest.timestamp() / 3600
        last = (one.resolution_latest or one.resolution_earliest).timestamp() / 3600
        hour = self._cells.hour[rows]
        inside = (hour >= first) & (hour <= last) & np.isin(self._cells.network[rows], one.networks)
        return mechanisms(self._schema, int(np.bitwise_or.reduce(self._bits[rows[inside]])))


def row(one: Episode) -> dict[str, Any]:
    """An episode as a record."""
    return {
        "target": defanged(one.target),
        "probe_cc": one.probe_cc,
        "onset_earliest": one.onset_earliest,
        "onset_latest": one.onset_latest,
        "resolution_earliest": one.resolution_earliest,
        "resolution_latest": one.resolution_latest,
        "ongoing": one.ongoing,
        "confidence": round(one.confidence, 3),
        "networks": list(one.networks),
        "networks_measured": one.measured,
        "mechanisms": list(one.mechanisms),
        "members": one.members,
    }


def change_row(one: Change) -> dict[str, Any]:
    """What became of an episode, as a record."""
    was = (
        {f"was_{name}": getattr(one.before, name) for name in _SIDES}
        if one.before
        else dict.fromkeys(f"was_{name}" for name in _SIDES)
    )
    return {"change": one.kind, "fields": list(one.fields), **row(one.of), **was}


_SIDES = ("onset_earliest", "onset_latest", "resolution_earliest", "resolution_latest", "members")


def silence_row(one: Silence) -> dict[str, Any]:
    """A silence as a record."""
    return {
        "target": defanged(one.target),
        "probe_cc": one.probe_cc,
        "first": one.first,
        "last": one.last,
        "expected_a_day": one.expected,
        "seen": one.seen,
        "ongoing": one.ongoing,
    }
