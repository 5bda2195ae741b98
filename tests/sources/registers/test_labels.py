"""Words beside a name in its cell."""

import pytest

from gatewatch.sources.registers import cells


@pytest.mark.parametrize(
    "text",
    [
        "{} (mirror)",
        "{} (iOS, Android)",
        "{} (mobile)",
        "\u0434\u043e\u043c\u0435\u043d: {}",
        "\u7db2\u7ad9\uff1a{}",
        "{}, etc.",
        "{} and others",
        "{} and all its mirrors",
        "{} e outros",
        "{} u. a.",
        "{} \u0438 \u0434\u0440.",
        "{} \u0438 \u0435\u0433\u043e \u0437\u0435\u0440\u043a\u0430\u043b\u0430",
        "{} \uc678 2\uac74",
        "{} \u7b49",
    ],
)
@pytest.mark.parametrize("field", ["host", "site"])
def test_words_that_say_what_a_site_is_do_not_hide_it(text: str, field: str) -> None:
    """And that others are meant with it."""
    cell = cells.read(text.format("a.example.com"), field)
    assert ([s.value for s in cell.found], cell.unread) == (["a.example.com"], ())


@pytest.mark.parametrize("label", ["URL: ", "\u7f51\u5740\uff1a", "\u0421\u0430\u0439\u0442: "])
@pytest.mark.parametrize("between", [", ", "\u3001", "\n"])
def test_a_label_may_stand_before_several(label: str, between: str) -> None:
    """It is none of them."""
    cell = cells.read(f"{label}a.example.com{between}b.example.com", "host")
    assert ([s.value for s in cell.found], cell.unread) == (["a.example.com", "b.example.com"], ())


@pytest.mark.parametrize(
    "text", ["{} (unblocked)", "{} (new)", "{} bloqueado", "new: {}", "{} (also known as A)"]
)
def test_words_that_may_say_what_became_of_it_do(text: str) -> None:
    """Nobody knows then whether it is listed."""
    said = text.format("a.example.com")
    assert (cells.read(said, "host").found, cells.read(said, "host").unread) == ((), (said,))


def test_a_comma_for_a_dot_makes_no_name_without_a_top_level_domain() -> None:
    """`a.example.com, unknown` is no host of that name."""
    for text in ("a.example.com, unknown", "a.example.com, see annex"):
        assert cells.read(text, "host").found == ()


def test_letters_of_two_scripts_weigh_beside_the_name_as_published() -> None:
    """The name stands as it is written, and the one that may be meant is not "not listed"."""
    cell = cells.read("s\u0430lon.example", "host")
    assert ([s.value for s in cell.found], cell.unread) == (
        ["xn--slon-53d.example"],
        ("s\u0430lon.example",),
    )
