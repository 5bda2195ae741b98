"""Laws by what people call the duties in them: `data localisation`, `регистрация мессенджеров`,
`实名`."""

from collections.abc import Callable, Container, Iterable
from functools import cache
from importlib.resources import files

import msgspec

from gatewatch.model.service import Instrument

_FEW = 2
"""Words from which on the wording of an obligation itself is looked at."""


class DutyWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Phrases by the id of a duty, and of a kind of services (duty_words.toml)."""

    duty: dict[str, tuple[str, ...]]
    kind: dict[str, tuple[str, ...]]


@cache
def duty_words() -> DutyWords:
    """The phrases that are looked for."""
    held = files("gatewatch.catalogue") / "duty_words.toml"
    return msgspec.toml.decode(held.read_bytes(), type=DutyWords)


class DutyIndex:
    """What laws ask, to find them by it."""

    def __init__(self, laws: Iterable[tuple[Instrument, str]]) -> None:
        """`laws` come with their obligations, folded as what is typed is."""
        self._laws = tuple(laws)

    def find(self, asked: str, places: Callable[[], Container[str]]) -> list[Instrument]:
        """Laws that ask what a folded text speaks of, of the kinds of services and in the places
        that it names; of all of them where none of those asks it."""
        spaced, words = f" {asked}", asked.split()
        known = duty_words()
        duties, kinds = (
            {id_ for id_, phrases in table.items() if any(_says(spaced, p) for p in phrases)}
            for table in (known.duty, known.kind)
        )
        found = [
            law
            for law, said in self._laws
            if duties.intersection(law.demands)
            or (len(words) >= _FEW and all(f" {word}" in f" {said}" for word in words))
        ]
        found = [one for one in found if kinds.intersection(one.kinds)] or found
        named = places() if found else ()
        return [one for one in found if one.jurisdiction in named] or found


def _says(spaced: str, phrase: str) -> bool:
    """Whether each word of a phrase begins a word of a text; Chinese stands anywhere in it."""
    return all((f" {stem}" if stem[0] < _HAN else stem) in spaced for stem in phrase.split())


_HAN = "\u2e80"
"""The first letter of writing that parts no words."""
