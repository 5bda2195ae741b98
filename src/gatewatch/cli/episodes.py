"""episodes: since when and until when targets were blocked, as far as measurements show."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gatewatch.catalogue import facts
from gatewatch.cli.options import Shape, Times, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.pictures import draw
from gatewatch.cli.terminal import Page, count
from gatewatch.model.redaction import defanged
from gatewatch.query import ledger as reading

if TYPE_CHECKING:
    import pyarrow as pa

    from gatewatch.model.episode import Episode


def run(
    target: str | None,
    ledger: str | None,
    times: Times,
    code: str | None,
    shape: Shape,
    *,
    by_service: bool,
    ongoing: bool,
    silence: bool,
    plot: str | None,
    changed_since: str | None,
    members: bool,
    color: bool,
) -> None:
    """Every episode of the ledger, of one host or service, in one jurisdiction."""
    from gatewatch.query import episodes

    catalogue = facts.load()
    opened = reading.open(ledger_at(ledger))
    hosts = hosts_of(target, catalogue)
    tallies = opened.tallies(
        jurisdiction=code, hosts=hosts, as_of=times["as_of"], recorded_by=times["recorded_by"]
    )
    named = episodes.by_service(catalogue) if by_service else None
    if plot:
        from gatewatch.draw import episodes as tracked

        draw(tracked.of_episodes(tallies, named), Path(plot))
    if silence:
        _silences(tallies, named, shape, ongoing=ongoing, color=color)
        return
    found = episodes.found(tallies, named)
    if changed_since:
        before = opened.tallies(
            jurisdiction=code, hosts=hosts, as_of=times["as_of"], recorded_by=changed_since
        )
        _changes(episodes.found(before, named), found, changed_since, shape, color=color)
        return
    found = [one for one in found if one.ongoing or not ongoing]
    if members:
        _members(opened, found, named, times, shape, color=color)
        return
    rows = [episodes.row(one) for one in found]
    flat = [
        {k: " ".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()}
        for row in rows
    ]

    def person(page: Page) -> None:
        measured = sum(tallies["total"].to_pylist())
        page.head(count(len(found), "episode"), f"from {count(measured, 'judged measurement')}")
        for one in found:
            page.line("")
            end = (
                f"[{one.resolution_earliest:%Y-%m-%d %H:%M}, {one.resolution_latest:%Y-%m-%d %H:%M}]"
                if one.resolution_latest
                else f"seen until {one.resolution_earliest:%Y-%m-%d %H:%M}, no end seen"
            )
            page.line(
                *page.state("blocked")[:1],
                (defanged(one.target), "bold"),
                f"   {one.probe_cc}   {len(one.networks)} of {one.measured} networks",
            )
            page.field(
                "Onset",
                f"[{one.onset_earliest:%Y-%m-%d %H:%M}, {one.onset_latest:%Y-%m-%d %H:%M}]",
                "UTC; not before, not after",
            )
            page.field("End", end)
            page.field("How", ", ".join(one.mechanisms) or "not told")
            page.field(
                "Networks",
                " ".join(f"AS{n}" for n in one.networks),
                f"{count(one.members, 'measurement')}, confidence {one.confidence:.2f}",
            )
        if not found:
            page.line(
                "  None found. Where little or nothing was measured, that is no word on whether access is free."
            )

    show(shape, flat, person, lambda: (row.values() for row in flat), color=color, document=rows)


def _members(
    opened: reading.Ledger,
    found: "list[Episode]",
    named: Mapping[str, str] | None,
    times: Times,
    shape: Shape,
    *,
    color: bool,
) -> None:
    """The measurements that episodes rest on."""
    rows = [
        {
            "target": defanged(one.target),
            "probe_cc": one.probe_cc,
            "onset_earliest": one.onset_earliest,
            "measurement": uid,
            "host": defanged(host),
            "network": network,
            "at": at,
            "state": state,
            "mechanism": how,
        }
        for one in found
        for uid, host, network, at, state, how in opened.members(
            one,
            [h for h, name in (named or {}).items() if name == one.target] or [one.target],
            as_of=times["as_of"],
            recorded_by=times["recorded_by"],
        )
    ]

    def person(page: Page) -> None:
        page.head(count(len(rows), "measurement"), f"that {count(len(found), 'episode')} rest on")
        for row in rows:
            page.line(
                f"  {row['at']:%Y-%m-%d %H:%M}  AS{row['network']:<8} {row['host']:<30.30} {row['state']:<15} {row['mechanism'] or '':<22} ",
                (str(row["measurement"]), "dim"),
            )

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)


def _changes(
    before: "list[Episode]", after: "list[Episode]", since: str, shape: Shape, *, color: bool
) -> None:
    """What measurements that came later changed."""
    from gatewatch.analysis.network.superseded import superseded
    from gatewatch.query import episodes

    found = list(superseded(before, after))
    rows = [episodes.change_row(one) for one in found]
    flat = [
        {k: " ".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()}
        for row in rows
    ]

    def person(page: Page) -> None:
        page.head(count(len(found), "change"), f"to episodes, by what was recorded after {since}")
        for one in found:
            page.line("")
            page.line(
                "  ", (f"{one.kind:<10}", "bold"), f"{defanged(one.of.target)}   {one.of.probe_cc}"
            )
            for name, told in (("Was", one.before), ("Is", one.after)):
                if told:
                    page.field(
                        name,
                        _span(told),
                        f"{len(told.networks)} of {told.measured} networks, {count(told.members, 'measurement')}",
                    )

    show(shape, flat, person, lambda: (row.values() for row in flat), color=color, document=rows)


def _span(one: "Episode") -> str:
    end = (
        f"[{one.resolution_earliest:%Y-%m-%d %H:%M}, {one.resolution_latest:%Y-%m-%d %H:%M}]"
        if one.resolution_latest
        else "no end seen"
    )
    return f"[{one.onset_earliest:%Y-%m-%d %H:%M}, {one.onset_latest:%Y-%m-%d %H:%M}] to {end}"


def _silences(
    tallies: "pa.Table",
    named: Mapping[str, str] | None,
    shape: Shape,
    *,
    ongoing: bool,
    color: bool,
) -> None:
    """Where measurements stopped."""
    from gatewatch.query import episodes

    found = [one for one in episodes.quiet(tallies, named) if one.ongoing or not ongoing]
    rows = [episodes.silence_row(one) for one in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "silence"), "volume that was expected and did not come")
        for one in found:
            until = "and goes on" if one.ongoing else f"to {one.last}"
            page.line(
                f"  {defanged(one.target):<34.34} {one.probe_cc}  ",
                (f"{one.first} {until}", "bold"),
                (f"   {one.seen} seen, {one.expected:.0f} a day expected", "dim"),
            )
        if found:
            page.line(
                (
                    "\n  Neither a block nor its absence: probes that vanish may vanish because of one.",
                    "dim",
                )
            )

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)


def hosts_of(target: str | None, catalogue: facts.Catalogue) -> tuple[str, ...]:
    """The hosts asked for: a service's, or one by its name."""
    from gatewatch.errors import UsageError
    from gatewatch.model import selector

    if target is None:
        return ()
    try:
        return catalogue.service(target).hosts
    except UsageError:
        return (selector.domain(target).value,)
