"""Loads rules of judgement: those that come with the project, or a file of somebody's own."""

import tomllib
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

import msgspec

from gatewatch.catalogue import nettests
from gatewatch.errors import CatalogueError
from gatewatch.model.verdict import Caveat, Rule, RuleSet


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rule: list[Rule]
    caveat: list[Caveat] = []


def load(path: str | None = None) -> RuleSet:
    """The rules in a TOML file. Faults name the file and the place.

    The version is a digest of all that decides: conditions, tests, their defects, words for
    failures, address ranges, proxies, issuers, content networks. The same bytes and the same
    version give the same verdict on every interpreter.
    """
    source = Path(path) if path else files("gatewatch.catalogue") / "rules.toml"
    try:
        found = msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), _File)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise CatalogueError(f"rules in {source}: {fault}") from None
    names = [*(one.id for one in found.rule), *(one.id for one in found.caveat)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise CatalogueError(f"rules in {source}: {', '.join(twice)} is there twice")
    version = blake2b(msgspec.json.encode(_decisive(found)), digest_size=6).hexdigest()
    return RuleSet(version=version, rules=tuple(found.rule), caveats=tuple(found.caveat))


def _decisive(found: _File) -> tuple[object, ...]:
    return (
        [
            (r.id, r.version, r.when, r.state, r.mechanism, r.locus, r.weight, r.interference)
            for r in found.rule
        ],
        [(c.id, c.version, c.when, c.on, c.at_most, c.locus) for c in found.caveat],
        [
            (
                t.name,
                t.subject,
                t.service,
                t.chained,
                t.needs,
                t.blocked_from,
                t.ignored,
                t.networks,
            )
            for t in nettests.tests().values()
        ],
        [
            (
                d.id,
                d.test,
                d.version,
                d.versions_below,
                d.engine_below,
                d.software,
                d.since,
                d.until,
            )
            for d in nettests.defects()
        ],
        nettests.failures(),
        nettests.ranges(),
        nettests.proxies(),
        nettests.issuers(),
        nettests.interceptors(),
        sorted(nettests.delivery()),
        sorted(nettests.owners()),
        sorted(nettests.delivery_names()),
    )
