"""Texts with what they say, and how much of it was read."""

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from gatewatch.catalogue import facts
from gatewatch.sources.articles.propose import read
from gatewatch.sources.articles.text import article

TEXTS = Path(__file__).parent / "texts"


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text. `optional`: other statements in it may be read as well without being wrong."""

    name: str
    published: str
    text: str
    expect: list[str]
    optional: bool = False


class Score(msgspec.Struct, frozen=True):
    """Counts over texts."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)


def texts(kind: str, language: str = "") -> Iterator[Text]:
    """Texts of `development` or `held-out`."""
    for file in sorted(TEXTS.glob(f"{language or '*'}-{kind}.toml")):
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        yield from msgspec.convert(found["text"], list[Text])


def found(text: Text) -> set[str]:
    """What is proposed of a text, as its expectations are written."""
    services = facts.load().services
    reading = read(article(text.text.encode()), services, date.fromisoformat(text.published))
    return {f"{p.service} {p.jurisdiction} {p.action} {p.date}" for p in reading.proposed}


def score(chosen: Iterator[Text], *, show: bool = False) -> Score:
    """Right, wrong and missed over texts."""
    right = wrong = missed = 0
    for text in chosen:
        proposed, wanted = found(text), set(text.expect)
        right += len(proposed & wanted)
        wrong += 0 if text.optional else len(proposed - wanted)
        missed += len(wanted - proposed)
        if show and proposed != wanted:
            print(
                f"{text.name}\n  wrong  {sorted(proposed - wanted)}\n  missed {sorted(wanted - proposed)}"
            )
    return Score(right, wrong, missed)


if __name__ == "__main__":
    import sys

    for kind in sys.argv[1:] or ["development", "held-out"]:
        for language in ("en", "ru", "zh", ""):
            one = score(texts(kind, language), show=not language)
            print(
                f"{kind:<12} {language or 'all':<4} precision {one.precision:.2f} recall {one.recall:.2f} {one}"
            )
