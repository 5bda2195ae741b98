"""Answers as records, tables and what a notebook displays."""

import json
import sys
from pathlib import Path

import pytest
from tests.commands import invoked
from tests.conftest import DEMO

import gatewatch as public
from gatewatch.errors import MissingExtraError


@pytest.fixture
def ledger(tmp_path: Path) -> public.Ledger:
    """The shipped demo register."""
    location = str(tmp_path / "ledger")
    public.ingest(location, str(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"))
    return public.open(location)


def test_a_record_is_what_the_command_prints(ledger: public.Ledger) -> None:
    """Of one question the library and the command tell the same, name by name."""
    answer = ledger.check("wechat.com", valid_at="2017-05-08").to_dict()
    words = ["check", "wechat.com", "--valid-at", "2017-05-08", "--ledger", ledger.location]
    (printed,) = json.loads(invoked([*words, "-f", "json"]).stdout)
    clock = {"as_of": None, "recorded_by": None}
    assert json.loads(json.dumps({**answer, **clock})) == {**printed, **clock}


def test_many_answers_are_a_table(ledger: public.Ledger) -> None:
    """In the order asked, sliced as a sequence, with a row and a record for each."""
    found = ledger.check(["wechat.com", "line.me", "example.org"], valid_at="2017-05-08")
    assert [one.state for one in found] == ["listed", "listed", "insufficient"]
    assert [one.asked for one in found[1:]] == ["line.me", "example.org"]
    rows = found.to_arrow().to_pylist()
    assert [row["service"] for row in rows] == ["wechat", "line", None]
    assert [one["asked"] for one in found.to_dicts()] == ["wechat.com", "line.me", "example.org"]
    assert "<td>line.me</td>" in found._repr_html_()


def test_a_case_shows_in_a_notebook_what_the_page_shows(ledger: public.Ledger) -> None:
    """The same renderers draw the picture and the page that stands alone."""
    case = ledger.case("wechat", "ru", valid_at="2017-05-08")
    picture, page = case._repr_svg_(), case._repr_html_()
    assert picture is not None
    assert picture.startswith("<svg")
    assert page is not None
    assert "WeChat" in page
    listed = ledger.check("wechat.com", valid_at="2017-05-08")._repr_svg_()
    assert listed is not None
    assert "wechat[.]com" in listed
    assert ledger.check("example.org", valid_at="2017-05-08")._repr_svg_() is None


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_a_missing_library_is_named(
    name: str, ledger: public.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, name, None)
    cases = ledger.cases(valid_at="2017-05-08", jurisdiction="RU")
    into = {"pandas": cases.to_pandas, "polars": cases.to_polars, "pyarrow": cases.to_arrow}
    with pytest.raises(MissingExtraError, match=f"pip install {name}"):
        into[name]()


def test_a_ledger_names_its_registers(ledger: public.Ledger) -> None:
    """At a prompt one sees which ledger it is."""
    assert repr(ledger) == f"<gatewatch.Ledger {ledger.location!r}: ru-demo>"
