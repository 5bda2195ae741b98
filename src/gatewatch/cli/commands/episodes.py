"""episodes: since when and until when targets were blocked, as far as measurements show."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from gatewatch.cli.engine import cluster
from gatewatch.cli.options import (
    As,
    AsOf,
    Engine,
    EngineAt,
    In,
    LedgerAt,
    MasterAt,
    NoColor,
    Output,
    Plot,
    RecordedBy,
    Target,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.pictures import draw, ending
from gatewatch.cli.terminal import Page, count
from gatewatch.model.documentation import INVENTED
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.query import ledger as reading
from gatewatch.query.moments import of_all
from gatewatch.records import episodes as rows_of
from gatewatch.words.saying import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewatch.analysis.network.superseded import Supersession
    from gatewatch.model.episode import Episode, Silence, Worldwide
    from gatewatch.query.episodes import Lasting, Record

EXAMPLES = (
    "episodes wechat -j RU",
    "episodes wechat --valid-at 2017-05-08",
    "episodes --ongoing --format csv",
    "episodes --silence",
)
_NEITHER = "\n  Neither a block nor its absence: probes that vanish may vanish because of one."


def episodes(
    target: Target = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: In = None,
    by_service: Annotated[
        bool, typer.Option("--by-service", help="Take the hosts of a service as one series.")
    ] = False,
    ongoing: Annotated[
        bool,
        typer.Option("--ongoing", help="Only those that go on, by measurements of the last week."),
    ] = False,
    silence: Annotated[
        bool,
        typer.Option(
            "--silence", help="Instead, where measurements stopped that were there as a rule."
        ),
    ] = False,
    members: Annotated[
        bool, typer.Option("--members", help="Instead, the measurements that they rest on.")
    ] = False,
    changed_since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="WHEN",
            help="Instead, what has been told otherwise since the record of that time.",
        ),
    ] = None,
    plot: Plot = None,
    engine: EngineAt = Engine.LOCAL,
    master: MasterAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Blocking over time, from measurements: onset and end with doubt, networks, mechanisms.

    With --valid-at, those alone that lasted then or may have.
    """
    from gatewatch.analysis.network.superseded import superseded
    from gatewatch.query import targets
    from gatewatch.query.episodes import Record, lasting
    from gatewatch.query.facts import facts_for

    file = ending(plot) if plot else None
    with cluster(engine, master) as spark:
        opened = reading.open(ledger_at(ledger), cluster=spark)
        code = jurisdiction.code if jurisdiction else None
        given = Moment.parse(valid_at, as_of, recorded_by)
        known = facts_for(opened, given).catalogue
        asked = targets.of(opened, known, target, by_service=by_service)
        record = Record(opened, of_all(opened, given), asked, code)
        if file:
            from gatewatch.draw import episodes as tracked

            draw(tracked.of_episodes(record), file)

        def then(found: "Sequence[Lasting]") -> "Sequence[Lasting]":
            return found if valid_at is None else lasting(found, given)

        if silence:
            _silences(then(record.silences), output, ongoing=ongoing)
            return
        if changed_since:
            recorded = of_all(opened, Moment.parse(None, as_of, changed_since))
            before = Record(opened, recorded, asked, code)
            moved = [
                one
                for one in superseded(before.episodes, record.episodes)
                if then([each for each in (one.before, one.after) if each])
            ]
            _changes(moved, changed_since, output)
            return
        found = [one for one in then(record.episodes) if one.ongoing or not ongoing]
        everywhere = [one for one in then(record.everywhere) if one.ongoing or not ongoing]
        every: list[Episode | Worldwide] = [*found, *everywhere]
        if members:
            rows = _members(record, every)
            show(output, rows, lambda page: _draw_members(page, rows, len(found)))
            return
        records = [rows_of.row(one) for one in every]
        show(
            output,
            records,
            lambda page: _draw(page, record, found, everywhere),
        )


