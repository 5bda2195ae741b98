"""Duties as plain rows: what a law asks, what stands behind it, what lifts that, what shows it
met."""

from collections.abc import Iterable
from typing import Any

from gatewatch.cases.case import Case, Duty
from gatewatch.model.service import Instrument


def of_case(case: Case) -> list[dict[str, Any]]:
    """The duties of one service in one jurisdiction."""
    return [_met(case, duty) for duty in case.duties]


def _met(case: Case, duty: Duty) -> dict[str, Any]:
    shown = [case.steps[number - 1] for number in duty.met]
    return {
        **_asked(duty.instrument, duty.revised),
        "service": case.service.id,
        "since": duty.since.text or None,
        "met": bool(duty.met),
        "evidence": "; ".join(f"{step.action} {step.day.text}" for step in shown) or None,
        "state": case.state,
        "until": duty.instrument.until or None,
        "over": duty.over,
    }


def law(one: Instrument, revised: Iterable[Instrument] = ()) -> dict[str, Any]:
    """A law as it asks something of a kind of service; nobody's case says whether it is met.
    `revised`: its texts as revised since."""
    return {**_asked(one, revised), "until": one.until or None, "over": False}


def _asked(one: Instrument, revised: Iterable[Instrument]) -> dict[str, Any]:
    return {
        "jurisdiction": one.jurisdiction,
        "rule": one.id,
        "number": one.number or None,
        "since": one.since.text or None,
        "obligation": one.obligation,
        "sanction": one.sanction or None,
        "lifts": one.lifts or None,
        "revised": "; ".join(f"{new.id} {new.since.text}".strip() for new in revised) or None,
    }
