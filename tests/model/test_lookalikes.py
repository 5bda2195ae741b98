"""Names in letters of two scripts."""

import pytest

from gatewatch.model.lookalikes import in_one_script
from gatewatch.model.unread import may_name


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("s\u0430lon.example", "salon.example"),
        ("s\u0430l\u043en.example", "salon.example"),
        ("\u0421asino.example", "casino.example"),
        ("\u03bfnline.b\u0435t.example", "online.bet.example"),
        ("\u043a\u0430\u0437\u0438\u043do.example", "\u043a\u0430\u0437\u0438\u043d\u043e.example"),
        ("\u043a\u0430\u0437\u0438\u043d\u043e.example", None),
        ("caf\u00e9.example", None),
        ("\u0436casino.example", None),
        ("casino.example", None),
    ],
)
def test_a_name_of_two_scripts_may_mean_its_look_alike(text: str, alike: str | None) -> None:
    """Of each number of foreign letters, both ways; a name in one script means itself alone."""
    assert in_one_script(text) == alike
    if alike and alike.isascii():
        assert alike in may_name(text)
