"""Which decisions a register ever named: each once, with its entries and those that stand."""

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from gatewatch.ledger.decisions import Decisions, DecisionsAmong, DecisionSort, ListedDecision
from gatewatch.ledger.runs import Among
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query.entries import bodies_like, declared, standing_runs
from gatewatch.query.moments import of_registers
from gatewatch.query.registers import covered

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


class DecisionSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision must be like; what is left out may be anything."""

    body: str | None = None
    """A part of the body's name, as published or as shown, whatever its case."""
    number: str | None = None
    """A part of its number."""
    decided: str | None = None
    """The beginning of its day: 2024, 2024-03 or 2024-03-01."""
    sort: DecisionSort | None = None
    """What comes first; None: the newest."""


class FoundDecisions:
    """What was found, and how much there is of each body and year among it. Rows are those alone
    that are asked for, by `[first:last]`.

    `moment` is that of which is told; `day` is its day, where none was asked for and the register
    reaches no later one.
    """

    def __init__(
        self, register: Register, found: Decisions, moment: Moment, day: date | None
    ) -> None:
        self._register, self._found = register, found
        self.moment, self.day = moment, day
        self._count = len(found)
        bodies: dict[str, int] = {}
        for name, number in found.counts("body").items():
            shown = register.bodies.get(name, name)
            bodies[shown] = bodies.get(shown, 0) + number
        self.by_body = bodies
        self.by_year = dict(sorted(found.counts("year").items()))

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, span: slice) -> list[ListedDecision]:
        return self._found[span]


def decisions(
    ledger: "OpenedLedger", register: str, sought: DecisionSearch, moment: Moment
) -> FoundDecisions:
    """Every decision, in the order asked for; those of a body on a day without a number are one.
    Entries stand on the day, or where none is named on the last that the register reaches.
    UsageError where the register is not held."""
    known = declared(ledger, register)
    moment, day = covered(ledger, register, of_registers(ledger, moment))
    found = ledger.history_of.decisions(
        register,
        ledger.history_of.bounds(moment),
        standing=standing_runs(ledger, known, moment, Among(), with_numbers=True),
        sought=DecisionsAmong(
            bodies=None if sought.body is None else bodies_like(ledger, known, sought.body),
            number=sought.number,
            decided=sought.decided,
        ),
        sort=sought.sort or DecisionSort.DAY,
    )
    return FoundDecisions(known, found, moment, day)
