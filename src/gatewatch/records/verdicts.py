"""Verdicts as plain records: of one measurement taken apart, and of many picked from a ledger."""

from typing import Any

import msgspec

from gatewatch.ledger.selection import Picked
from gatewatch.model.documentation import all_invented
from gatewatch.model.moment import iso
from gatewatch.query.verdicts import Explained


def row(found: Explained) -> dict[str, Any]:
    """A verdict as plain data, with the steps that it rests on."""
    measured, verdict = found.observed.measurement, found.verdict
    steps = [{"step": n, **msgspec.to_builtins(s)} for n, s in enumerate(found.observed.steps)]
    return {
        "test_name": measured.test_name,
        "input": measured.input,
        "probe_cc": measured.probe_cc,
        "probe_asn": measured.probe_asn,
        "invented": all_invented([measured.probe_asn]),
        "started_at": measured.started_at,
        "control": found.observed.control,
        "problems": list(measured.problems),
        **msgspec.to_builtins(verdict),
        "steps": steps,
    }


def flat(found: Explained) -> dict[str, Any]:
    """As `row`, for a table: without the steps and parts."""
    whole = row(found)
    return {k: v for k, v in whole.items() if k not in {"steps", "parts"}}


def picked_row(one: Picked) -> dict[str, Any]:
    """A measurement with its verdict, as a record. `made`: for show, nobody measured it."""
    return {
        "measurement_uid": one.uid,
        "host": one.host,
        "subject": one.subject,
        "about": one.about,
        "probe_cc": one.probe_cc,
        "probe_asn": one.probe_asn,
        "invented": all_invented([one.probe_asn]),
        "at": iso(one.at),
        "test_name": one.test_name,
        "state": one.state,
        "mechanism": one.mechanism,
        "locus": one.locus,
        "rules": list(one.rules),
        "why": one.why,
        "ruleset": one.ruleset,
    }
