"""Many patterns in one text, sooner than one after the other at every letter.

A pattern that begins with plain letters can only match where these stand. One pass over a text
finds the letters that any of a thousand patterns begin with; each is tried where its own stand, and
alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

_SKIPPED = re.compile(r"(?:\\b|\(\?<[!=](?:[^()]|\([^()]*\))*\))*")
"""What may stand before the first letter without taking any: borders and looks behind."""
_RUN = re.compile(r"[^()\[\]\\.*+?{}^$|]+")
_OPTIONAL = frozenset("?*{")
Seen = Mapping[str, list[int]]
"""Letters that stand in a text, each with its places."""
K = TypeVar("K")


class Scanner:
    """Finds what any of many patterns begin with, in one pass over a text. What only counts at the
    border of a word is looked for there alone: in most languages that is one letter in six."""

    def __init__(self, letters: Iterable[tuple[str, bool]]) -> None:
        """Runs of small letters, and whether each counts only at the border of a word."""
        every = set(letters)
        anywhere = {run for run, bound in every if not bound}
        at_border = {run for run, bound in every if bound} - anywhere
        self.trees = [
            _tree(guard, runs) for guard, runs in (("", anywhere), (r"\b", at_border)) if runs
        ]

    def seen(self, low: str) -> Seen:
        """`low`: a text in small letters."""
        found: dict[str, list[int]] = {}
        for pattern, standing in self.trees:
            for met in pattern.finditer(low):
                at = met.start()
                for run in standing[met[1]]:
                    if run in found:
                        found[run].append(at)
                    else:
                        found[run] = [at]
        return found


def _tree(guard: str, runs: set[str]) -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """A pattern that takes the longest of some runs at each place, and for each run those that
    stand there with it."""
    first = "".join(sorted({re.escape(run[0]) for run in runs}))
    tree = re.compile(f"{guard}(?=[{first}])(?=({union(dict.fromkeys(runs, ''))}))")
    return tree, {one: [run for run in runs if one.startswith(run)] for one in runs}


class Finders(Generic[K]):
    """Keys, each with its patterns, which mind no case. What is given back is in the order of the
    keys; of two patterns of a key that begin at one place the earlier goes first."""

    def __init__(self, patterns: Iterable[tuple[K, Iterable[str]]]) -> None:
        self.keys: list[K] = []
        self.patterns: list[str] = []
        self.letters: list[tuple[str, bool]] = []
        """What a `Scanner` has to look for."""
        self._headed: dict[str, list[tuple[int, int, re.Pattern[str]]]] = {}
        self._others: list[tuple[int, int, re.Pattern[str]]] = []
        for order, (key, texts) in enumerate(patterns):
            self.keys.append(key)
            for rank, text in enumerate(texts):
                one = order, rank, re.compile(text, re.IGNORECASE)
                heads = _heads(text)
                self.patterns.append(text)
                self.letters += begun(text)
                for head in heads:
                    self._headed.setdefault(head, []).append(one)
                if not heads:
                    self._others.append(one)

    @property
    def scanned(self) -> int:
        """How many patterns have to be tried at each letter."""
        return len(self._others)

    def spans(self, text: str, seen: Seen) -> list[tuple[K, int, int]]:
        """Keys with the places where their patterns match."""
        found = {
            (order, met.start(), rank, met.end())
            for order, rank, pattern in self._others
            for met in pattern.finditer(text)
            if met.end() > met.start()
        }
        for head in self._headed.keys() & seen.keys():
            for order, rank, pattern in self._headed[head]:
                for at in seen[head]:
                    if (met := pattern.match(text, at)) and met.end() > at:
                        found.add((order, at, rank, met.end()))
        return [(self.keys[order], start, end) for order, start, _, end in sorted(found)]

    def among(self, text: str, seen: Seen) -> tuple[K, ...]:
        """The keys a pattern of which matches."""
        found = {order for order, _, pattern in self._others if pattern.search(text)}
        for head in self._headed.keys() & seen.keys():
            for order, _, pattern in self._headed[head]:
                if order not in found and any(pattern.match(text, at) for at in seen[head]):
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
