"""What reconcile says of targets, in the words of check."""

from gatewatch.query.ledger import Ledger
from gatewatch.query.reconciliation import Reconciled, Reconciliation, reconciled


def on_paper(ledger: Ledger, report: Reconciliation) -> dict[str, str]:
    """The state of the registers about each target, by its key."""
    return {one.key: _paper(one) for one in reconciled(ledger, report)}


def _paper(one: Reconciled) -> str:
    if one.state == "insufficient":
        return "insufficient"
    if one.state.startswith(("unlisted", "delisted")):
        return "not_listed"
    return "listed_in_part" if one.in_part else "listed"
