"""Patterns looked for by their first letters: what plain scanning finds, sooner."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.catalogue import vocabulary
from gatewatch.catalogue.finder import Finder, heads, small, union


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


@given(st.text(alphabet="blockan ed.Рособки封锁微信，İ", max_size=60))
def test_finding_by_heads_is_finding(text: str) -> None:
    """Every place that scanning finds, and no other, whatever the letters."""
    for pattern in (r"\b(?:block|ban)(?:ned|ed)?\b", r"\b(?:об)?ок\w*", "封[锁禁]"):
        plain = {met.start() for met in re.finditer(pattern, text, re.IGNORECASE)}
        low = small(text)
        assert len(low) == len(text)
        assert plain <= {start for start, _ in Finder([pattern]).spans(text, low)}
        assert Finder([pattern]).search(text, low) == bool(plain)


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
    finders = [finder for _, finder in (*words.actions, *words.reasons)]
    assert sum(len(one._others) for one in finders) <= 6
