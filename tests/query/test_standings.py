"""Names beside a name: the domain that it was registered under."""

from pathlib import Path

import pytest
from publicsuffixlist import PSLFILE, PublicSuffixList

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.model import selector as selectors
from gatewatch.query import ledger as reading
from gatewatch.query.standings import registrable


def test_the_rules_about_one_host_say_what_the_whole_list_says() -> None:
    """Under every rule of the list, with wildcards and exceptions, a host has the registrable
    domain that the whole list gives it."""
    whole = PublicSuffixList()
    with Path(PSLFILE).open(encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    rules = [line.lstrip("!") for line in lines if line and not line.startswith("//")]
    assert len(rules) > 5_000
    for rule in rules[::7] + [one for one in rules if "*" in one or f"!{one}" in lines]:
        for before in ("", "a.", "b.a."):
            asked = selectors.parse(f"{before}{rule.replace('*', 'q')}.".rstrip("."))
            if "." in asked.value:
                assert registrable(asked) == whole.privatesuffix(asked.value), asked


_LIST = """id = "xx-above"
jurisdiction = "UA"
authority = "A board"
title = "A list"
publisher = "A board"
licence = "none"
format = "declared"
time_zone = "UTC"
cadence = "1d"
silence = "400d"
"""
_PRACTICE = {
    "": ("not_listed", "above_perhaps"),
    "covers_subdomains = true\n": ("listed", "snapshots"),
    "covers_subdomains = false\n": ("not_listed", "above_perhaps"),
    'covers_subdomains = false\nsubdomains_source = "its rules"\n': ("not_listed", "above_alone"),
}


@pytest.mark.parametrize(("practice", "told"), _PRACTICE.items(), ids=range(len(_PRACTICE)))
def test_a_name_beneath_a_listed_one_is_told_by_the_practice_of_the_register(
    tmp_path: Path, practice: str, told: tuple[str, str]
) -> None:
    """Covered, not covered, or not known: never a bare "not listed". "Does not" takes a source."""
    (tmp_path / "xx.toml").write_text(f"{_LIST}{practice}[declared]\n", encoding="utf-8")
    (tmp_path / "states").mkdir()
    for day in ("2024-03-01", "2024-03-03"):
        (tmp_path / "states" / f"{day}.txt").write_text("a.example\n", encoding="utf-8")
    location = str(tmp_path / "ledger")
    pipeline.ingest(location, catalogue.read(tmp_path / "xx.toml"), str(tmp_path / "states"))
    answer = reading.open(location).check("www.a.example", valid_at="2024-03-02")
    (by,) = answer.registers
    assert (by.state, by.why) == told
    assert "a[.]example is" in answer.places[0].lanes[2].summary.plain() or by.state == "listed"
    other = reading.open(location).check("www.b.example", valid_at="2024-03-02").registers[0]
    assert (other.state, other.why) == ("not_listed", "absent")
