"""Sentences as data."""

from datetime import date

import pytest

from gatewatch.model.message import message


def test_a_message_keeps_its_parts() -> None:
    """The sentence and what fills its places stay apart until a language is known."""
    told = message("Listed when last published, {day}", day=date(2026, 8, 22))
    assert told.id == "Listed when last published, {day}"
    assert told.params == {"day": date(2026, 8, 22)}
    assert told == message("Listed when last published, {day}", day=date(2026, 8, 22))


def test_a_plural_counts_something() -> None:
    """A message with a plural names the number that chooses it."""
    told = message("{n} network", "{n} networks", n=3)
    assert (told.plural, told.params["n"]) == ("{n} networks", 3)
    with pytest.raises(AssertionError, match="counts nothing"):
        message("one network", "many networks")
