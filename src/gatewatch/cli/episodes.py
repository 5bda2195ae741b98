"""episodes: since when and until when targets were blocked, as far as measurements show."""

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
    from gatewatch.model.episode import Episode
    from gatewatch.query.episodes import Record


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
    from gatewatch.query import episodes, targets

    opened = reading.open(ledger_at(ledger))
    asked = targets.of(opened, facts.load(), target, by_service=by_service)
    moment = opened.moment(None, times["as_of"], times["recorded_by"])
    record = episodes.Record(opened, moment, asked, code)
    if plot:
        from gatewatch.draw import episodes as tracked

        draw(tracked.of_episodes(record), Path(plot))
    if silence:
        _silences(record, shape, ongoing=ongoing, color=color)
        return
    if changed_since:
        then = opened.moment(None, times["as_of"], changed_since)
        before = episodes.Record(opened, then, asked, code)
        _changes(before.episodes, record.episodes, changed_since, shape, color=color)
        return
    found = [one for one in record.episodes if one.ongoing or not ongoing]
    if members:
        _members(record, found, shape, color=color)
        return
    rows = [episodes.row(one) for one in found]
    flat = [
        {k: " ".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()}
        for row in rows
    ]

    def person(page: Page) -> None:
        page.head(
            count(len(found), "episode"), f"from {count(record.judged, 'judged measurement')}"
        )
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
        for each in record.everywhere:
            page.line("")
            page.line(
                (defanged(each.target), "bold"),
                f"   everywhere at once: {len(each.countries)} of {len(each.measured)} countries",
            )
            page.field(
                "Onset",
                f"[{each.onset_earliest:%Y-%m-%d %H:%M}, {each.onset_latest:%Y-%m-%d %H:%M}]",
                "UTC; the target's fault, or that of what measures it: no restriction",
            )
            page.field("Where", " ".join(each.countries))
        if not found:
            page.line(
                "  None found. Where little or nothing was measured, that is no word on whether access is free."
            )

    show(shape, flat, person, lambda: (row.values() for row in flat), color=color, document=rows)


def _members(record: "Record", found: "list[Episode]", shape: Shape, *, color: bool) -> None:
    """The measurements that episodes rest on."""
    rows = [
        {
            "target": defanged(one.target),
            "probe_cc": one.probe_cc,
            "onset_earliest": one.onset_earliest,
            "measurement": member.uid,
            "host": defanged(member.about),
            "network": member.network,
            "at": member.at,
            "state": member.state,
            "mechanism": member.mechanism,
        }
        for one in found
        for member in record.members(one)
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


def _silences(record: "Record", shape: Shape, *, ongoing: bool, color: bool) -> None:
    """Where measurements stopped."""
    from gatewatch.query import episodes

    found = [one for one in record.silences if one.ongoing or not ongoing]
    rows = [episodes.silence_row(one) for one in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "silence"), "volume that was expected and did not come")
        for one in found:
            until = "and goes on" if one.ongoing else f"to {one.last}"
            what = defanged(one.target) or (
                f"AS{one.network}" if one.network else "all that is measured"
            )
            page.line(
                f"  {what:<34.34} {one.probe_cc}  ",
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
