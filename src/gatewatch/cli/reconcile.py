"""reconcile: registers beside the network, target by target."""

from pathlib import Path
from typing import TYPE_CHECKING

from gatewatch.catalogue import facts
from gatewatch.cli.cases import jurisdiction
from gatewatch.cli.options import Shape, Times, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.pictures import draw
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import UsageError
from gatewatch.model.redaction import defanged
from gatewatch.model.states import Agreement
from gatewatch.query import ledger as reading

if TYPE_CHECKING:
    from gatewatch.query.reconciliation import Reconciled

MOST_SHOWN = 60


def run(
    target: str | None,
    code: str,
    state: Agreement | None,
    network: str | None,
    ledger: str | None,
    times: Times,
    shape: Shape,
    *,
    by_service: bool,
    by_network: bool,
    limit: int | None,
    plot: str | None,
    color: bool,
) -> None:
    """A row for each target, the states counted first."""
    from gatewatch.query import reconciliation as reconcile
    from gatewatch.query import targets
    from gatewatch.records import reconciliation as reconciliation_records

    if not code:
        raise UsageError("name the jurisdiction whose registers and networks are meant: -j RU")
    opened = reading.open(ledger_at(ledger))
    report = reconcile.report(
        opened,
        jurisdiction(code),
        targets=targets.of(opened, facts.load(), target, by_service=by_service),
        network=0 if by_network else autonomous_system(network),
        **times,
    )
    found = list(reconcile.reconciled(opened, report, state=state, limit=limit))
    rows = [reconciliation_records.row(one) for one in found]
    flat = [_flat(row) for row in rows]
    if plot:
        from gatewatch.draw import episodes as tracked

        draw(tracked.of_reconciled(opened, report, found, **times), Path(plot))

    def person(page: Page) -> None:
        counts = report.counts()
        page.head(count(len(report.rows), "target"), "the network beside the register")
        for name in report.unreached:
            page.line(
                (
                    f"  {name}: its history does not reach this day, so nothing can agree with it",
                    "dim",
                )
            )
        for known, words in reconcile.STATES.items():
            if known in counts:
                page.line(f"  {words:<26}", (f"{counts[known]:,}", "bold"))
        page.line("")
        for one in found[:MOST_SHOWN]:
            _target(page, one)
        if len(found) > MOST_SHOWN:
            page.line(
                (
                    f"  and {len(found) - MOST_SHOWN:,} more: --format csv shows all, --state and --limit fewer",
                    "dim",
                )
            )

    show(shape, flat, person, lambda: (row.values() for row in flat), color=color, document=rows)


def autonomous_system(text: str | None) -> int | None:
    """AS12389 or 12389 as a number."""
    if text is None:
        return None
    digits = text.upper().removeprefix("AS")
    if not digits.isdigit():
        raise UsageError(f"{text!r} is no network: write AS12389 or 12389")
    return int(digits)


def _flat(row: dict[str, object]) -> dict[str, object]:
    """A record for a table: brackets become two columns."""
    found: dict[str, object] = {}
    for key, value in row.items():
        if key in {"came", "went", "onset"}:
            sides = value if isinstance(value, dict) else {}
            found[f"{key}_not_before"] = sides.get("not_before")
            found[f"{key}_not_after"] = sides.get("not_after")
        else:
            found[key] = " ".join(map(str, value)) if isinstance(value, list) else value
    return found


def _target(page: Page, one: "Reconciled") -> None:
    from gatewatch.query import reconciliation as reconcile

    network = f"{one.networks} of {one.networks_measured} networks" if one.networks else ""
    of = f"AS{one.network}" if one.network else ""
    entry = f"{one.register} entry {one.entry}" if one.register else ""
    known = one.lag_least is not None or one.lag_most is not None
    lag = f"lag {_hours(one.lag_least)} to {_hours(one.lag_most)}" if known else ""
    shared = f"shares {', '.join(defanged(ip) for ip in one.collateral)}" if one.collateral else ""
    private = "by a private agreement" if one.private_agreement else ""
    about = "  ".join(filter(None, [of, network, entry, lag, shared, private]))
    page.line(
        f"  {defanged(one.target):<34.34} ",
        (f"{reconcile.STATES[one.state]:<26}", "bold"),
        (about, "dim"),
    )


def _hours(hours: float | None) -> str:
    return "?" if hours is None else f"{hours / 24:.1f} d" if abs(hours) >= 48 else f"{hours:.0f} h"
