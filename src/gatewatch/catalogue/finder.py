"""Many patterns in one text, sooner than one after the other at every letter.

A pattern that begins with plain letters can only match where these stand. One pass over a text
finds the letters that any of a thousand patterns begin with; each is tried where its own stand, and
alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from operator import add
from typing import Generic, TypeVar

_SKIPPED = re.compile(r"(?:\\b|\(\?<[!=](?:[^()]|\([^()]*\))*\))*")
"""What may stand before the first letter without taking any: borders and looks behind."""
_RUN = re.compile(r"[^()\[\]\\.*+?{}^$|]+")
_OPTIONAL = frozenset("?*{")
_CAPITAL = re.compile(r"(?<!\\)[A-Z\u0400-\u042f]|\(\?-i")
"""What shows that a pattern is no pattern of small letters alone: such a one is tried on a text in
small letters, which takes a third less than minding no case."""
Seen = AbstractSet[str]
"""Letters that stand in a text."""
K = TypeVar("K")
WORD = re.compile(r"\w+")
_REMEMBERED = 20_000
"""Words of which a scanner knows what stands in them: more than a language's papers use."""


class Scanner:
    """Finds what any of many patterns begin with, without looking at each letter. What stands in a
    word is remembered with it, as news use the same few thousand over and over; where no spaces
    part words, it is remembered with each two letters. What goes beyond is asked of the text."""

    def __init__(self, letters: Iterable[tuple[str, bool]]) -> None:
        """Runs of small letters, and whether each counts only at the border of a word."""
        every = set(letters)
        anywhere = {run for run, bound in every if not bound}
        at_border = {run for run, bound in every if bound} - anywhere
        self.runs = anywhere | at_border
        """All that is looked for."""
        self._paired = _many({run for run in anywhere if len(run) > 1 and _HAN.search(run)})
        self._lone = _many({run for run in anywhere if len(run) == 1})
        rest = anywhere - self._paired - self._lone
        self._wide = {run for run in rest if len(run) == 1 or not WORD.fullmatch(run)}
        self._wide |= {run for run in rest if _HAN.search(run)}
        self._wide |= {run for run in at_border if not WORD.match(run)}
        self._long = {run for run in at_border - self._wide if not WORD.fullmatch(run)}
        self._long |= {run for run in self._paired if len(run) > _PAIR}
        self._of_word = _Known(rest - self._wide, at_border - self._wide)
        self._of_pair: dict[str, set[str]] = {}
        for run in self._paired:
            self._of_pair.setdefault(run[:_PAIR], set()).add(run)

    def seen(self, low: str, spelled: AbstractSet[str]) -> Seen:
        """`low`: a text in small letters, `spelled`: the words in it. What is found of more than
        one word is not always at a border."""
        found: set[str] = set().union(*map(self._of_word.__getitem__, spelled))
        if self._lone:
            found.update(self._lone.intersection(low))
        if self._paired:
            pairs = self._of_pair.keys() & set(map(add, low, low[1:]))
            found.update(*map(self._of_pair.__getitem__, pairs))
        found.difference_update([run for run in found & self._long if run not in low])
        found.update([run for run in self._wide if run in low])
        return found


_HAN = re.compile(r"[\u4e00-\u9fff]")
_PAIR = 2
_MANY = 30
"""From so many on it takes less to look at each letter than to ask for one after the other."""
_NOTHING: frozenset[str] = frozenset()


def _many(runs: set[str]) -> set[str]:
    return runs if len(runs) >= _MANY else set()


class _Known(dict[str, frozenset[str]]):
    """What stands in a word, or ends with what it begins with."""

    def __init__(self, within: set[str], begun: set[str]) -> None:
        super().__init__()
        self._within = within
        self._begun: dict[str, list[tuple[str, str]]] = {}
        for run in begun:  # of several words the last is rarer than "the" and "in"
            last = WORD.findall(run)[-1]
            self._begun.setdefault(last[0], []).append((last, run))

    def __missing__(self, word: str) -> frozenset[str]:
        if len(self) >= _REMEMBERED:
            self.clear()
        runs = self._begun.get(word[0], ())
        found = {run for last, run in runs if word.startswith(last)}
        found.update(run for run in self._within if run in word)
        made = self[word] = frozenset(found) if found else _NOTHING
        return made


