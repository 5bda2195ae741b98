"""read: claims that a news text seems to make, for a person to review."""

import sys
from datetime import date
from pathlib import Path

import typer

from gatewatch.cli.cases import ACTIONS
from gatewatch.cli.options import Shape
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import SourceError, UsageError


def run(
    source: str,
    published: str | None,
    language: str | None,
    cited: dict[str, str],
    out: str | None,
    shape: Shape,
    *,
    color: bool,
) -> None:
    """Read a file or standard input; exit code 3 if nothing is proposed."""
    from gatewatch.pipeline.read import propose

    reading, toml = propose(_bytes(source), published=_day(published), language=language, **cited)
    if out:
        _write(Path(out), toml)
    rows = [
        {
            "proposed": not one.mark,
            "why_not": one.mark or None,
            "service": one.service,
            "jurisdiction": one.jurisdiction,
            "action": one.action,
            "date": one.date or None,
            "actor": one.actor or None,
            "reasons": " ".join(one.reasons),
            "rule": one.rule or None,
            "law": one.law or None,
            "law_year": one.law_year,
            "confidence": one.confidence,
            "sentence": one.sentence,
        }
        for one in reading.proposals
    ]

    def person(page: Page) -> None:
        page.head(
            count(len(reading.proposed), "claim") + " proposed", f"language {reading.language}"
        )
        for one in sorted(reading.proposals, key=lambda p: bool(p.mark)):
            page.line("")
            what = ACTIONS.get(one.action, one.action)
            note = f"not proposed: {one.mark}" if one.mark else f"confidence {one.confidence:.2f}"
            page.line(
                (f"  {one.service} {one.jurisdiction}  {what}  ", "" if one.mark else "bold"),
                (one.date or "no day given", "bold"),
                (f"   {note}", "dim"),
            )
            if about := " · ".join(filter(None, [one.actor, *one.reasons, one.rule, one.law])):
                page.line(f"      {about}")
            page.line((f"      {one.sentence}", "dim"))
        page.line("")
        page.line(
            f"To review: {out}"
            if out
            else "Nothing is written: --out claims.toml makes a file to review"
        )

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)
    if not reading.proposed:
        print("gatewatch: nothing is proposed from this text", file=sys.stderr)
        raise typer.Exit(3)


def _write(file: Path, toml: str) -> None:
    if file.exists():
        raise UsageError(f"{file} is there already; name another file")
    file.write_text(toml, encoding="utf-8")


def _bytes(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as fault:
        raise SourceError(f"{source}: {fault.strerror}") from None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--published {text!r} is not a day: write 2017-05-09") from None
