"""Every state in one table: each has a word in three languages, a mark that can be drawn, an
ink."""

import pytest

from gatewatch.draw import marks, palette
from gatewatch.model.states import Agreement, State
from gatewatch.model.verdict import VerdictState as Judged
from gatewatch.words import LANGUAGES, word
from gatewatch.words.states import STATES, Ink, Mark, look


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_state_of_the_model_has_its_word(lang: str) -> None:
    """States of cases, of verdicts, and of lists and network together."""
    for one in (*State, *Agreement, *Judged):
        assert str(one) in STATES, one
        assert word(one, lang)
        assert "_" not in word(one, lang)


def test_every_mark_is_drawn_and_every_ink_is_mixed() -> None:
    """In light and dark; what the table names, pictures have."""
    for mark in Mark:
        assert isinstance(marks.DRAWN[mark](8, 8, "listed"), str)
    for ink in Ink:
        assert str(ink) in palette.LIGHT
        assert str(ink) in palette.DARK
    assert set(palette.LIGHT) == set(palette.DARK)


def test_an_unknown_state_is_called_by_its_own_word() -> None:
    """And draws nothing: a face never fails for a new state."""
    assert word("some_new_state", "ru") == "some new state"
    assert look("some_new_state").mark == Mark.NONE


def test_like_states_look_alike() -> None:
    """What keeps people out is one shape, whether sources say it or probes see it."""
    assert look("restricted").mark == look("blocked").mark == Mark.SHUT
    assert look("insufficient").mark == look("unknown").mark == Mark.UNSURE
