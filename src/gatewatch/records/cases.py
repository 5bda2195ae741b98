"""Cases and the catalogue as plain records, for JSON, CSV and templates."""

from typing import Any

from gatewatch.cases.basis import accepted, newest
from gatewatch.cases.case import Case, Listed, Network, Step
from gatewatch.cases.headline import headline
from gatewatch.cases.positions import Position, Question, Source
from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.model.claim import Claim
from gatewatch.model.day import Day
from gatewatch.model.redaction import defanged
from gatewatch.model.service import Instrument, Service
from gatewatch.query.case import Contradiction, agreement, main, on_paper
from gatewatch.records import episodes
from gatewatch.records.lanes import lanes
from gatewatch.records.registers import bracket


def document(one: Case, recorded_by: str | None = None) -> dict[str, Any]:
    """A whole case."""
    by_number = {source.number: source for source in one.sources}
    return {
        "service": service(one.service),
        "jurisdiction": {"code": one.jurisdiction, "name": country(one.jurisdiction)},
        "valid_at": one.valid_at,
        "as_of": one.as_of,
        "recorded_by": recorded_by,
        "state": one.state,
        "since": when(one.since) if one.since else None,
        "on_paper": on_paper(one),
        "agreement": agreement(one),
        "last_known": one.last_known,
        "current": one.current,
        **told_by(one),
        "headline": headline(one).plain(),
        "lanes": lanes(one.lanes),
        "days": one.days,
        "stays": [
            {
                "state": s.state,
                "since": when(s.since),
                "until": when(s.until) if s.until else None,
                "steps": s.steps,
            }
            for s in one.stays
        ],
        "ground": _question(one.ground, by_number),
        "reason": _question(one.reason, by_number),
        "law_year": _question(one.law_year, by_number),
        "measures": [
            {
                "since": when(m.since),
                "brought_the_state": m.brought,
                "grounds": [p.value for p in accepted(m.ground)],
                "reasons": [p.value for p in accepted(m.reason)],
            }
            for m in one.measures
        ],
        "would_lift": one.would_lift,
        "duties": [
            {
                "rule": d.instrument.id,
                "number": d.instrument.number,
                "name": d.instrument.name,
                "obligation": d.instrument.obligation,
                "sanction": d.instrument.sanction,
                "lifts": d.instrument.lifts,
                "since": when(d.since),
                "until": d.instrument.until or None,
                "over": d.over,
                "revised": [{"rule": new.id, "since": when(new.since)} for new in d.revised],
                "met_by_steps": d.met,
            }
            for d in one.duties
        ],
        "steps": [step(s, by_number) for s in one.steps],
        "network": network(one.network),
        "reports": {
            "invented": one.reports.invented,
            "days": [{"day": day, "reporters": number} for day, number in one.reports.days],
            "surges": [
                {"first": s.first, "last": s.last, "reporters": s.reporters, "expected": s.expected}
                for s in one.reports.surges
            ],
        },
        "listings": [_listed(held) for held in one.listings],
        "last_source": one.last_source,
        "sources": [source(s) for s in one.sources],
    }


def network(one: Network) -> dict[str, Any]:
    """What probes saw, its episodes and silences as records."""
    return {
        "state": one.state,
        "why": one.why.plain(),
        **{
            name: getattr(one, name)
            for name in (
                "counts",
                "networks",
                "first",
                "last",
                "mechanisms",
                "silent",
                "known_state",
                "known",
                "invented",
            )
        },
        "episodes": [episodes.row(block) for block in one.blocks],
        "silences": [episodes.silence_row(quiet) for quiet in one.silences],
    }


def step(one: Step, sources: dict[int, Source]) -> dict[str, Any]:
    """One step with its positions, sources and evidence."""
    held = one.dates.held
    return {
        "number": one.number,
        "action": one.action,
        **when(one.day),
        "actor": one.actor or None,
        "scope": one.scope,
        "effect": one.effect or None,
        "register": one.register or None,
        "duty_register": one.duty,
        "independent": held.independent if held else 0,
        "supported_by": _named(held.sources, sources) if held else [],
        "disputed": one.disputed,
        "tie": one.dates.tie,
        "settled_by": one.dates.settled or None,
        "otherwise": [_position(p, sources) for p in one.dates.positions[1:]],
        "disputed_by": _named(one.disputed_by, sources),
        "also_told_by": _named(one.loose, sources),
        "inferred": one.inferred.plain() if one.inferred else None,
        "by": one.by or None,
        "invented": one.invented,
        "says": one.says,
        "claims": one.claims,
        "sources": one.sources,
        "listings": [_listed(held) for held in one.listings],
    }


