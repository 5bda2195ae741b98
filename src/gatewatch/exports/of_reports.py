"""The data set of users' reports, from five distinct reporters on."""

from zoneinfo import ZoneInfo

from gatewatch.exports.tables import (
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    DataSet,
    Row,
    Table,
    basis_of,
    in_key_order,
)
from gatewatch.model.moment import Moment, iso
from gatewatch.query import reports as user_reports
from gatewatch.query.ledger import Ledger
from gatewatch.query.network import day_of
from gatewatch.records import registers as rows

_REPORTS = {
    "service": TEXT,
    "jurisdiction": TEXT,
    "kind": TEXT,
    "region": TEXT,
    "first": TEXT,
    "last": TEXT,
    "reporters": COUNT,
    "expected": NUMBER,
    "seen": NUMBER,
    "invented": FLAG,
}


def reports_set(ledger: Ledger, moment: Moment) -> DataSet:
    """Days with reports, and surges."""
    key = ("service", "jurisdiction", "kind", "region", "first")

    def shown() -> list[Row]:
        found = user_reports.reported(ledger, moment)
        return in_key_order(
            key, (row for place, one in found.items() for row in rows.reported(place, one))
        )

    return DataSet(
        basis=basis_of(
            moment.span(ZoneInfo("UTC"))[1].date(), day_of(moment.as_of), moment.recorded_by
        ),
        name="reports",
        title="Reports of users, from five distinct reporters a day on",
        publisher="Gatewatch",
        licence="CC0 1.0",
        last_checked=iso(moment.recorded_by),
        tables=(
            Table(
                name="reports",
                about="days with reports, and surges",
                columns=_REPORTS,
                key=key,
                rows=shown,
            ),
        ),
    )
