"""verdict: what one measurement shows, in words and a small picture of its steps."""

from pathlib import Path
from typing import Annotated

import typer

from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.cli.options import (
    As,
    AsOf,
    FingerprintsAt,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    RulesAt,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, Piece
from gatewatch.draw import measurement as stepped
from gatewatch.errors import UsageError
from gatewatch.model.documentation import INVENTED, all_invented
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.model.verdict import Verdict
from gatewatch.query import ledger as reading
from gatewatch.query import verdicts
from gatewatch.query.verdicts import Explained
from gatewatch.records import verdicts as records
from gatewatch.words import say

EXAMPLES = (
    "verdict measurements.jsonl",
    "verdict measurements.jsonl --format json",
    "verdict - --all < measurement.json",
)
_MOST_STEPS = 24
_MOST_PARTS = 12
_LINE = ("state", "mechanism", "locus", "target", "probe_cc", "probe_asn", "started_at")
_LOCI = {"network": "in the network", "server_side": "at the server"}
"""Where it lies, as far as that is known."""
_CONTROL = {
    "met": "the test helper answered",
    "failed": "the test helper was asked and did not answer: nothing is concluded from that",
    "none": "this test asks for none",
}


def verdict(
    measurement: Annotated[
        str,
        typer.Argument(
            metavar="FILE|UID",
            help="A file of measurements, - for standard input, or the uid of one in the ledger.",
        ),
    ],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    rules: RulesAt = None,
    fingerprints: FingerprintsAt = None,
    output: As = Output.TABLE,
    every: Annotated[bool, typer.Option("--all", help="Show every step.")] = False,
    no_color: NoColor = False,
) -> None:
    """What a network measurement shows: where it broke, beside what worked elsewhere, and why.

    Of one in the ledger the verdict that was in force by the three times; a file is judged now.
    """
    settings = JudgingSettings(rules, fingerprints)
    given = bool(valid_at or as_of or recorded_by)
    if measurement == "-" or "://" in measurement or Path(measurement).exists():
        if given:
            raise UsageError(
                "a file is judged by the rules of now: --valid-at, --as-of and --recorded-by are for a "
                "measurement in the ledger"
            )
        found = list(verdicts.of_file(measurement, settings))
    else:
        moment = Moment.parse(valid_at, as_of, recorded_by) if given else None
        found = [verdicts.of_uid(reading.open(ledger_at(ledger)), measurement, moment)]

    def person(page: Page) -> None:
        if len(found) == 1:
            _whole(page, found[0], every=every)
        else:
            page.table(_row(page, one) for one in found)

    flat = [records.flat(one) for one in found]
    show(
        output,
        flat,
        person,
        pipe=lambda: (
            [*(row[name] for name in _LINE), " ".join(row["rules"]), row["uid"], row["invented"]]
            for row in flat
        ),
        document=[records.row(one) for one in found],
    )


def _row(page: Page, one: Explained) -> list[Piece | list[Piece]]:
    told = one.verdict
    measured = one.observed.measurement
    network = f"AS{measured.probe_asn or '?'} {measured.probe_cc or '??'}"
    return [
        [*page.state(told.state)],
        told.mechanism or "",
        (defanged(told.target or told.uid), "bold"),
        (f"{measured.started_at or '..'}   {network}", "dim"),
    ]


def _whole(page: Page, found: Explained, *, every: bool) -> None:
    told, observed = found.verdict, found.observed
    measured = observed.measurement
    page.head(
        defanged(told.target or measured.input or measured.uid),
        f"{measured.test_name} {measured.test_version or ''}".strip(),
    )
    network = f"AS{measured.probe_asn or '?'} {measured.probe_cc or '??'}"
    page.line(
        (f"{network}, {measured.started_at or '..'}   ", "bold"),
        *page.state(told.state),
        f"   {told.mechanism or ''}",
        (f"   {_LOCI[told.locus]}" if told.locus in _LOCI else "", "dim"),
    )
    if all_invented([measured.probe_asn]):
        page.field("Evidence", say(INVENTED))
    page.line("")
    _reasons(page, found)
    _parts(page, told)
    _steps(page, found, every=every)


def _reasons(page: Page, found: Explained) -> None:
    told, observed = found.verdict, found.observed
    page.field("Because", told.why)
    if told.interference:
        page.field("Interference", ", ".join(told.interference), "although it was reached")
    if told.rules:
        page.field("Rule", told.rules[0], f"rule set {told.ruleset}")
    if told.rules[1:]:
        page.field("Also held", ", ".join(told.rules[1:4]))
    counts = f"the {told.subject} {defanged(told.about or '')}" if told.subject else "nothing here"
    page.field("Counts for", counts)
    page.field("Control", _CONTROL[observed.control])
    for problem in observed.measurement.problems[:3]:
        page.field("Not read", problem)
    for other in found.earlier:
        page.field("Before", f"{other.state} {other.mechanism or ''}", f"rule set {other.ruleset}")


def _parts(page: Page, told: Verdict) -> None:
    if not told.parts:
        return
    page.line("")
    page.table(
        [[*page.state(part.state)], part.mechanism or "", defanged(part.target or "")]
        for part in told.parts[:_MOST_PARTS]
    )
    if len(told.parts) > _MOST_PARTS:
        page.line((f"  and {len(told.parts) - _MOST_PARTS} more targets: --format json", "dim"))


def _steps(page: Page, found: Explained, *, every: bool) -> None:
    """Every step in its place: what happened here, what elsewhere, where it was decided."""
    steps = found.observed.steps
    if not steps:
        return
    hops = sorted({step.hop for step in steps})
    rows: list[list[Piece | list[Piece]]] = [["", ("here", "dim"), ("elsewhere", "dim"), ""]]
    left = len(steps) if every else _MOST_STEPS
    for hop in hops:
        if len(hops) > 1:
            rows.append([(f"redirect {hop}" if hop else "input", "bold"), "", "", ""])
        for place, step in enumerate(steps):
            if step.hop == hop and left:
                left -= 1
                rows.append(_step(place, found))
    page.line("")
    page.table(rows)
    if not every and len(steps) > _MOST_STEPS:
        page.line((f"  {len(steps) - _MOST_STEPS} more steps: --all", "dim"))


def _step(place: int, found: Explained) -> list[Piece | list[Piece]]:
    step = found.observed.steps[place]
    mark: Piece = ("◌ ", "grey62") if step.failure else "○ "
    decides = stepped.decides(place, step, found)
    return [
        say(stepped.NAMES[type(step)]),
        [mark, say(stepped.here(step))],
        (say(stepped.elsewhere(step)), "dim"),
        ("<< here" if decides else "", "bold"),
    ]