def flat_steps(one: Case) -> list[dict[str, Any]]:
    """A row a step, for tables."""
    by_number = {source.number: source for source in one.sources}
    return [
        {
            "service": one.service.id,
            "jurisdiction": one.jurisdiction,
            "step": s.number,
            "action": s.action,
            "date": s.day.text or None,
            "not_before": s.day.first,
            "not_after": s.day.last,
            "actor": s.actor or None,
            "scope": s.scope,
            "disputed": s.disputed,
            "otherwise": " ".join(p.value for p in s.dates.positions[1:]),
            "independent": s.dates.held.independent if s.dates.held else 0,
            "sources": "; ".join(by_number[n].citation.publisher for n in s.sources),
            "inferred": s.inferred.plain() if s.inferred else None,
            "effect": s.effect or None,
            "invented": s.invented,
            "precision": s.day.precision,
            "register": s.register or None,
            "duty_register": s.duty,
            "by": s.by or None,
            "tie": s.dates.tie,
            "settled_by": s.dates.settled or None,
            "supported_by": _publishers(s.dates.held.sources if s.dates.held else (), by_number),
            "disputed_by": _publishers(s.disputed_by, by_number),
            "also_told_by": _publishers(s.loose, by_number),
            "says": "; ".join(s.says) or None,
            "claims": " ".join(s.claims) or None,
            "listings": " ".join(f"{li.register}:{li.entry}" for li in s.listings) or None,
        }
        for s in one.steps
    ]


def _publishers(numbers: tuple[int, ...], sources: dict[int, Source]) -> str | None:
    return "; ".join(sources[n].citation.publisher for n in numbers) or None


def overview(one: Case) -> dict[str, Any]:
    """A case in one row."""
    ground, reason = main(one.ground), main(one.reason)
    return {
        "service": one.service.id,
        "name": one.service.name,
        "jurisdiction": one.jurisdiction,
        "state": one.state,
        "since": one.since.text if one.since else None,
        "ground": ground.value if ground else None,
        "reason": reason.value if reason else None,
        "disputed": sum(s.disputed for s in one.steps)
        + sum(q.disputed for q in (one.ground, one.reason, one.law_year)),
        "steps": len(one.steps),
        "sources": one.origins,
        "network": one.network.state,
        "last_source": one.last_source,
        "last_known": one.last_known,
        "paper": on_paper(one),
        "agreement": agreement(one),
        "current": one.current,
        **told_by(one),
        **restricted(one),
        "invented": one.network.invented,
        **newest_basis(one),
    }


def newest_basis(one: Case) -> dict[str, Any]:
    """The law and the reason of the newest measure, where they are others than those told: they
    stand beside."""
    return {"newest_ground": newest(one, "ground"), "newest_reason": newest(one, "reason")}


def restricted(one: Case) -> dict[str, Any]:
    """The last restriction or listing, from and to: `since` tells of the state, which may be its
    end."""
    began, lifted = one.spell or (None, None)
    return {
        "restricted_since": began.text or None if began else None,
        "restricted_until": lifted.text or None if lifted else None,
    }


def told_by(one: Case) -> dict[str, Any]:
    """By what the state is told, where no evidence of the day bears it out: the day of the last
    source, or a law in force by its id."""
    return {
        "by_last_source": one.by_last_source,
        "by_law": one.by_law.id if one.by_law else None,
    }


def contradiction(one: Contradiction, sources: dict[int, Source]) -> dict[str, Any]:
    """Positions side by side, the held one first."""
    return {
        "service": one.service,
        "jurisdiction": one.jurisdiction,
        "about": one.about,
        "step": one.step,
        "tie": one.question.tie,
        "settled_by": one.question.settled or None,
        "positions": [_position(p, sources) for p in one.question.positions],
    }


