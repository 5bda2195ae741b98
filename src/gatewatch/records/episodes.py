"""Episodes, silences and what began everywhere at once, as plain records."""

from typing import Any

from gatewatch.analysis.network.superseded import Supersession
from gatewatch.model.episode import Episode, Silence, Worldwide
from gatewatch.model.redaction import defanged


def row(one: Episode | Worldwide) -> dict[str, Any]:
    """An episode as a record, or what began everywhere at once, which is of no country: its `scope`
    tells them apart."""
    places = list(one.countries) if isinstance(one, Worldwide) else [one.probe_cc]
    return {
        "target": defanged(one.target),
        "probe_cc": one.probe_cc,
        "onset_earliest": one.onset_earliest,
        "onset_latest": one.onset_latest,
        "resolution_earliest": one.resolution_earliest,
        "resolution_latest": one.resolution_latest,
        "ongoing": one.ongoing,
        "confidence": round(one.confidence, 3),
        "networks": list(one.networks),
        "networks_measured": one.networks_measured,
        "mechanisms": list(one.mechanisms),
        "members": one.members,
        "invented": one.invented,
        "last_seen": one.last_seen,
        "scope": one.scope,
        "countries": places,
        "countries_measured": list(one.measured) if isinstance(one, Worldwide) else None,
    }


def change_row(one: Supersession) -> dict[str, Any]:
    """What became of an episode, as a record."""
    was = (
        {f"was_{name}": getattr(one.before, name) for name in _SIDES}
        if one.before
        else dict.fromkeys(f"was_{name}" for name in _SIDES)
    )
    return {"change": one.kind, "fields": list(one.fields), **row(one.of), **was}


_SIDES = ("onset_earliest", "onset_latest", "resolution_earliest", "resolution_latest", "members")


def silence_row(one: Silence) -> dict[str, Any]:
    """A silence as a record."""
    return {
        "target": defanged(one.target) or "*",
        "probe_cc": one.probe_cc,
        "network": one.network,
        "first": one.first,
        "last": one.last,
        "expected_a_day": one.expected,
        "seen": one.seen,
        "ongoing": one.ongoing,
        "invented": one.invented,
    }
