"""read: claims that a news text seems to make, for a person to review."""

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from gatewatch import disk
from gatewatch.cli.case_lines import ACTIONS
from gatewatch.cli.options import As, NoColor, Output
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, note
from gatewatch.errors import SourceError, UsageError

if TYPE_CHECKING:
    from gatewatch.sources.articles.proposal import Proposal

EXAMPLES = (
    "read article.html --published 2017-05-05 --publisher TASS",
    "read - --published 2017-05-05 --out claims.toml < article.txt",
    "read article.html --published 2017-05-05 --soft",
)
_NOTHING = 3


class Language(StrEnum):
    """Languages that texts are read in."""

    EN = "en"
    RU = "ru"
    ZH = "zh"


def read(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A news text, plain or HTML; - for standard input."),
    ],
    published: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="DAY", help="When it was published: days such as Thursday count from it."
        ),
    ] = None,
    lang: Annotated[
        Optional[Language],  # noqa: UP045
        typer.Option(help="Its language; default by its script."),
    ] = None,
    publisher: Annotated[str, typer.Option(help="Who published it, for the citation.")] = "",
    url: Annotated[
        str, typer.Option(help="Its address, for the citation; nothing is fetched.")
    ] = "",
    title: Annotated[str, typer.Option(help="Its title, for the citation.")] = "",
    out: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--out", "-o", metavar="FILE", help="Write the proposed claims for review."),
    ] = None,
    soft: Annotated[
        bool, typer.Option(help="Propose warnings, announcements and denials as well.")
    ] = False,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Propose claims from a news text in English, Russian or Chinese. A person decides.

    Exit code 3 if nothing is proposed.
    """
    from gatewatch.pipeline.read import propose

    reading, toml = propose(
        _bytes(source),
        published=_day(published),
        language=lang,
        publisher=publisher,
        url=url,
        title=title,
        soft=soft,
    )
    if out:
        _write(Path(out), toml)

    def person(page: Page) -> None:
        proposed = f"{count(len(reading.proposed), 'claim')} proposed"
        page.head(proposed, f"language {reading.language}")
        for one in sorted(reading.proposals, key=lambda p: bool(p.mark)):
            _draw(page, one)
        page.line("")
        nothing = "Nothing is written: --out claims.toml makes a file to review"
        page.line(f"To review: {out}" if out else nothing)

    show(output, [_row(one) for one in reading.proposals], person)
    if not reading.proposed:
        note("gatewatch: nothing is proposed from this text")
        raise typer.Exit(_NOTHING)


def _row(one: "Proposal") -> dict[str, Any]:
    return {
        "proposed": not one.mark,
        "why_not": one.mark or None,
        "service": one.service,
        "jurisdiction": one.jurisdiction,
        "action": one.action,
        "date": one.date or None,
        "not_after": None if one.not_after is None else f"{one.not_after}",
        "actor": one.actor or None,
        "reasons": " ".join(one.reasons),
        "rule": one.rule or None,
        "law": one.law or None,
        "law_year": one.law_year,
        "confidence": one.confidence,
        "sentence": one.sentence,
    }


def _draw(page: Page, one: "Proposal") -> None:
    what = ACTIONS.get(one.action, one.action)
    note = f"not proposed: {one.mark}" if one.mark else f"confidence {one.confidence:.2f}"
    page.line("")
    page.line(
        (f"  {one.service} {one.jurisdiction}  {what}  ", "" if one.mark else "bold"),
        (_when(one), "bold"),
        (f"   {note}", "dim"),
    )
    if about := " · ".join(filter(None, [one.actor, *one.reasons, one.rule, one.law])):
        page.line(f"      {about}")
    page.line((f"      {one.sentence}", "dim"))


def _when(one: "Proposal") -> str:
    known = f"not after {one.not_after}" if one.not_after else "no day given"
    return one.date or known


def _write(file: Path, toml: str) -> None:
    if file.exists():
        raise UsageError(f"{file} is there already; name another file")
    try:
        disk.written(file, toml.encode())
    except OSError as fault:
        raise UsageError(f"--out: {file} cannot be written: {fault.strerror}") from fault


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
