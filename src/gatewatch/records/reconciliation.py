"""Reconciled targets as plain records."""

from typing import Any

from gatewatch.model.redaction import defanged
from gatewatch.query.reconciliation import Reconciled
from gatewatch.records.registers import bracket


def row(one: Reconciled) -> dict[str, Any]:
    """A reconciled target as a record."""
    return {
        "target": defanged(one.target),
        "jurisdiction": one.jurisdiction,
        "network": one.network,
        "state": one.state,
        "register": one.register,
        "entry": one.entry,
        "how": one.how,
        "in_part": one.in_part,
        "came": bracket(one.came),
        "went": bracket(one.went),
        "onset": bracket(one.onset),
        "networks": one.networks,
        "networks_measured": one.networks_measured,
        "lag_hours_least": one.lag_least,
        "lag_hours_most": one.lag_most,
        "collateral": [defanged(ip) for ip in one.collateral],
        "private_agreement": one.private_agreement,
        "last_known": one.last_known,
        "invented": one.invented,
    }


def table_row(one: dict[str, Any]) -> dict[str, Any]:
    """Such a record for a table: each bracket is two columns."""
    found: dict[str, Any] = {}
    for key, value in one.items():
        if key in _BRACKETS:
            sides = value or {}
            found[f"{key}_not_before"] = sides.get("not_before")
            found[f"{key}_not_after"] = sides.get("not_after")
        else:
            found[key] = value
    return found


_BRACKETS = frozenset({"came", "went", "onset"})
