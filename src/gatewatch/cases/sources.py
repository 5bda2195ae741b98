"""Who said it, when it was published, and how many said it independently."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from gatewatch.cases.positions import Position, Question, Settled, Source
from gatewatch.model.claim import Citation, Claim, SourceKind
from gatewatch.model.moment import Moment

if TYPE_CHECKING:
    from gatewatch.catalogue.facts import Catalogue

_NOBODY = "unknown"


class Sources:
    """The texts that a case rests on, numbered in the order of their publication."""

    def __init__(
        self,
        claims: Iterable[Claim],
        reported: Mapping[str, date],
        kind_of: Callable[[Citation], SourceKind],
    ) -> None:
        texts: dict[str, Citation] = {}
        for claim in claims:
            texts.setdefault(claim.source.key, claim.source)
        dated = [(*published(text, reported), text) for text in texts.values()]
        dated.sort(key=lambda row: (row[0] or date.max, row[2].publisher, row[2].key))
        self.all = tuple(
            Source(
                number=number, citation=text, published=day, inferred=inferred, kind=kind_of(text)
            )
            for number, (day, inferred, text) in enumerate(dated, 1)
        )
        self._numbers = {one.citation.key: one.number for one in self.all}

    def numbers(self, claims: Iterable[Claim]) -> tuple[int, ...]:
        """The numbers of the texts of claims, each once, in order."""
        return tuple(sorted({self._numbers[claim.source.key] for claim in claims}))

    def nearest(self, claims: Iterable[Claim]) -> Source | None:
        """Of the texts of claims the one that stands nearest to the act."""
        numbers = self.numbers(claims)
        return min((one for one in self.all if one.number in numbers), key=_rank, default=None)

    def newest(self, claims: Iterable[Claim]) -> date | None:
        """The newest day of publication of the texts of claims."""
        wanted = set(self.numbers(claims))
        days = (one.published for one in self.all if one.number in wanted)
        return max((day for day in days if day), default=None)

    @property
    def last(self) -> date | None:
        """The newest day of publication."""
        return max((one.published for one in self.all if one.published), default=None)


def _rank(one: Source) -> int:
    return one.rank


def published(text: Citation, reported: Mapping[str, date]) -> tuple[date | None, bool]:
    """The day of publication, and whether it was inferred: no earlier than the last event told."""
    if text.published:
        return text.published, False
    return reported.get(text.key), True


def known_by(claims: Iterable[Claim], moment: Moment, catalogue: "Catalogue") -> list[Claim]:
    """The claims that had been published by a moment, as `of_all` of query/moments.py gives it.

    A text dated later than now is yet to be published. One whose day of publication cannot even be
    inferred was by the day of the newest text that is held beside it: asked about now or, later,
    about that now, the answer is the same.
    """
    held = moment.held_day
    newest = catalogue.newest_by(held) or held

    def day(text: Citation) -> date:
        told, inferred = published(text, catalogue.reported)
        return newest if told is None or (inferred and told > held) else told

    return [one for one in claims if day(one.source) <= moment.as_of.date()]


def of_the_day(claims: Iterable[Claim], day: date) -> list[Claim]:
    """Those of what had happened by a day, or may have."""
    return [one for one in claims if one.when.begins_by(day)]


def origins(claims: Iterable[Claim]) -> set[str]:
    """Whose texts claims rest on: copies of one agency are its text, and one that names nobody is a
    source of its own."""
    return {c.source.source if c.source.source != _NOBODY else c.source.key for c in claims}


def independent(claims: Iterable[Claim]) -> int:
    """How many independent sources stand behind claims that say the same: origins, so that copies
    of one agency count once, or what the author of one had met, whichever is more."""
    held = list(claims)
    return max(len(origins(held)), max((claim.seen for claim in held), default=0))


def question(
    groups: Mapping[str, list[Claim]], name: Callable[[str], str], sources: Sources
) -> Question:
    """Positions by the number of their independent sources, the best supported first; at equal
    numbers by who stands nearest to the act; where that is equal too, nobody is held."""
    positions = [
        Position(
            value=value,
            name=name(value),
            independent=independent(claims),
            sources=sources.numbers(claims),
            claims=tuple(claim.id for claim in claims),
            dated=sum(bool(c.when.exact) for c in claims),
            nearest=sources.nearest(claims),
        )
        for value, claims in groups.items()
    ]
    positions.sort(key=lambda one: (*(-n for n in one.strength), one.value))
    held = set(positions[0].claims) if positions else set()
    others = [one for one in positions[1:] if not held.issuperset(one.claims)]
    settled = _settled(positions[0], others[0]) if others else Settled.NOT_DISPUTED
    return Question(tuple(positions), settled == Settled.TIE, bool(others), settled)


def _settled(first: Position, other: Position) -> Settled:
    """By what the first position goes before another."""
    for why, ours, theirs in zip(_WHY, first.strength, other.strength, strict=True):
        if ours != theirs:
            return why
    return Settled.TIE


_WHY = (Settled.COUNT, Settled.KIND, Settled.DATED)
"""In the order of `Position.strength`."""