def _draw(
    page: Page, record: "Record", found: "list[Episode]", everywhere: "list[Worldwide]"
) -> None:
    page.head(count(len(found), "episode"), f"from {count(record.judged, 'judged measurement')}")
    for one in found:
        page.line("")
        page.line(
            page.state("blocked")[0],
            (defanged(one.target), "bold"),
            f"   {one.probe_cc}   {len(one.networks)} of {one.measured} networks",
        )
        page.field("Onset", _onset(one), "UTC; not before, not after")
        page.field("End", _end(one, f"seen until {one.resolution_earliest:%Y-%m-%d %H:%M}, "))
        page.field("How", ", ".join(one.mechanisms) or "not told")
        page.field(
            "Networks",
            " ".join(f"AS{n}" for n in one.networks),
            f"{count(one.members, 'measurement')}, confidence {one.confidence:.2f}",
        )
        if one.invented:
            page.field("Evidence", say(INVENTED))
    for each in everywhere:
        page.line("")
        countries = f"{len(each.countries)} of {len(each.measured)} countries"
        page.line((defanged(each.target), "bold"), f"   everywhere at once: {countries}")
        fault = "UTC; the target's fault, or that of what measures it: no restriction"
        page.field("Onset", _onset(each), fault)
        page.field("Where", " ".join(each.countries))
        page.field("How", ", ".join(each.mechanisms) or "not told")
        rests_on = f"{count(each.members, 'measurement')} of {len(each.networks)} networks"
        page.field("Seen by", rests_on)
        if each.invented:
            page.field("Evidence", say(INVENTED))
    if not found:
        page.line(
            "  None found. Where little or nothing was measured, that is no word on whether access "
            "is free."
        )


def _onset(one: "Episode | Worldwide") -> str:
    return f"[{one.onset_earliest:%Y-%m-%d %H:%M}, {one.onset_latest:%Y-%m-%d %H:%M}]"


def _end(one: "Episode", seen: str = "") -> str:
    if one.last_seen:
        return f"last seen on {one.last_seen:%Y-%m-%d %H:%M}; not known since"
    if one.resolution_latest is None:
        return f"{seen}no end seen"
    return f"[{one.resolution_earliest:%Y-%m-%d %H:%M}, {one.resolution_latest:%Y-%m-%d %H:%M}]"


def _members(record: "Record", found: "list[Episode | Worldwide]") -> list[dict[str, Any]]:
    """The measurements that episodes rest on, and what began everywhere at once, by country."""
    return [
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
            "scope": each.scope,
        }
        for each in found
        for one in each.parts
        for member in record.members(one)
    ]


def _draw_members(page: Page, rows: list[dict[str, Any]], episodes: int) -> None:
    page.head(count(len(rows), "measurement"), f"that {count(episodes, 'episode')} rest on")
    page.table(
        [
            f"{row['at']:%Y-%m-%d %H:%M}",
            f"AS{row['network']}",
            row["host"],
            row["state"],
            row["mechanism"] or "",
            (str(row["measurement"]), "dim"),
        ]
        for row in rows
    )


def _changes(found: "Sequence[Supersession]", since: str, output: Output) -> None:
    """What measurements that came later changed."""
    records = [rows_of.change_row(one) for one in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "change"), f"to episodes, by what was recorded after {since}")
        for change in found:
            page.line("")
            of = f"{defanged(change.of.target)}   {change.of.probe_cc}"
            page.line("  ", (f"{change.kind:<10}", "bold"), of)
            for name, one in (("Was", change.before), ("Is", change.after)):
                if one:
                    networks = f"{len(one.networks)} of {one.measured} networks"
                    rests_on = f"{networks}, {count(one.members, 'measurement')}"
                    page.field(name, f"{_onset(one)} to {_end(one)}", rests_on)

    show(output, records, person)


def _silences(silences: "Sequence[Silence]", output: Output, *, ongoing: bool) -> None:
    """Where measurements stopped."""

    found = [one for one in silences if one.ongoing or not ongoing]

    def person(page: Page) -> None:
        page.head(count(len(found), "silence"), "volume that was expected and did not come")
        page.table(
            [
                defanged(one.target) or _network(one),
                one.probe_cc,
                (f"{one.first} {'and goes on' if one.ongoing else f'to {one.last}'}", "bold"),
                (f"{one.seen} seen, {one.expected:.0f} a day expected", "dim"),
                (say(INVENTED) if one.invented else "", "dim"),
            ]
            for one in found
        )
        if found:
            page.line((_NEITHER, "dim"))

    show(output, [rows_of.silence_row(one) for one in found], person)


def _network(one: "Silence") -> str:
    return f"AS{one.network}" if one.network else "all that is measured"
