"""What is public: data sets, one for each source with its licence, and their tables in the order of
their keys.

A table's rows are those of the API, without what only a question gives. Nothing here is more than a
reader of the site may see: paths are withheld by ground, reports show from five distinct reporters
on.
"""

import msgspec

from gatewatch.catalogue.facts import Catalogue
from gatewatch.exports.of_facts import facts_set
from gatewatch.exports.of_network import network_set
from gatewatch.exports.of_registers import register_set
from gatewatch.exports.of_reports import reports_set
from gatewatch.exports.tables import DataSet, basis_of
from gatewatch.model.moment import Moment
from gatewatch.query import registers as fresh_registers
from gatewatch.query.invented import invented
from gatewatch.query.ledger import Ledger


def datasets(ledger: Ledger, catalogue: Catalogue, moment: Moment) -> list[DataSet]:
    """All that a ledger and a catalogue hold for the public at a moment."""
    told = fresh_registers.registers(ledger, moment)
    found = (
        *(
            register_set(ledger, one, moment)
            for one in sorted(told, key=lambda one: one.register.id)
        ),
        facts_set(ledger, catalogue, moment),
        network_set(ledger, moment),
        reports_set(ledger, moment),
    )
    shows = invented(ledger)
    return [
        msgspec.structs.replace(
            one, basis=_with_shape(one), invented=shows and one.name in _OF_PEOPLE
        )
        for one in found
    ]


_OF_PEOPLE = frozenset({"catalogue", "network", "reports"})
"""Data sets that rest on measurements or reports: cases do, whose table is among the facts."""


def _with_shape(data: DataSet) -> str:
    """The basis of a data set and of the columns that this program gives its tables."""
    shape = [(one.name, tuple(one.columns.items()), one.key) for one in data.tables]
    return basis_of(data.basis, shape)
