"""Jurisdictions as people and programs write them."""

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import CODES, Jurisdiction

# Not countries: groupings, private and reserved codes of the CLDR.
_NO_PLACES = {"AC", "CP", "CQ", "DG", "EA", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


def test_the_codes_are_those_of_the_cldr() -> None:
    """No country is missing and none is made up."""
    known = {
        code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()
    }
    assert known - _NO_PLACES == CODES


@given(code=st.sampled_from(sorted(CODES)))
def test_small_and_capital_letters_are_one(code: str) -> None:
    """`ru`, `RU`, ` Ru ` and what was parsed before are the same jurisdiction."""
    told = {Jurisdiction.parse(text) for text in (code, code.lower(), f" {code.title()} ")}
    assert told == {Jurisdiction(code)}
    assert Jurisdiction.parse(Jurisdiction(code)) == Jurisdiction(code)
    assert str(Jurisdiction(code)) == code


@pytest.mark.parametrize("text", ["", "R", "RUS", "UN", "ZZ", "Russia", "р у"])
def test_anything_else_says_what_to_write(text: str) -> None:
    """A code that no country has is an error that names the form."""
    with pytest.raises(UsageError, match="two letters"):
        Jurisdiction.parse(text)


def test_a_common_mistake_is_named() -> None:
    """UK is GB in ISO 3166."""
    with pytest.raises(UsageError, match="perhaps GB"):
        Jurisdiction.parse("uk")


def test_nothing_given_means_all() -> None:
    """An option left out or left empty names no jurisdiction."""
    assert Jurisdiction.parse_any(None) is None
    assert Jurisdiction.parse_any("") is None