def places_of(low: str, run: str, *, bound: bool) -> list[int]:
    """Where letters stand in a text, or at borders of words there."""
    found = []
    at = low.find(run)
    while at >= 0:
        if not (bound and at and (low[at - 1].isalnum() or low[at - 1] == "_")):
            found.append(at)
        at = low.find(run, at + 1)
    return found


_Placed = tuple[int, int, re.Pattern[str], frozenset[str], bool]
"""Order and rank of a pattern, itself, letters after its first ones of which it holds some, and
whether it minds case."""
_Text = tuple[int, int, str, frozenset[str], bool]
"""The same before it is compiled."""


@cache
def _compiled(text: str, flags: int) -> re.Pattern[str]:
    return re.compile(text, flags)


def holds(low: str, runs: Iterable[str]) -> bool:
    """Whether any of some letters stand in a text."""
    for run in runs:  # noqa: SIM110 - `any` of a generator takes twice as long
        if run in low:
            return True
    return False


class Rare:
    """A pattern that minds no case and seldom matches: tried only where letters stand that it
    needs."""

    def __init__(self, text: str) -> None:
        self.pattern = re.compile(text, re.IGNORECASE)
        self._needs = tuple(needed(text)) or ("",)

    def search(
        self, text: str, low: str, start: int = 0, end: int | None = None
    ) -> re.Match[str] | None:
        """`low`: the text, or the part that is looked through, in small letters."""
        if not holds(low, self._needs):
            return None
        return self.pattern.search(text, start, len(text) if end is None else end)


class Finders(Generic[K]):
    """Keys, each with its patterns, which mind no case. What is given back is in the order of the
    keys; of two patterns of a key that begin at one place the earlier goes first."""

    def __init__(self, patterns: Iterable[tuple[K, Iterable[str]]]) -> None:
        self.keys: list[K] = []
        self.patterns: list[str] = []
        self.letters: list[tuple[str, bool]] = []
        """What a `Scanner` has to look for."""
        self._texts: dict[str, list[_Text]] = {}
        self._loose: set[str] = set()
        """Letters that count within a word too."""
        self._headed: dict[str, list[_Placed]] = {}
        """Compiled when the letters that they begin with are met first: an article has but a few
        of them, and compiling all takes longer than reading it."""
        self._others: list[tuple[int, int, re.Pattern[str], frozenset[str]]] = []
        """Those of which it cannot be told what they begin with; they are tried on the whole text,
        if it holds some of the letters that they need anywhere."""
        for order, (key, texts) in enumerate(patterns):
            self.keys.append(key)
            for rank, text in enumerate(texts):
                minds = bool(_CAPITAL.search(text))
                heads = _heads(text)
                self.patterns.append(text)
                starts = begun(text)
                self._loose.update(head for head, bound in starts if not bound)
                self.letters += starts
                within = needed(text)
                later = frozenset() if within.keys() & set(heads) else frozenset(within)
                self.letters += within.items() if later or not heads else ()
                for head in heads:
                    self._texts.setdefault(head, []).append((order, rank, text, later, minds))
                if not heads:
                    pattern = re.compile(text, re.IGNORECASE)
                    self._others.append((order, rank, pattern, frozenset(within)))

    def _begin_with(self, head: str) -> list[_Placed]:
        if known := self._headed.get(head):
            return known
        found = self._headed[head] = [
            (order, rank, _compiled(text, re.IGNORECASE if minds else 0), later, minds)
            for order, rank, text, later, minds in self._texts[head]
        ]
        return found

    @property
    def scanned(self) -> int:
        """How many patterns have to be tried at each letter of every text."""
        return sum(not needs for *_, needs in self._others)

    def spans(self, text: str, seen: Seen, low: str) -> list[tuple[K, int, int]]:
        """Keys with the places where their patterns match. `low`: the text in small letters."""
        found = {
            (order, met.start(), rank, met.end())
            for order, rank, pattern, needs in self._others
            if not (needs and needs.isdisjoint(seen))
            for met in pattern.finditer(text)
            if met.end() > met.start()
        }
        known, loose = self._headed, self._loose
        for head in self._texts.keys() & seen:
            places: list[int] | None = None
            for order, rank, pattern, later, minds in known.get(head) or self._begin_with(head):
                if later and later.isdisjoint(seen):
                    continue
                if places is None:
                    places = places_of(low, head, bound=head not in loose)
                    if not places:
                        break
                within = text if minds else low
                for at in places:
                    if (met := pattern.match(within, at)) and met.end() > at:
                        found.add((order, at, rank, met.end()))
        if not found:
            return []
        return [(self.keys[order], start, end) for order, start, _, end in sorted(found)]

    def among(self, text: str, seen: Seen, low: str) -> tuple[K, ...]:
        """The keys a pattern of which matches. `low`: the text in small letters."""
        found = {
            order
            for order, _, pattern, needs in self._others
            if not (needs and needs.isdisjoint(seen)) and pattern.search(text)
        }
        for head in self._texts.keys() & seen:
            for order, _, pattern, later, minds in self._begin_with(head):
                if order in found or (later and later.isdisjoint(seen)):
                    continue
                within = text if minds else low
                places = places_of(low, head, bound=head not in self._loose)
                if any(pattern.match(within, at) for at in places):
                    found.add(order)
        return tuple(self.keys[order] for order in sorted(found))


