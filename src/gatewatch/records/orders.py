"""A decision and the enforcement of a register as plain rows."""

from datetime import datetime
from typing import Any

from gatewatch.analysis.network.shares import CountedShare
from gatewatch.ledger.decisions import ListedDecision
from gatewatch.model.documentation import all_invented
from gatewatch.model.moment import Bracket, iso
from gatewatch.model.register import Register
from gatewatch.query.enforcement import EnforcementMonth
from gatewatch.query.orders import Order, OrderCell, OrderListing


def order(one: Order) -> dict[str, Any]:
    """A decision whole: its facts, its listings, its matrix."""
    return {
        "register": one.register.id,
        "jurisdiction": one.register.jurisdiction,
        "body": one.body,
        "number": one.number,
        "dates": list(one.dates),
        "grounds": [{"code": code, "text": text or None} for code, text in one.grounds],
        "laws": [{"id": law.id, "name": law.name, "lifts": law.lifts or None} for law in one.laws],
        "text": one.text,
        "expires": one.expires.isoformat() if one.expires else None,
        "ran_out_still_listed": one.ran_out,
        "valid_at": iso(one.valid_at) if isinstance(one.valid_at, datetime) else str(one.valid_at),
        "last_known": one.last_known.isoformat() if one.last_known else None,
        "named": len(one.listings),
        "listed": one.standing,
        "listed_not_under_it": one.elsewhere,
        "listings": [listing(each) for each in one.listings],
        "networks": list(one.networks),
        "invented": all_invented(one.networks),
        "matrix": [cell(each) for each in one.cells],
    }


def listed(one: ListedDecision, register: Register) -> dict[str, Any]:
    """A decision in a list of them."""
    return {
        "register": register.id,
        "body": one.body,
        "body_name": register.bodies.get(one.body or "", one.body),
        "number": one.number,
        "date": one.decided,
        "entries": one.entries,
        "standing": one.standing,
        "standing_not_under_it": one.elsewhere,
        "first_seen": one.first_seen.astimezone(register.zone).date().isoformat(),
    }


def listing(one: OrderListing) -> dict[str, Any]:
    """One thing over one unbroken time."""
    return {
        "entry": one.entry,
        "selector": one.selector,
        "subject": one.subject,
        "came_not_before": iso(one.came.after),
        "came_not_after": iso(one.came.by),
        "went_not_before": iso(one.went.after) if one.went else None,
        "went_not_after": iso(one.went.by) if one.went else None,
        "cited_not_before": iso(one.cited.after),
        "cited_not_after": iso(one.cited.by),
        "added_by_it": one.added,
        "under_it": one.under,
        "decision": one.decision,
        "included_at": one.included,
        "removed_at": one.removed,
        "state": one.state,
    }


def cell(one: OrderCell) -> dict[str, Any]:
    """What one network does with one thing."""
    since = one.since or Bracket(None, None)
    return {
        "subject": one.subject,
        "network": one.network,
        "state": one.state,
        "since_not_before": iso(since.after),
        "since_not_after": iso(since.by),
        "last_measured": iso(one.last_measured),
        "invented": all_invented([one.network]),
    }


def month(one: EnforcementMonth) -> dict[str, Any]:
    """One month of a register."""
    return {
        "month": f"{one.month:%Y-%m}",
        "at": iso(one.at),
        **_share("enforced", one.enforced),
        "networks": one.networks,
        **_share("unlisted", one.unlisted),
        "unlisted_networks": one.unlisted_networks,
        "freed": one.lag.freed,
        "days_to_access_least": one.lag.least,
        "days_to_access_most": one.lag.most,
        "delisted_still_blocked": one.lag.blocked,
        "invented": one.invented and one.told,
    }


def _share(name: str, one: CountedShare) -> dict[str, Any]:
    low, high = one.interval
    return {
        name: one.part,
        f"{name}_of": one.whole,
        f"{name}_share": None if one.share is None else round(one.share, 4),
        f"{name}_low": round(low, 4),
        f"{name}_high": round(high, 4),
    }
