"""What a probe's user is told before the first run, and what becomes of the answer."""

from pathlib import Path

import pytest

from gatewatch.cli import consent
from gatewatch.errors import UsageError


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who never ran a probe."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("can see that you connect", "may be unlawful", "taken out of it")),
        ("ru", ("увидят эти подключения", "может быть незаконно", "удаляются")),
        ("zh", ("都能看到这些连接", "可能违法", "会被删除")),
    ],
)
def test_it_says_who_can_see_and_where_it_may_be_unlawful(
    language: str, words: tuple[str, ...], state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the reader's language; where nobody is there to answer, nothing is measured."""
    with pytest.raises(UsageError, match="--i-understand"):
        consent.given(understood=False, spoken=language)
    said = capsys.readouterr().err
    assert all(word in said for word in words)
    assert list(state.rglob("*")) == []


def test_the_answer_is_kept(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who understood once is not asked again."""
    consent.given(understood=True, spoken=None)
    consent.given(understood=False, spoken=None)
    assert capsys.readouterr().err == ""
    assert any(state.rglob("probe-consent"))


def test_the_systems_language_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the languages here; else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert consent.language() == "en"
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    assert consent.language() == "ru"
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert consent.language() == "en"
