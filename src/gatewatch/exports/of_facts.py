"""The data set of the catalogue: services, rules, claims, and the cases folded from them."""

from collections.abc import Iterator
from typing import Any

from gatewatch.cases.sources import known_by
from gatewatch.catalogue.facts import Catalogue
from gatewatch.exports.tables import (
    COUNT,
    DAY,
    FACTS_LICENCE,
    FLAG,
    NESTED,
    TEXT,
    TEXTS,
    DataSet,
    Row,
    Table,
    basis_of,
    in_key_order,
)
from gatewatch.model.moment import Moment
from gatewatch.query import case as cases
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.network import day_of
from gatewatch.records import cases as case_rows

_SERVICES = {
    "id": TEXT,
    "name": TEXT,
    "names": NESTED,
    "operator": TEXT,
    "kind": TEXT,
    "category": TEXT,
    "home": TEXT,
    "domains": TEXTS,
    "endpoints": TEXTS,
    "apps": NESTED,
    "namings": NESTED,
    "note": TEXT,
    "sources": NESTED,
}
_RULES = dict.fromkeys(
    (
        "id",
        "jurisdiction",
        "number",
        "name",
        "original",
        "aliases",
        "articles",
        "official",
        "official_kind",
        "adopted",
        "in_force",
        "brought_by",
        "revises",
        "amended",
        "obligation",
        "demands",
        "reaches",
        "sanction",
        "lifts",
        "authority",
        "register",
        "note",
    ),
    TEXT,
) | {
    "aliases": TEXTS,
    "articles": TEXTS,
    "amended": TEXTS,
    "demands": NESTED,
    "reaches": NESTED,
    "sources": NESTED,
    "cases": TEXTS,
    "until": TEXT,
    "ended_by": TEXT,
    "until_sources": NESTED,
}
_CLAIMS = dict.fromkeys(
    (
        "id",
        "service",
        "jurisdiction",
        "action",
        "date",
        "actor",
        "rule",
        "law",
        "law_year",
        "reasons",
        "register",
        "scope",
        "effect",
        "seen",
        "says",
        "publisher",
        "origin",
        "title",
        "url",
        "published",
    ),
    TEXT,
) | {"law_year": COUNT, "reasons": TEXTS, "scope": NESTED, "seen": NESTED, "published": DAY}
_CASES = {
    "service": TEXT,
    "name": TEXT,
    "jurisdiction": TEXT,
    "state": TEXT,
    "since": TEXT,
    "ground": TEXT,
    "reason": TEXT,
    "disputed": COUNT,
    "steps": COUNT,
    "sources": COUNT,
    "network": TEXT,
    "last_source": DAY,
    "last_known": DAY,
    "paper": TEXT,
    "agreement": TEXT,
    "current": FLAG,
    "by_last_source": DAY,
    "by_law": TEXT,
    "restricted_since": TEXT,
    "restricted_until": TEXT,
    "invented": FLAG,
    "newest_ground": TEXT,
    "newest_reason": TEXT,
}
_STEPS = dict.fromkeys(
    (
        "service",
        "jurisdiction",
        "step",
        "action",
        "date",
        "not_before",
        "not_after",
        "actor",
        "scope",
        "disputed",
        "otherwise",
        "independent",
        "sources",
        "inferred",
        "effect",
    ),
    TEXT,
) | {
    "step": COUNT,
    "not_before": DAY,
    "not_after": DAY,
    "disputed": FLAG,
    "independent": COUNT,
    "scope": NESTED,
    "invented": FLAG,
    "precision": TEXT,
    "register": TEXT,
    "duty_register": FLAG,
    "by": TEXT,
    "tie": FLAG,
    "settled_by": TEXT,
    "supported_by": TEXT,
    "disputed_by": TEXT,
    "also_told_by": TEXT,
    "says": TEXT,
    "claims": TEXT,
    "listings": TEXT,
}


def facts_set(ledger: Ledger, catalogue: Catalogue, moment: Moment) -> DataSet:
    """What the catalogue holds, and what a ledger adds to it."""
    by = day_of(moment.as_of)

    def told() -> list[Any]:
        return list(cases.every(catalogue, moment, ledger))

    def claims() -> Iterator[Row]:
        every = (one for _, one in sorted(catalogue.claims.items()))
        yield from map(case_rows.claim, known_by(every, of_all(ledger, moment), catalogue))

    def steps() -> list[Row]:
        return in_key_order(
            ("service", "jurisdiction", "step"),
            (step for one in told() for step in case_rows.flat_steps(one)),
        )

    return DataSet(
        basis=basis_of(catalogue.digest, day_of(moment.valid_at), by, moment.recorded_by),
        name="catalogue",
        title="Services, rules, cited claims, and the cases folded from them",
        publisher="Gatewatch",
        licence=f"{FACTS_LICENCE}; the texts that are cited keep theirs",
        tables=(
            Table(
                name="services",
                about="things people use",
                columns=_SERVICES,
                key=("id",),
                rows=lambda: in_key_order(
                    ("id",), map(case_rows.service, catalogue.services.values())
                ),
            ),
            Table(
                name="rules",
                about="what each legal instrument asks of whom, and what lifts it",
                columns=_RULES,
                key=("id",),
                rows=lambda: in_key_order(
                    ("id",),
                    (case_rows.rule(one, catalogue) for one in catalogue.instruments.values()),
                ),
            ),
            Table(
                name="claims",
                about="one statement of one source each, with its citation",
                columns=_CLAIMS,
                key=("id",),
                rows=claims,
            ),
            Table(
                name="cases",
                about="where each service stands in each jurisdiction",
                columns=_CASES,
                key=("service", "jurisdiction"),
                rows=lambda: in_key_order(
                    ("service", "jurisdiction"), map(case_rows.overview, told())
                ),
            ),
            Table(
                name="steps",
                about="what happened in each case, in order",
                columns=_STEPS,
                key=("service", "jurisdiction", "step"),
                rows=steps,
            ),
        ),
    )
