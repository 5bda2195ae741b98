"""Expressions of declarations: RE2, with the classes of every script."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.model.expression import compiled

TEXTS = [
    "фебруара 5",
    "a\u00a0b",
    "\u0662\u0660",
    "год-2",
    "x_1]",
    "中文 7",
    "",
    "[",
]


@pytest.mark.parametrize(
    "text",
    [r"^(\w+)\s(\d+)$", r"[\w.-]+", r"\d+", r"[^\d\s]+", r"\S+", r"[]\d]", r"\\w", r"\[\w", r"\W"],
)
def test_classes_are_those_of_python(text: str) -> None:
    """In brackets and out of them; a stroke before a stroke begins no class."""
    for told in TEXTS:
        ours, pythons = compiled(text).search(told), re.search(text, told)
        assert (ours and ours.group(0)) == (pythons and pythons.group(0)), told


@given(text=st.text(alphabet="ab.[]^\\wd-:|()", max_size=12))
def test_what_re2_refuses_is_refused_with_its_own_text(text: str) -> None:
    """Nothing but an expression or a ValueError comes of any text."""
    try:
        assert compiled(text).groups >= 0
    except ValueError as fault:
        said = str(fault)
        assert said.startswith(repr(text))


def test_vowels_that_are_marks_are_letters_too() -> None:
    """As in Hindi and Thai; Python's classes leave them out."""
    assert compiled(r"\w+").fullmatch("\u092b\u093c\u0930\u0935\u0930\u0940")
