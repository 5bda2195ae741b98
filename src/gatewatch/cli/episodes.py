"""episodes: since when and until when targets were blocked, as far as measurements show."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatewatch.catalogue import facts
from gatewatch.cli.options import Shape, Times, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.publish import reading
from gatewatch.publish.redact import defanged

if TYPE_CHECKING:
    import pyarrow as pa


def run(
    target: str | None, ledger: str | None, times: Times, code: str | None, shape: Shape, *,
    by_service: bool, ongoing: bool, silence: bool, color: bool,
) -> None:  # fmt: skip
    """Every episode of the ledger, of one host or service, in one jurisdiction."""
    from gatewatch.publish import episodes

    catalogue = facts.load()
    opened = reading.open(ledger_at(ledger))
    hosts = hosts_of(target, catalogue)
    tallies = opened.tallies(jurisdiction=code, hosts=hosts, as_of=times["as_of"], recorded_by=times["recorded_by"])  # fmt: skip
    named = episodes.by_service(catalogue) if by_service else None
    if silence:
        _silences(tallies, named, shape, ongoing=ongoing, color=color)
        return
    found = episodes.found(tallies, named)
    found = [one for one in found if one.ongoing or not ongoing]
    rows = [episodes.row(one) for one in found]
    flat = [{k: " ".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()} for row in rows]  # fmt: skip

    def person(page: Page) -> None:
        measured = sum(tallies["total"].to_pylist())
        page.head(count(len(found), "episode"), f"from {count(measured, 'judged measurement')}")
        for one in found:
            page.line("")
            end = f"[{one.resolution_earliest:%Y-%m-%d %H:%M}, {one.resolution_latest:%Y-%m-%d %H:%M}]" if one.resolution_latest else f"seen until {one.resolution_earliest:%Y-%m-%d %H:%M}, no end seen"  # fmt: skip
            page.line(*page.state("blocked")[:1], (defanged(one.target), "bold"), f"   {one.probe_cc}   {len(one.networks)} of {one.measured} networks")  # fmt: skip
            page.field("Onset", f"[{one.onset_earliest:%Y-%m-%d %H:%M}, {one.onset_latest:%Y-%m-%d %H:%M}]", "UTC; not before, not after")  # fmt: skip
            page.field("End", end)
            page.field("How", ", ".join(one.mechanisms) or "not told")
            page.field("Networks", " ".join(f"AS{n}" for n in one.networks), f"{count(one.members, 'measurement')}, confidence {one.confidence:.2f}")  # fmt: skip
        if not found:
            page.line("  None found. Where little or nothing was measured, that is no word on whether access is free.")  # fmt: skip

    show(shape, flat, person, lambda: (row.values() for row in flat), color=color, document=rows)


def _silences(
    tallies: "pa.Table",
    named: Mapping[str, str] | None,
    shape: Shape,
    *,
    ongoing: bool,
    color: bool,
) -> None:
    """Where measurements stopped."""
    from gatewatch.publish import episodes

    found = [one for one in episodes.quiet(tallies, named) if one.ongoing or not ongoing]
    rows = [episodes.silence_row(one) for one in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "silence"), "volume that was expected and did not come")
        for one in found:
            until = "and goes on" if one.ongoing else f"to {one.last}"
            page.line(f"  {defanged(one.target):<34.34} {one.probe_cc}  ", (f"{one.first} {until}", "bold"),
                      (f"   {one.seen} seen, {one.expected:.0f} a day expected", "dim"))  # fmt: skip
        if found:
            page.line(("\n  Neither a block nor its absence: probes that vanish may vanish because of one.", "dim"))  # fmt: skip

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
