"""history: every listing that ever met a selector, oldest first."""

from typing import Annotated

import typer

from gatewatch.cli.listing import decision, known_up_to, shown, span
from gatewatch.cli.options import (
    As,
    AsOf,
    Full,
    In,
    LedgerAt,
    NoColor,
    Output,
    Plot,
    RecordedBy,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.pictures import draw, ending
from gatewatch.cli.terminal import Page, count
from gatewatch.model import selector as selectors
from gatewatch.model.history import Listing, entered_under
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged, value, withholds
from gatewatch.model.register import Register
from gatewatch.query import ledger as reading
from gatewatch.query.ledger import Ledger
from gatewatch.query.standings import known_days
from gatewatch.records import registers as rows

EXAMPLES = (
    "history wechat.com",
    "history wechat.com --valid-at 2017-05-08 --format json",
    "history wechat.com --plot wechat.svg",
)
_MOST_DRAWN = 40
_LINE = (
    "register",
    "entry",
    "how",
    "kind",
    "value",
    "came_not_before",
    "came_not_after",
    "went_not_before",
    "went_not_after",
    "decision_body",
    "decision_number",
    "decision_date",
    "last_known",
)


def history(
    selector: Annotated[str, typer.Argument(help="A domain, URL, address, network or mask.")],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: In = None,
    output: As = Output.TABLE,
    plot: Plot = None,
    full: Full = False,
    no_color: NoColor = False,
) -> None:
    """Every listing that ever met a selector, oldest first."""
    file = ending(plot) if plot else None
    opened = reading.open(ledger_at(ledger))
    met = opened.history(
        selector,
        valid_at=valid_at,
        as_of=as_of,
        recorded_by=recorded_by,
        jurisdiction=jurisdiction.code if jurisdiction else None,
    )
    known = opened.history_of.registers()
    if file:
        listings = [listing for _, listing in met]
        draw(_picture(selector, listings, opened, as_of, full=full), file)

    days = known_days(opened, known, Moment.parse(valid_at, as_of, recorded_by))

    def person(page: Page) -> None:
        page.head(defanged(selector), count(len(met), "listing"))
        known_up_to(page, {li.register: days.get(li.register) for _, li in met})
        for how, listing in met:
            _listing(page, how, listing, known[listing.register], full=full)

    flat = [rows.listing_row(how, li, known[li.register], full=full, known=days) for how, li in met]
    show(output, flat, person, pipe=lambda: ([row[name] for name in _LINE] for row in flat))


def _picture(
    selector: str, met: list[Listing], opened: Ledger, as_of: str | None, *, full: bool
) -> str:
    from gatewatch.draw import listings as picture

    fresh = opened.registers(as_of=as_of)
    known = {f.register.id: f.register for f in fresh}
    reach = {f.register.id: (f.first_published, f.last_published) for f in fresh}
    hidden = not full and any(withholds(li.entry, known[li.register].redaction) for li in met)
    title = defanged(value(selectors.parse(selector), withhold=hidden))
    return picture.listings(title, met[:_MOST_DRAWN], known, reach, full=full)


def _listing(page: Page, how: str, listing: Listing, register: Register, *, full: bool) -> None:
    entry = listing.entry
    page.line("")
    page.line(
        page.state("removed" if listing.went else "listed")[0],
        (shown(listing.selector, entry, register, full=full), "bold"),
        (f"   {register.id} entry {listing.entry_id}, {how}", "dim"),
    )
    page.field("Decision", decision(entry.decision, register) or "none given")
    if came_under := entered_under(listing, entry, register):
        page.field("Came under", came_under)
    if entry.included_at:
        entered = entry.included_at.replace("T", " ")
        page.field("Entered", entered, "by the entry itself, register's local time")
    page.field("Came", span(listing.came, register.zone))
    page.field("Went", span(listing.went, register.zone))
    if entry.removed_at:
        page.field("Removed", entry.removed_at, "by the entry itself")
    if listing.removal:
        page.field("Lifted by", decision(listing.removal.decision, register))
