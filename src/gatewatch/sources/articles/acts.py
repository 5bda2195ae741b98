"""Actions in a sentence, and which kind of register an entry is one in."""

import re

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.states import Action

_BORDER = re.compile(r"[,;.，；。]")
_NEAR = 70
"""How far after an entry the kind of the register may be named."""
_STORE = re.compile(
    r"\b(?:app|play|online) ?stores?\b|\bgoogle play\b|\bмагазин\w* (?:мобильных )?приложени|(?:应用|程序|程式)(?:商店|市场)",
    re.IGNORECASE,
)
_TAKEN = frozenset({Action.DELISTED, Action.BLOCKED})
"""What is taken out of a store is no register's entry, and goes on working."""
_ENTRIES = frozenset({Action.LISTED, Action.DELISTED})
Act = tuple[Action, int, int]


def acts(sentence: str, words: Vocabulary) -> list[Act]:
    """Actions in a sentence with their places; of overlapping ones the more telling. A statement
    that announces something else is that something."""
    taken: list[Act] = []
    heard = words.heard(sentence)
    for action, start, end in words.actions.spans(sentence, heard.standing, heard.low):
        if not any(start < b and a < end for _, a, b in taken) and not _is_titled(sentence, start):
            taken.append((action, start, end))
    telling = [one for one in taken if one[0] != Action.ANNOUNCED]
    return sorted(telling or taken[:1], key=lambda one: one[1])


def _is_titled(sentence: str, at: int) -> bool:
    """Whether a place lies in a title, which tells nothing by itself."""
    before = sentence[:at]
    return before.rfind("《") > before.rfind("》")


class Registers:
    """Tells lists of what is restricted from lists of duties, and remembers the last one named:
    "the register" is that one."""

    def __init__(self) -> None:
        self._duty = False

    def see(self, sentence: str, words: Vocabulary) -> None:
        """A sentence without an entry may name a register as well."""
        for met in words.register.finditer(sentence):
            kind = _kind(sentence, (met.start(), met.end()), words)
            self._duty = self._duty if kind is None else kind

    def action(
        self, action: Action, sentence: str, at: tuple[int, int], words: Vocabulary
    ) -> Action | None:
        """What an entry is: listed or registered; delisted, or None for leaving a list of
        duties."""
        if action in _TAKEN and _STORE.search(sentence, *at):
            return Action.COMPLIED
        if action not in _ENTRIES:
            return action
        kind = _kind(sentence, at, words)
        named = words.register.search(sentence, at[0], min(len(sentence), at[1] + _NEAR))
        duty = bool(kind if kind is not None else named and self._duty)
        self._duty = duty
        if action == Action.DELISTED:
            return None if duty else action
        return Action.REGISTERED if duty else action


def _kind(sentence: str, at: tuple[int, int], words: Vocabulary) -> bool | None:
    """Whether the register named in a span, or right after it, is one of duties; None where it
    is not said."""
    start, end = at
    registers = list(words.register.finditer(sentence, start, min(len(sentence), end + _NEAR)))
    if not registers:
        return None
    first = registers[0]
    begin = max(start, first.start() - _NEAR)
    rest = sentence[first.end() : first.end() + _NEAR]
    border = _BORDER.search(rest)
    span = sentence[begin : first.end()] + (rest[: border.start()] if border else rest)
    near = first.start() - begin
    found = [
        (abs(met.start() - near), duty)
        for duty, pattern in ((True, words.duty), (False, words.prohibited))
        for met in pattern.finditer(span)
    ]
    return min(found)[1] if found else None
