"""Actions in a sentence, and which kind of register an entry is one in."""

import re

from gatewatch.catalogue.finder import small
from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.states import Action

_BORDER = re.compile(r"[,;.，；。]")
_NEAR = 70
"""How far after an entry the kind of the register may be named."""
_ENTRIES = frozenset({Action.LISTED, Action.DELISTED})
Act = tuple[Action, int, int]


def acts(sentence: str, words: Vocabulary) -> list[Act]:
    """Actions in a sentence with their places; of overlapping ones the more telling. A statement
    that announces something else is that something."""
    taken: list[Act] = []
    low = small(sentence)
    for action, pattern in words.actions:
        for start, end in pattern.spans(sentence, low):
            if not any(start < b and a < end for _, a, b in taken):
                taken.append((action, start, end))
    telling = [one for one in taken if one[0] != Action.ANNOUNCED]
    return sorted(telling or taken[:1], key=lambda one: one[1])


class Registers:
    """Tells lists of what is restricted from lists of duties, and remembers the last one named: "the
    register" is that one."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self._duty = False

    def see(self, sentence: str) -> None:
        """A sentence without an entry may name a register as well."""
        for met in self._words.register.finditer(sentence):
            kind = self._kind(sentence, met.start(), met.end())
            self._duty = self._duty if kind is None else kind

    def action(self, action: Action, sentence: str, at: tuple[int, int]) -> Action | None:
        """What an entry is: listed or registered; delisted, or None for leaving a list of duties."""
        if action not in _ENTRIES:
            return action
        kind = self._kind(sentence, *at)
        named = self._words.register.search(sentence, at[0], min(len(sentence), at[1] + _NEAR))
        duty = bool(kind if kind is not None else named and self._duty)
        self._duty = duty
        if action == Action.DELISTED:
            return None if duty else action
        return Action.REGISTERED if duty else action

    def _kind(self, sentence: str, start: int, end: int) -> bool | None:
        """Whether the register named in a span, or right after it, is one of duties; None where it
        is not said."""
        words = self._words
        registers = list(words.register.finditer(sentence, start, min(len(sentence), end + _NEAR)))
        if not registers:
            return None
        at = registers[0]
        begin = max(start, at.start() - _NEAR)
        rest = sentence[at.end() : at.end() + _NEAR]
        border = _BORDER.search(rest)
        span = sentence[begin : at.end()] + (rest[: border.start()] if border else rest)
        near = at.start() - begin
        found = [
            (abs(met.start() - near), duty)
            for duty, pattern in ((True, words.duty), (False, words.prohibited))
            for met in pattern.finditer(span)
        ]
        return min(found)[1] if found else None
