"""Actions in a sentence, and which kind of register an entry is one in."""

import re
from collections.abc import Sequence

from gatewatch.catalogue.finder import Rare
from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.states import Action
from gatewatch.sources.articles.names import Mention

_COLON = re.compile(r":\s|：")
_BORDER = re.compile(r"[,;.，；。]")
_NEAR = 70
"""How far after an entry the kind of the register may be named."""
_STORE = Rare(
    r"\b(?:from|off|out of)\W+(?:the|its|their|[\w\x27]+s)\W+(?:[\w\x27]+\W+){0,3}?(?:stores?|shops?|shelves)\b|\b(?:app|play|online) ?stores?\b|\bgoogle play\b|\bмагазин\w* (?:мобильных )?приложени|(?:应用|程序|程式)(?:商店|市场)"
)
_GONE = Rare(r"disappear|vanish|gone|пропа|исчез|消失|移除|下架|撤下|delist")
_TAKEN = frozenset({Action.DELISTED, Action.BLOCKED})
"""What is taken out of a store is no register's entry, and goes on working."""
_NEAR_SUBJECT = 44
"""Letters before a word that is said of much else, within which a service is its subject."""
_NEAR_TAKEN = 26
"""Letters after one, within which a service is its object."""
_STOPS = re.compile(
    r"[;:.；：。，]|,(?!\s(?:and|as well)\b)"
    r"|\b(?:its?|their|accounts?|pages?|channels?|posts?|videos?)\b",
    re.IGNORECASE,
)
"""Between a service and what is said of it nothing else is named."""
_LABELLED = re.compile(r"\W{0,3}[^:：,，.。]{2,24}[:：][^.;；。]{0,40}$")
"""Under a label the service is the one that the text is about: "Jordan: suspended since ..."."""
_WIDE = 200
_APPOSED = re.compile(
    r",\s(?:which|who|whose|where|run by|owned by|used by|(?:[ув]\s|на\s)?котор\w+|где)\b[^;.]{4,160},\s$",
    re.IGNORECASE,
)
"""What stands between a service and its verb."""
_PASSIVELY = re.compile(r"\b(?:be|been|being|was|were|is|are|got|gets)\b(?:\W+\w+ly)?\W*$|[被遭]$")
_ENTRIES = frozenset({Action.LISTED, Action.DELISTED})
Act = tuple[Action, int, int]


def acts(sentence: str, words: Vocabulary, named: Sequence[Mention] = ()) -> list[Act]:
    """Actions in a sentence with their places; of overlapping ones the more telling. A statement
    that announces something else is that something. `named`: the services in it."""
    taken: list[Act] = []
    heard = words.heard(sentence)
    for (action, beside), start, end in words.actions.spans(sentence, heard.standing, heard.low):
        if any(start < b and a < end for _, a, b in taken) or _is_titled(sentence, start):
            continue
        if end - start > _NEAR_SUBJECT and _COLON.search(sentence, start, end):
            continue  # words of two statements
        act = action, start, end
        if not (beside and _is_apart(sentence, act, beside, words=heard, named=named)):
            taken.append(act)
    telling = [one for one in taken if one[0] != Action.ANNOUNCED]
    return sorted(telling or taken[:1], key=lambda one: one[1])


def _is_apart(
    sentence: str, act: Act, beside: str, *, words: Vocabulary, named: Sequence[Mention]
) -> bool:
    """Whether a word that is said of much else stands beside no service: `beside` the subject that
    it follows, or the object that it takes."""
    action, start, end = act
    stands = beside == "subject"
    text, before = sentence[max(0, start - _WIDE) : start], sentence[:start]
    if aside := _APPOSED.search(text):  # "A, which has 40 million users, remains closed"
        at = start - len(text) + aside.start()
        if any(0 <= at - one.end <= 2 for one in named):
            before = ""
    begin = max(0, start - _NEAR_SUBJECT)
    spoken = [one.end for one in named if begin <= one.end <= start]
    spoken += [met.end() for met in words.pronouns.finditer(sentence, begin, start)]
    edge = start - (sentence[start - 2 : start] == ", ")  # "A, off since January"
    near = any(not _STOPS.search(sentence, at, edge) for at in spoken)
    near = near or (stands and not before)
    near = near or (stands and not named and bool(_LABELLED.match(sentence[:start])))
    if near and (stands or _PASSIVELY.search(sentence, begin, start)):
        return False
    until = end + _NEAR_TAKEN
    after = [one.start for one in named if end <= one.start <= until]
    if action != Action.COMPLIED:
        after += [met.start() for met in words.objects.finditer(sentence, end, until)]
    if stands and words.language != "ru":  # where a subject follows too: "заработал Telegram"
        return True
    return all(_STOPS.search(sentence, end, at) for at in after)


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
        if action in _TAKEN and _is_from_store(sentence, at, words.heard(sentence).low):
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


def _is_from_store(sentence: str, at: tuple[int, int], low: str) -> bool:
    """Whether a program is taken out of a store, and not out of a register."""
    if _STORE.search(sentence, low, *at):
        return True
    begin, end = max(0, at[0] - _NEAR_SUBJECT), at[1] + _NEAR_SUBJECT
    return bool(_GONE.search(sentence, low, *at) and _STORE.search(sentence, low, begin, end))


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
