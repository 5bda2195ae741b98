"""How answers, cases and episodes are told as records and rows: registered with model/display."""

from typing import Any

from gatewatch.cases.case import Case
from gatewatch.model.display import record, row
from gatewatch.model.episode import Episode, Worldwide
from gatewatch.query.check import Answer
from gatewatch.query.reconciliation import Reconciled
from gatewatch.records import cases, episodes, reconciliation, registers


@record.register
def _(one: Answer) -> dict[str, Any]:
    return registers.answer(one, dict(one.declared))


@row.register
def _(one: Answer) -> dict[str, Any]:
    asked = {"asked": one.asked, "kind": str(one.selector.kind), "state": one.state}
    return {**asked, "service": one.service.id if one.service else None, **one.moment.told()}


@record.register
def _(one: Case) -> dict[str, Any]:
    return cases.document(one)


@row.register
def _(one: Case) -> dict[str, Any]:
    return cases.overview(one)


@record.register
def _(one: Episode) -> dict[str, Any]:
    return episodes.row(one)


@record.register
def _(one: Worldwide) -> dict[str, Any]:
    return episodes.row(one)


@record.register
def _(one: Reconciled) -> dict[str, Any]:
    return reconciliation.row(one)
