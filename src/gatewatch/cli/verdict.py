"""verdict: what one measurement shows, in words and a small picture of its steps."""

from pathlib import Path

from gatewatch.analysis.network import certificates
from gatewatch.analysis.network.tools import Settings
from gatewatch.cli.options import Shape, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page
from gatewatch.draw import measurement as stepped
from gatewatch.model.observation import Step
from gatewatch.model.redaction import defanged
from gatewatch.model.verdict import Verdict
from gatewatch.query import verdicts
from gatewatch.query.verdicts import Explained

_HERE = 46
_MOST_STEPS = 24
_MOST_PARTS = 12
_CONTROL = {
    "met": "the test helper answered",
    "failed": "the test helper was asked and did not answer: nothing is concluded from that",
    "none": "this test asks for none",
}


def run(
    what: str, ledger: str | None, settings: Settings, shape: Shape, *, every: bool, color: bool
) -> None:
    """Explain a measurement of a file, or one that the ledger holds; of many, a line each."""
    if what == "-" or "://" in what or Path(what).exists():
        found = list(verdicts.of_file(what, settings))
    else:
        found = [verdicts.of_uid(ledger_at(ledger), what)]
    flat = [verdicts.flat(one) for one in found]
    document = [verdicts.row(one) for one in found]

    def person(page: Page) -> None:
        if len(found) == 1:
            _whole(page, found[0], every=every)
            return
        for one in found:
            page.line(
                "  ",
                *page.state(one.verdict.state),
                f"   {one.verdict.mechanism or ''}   ",
                (defanged(one.verdict.target or one.verdict.uid), "bold"),
            )

    show(
        shape,
        flat,
        person,
        lambda: (
            [
                r["state"],
                r["mechanism"],
                r["locus"],
                r["target"],
                r["probe_cc"],
                r["probe_asn"],
                r["started_at"],
                " ".join(r["rules"]),
                r["uid"],
            ]
            for r in flat
        ),
        color=color,
        document=document[0] if len(document) == 1 else document,
    )


def rejudge(
    ledger: str | None, settings: Settings, shape: Shape, *, write: bool, color: bool
) -> None:
    """Judge again, and show each way in which verdicts changed with an example."""
    from gatewatch.pipeline.judging import rejudge as run_again

    found = run_again(ledger_at(ledger), settings, write=write)
    flat = [
        {
            "ruleset": found.ruleset,
            "before": way[0] or None,
            "before_mechanism": way[1],
            "now": way[2],
            "now_mechanism": way[3],
            "measurements": number,
            "example": found.examples[way],
        }
        for way, number in found.changed.items()
    ]

    def person(page: Page) -> None:
        changed = found.judged - found.same
        page.head(
            f"{found.judged:,} measurements judged, {changed:,} verdicts differ",
            f"rule set {found.ruleset}",
        )
        for row in flat:
            page.line(
                f"  {row['measurements']:>8,}  ",
                *page.state(str(row["before"])),
                f" {row['before_mechanism'] or ''}  to  ",
                *page.state(str(row["now"])),
                f" {row['now_mechanism'] or ''}",
                (f"   gatewatch verdict {row['example']}", "dim"),
            )
        said = "written beside the old ones" if found.written else "nothing was written"
        page.line((f"  {said}", "dim"))

    show(shape, flat, person, lambda: (list(row.values()) for row in flat), color=color)


def _whole(page: Page, found: Explained, *, every: bool) -> None:
    verdict, observed = found.verdict, found.observed
    measured = observed.measurement
    page.head(
        defanged(verdict.target or measured.input or measured.uid),
        f"{measured.test_name} {measured.test_version or ''}".strip(),
    )
    place = (
        f"AS{measured.probe_asn or '?'} {measured.probe_cc or '??'}, {measured.started_at or '..'}"
    )
    page.line(
        (f"{place}   ", "bold"),
        *page.state(verdict.state),
        f"   {verdict.mechanism or ''}",
        (f"   {verdict.locus}", "dim"),
    )
    page.line("")
    page.field("Because", verdict.why)
    if verdict.interference:
        page.field("Interference", ", ".join(verdict.interference), "although it was reached")
    if verdict.rules:
        page.field("Rule", verdict.rules[0], f"rule set {verdict.ruleset}")
    if verdict.rules[1:]:
        page.field("Also held", ", ".join(verdict.rules[1:4]))
    page.field("Control", _CONTROL[observed.control])
    for problem in measured.problems[:3]:
        page.field("Not read", problem)
    if any(one.certificate for one in observed.handshakes) and not certificates.readable():
        page.field("Not read", "names in certificates", "pip install 'gatewatch[network]'")
    for other in found.earlier:
        page.field("Before", f"{other.state} {other.mechanism or ''}", f"rule set {other.ruleset}")
    _parts(page, verdict)
    _steps(page, found, every=every)
    page.line("")


def _parts(page: Page, verdict: Verdict) -> None:
    if not verdict.parts:
        return
    page.line("")
    for part in verdict.parts[:_MOST_PARTS]:
        page.line(
            "  ",
            *page.state(part.state),
            f"   {part.mechanism or ''}   ",
            defanged(part.target or ""),
        )
    if len(verdict.parts) > _MOST_PARTS:
        page.line((f"  and {len(verdict.parts) - _MOST_PARTS} more targets: --format json", "dim"))


def _steps(page: Page, found: Explained, *, every: bool) -> None:
    """Every step in its place: what happened here, what happened elsewhere, where it was decided."""
    steps = found.observed.steps
    hops = sorted({step.hop for step in steps})
    if not hops:
        return
    page.line("")
    page.line((f"  {'':<11}{'here':<{_HERE + 2}}elsewhere", "dim"))
    left = len(steps) if every else _MOST_STEPS
    for hop in hops:
        if len(hops) > 1:
            page.line((f"  {'redirect ' + str(hop) if hop else 'input'}", "bold"))
        for place, step in enumerate(steps):
            if step.hop == hop and left:
                left -= 1
                _step(page, step, decides=stepped.decides(place, step, found))
    if not every and len(steps) > _MOST_STEPS:
        page.line((f"  {len(steps) - _MOST_STEPS} more steps: --all", "dim"))


def _step(page: Page, step: Step, *, decides: bool) -> None:
    mark, style = ("◌", "grey62") if step.failure else ("○", "")
    here = stepped.here(step)
    here = here if len(here) <= _HERE else here[: _HERE - 2] + ".."
    beyond = stepped.elsewhere(step)[: page.width - _HERE - 20]
    page.line(
        f"  {stepped.NAMES[type(step)]:<11}",
        (mark, style),
        f" {here:<{_HERE}} ",
        (beyond, "dim"),
        ("   << here" if decides else "", "bold"),
    )
