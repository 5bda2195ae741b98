"""Patterns looked for by their first letters: what plain scanning finds, sooner."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.catalogue import vocabulary
from gatewatch.catalogue.finder import WORD, Finders, Scanner, heads, needed, small, union


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"\b(?:block|ban)\w*", ("block", "ban")),
        (r"\bstr(?:ik|uck)\w*", ("str",)),
        (r"\b(?:withdr[ae]w|re-?open)\w*", ("withdr", "re")),
        (r"\b(?:за)?блокир\w*", ("за", "блокир")),
        (r"(?<!的)(?<!执行)命令", ("命令",)),
        (r"\bfine[ds]?\b|\bpenalty", ("fine", "penalty")),
        (r"\b\w*суд\w*", ()),
        (r"[封禁]锁", ()),
        (r"a?b", ()),
    ],
)
def test_the_first_letters_of_a_pattern(pattern: str, wanted: tuple[str, ...]) -> None:
    """None where it may begin with anything."""
    assert heads([pattern]) == wanted


PATTERNS = (r"\b(?:block|ban)(?:ned|ed)?\b", r"\b(?:об)?ок\w*", "封[锁禁]")


@given(st.text(alphabet="blockan ed.Рособки封锁微信，İ", max_size=60))
def test_finding_by_heads_is_finding(text: str) -> None:
    """Every place that scanning finds, and no other, whatever the letters."""
    low = small(text)
    assert len(low) == len(text)
    finders = Finders((pattern, [pattern]) for pattern in PATTERNS)
    seen = Scanner(finders.letters).seen(low, set(WORD.findall(low)))
    found = finders.spans(text, seen, low)
    for pattern in PATTERNS:
        plain = {met.start() for met in re.finditer(pattern, text, re.IGNORECASE)}
        assert plain <= {start for key, start, _ in found if key == pattern}
        assert (pattern in finders.among(text, seen, low)) == bool(plain)


@given(
    st.lists(st.text(alphabet="abc ", min_size=1, max_size=4), min_size=1, max_size=12),
    st.text(alphabet="abc ", max_size=30),
    st.text(alphabet="封锁微信", min_size=1, max_size=3),
)
def test_one_pass_finds_every_run(runs: list[str], text: str, han: str) -> None:
    """Runs within runs, over one another and of more than one word too. What counts at the border
    of a word alone is found there, and nowhere else if it is of one word."""
    runs = [run for run in runs if run[0] != " "]
    for bound in (False, True):
        seen = Scanner((run, bound) for run in runs).seen(text, set(WORD.findall(text)))
        for run in runs:
            stands = re.search(rf"\b{run}" if bound else run, text) is not None
            assert (run in seen) == stands or (" " in run and run in text)
    many = {(first + second, False) for first in "封锁微信" for second in "禁止名单限制网站"}
    found = Scanner({*many, (han, False)}).seen(f"a{han}禁b", set())
    assert {han, f"{han[-1]}禁"} <= found


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"\W+(?:\w+\W+){0,2}?(?:users|people)\b", {"users": True, "people": True}),
        (r"^\W+(?:the\W+)?(?:access\W+to)\b", {"access": True}),
        (r"[;:]\s|,\s+(?=(?:saying|adding)\b)", {";": False, ":": False, ",": False}),
        (r"(?:上述|这)?(?:应用|软件)", {"应用": False, "软件": False}),
        (r"\bcolou?r\w*", {"colo": True}),
        (r"\w+ing\b", {"ing": False}),
        (r"(?:a|b\w)?", {}),
    ],
)
def test_what_a_pattern_cannot_match_without(pattern: str, wanted: dict[str, bool]) -> None:
    """One of these runs of letters, and whether it stands at the border of a word."""
    assert needed(pattern) == wanted


@given(st.lists(st.text(alphabet="abc ", min_size=1, max_size=5), min_size=1, max_size=12))
def test_a_union_finds_the_longest_word(words: list[str]) -> None:
    pattern = re.compile(union(dict.fromkeys(words, "")))
    for word in words:
        met = pattern.match(word)
        assert met is not None
        assert met[0] == word


@pytest.mark.parametrize("language", vocabulary.LANGUAGES)
def test_most_patterns_can_be_found_by_their_letters(language: str) -> None:
    """The few that cannot are scanned for; more of them would make reading slow."""
    words = vocabulary.load(language)
    assert words.actions.scanned + words.reasons.scanned <= 6
