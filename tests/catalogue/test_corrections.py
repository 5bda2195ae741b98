"""Claims after they were written: corrected, not deleted; and what their sources are."""

import json
from pathlib import Path

import pytest
from tests.commands import invoked

from gatewatch.catalogue import facts
from gatewatch.cli.terminal import PAGE_ALWAYS
from gatewatch.model.claim import Citation, SourceKind

CLAIMS = """[[claim]]
id = "own-1"
service = "zello"
jurisdiction = "IS"
action = "blocked"
date = "2020-05-04"
says = "told by a blog"
source = { publisher = "rusreality", url = "https://p.example/1" }

[[claim]]
id = "own-2"
service = "zello"
jurisdiction = "IS"
action = "blocked"
date = "2020-06-04"
says = "told by an agency"
source = { publisher = "A paper", origin = "TASS", url = "https://p.example/2" }
"""
CORRECTION = """
[[correction]]
id = "own-c1"
claim = "own-1"
verdict = "superseded"
by = "a reader"
on = 2021-01-02
why = "The blog misread the month."
replaced_by = "own-2"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of facts of one's own."""
    (tmp_path / "facts").mkdir()
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(tmp_path))
    monkeypatch.setattr("gatewatch.config.catalogue_cache", lambda: tmp_path / "cache")
    return tmp_path / "facts" / "own.toml"


def test_a_superseded_claim_stands_in_the_log_and_not_in_the_case(own: Path) -> None:
    """It is kept, and counts no more."""
    own.write_text(CLAIMS + CORRECTION, "utf-8")
    held = facts.load()
    assert "own-1" in held.claims
    assert [one.id for one in held.cases["zello", "IS"]] == ["own-2"]
    done = invoked(["catalogue", "log", "--format", "json"])
    (row,) = json.loads(done.stdout)
    assert (row["claim"], row["verdict"], row["replaced_by"]) == ("own-1", "superseded", "own-2")
    assert row["by"] == "a reader"


def test_a_log_without_corrections_says_so_and_of_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a person on the page, beside a pipe on standard error; folders that are named are read."""
    monkeypatch.delenv("GATEWATCH_CATALOGUE", raising=False)
    done = invoked(["catalogue", "log"])
    assert done.stdout == ""
    assert "none of" in done.stderr
    assert "[[correction]]" in done.stderr
    monkeypatch.setenv(PAGE_ALWAYS, "1")
    assert "0 corrections" in invoked(["catalogue", "log"]).stdout
    (tmp_path / "own.toml").write_text(CLAIMS + CORRECTION, "utf-8")
    assert "a reader" in invoked(["catalogue", "log", str(tmp_path)]).stdout
    (tmp_path / "own.toml").write_text("[[claim]]\n", "utf-8")
    assert "catalogue check" in str(invoked(["catalogue", "log", str(tmp_path)]).exception)


def test_a_disputed_claim_still_counts(own: Path) -> None:
    own.write_text(CLAIMS + CORRECTION.replace("superseded", "disputed"), "utf-8")
    assert len(facts.load().cases["zello", "IS"]) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('claim = "own-1"', 'claim = "own-9"'), "there is no claim"),
        (('replaced_by = "own-2"\n', ""), "superseded by what"),
        (("The blog misread the month.", " "), "by whom and why"),
        (('"superseded"', '"gone"'), "Invalid enum value"),
    ],
)
def test_a_correction_that_cannot_be_is_a_fault(
    change: tuple[str, str], words: str, own: Path
) -> None:
    own.write_text(CLAIMS + CORRECTION.replace(*change), "utf-8")
    _, faults = facts.read(facts.folders())
    assert any(words in one.text for one in faults), faults


def test_a_source_is_what_it_copies() -> None:
    """A paper that prints an agency counts as the agency; the unknown is a paper."""
    held = facts.load()
    assert (
        held.kind_of(Citation("A paper", "https://p.example", origin="TASS")) == SourceKind.AGENCY
    )
    assert held.kind_of(Citation("EUR-Lex", "https://p.example")) == SourceKind.OFFICIAL
    assert held.kind_of(Citation("A paper", "https://p.example")) == SourceKind.PAPER
    ranks = [kind.rank for kind in (SourceKind.OFFICIAL, SourceKind.AGENCY, SourceKind.BLOG)]
    assert ranks == sorted(ranks)


def test_claims_that_rest_on_a_blog_alone_are_named(own: Path) -> None:
    """Until somebody nearer to the act is found to say the same."""
    own.write_text(CLAIMS, "utf-8")
    assert "own-1" in {one.id for one in facts.load().weak()}
    rows = json.loads(invoked(["catalogue", "weak", "--format", "json"]).stdout)
    assert {"own-1"} <= {row["claim"] for row in rows}
    better = CLAIMS.replace("2020-06-04", "2020-05-04")
    own.write_text(better, "utf-8")
    facts._load.cache_clear()
    assert "own-1" not in {one.id for one in facts.load().weak()}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    facts._load.cache_clear()
