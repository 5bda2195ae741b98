"""What may be shown of users' reports."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.suffixes import registrable
from gatewatch.errors import MistakeError, UsageError
from gatewatch.ledger.reports import reports
from gatewatch.model import selector as selectors
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.report import Reported

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger

_UTC = ZoneInfo("UTC")


def subject_of(catalogue: Catalogue, text: str) -> str:
    """What a report is filed under: a service by any of its names or hosts, else the registrable
    domain of the site that an address is of. UsageError for what is neither."""
    try:
        return catalogue.service(text).id
    except UsageError:
        host = _host(text)
        found = catalogue.service_of(host) if host else None
        name = found.id if found else registrable(host or "")
        if name is None:
            raise MistakeError(
                "'{text}' is no service on record and no address of a site: write a name, as "
                "WeChat, or an address, as example.org",
                text=text[:80],
            ) from None
        return name


def _host(text: str) -> str | None:
    try:
        return selectors.parse(text).host
    except UsageError:
        return None


def reported(
    ledger: "OpenedLedger",
    moment: Moment,
    *,
    service: str | None = None,
    jurisdiction: Jurisdiction | None = None,
    standing: bool = False,
) -> dict[tuple[str, str], Reported]:
    """By service and jurisdiction: days with enough reporters, and surges. Its days are UTC's.
    `standing`: those alone that lie at the moment."""
    place = jurisdiction.code if jurisdiction else None
    key = ("reported", service, place, moment.as_of, moment.recorded_by)
    told = ledger.once(key, lambda: _told(ledger, moment, service, place))
    if not standing or not told:
        return told
    from gatewatch.analysis.reports.surge import within

    start, end = moment.span(_UTC)
    return {key: part for key, one in told.items() if (part := within(one, start, end))}


def _told(
    ledger: "OpenedLedger", moment: Moment, service: str | None, place: str | None
) -> dict[tuple[str, str], Reported]:
    held = reports(
        ledger.store,
        service=service,
        jurisdiction=place,
        as_of=moment.as_of,
        recorded_by=moment.recorded_by,
    )
    if not held:
        return {}
    from gatewatch.analysis.reports.surge import reported as shown

    return shown(held)
