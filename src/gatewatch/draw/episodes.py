"""Episodes, and registers beside the network, as pictures of tracks."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gatewatch.analysis.registers.lookup import How
from gatewatch.draw import tracks
from gatewatch.draw.tracks import MOST, Track
from gatewatch.model import selector as selectors
from gatewatch.model.episode import Episode
from gatewatch.query import episodes
from gatewatch.query import reconciliation as reconcile
from gatewatch.query.ledger import Ledger, When
from gatewatch.query.reconciliation import Reconciled, Report

if TYPE_CHECKING:
    import pyarrow as pa

_DRAWN = reconcile.COVERING | {How.EXACT_URL, How.OTHER_SCHEME}


def of_episodes(tallies: "pa.Table", named: Mapping[str, str] | None = None) -> str:
    """Episodes, silences and coverage as SVG: targets with an episode or a silence first."""
    blocks, silent = episodes.found(tallies, named), episodes.quiet(tallies, named)
    rows = [
        Track(
            target=target,
            note=_note(code, mine),
            measured=days,
            blocks=tuple(mine),
            silences=tuple(s for s in silent if (s.target, s.probe_cc) == (target, code)),
        )
        for (target, code), days in episodes.coverage(tallies, named).items()
        for mine in [[b for b in blocks if (b.target, b.probe_cc) == (target, code)]]
    ]
    rows.sort(key=lambda t: (not t.blocks, not t.silences, t.target))
    noun = "episode" if len(blocks) == 1 else "episodes"
    return tracks.picture(f"{len(blocks)} {noun}, by measurements", rows)


def _note(code: str, mine: list[Episode]) -> str:
    if not mine:
        return f"{code}: no episode found"
    last = mine[-1]
    end = f"to {last.resolution_latest:%Y-%m-%d}" if last.resolution_latest else "no end seen"
    return f"{code}: {len(last.networks)} of {last.measured} networks, {end}"


def of_reconciled(
    ledger: Ledger,
    found: Report,
    rows: Sequence[Reconciled],
    *,
    valid_at: When = None,
    as_of: When = None,
    recorded_by: When = None,
) -> str:
    """Paper above network for each row, at the moment asked about, as SVG."""
    moment = ledger.moment(valid_at, as_of, recorded_by)
    drawn = rows[:MOST]
    hosts = {one.key: one.target for one in drawn if not one.key.startswith(reconcile.SERVICE)}
    names = {key: selectors.from_key(key).host or host for key, host in hosts.items()}
    tallies = ledger.tallies(
        jurisdiction=found.jurisdiction,
        hosts=sorted({*names.values()}),
        as_of=moment.as_of,
        recorded_by=moment.recorded_by,
    )
    blocks, days = episodes.found(tallies), episodes.coverage(tallies)
    met = ledger.histories(
        list(hosts.values()), as_of=as_of, recorded_by=recorded_by, jurisdiction=found.jurisdiction
    )
    papers = dict(zip(hosts, met, strict=True))
    lines = [
        Track(
            target=one.target,
            note=reconcile.STATES[one.state],
            measured=days.get((names.get(one.key, ""), found.jurisdiction), {}),
            blocks=tuple(b for b in blocks if b.target == names.get(one.key)),
            listings=tuple(
                (li.came, li.went) for how, li in papers.get(one.key, ()) if how in _DRAWN
            ),
        )
        for one in drawn
    ]
    extra = len(found.rows) - len(drawn)
    title = f"Registers beside the network, {found.jurisdiction}" + (
        f": {len(drawn)} of {len(drawn) + extra:,} targets" if extra else ""
    )
    return tracks.picture(title, lines, reconcile.instant(moment))
