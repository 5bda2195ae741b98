"""A ground that is finer than the published one is told by the decision, and by nothing else."""

import msgspec
import pytest

from gatewatch.catalogue import registers as catalogue
from gatewatch.model.register import FinerGround

RKN = catalogue.find("ru-rkn")


@pytest.mark.parametrize(
    ("ground", "body", "code"),
    [
        ("1", "суд", "15.1(5)(2)"),
        ("1", "Мосгорсуд", "15.1(5)(2)"),
        ("1", "Кировский районный суд г. Уфы", "15.1(5)(2)"),
        ("1", "ФСКН", "15.1(5)(1)(b)"),
        ("1", "МВД", "15.1(5)(1)(b)"),
        ("1", "Роспотребнадзор", "15.1(5)(1)(c)"),
        ("1", "ФНС", "15.1(5)(1)(e)"),
        ("1", "Роскомнадзор", "15.1(5)(1)(a), (d)"),
        ("1", "Ведомство", "1"),
        ("2", "Мосгорсуд", "2"),
        (None, None, None),
    ],
)
def test_an_article_is_told_by_the_body(
    ground: str | None, body: str | None, code: str | None
) -> None:
    """A body that the law does not name leaves the ground as published; so does another ground."""
    found, text = RKN.article(ground, body, "1-РИ")
    assert found == code
    assert text == (RKN.named_ground(code) if code else None)


def test_a_number_can_tell_it_too() -> None:
    """Both must fit where both are declared."""
    one = FinerGround(ground="1", code="1-x", text="X", body="^Board$", number="/x$")
    assert one.fits("1", "Board", "7/x")
    assert not one.fits("1", "Board", "7/y")
    assert not one.fits("1", "Other", "7/x")
    assert not one.fits("1", "Board", None)


def test_one_that_tells_nothing_is_refused() -> None:
    """It would be the ground itself under another name."""
    with pytest.raises(msgspec.ValidationError, match="needs a body or a number"):
        msgspec.convert({"ground": "1", "code": "x", "text": "y"}, FinerGround)
