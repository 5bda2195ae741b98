"""What a reader of another's data set gives, and what all of them need."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from gatewatch.errors import SourceError
from gatewatch.model import day
from gatewatch.model.claim import Citation, Claim, Effect, Scope
from gatewatch.model.states import Action
from gatewatch.sources.claims.cells import day_of

EVERYTHING = "internet"
"""The service that stands for all: access as a whole."""


class PutAside(msgspec.Struct, frozen=True):
    """A row that gives no claim, counted from 1, and why not."""

    row: int
    why: str


class Gathered(msgspec.Struct, frozen=True):
    """The claims of a file. `unread`: fields that no reader knows, so that a new one announces
    itself."""

    claims: tuple[Claim, ...]
    aside: tuple[PutAside, ...]
    unread: tuple[str, ...] = ()


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of a data set before it is a claim."""

    data_set: str
    key: str
    service: str
    jurisdiction: str
    action: Action
    date: str
    says: str
    source: Citation
    actor: str = ""
    reasons: tuple[str, ...] = ()
    law: str = ""
    scope: Scope = Scope.WHOLE
    effect: Effect = Effect.NOT_SAID

    def claim(self) -> Claim:
        """The claim, with an id that is the same for the same row whenever it is read."""
        parts = (self.key, self.service, self.jurisdiction, str(self.action), self.date)
        mark = hashlib.blake2b("\0".join(parts).encode(), digest_size=6).hexdigest()
        return Claim(
            id=f"{self.data_set}-{mark}",
            service=self.service,
            jurisdiction=self.jurisdiction,
            action=self.action,
            date=self.date,
            actor=self.actor,
            law=self.law,
            reasons=self.reasons,
            scope=self.scope,
            effect=self.effect,
            says=self.says,
            source=self._source(),
        )

    def _source(self) -> Citation:
        """A record that was changed later tells of days after it was made: its day is not known."""
        made, told = self.source.published, day.parse(self.date).first
        return (
            msgspec.structs.replace(self.source, published=None)
            if made and told and told > made
            else self.source
        )


class Tray:
    """Collects claims and what is set aside; each claim once."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        self._aside: list[PutAside] = []

    def add(self, rows: Iterable[Stated]) -> None:
        for row in rows:
            made = row.claim()
            self._claims.setdefault(made.id, made)

    def put_aside(self, row: int, why: str) -> None:
        self._aside.append(PutAside(row, why))

    def gathered(self, unread: Iterable[str] = ()) -> Gathered:
        return Gathered(
            tuple(self._claims.values()), tuple(self._aside), tuple(sorted(set(unread)))
        )


def published(text: str) -> date | None:
    """The day of publication, where it can be told."""
    return day.parse(day_of(text)).exact


def listed(document: Any, *names: str, single: Iterable[str] = ()) -> list[Any]:
    """The list in a document, by itself or under one of some names, however deep; or the one record
    under a name of `single`."""
    held = document
    for name in names:
        if isinstance(held, Mapping) and name in held:
            held = held[name]
    if isinstance(held, Mapping):
        held = next(([held[name]] for name in single if name in held), held)
    if not isinstance(held, list):
        raise SourceError(f"there is no list in it, by itself or under {' or '.join(names)}")
    return held


def several(value: Any) -> list[str]:
    """The texts of a field that is a list, or one text with commas between them."""
    if isinstance(value, str):
        value = value.replace(";", ",").strip("[]").split(",")
    if not isinstance(value, list):
        return []
    return [one.strip().strip("\"'") for one in value if isinstance(one, str) and one.strip()]


def text_of(record: Mapping[str, Any], name: str) -> str:
    """A field as text; what is no text is none."""
    value = record.get(name)
    return value.strip() if isinstance(value, str) else ""