def small(text: str) -> str:
    """The text in small letters, as long as it was."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(one if len(one.lower()) != 1 else one.lower() for one in text)


def begun(text: str) -> list[tuple[str, bool]]:
    """What a pattern can begin with, and whether only at the border of a word."""
    bound = all(choice.startswith(r"\b") for choice in _choices(text))
    return [(head, bound) for head in _heads(text)]


def needed(text: str, *, bound: bool = False) -> dict[str, bool]:
    """Runs of letters one of which stands in whatever a pattern matches, as a `Scanner` takes them;
    none if that cannot be told. `bound`: whether the pattern begins at the border of a word."""
    found: dict[str, bool] = {}
    for choice in _choices(text):
        options = [one for one in _needs(choice, bound) if one]
        if not options:
            return {}
        best = max(options, key=lambda one: min(map(len, one)))
        for run, at_border in best.items():
            found[run] = found.get(run, True) and at_border
    return found


_GROUP = re.compile(r"\((?:\?(?:P<\w+>|:|=|-i:))?(?!\?)")
_AROUND = re.compile(r"\(\?<?[!=]")
_REPEATED = re.compile(r"[?*+]\??|\{(\d+)[^}]*\}\??")
_SET = re.compile(r"\[([^\\\]^-]+-?)\]")
_BORDERS = (r"\W+", r"\s+", r"\b", "[ ]+", "[ -]+")


def _needs(choice: str, bound: bool) -> Iterator[dict[str, bool]]:
    """What each part of a choice needs that has to be there."""
    place = 0
    while place < len(choice):
        end, made, border = _part(choice, place, bound)
        times = _REPEATED.match(choice, end)
        if times and (times[0][0] in "?*" or times[1] == "0"):
            bound = bound and border
        else:
            yield made
            bound = border
        place = times.end() if times else end


def _part(choice: str, place: int, bound: bool) -> tuple[int, dict[str, bool], bool]:
    """Where a part ends, what it needs, and whether what follows begins at the border of a word."""
    letter = choice[place]
    if letter == "\\":
        return place + 2, {}, choice[place + 1] in "bWs"
    if letter == "[":
        end = choice.index("]", place + 2) + 1
        one_of = _SET.fullmatch(choice[place:end])
        letters = one_of[1].lower() if one_of else ""
        return end, dict.fromkeys(letters, False), bool(letters) and not letters.strip(" -")
    if letter == "(":
        end = place + _closing(choice[place:]) + 1
        group = _GROUP.match(choice, place)
        inner = choice[group.end() : end - 1] if group else ""
        if group and not _AROUND.match(choice, place):
            return end, needed(inner, bound=bound), inner.endswith(_BORDERS)
        return end, {}, bound
    run = _RUN.match(choice, place)
    if run is None or run[0][0] == " ":
        return place + 1, {}, letter == " "
    text = run[0]
    if len(text) > 1 and choice[run.end() : run.end() + 1] in _OPTIONAL:
        text = text[:-1]
    return place + len(text), {text.lower(): bound}, text[-1] == " "


def heads(patterns: Iterable[str]) -> tuple[str, ...]:
    """What some of many patterns begin with; empty if one of them may begin with anything."""
    found = [_heads(text) for text in patterns]
    return tuple(dict.fromkeys(one for of in found for one in of)) if all(found) else ()


def _heads(text: str) -> tuple[str, ...]:
    """The plain letters that a pattern can begin with; none if that cannot be told from its
    text."""
    found: dict[str, None] = {}
    for choice in _choices(text):
        heads = _first(choice)
        if not heads:
            return ()
        found.update(dict.fromkeys(heads))
    return tuple(found)


def _first(text: str) -> tuple[str, ...]:
    """The letters that one choice begins with."""
    skipped = _SKIPPED.match(text)
    rest = text[skipped.end() :] if skipped else text
    if rest.startswith("(?:"):
        end = _closing(rest)
        heads, after = _heads(rest[3:end]), rest[end + 1 :]
        if not heads or after[:1] not in _OPTIONAL:
            return heads
        beside = _first(after[1:])
        return (*heads, *beside) if beside and after[0] == "?" else ()
    run = _RUN.match(rest)
    if run is None:
        return ()
    plain = run[0][:-1] if rest[run.end() : run.end() + 1] in _OPTIONAL else run[0]
    return (plain.lower(),) if plain else ()


def _choices(text: str) -> list[str]:
    """The choices of a pattern, outside of its groups and sets."""
    bars = [place for place, letter, depth in _letters(text) if letter == "|" and depth == 0]
    begins = [0, *(place + 1 for place in bars)]
    return [text[begin:end] for begin, end in zip(begins, [*bars, len(text)], strict=True)]


def _closing(text: str) -> int:
    """Where the group closes that a text begins with."""
    ends = (place for place, letter, depth in _letters(text) if letter == ")" and depth == 0)
    return next(ends, len(text) - 1)


def _letters(text: str) -> Iterator[tuple[int, str, int]]:
    """What of a pattern is no escape and no set: its place, and how many groups are open after
    it."""
    place, depth = 0, 0
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter == "[":
            place = text.index("]", place + 2)
        else:
            depth += (letter == "(") - (letter == ")")
            yield place, letter, depth
        place += 1


def union(words: Mapping[str, str], guard: str = "") -> str:
    """One pattern of many words, longest first, as a tree by their letters. Each word's value is
    what must follow it; `guard` follows the first letter and looks behind that."""
    root: dict[str, object] = {}
    for word, follows in words.items():
        node = root
        for letter in word:
            node = node.setdefault(letter, {})  # type: ignore[assignment]
        node[""] = follows
    return _rendered(root, guard) if root else r"(?!)"


def _rendered(node: Mapping[str, object], guard: str) -> str:
    parts = [
        f"{re.escape(letter)}{guard}{_rendered(child, '')}"  # type: ignore[arg-type]
        for letter, child in sorted(node.items())
        if letter
    ]
    if "" in node:
        parts.append(str(node[""]))
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
