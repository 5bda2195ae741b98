"""reconcile: registers beside the network, target by target."""

from collections import Counter

from gatewatch.analysis.reconcile import Reconciled
from gatewatch.catalogue import facts
from gatewatch.cli.cases import jurisdiction
from gatewatch.cli.episodes import hosts_of
from gatewatch.cli.options import Shape, Times, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import UsageError
from gatewatch.model.states import Agreement
from gatewatch.publish import reading
from gatewatch.publish.redact import defanged

_WORDS = {
    Agreement.LISTED_BLOCKED: "listed, blocked",
    Agreement.LISTED_REACHABLE: "listed, reachable",
    Agreement.LISTED_INSUFFICIENT: "listed, insufficient",
    Agreement.UNLISTED_BLOCKED: "not listed, blocked",
    Agreement.UNLISTED_REACHABLE: "not listed, reachable",
    Agreement.UNLISTED_INSUFFICIENT: "not listed, insufficient",
    Agreement.DELISTED_STILL_BLOCKED: "delisted, still blocked",
    Agreement.DELISTED_REACHABLE: "delisted, reachable",
}


def run(
    target: str | None, code: str, state: Agreement | None, ledger: str | None, times: Times,
    shape: Shape, *, color: bool,
) -> None:  # fmt: skip
    """A row for each target, the states counted first."""
    from gatewatch.publish import reconcile

    if not code:
        raise UsageError("name the jurisdiction whose registers and networks are meant: -j RU")
    opened = reading.open(ledger_at(ledger))
    every = reconcile.reconciled(
        opened, jurisdiction(code), targets=hosts_of(target, facts.load()), **times
    )
    found = [one for one in every if state is None or one.state == state]
    rows = [reconcile.row(one) for one in found]
    flat = [_flat(row) for row in rows]

    def person(page: Page) -> None:
        counts = Counter(one.state for one in every)
        page.head(count(len(found), "target"), "the network beside the register")
        for known, words in _WORDS.items():
            if counts[known]:
                page.line(f"  {words:<26}", (f"{counts[known]:,}", "bold"))
        page.line("")
        for one in found:
            _target(page, one)

    show(shape, flat, person, lambda: (row.values() for row in flat), color=color, document=rows)


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


def _target(page: Page, one: Reconciled) -> None:
    network = (
        f"{len(one.episode.networks)} of {one.episode.measured} networks" if one.episode else ""
    )
    entry = f"{one.listing.register} entry {one.listing.entry_id}" if one.listing else ""
    lag = f"lag {_hours(one.lag.least)} to {_hours(one.lag.most)}" if one.lag else ""
    shared = f"shares {', '.join(defanged(ip) for ip in one.collateral)}" if one.collateral else ""
    about = "  ".join(filter(None, [network, entry, lag, shared]))
    page.line(
        f"  {defanged(one.target):<34.34} ", (f"{_WORDS[one.state]:<26}", "bold"), (about, "dim")
    )


def _hours(hours: float | None) -> str:
    return "?" if hours is None else f"{hours / 24:.1f} d" if abs(hours) >= 48 else f"{hours:.0f} h"
