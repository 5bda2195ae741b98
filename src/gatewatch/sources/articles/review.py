"""Proposals as a file of claims for a person to review: nothing counts until it lies in a
catalogue."""

import json
from datetime import date

from gatewatch.sources.articles.proposal import ArticleReading, Proposal

_HEAD = """# Claims proposed from a text. Read each one, mend it, delete what is wrong, then put the file into
# the folder `facts` of a folder that GATEWATCH_CATALOGUE names, and run: gatewatch catalogue check
# `says` has to be your own words. What stands behind # was read and is not proposed.
"""


def review(reading: ArticleReading, source: dict[str, str], published: date | None) -> str:
    """The file as TOML. `source` holds publisher, url and title; what is not proposed is commented
    out, with the reason."""
    parts = [_HEAD]
    for number, one in enumerate(reading.proposals, 1):
        table = _table(one, number, source, published)
        why = f"not proposed: {one.mark}" if one.mark else f"confidence {one.confidence:.2f}"
        head = f"\n# {why}. From: {_line(one.sentence)}\n"
        parts.append(
            head
            + ("".join(f"# {line}\n" for line in table) if one.mark else "\n".join(table) + "\n")
        )
    return "".join(parts)


def _table(one: Proposal, number: int, source: dict[str, str], published: date | None) -> list[str]:
    values: dict[str, object] = {
        "id": f"{one.service}-{one.jurisdiction.lower()}-{_slug(source)}-{number:02}",
        "service": one.service,
        "jurisdiction": one.jurisdiction,
        "action": str(one.action),
        "date": one.date or (f"../{one.not_after}" if one.not_after else ""),
        "actor": one.actor,
        "rule": one.rule,
        "law": _line(one.law),
        "law_year": one.law_year,
        "reasons": list(one.reasons),
        "says": f"Told: {_line(one.sentence)}",
    }
    held = [
        f"{key} = {json.dumps(v, ensure_ascii=False)}"
        for key, v in values.items()
        if v not in ("", None, [])
    ]
    cited = {k: v for k, v in source.items() if v}
    text = ", ".join(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in cited.items())
    when = f", published = {published}" if published else ""
    return ["[[claim]]", *held, f"source = {{ {text}{when} }}"]


def _slug(source: dict[str, str]) -> str:
    name = source.get("publisher", "") or "text"
    return "".join(c for c in name.lower() if c.isascii() and c.isalnum())[:20] or "text"


def _line(text: str) -> str:
    """Text on one line, so that nothing of it can end a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
