"""Who runs a site, what it keeps, how to object: in three languages, as its operator told it."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from tests.site.served import Served, serve

import gatewatch
from gatewatch.catalogue import facts
from gatewatch.ledger import notes
from gatewatch.pipeline.facts import record

TITLES = ("about", "privacy", "accessibility", "terms", "corrections")
HTML = {"accept": "text/html"}
TEXTS = Path(gatewatch.__file__ or "").parent / "site" / "templates" / "prose"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site whose operator has a name."""
    location = str(tmp_path_factory.mktemp("prose") / "ledger")
    record(location)
    words = ("--operator", "The Example Desk <b>", "--contact", "desk@example.org")
    with serve(location, *words, "--public-url", "https://gatewatch.example") as site:
        yield site


@pytest.mark.parametrize("lang", ["", "/ru", "/zh"])
@pytest.mark.parametrize("name", TITLES)
def test_each_text_is_there_in_each_language(told: Served, lang: str, name: str) -> None:
    """With a heading, in its own words, and nothing of the operator's taken for markup."""
    found = told.get(f"{lang}/{name}", headers=HTML)
    assert found.status_code == 200
    assert found.text.count("<h1>") == 1
    assert "<b>" not in found.text.partition("<main")[2].partition("</main>")[0]
    if name == "about":
        assert "The Example Desk &lt;b&gt;" in found.text


def test_every_text_has_its_translations() -> None:
    """No language lacks one."""
    names = {file.name for file in TEXTS.glob("*.html")}
    assert names == {f"{name}.{lang}.html" for name in TITLES for lang in ("en", "ru", "zh")}


def test_the_key_that_signs_is_published(told: Served) -> None:
    """By itself and on the page of who runs the site, in one line as `gatewatch verify` takes
    it."""
    told_key = told.get("/log/key").text.splitlines()[0]
    checkpoint = told.get("/log/checkpoint").content
    assert notes.signed_by(checkpoint, [notes.Verifier.parse(told_key)])[1]
    for lang in ("", "/ru", "/zh"):
        assert escape(told_key) in told.get(f"{lang}/about", headers=HTML).text


def test_holes_in_security_are_told_to_the_operator(told: Served) -> None:
    """RFC 9116: a contact, an end, where it is canonical."""
    found = told.get("/.well-known/security.txt")
    assert found.headers["content-type"].startswith("text/plain")
    fields = dict(line.split(": ", 1) for line in found.text.splitlines())
    assert fields["Contact"] == "mailto:desk@example.org"
    assert fields["Canonical"] == "https://gatewatch.example/.well-known/security.txt"
    assert "Expires" in fields


def test_without_a_contact_there_is_no_such_file(demo_ledger: str) -> None:
    """An empty one would send a finder nowhere."""
    with serve(demo_ledger) as site:
        assert site.get("/.well-known/security.txt").status_code == 404
        assert "has not said who they are" in site.get("/about", headers=HTML).text
        page = site.get("/corrections", headers=HTML).text
        assert "gatewatch serve --operator NAME --contact ADDRESS" in page
        assert 'href="/register/ru-demo"' in page  # whose authority is named beside it


@pytest.mark.parametrize("lang", ["", "/ru", "/zh"])
def test_corrections_say_whom_to_write_to(told: Served, lang: str) -> None:
    """The operator and their address, in print too."""
    page = told.get(f"{lang}/corrections", headers=HTML).text
    assert 'href="mailto:desk@example.org">desk@example.org</a>' in page
    assert "The Example Desk &lt;b&gt;" in page
    assert "--contact" not in page


def test_a_correction_is_made_as_a_file_that_the_catalogue_reads(
    told: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the page's form to a draft with the claim's facts; filled in it has no fault, and the
    claim counts no more. Nothing is published by itself."""
    assert 'action="/corrections/file"' in told.get("/corrections").text
    found = told.get("/corrections/file?claim=tiktok-al-03")
    assert found.headers["content-disposition"].endswith('correction-of-tiktok-al-03.toml"')
    assert told.get("/corrections/file?claim=nobody").status_code == 404
    filled = re.sub(r"<https://[^>]*>", "https://paper.example/1", found.text)
    filled = re.sub(r"(?m)^(?!#)(.*)<[^>]*>", r"\1a word", filled)
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "correction.toml").write_text(filled, encoding="utf-8")
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(tmp_path))
    catalogue = facts.load()
    assert catalogue.corrections["correction-of-tiktok-al-03"].verdict == "superseded"
    counted = {one.id for one in catalogue.cases["tiktok", "AL"]}
    assert "tiktok-al-03" not in counted
    assert "tiktok-al-03-corrected" in counted
