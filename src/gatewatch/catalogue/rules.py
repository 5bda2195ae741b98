"""Loads rules of judgement: those that come with the project, or a file of somebody's own."""

import tomllib
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

import msgspec

from gatewatch.errors import CatalogueError
from gatewatch.model.verdict import Rule, RuleSet


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rule: list[Rule]


def load(path: str | None = None) -> RuleSet:
    """The rules in a TOML file. Faults name the file and the place."""
    source = Path(path) if path else files("gatewatch.catalogue") / "rules.toml"
    try:
        found = msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), _File).rule
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise CatalogueError(f"rules in {source}: {fault}") from None
    names = [rule.id for rule in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise CatalogueError(f"rules in {source}: {', '.join(twice)} is there twice")
    decisive = [(r.id, r.version, r.when, r.state, r.mechanism, r.locus, r.weight) for r in found]
    version = blake2b(msgspec.json.encode(decisive), digest_size=6).hexdigest()
    return RuleSet(version=version, rules=tuple(found))
