"""A statement held against each layer, as plain data."""

from typing import Any

from gatewatch.cases.case import Listed
from gatewatch.model.episode import Episode
from gatewatch.model.redaction import clean, defanged
from gatewatch.query.statement import LayerStand, Stand, Statement
from gatewatch.records.lanes import lane

_MOST = 5
COLUMNS = ("layer", "stand", "state", "known_state", "last_known", "why", "invented")


def document(one: Statement) -> dict[str, Any]:
    """The whole: what was said, how each layer stands, and what each rests on."""
    return {
        "statement": {
            "subject": defanged(one.subject),
            "service": one.service,
            "jurisdiction": one.jurisdiction,
            "says": str(one.said),
        },
        **one.moment.told(),
        **{str(stand): [str(name) for name in one.of(stand)] for stand in Stand},
        "layers": [{**row(layer), "evidence": _evidence(layer)} for layer in one.layers],
    }


def row(one: LayerStand) -> dict[str, Any]:
    """One layer without what it rests on."""
    told = lane(one.lane)
    layer, held = told.pop("lane"), told.pop("why")
    return {
        "layer": layer,
        "stand": str(one.stand),
        **told,
        "why": one.why.plain(),
        "held": held,
    }


def _evidence(one: LayerStand) -> list[dict[str, Any]]:
    """What the layer rests on, the first few: entries and episodes by what names them."""
    found: list[dict[str, Any]] = []
    for item in one.lane.items:
        match item:
            case Listed(register=register, entry=entry):
                found.append({"register": register, "entry": clean(entry)})
            case Episode():
                found.append({"episode": f"{item.probe_cc} {defanged(item.target)}"})
            case _:
                held = getattr(item, "listings", ())
                found += [{"register": li.register, "entry": clean(li.entry)} for li in held]
    return [one for at, one in enumerate(found) if one not in found[:at]][:_MOST]