def service(one: Service) -> dict[str, Any]:
    """A service with its hosts broken up."""
    return {
        "id": one.id,
        "name": one.name,
        "names": {"en": one.names.en, "ru": one.names.ru, "zh": one.names.zh},
        "operator": one.operator or None,
        "kind": one.kind,
        "category": one.category,
        "home": one.home or None,
        "domains": [defanged(d) for d in one.domains],
        "endpoints": [defanged(e.host) for e in one.endpoints],
        "apps": {"google_play": one.apps.google_play, "app_store": one.apps.app_store},
        "namings": [
            {"name": n.name, "since": n.since or None, "until": n.until or None}
            for n in one.namings
        ],
        "note": one.note or None,
        "sources": one.sources,
    }


def rule(one: Instrument, catalogue: Catalogue) -> dict[str, Any]:
    """A legal instrument and the cases whose claims name it."""
    named = sorted(
        key for key, told in catalogue.cases.items() if any(claim.rule == one.id for claim in told)
    )
    return {
        "id": one.id,
        "jurisdiction": one.jurisdiction,
        "number": one.number or None,
        "name": one.name,
        "original": one.original or None,
        "aliases": one.aliases,
        "articles": one.articles,
        "official": one.official or None,
        "official_kind": one.official_kind,
        "adopted": one.adopted or None,
        "in_force": one.in_force or None,
        "brought_by": one.brought_by or None,
        "revises": one.revises or None,
        "amended": one.amended,
        "obligation": one.obligation,
        "demands": one.demands,
        "reaches": one.kinds,
        "sanction": one.sanction or None,
        "lifts": one.lifts or None,
        "authority": one.authority or None,
        "register": one.register or None,
        "note": one.note or None,
        "sources": one.sources,
        "cases": [f"{name} {code}" for name, code in named],
        "until": one.until or None,
        "ended_by": one.ended_by or None,
        "until_sources": one.until_sources,
    }


def claim(one: Claim) -> dict[str, Any]:
    """One statement with its citation."""
    return {
        "id": one.id,
        "service": one.service,
        "jurisdiction": one.jurisdiction,
        "action": one.action,
        "date": one.date or None,
        "actor": one.actor or None,
        "rule": one.rule or None,
        "law": one.law or None,
        "law_year": one.law_year,
        "reasons": list(one.reasons),
        "register": one.register or None,
        "scope": one.scope,
        "effect": one.effect or None,
        "seen": one.seen,
        "says": one.says,
        "publisher": one.source.publisher,
        "origin": one.source.origin or None,
        "title": one.source.title or None,
        "url": one.source.url or None,
        "published": one.source.published,
    }


def when(day: Day) -> dict[str, Any]:
    """A day with its precision and both sides."""
    return {
        "date": day.text or None,
        "precision": day.precision,
        "not_before": day.first,
        "not_after": day.last,
    }


def source(one: Source) -> dict[str, Any]:
    """A cited text."""
    text = one.citation
    return {
        "number": one.number,
        "publisher": text.publisher,
        "origin": text.origin or None,
        "title": text.title or None,
        "url": text.url or None,
        "published": one.published,
        "published_is_inferred": one.inferred,
        "kind": str(one.kind),
        "licence": text.licence or None,
    }


def _question(found: Question, sources: dict[int, Source]) -> dict[str, Any]:
    return {
        "held": _position(found.positions[0], sources)
        if found.positions and not found.tie
        else None,
        "disputed": found.disputed,
        "tie": found.tie,
        "settled_by": found.settled or None,
        "positions": [_position(p, sources) for p in found.positions],
    }


def _position(one: Position, sources: dict[int, Source]) -> dict[str, Any]:
    return {
        "value": one.value,
        "name": one.name,
        "independent": one.independent,
        "nearest": one.nearest.kind if one.nearest else None,
        "nearest_is_copy": bool(one.nearest and one.nearest.copied),
        "sources": _named(one.sources, sources),
        "claims": one.claims,
    }


def _named(numbers: tuple[int, ...], sources: dict[int, Source]) -> list[dict[str, Any]]:
    return [{"number": n, "publisher": sources[n].citation.publisher} for n in numbers]


def _listed(held: Listed) -> dict[str, Any]:
    return {
        "register": held.register,
        "entry": held.entry,
        "selector": defanged(held.selector),
        "came": bracket(held.came),
        "went": bracket(held.went),
    }
