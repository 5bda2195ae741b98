"""Names beside a name: the domain that it was registered under."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from publicsuffixlist import PSLFILE, PublicSuffixList

from gatewatch import pipeline
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.cli.lanes import draw
from gatewatch.cli.terminal import Page
from gatewatch.model import selector as selectors
from gatewatch.query import ledger as reading
from gatewatch.query.standings import registrable
from gatewatch.words.events import known


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
    lane, perhaps = answer.places[0].lanes[2], told[1] == "above_perhaps"
    assert lane.called == ("perhaps_listed" if perhaps else told[0])
    covered = {"above_perhaps": "unknown", "above_alone": "no", "snapshots": "yes"}[told[1]]
    assert answer.to_dict()["registers"][0]["covered"] == covered
    other = reading.open(location).check("www.b.example", valid_at="2024-03-02").registers[0]
    assert (other.state, other.why) == ("not_listed", "absent")
    later = reading.open(location).check("www.a.example", valid_at="2026-03-02")
    (by,) = later.registers
    assert (by.state, by.known_state, by.known_why) == ("insufficient", *told)
    assert later.places[0].lanes[2].called == lane.called


def test_where_a_list_may_cover_a_name_is_told_before_where_none_does(tmp_path: Path) -> None:
    """However long ago both lists were: the headline of a search is the first place."""
    location = str(tmp_path / "ledger")
    for code, listed in (("CZ", "b.example"), ("UA", "a.example")):
        declared = tmp_path / f"{code}.toml"
        text = f"{_LIST}[declared]\n".replace("xx-above", f"xx-{code.lower()}")
        declared.write_text(text.replace('"UA"', f'"{code}"'), encoding="utf-8")
        (tmp_path / code).mkdir()
        (tmp_path / code / "2024-03-01.txt").write_text(f"{listed}\n", encoding="utf-8")
        pipeline.ingest(location, catalogue.read(declared), str(tmp_path / code))
    for day in ("2024-03-01", "2026-03-02"):
        first, *_ = reading.open(location).check("www.a.example", valid_at=day).places
        assert first.jurisdiction.code == "UA"
        assert first.lanes[2].called == "perhaps_listed"


def test_a_feed_tells_each_registers_own_last_days_and_when_many_entries_came(
    tmp_path: Path,
) -> None:
    """However long ago that was beside another register; the state before is the earlier side."""
    location = str(tmp_path / "ledger")
    for name, year in (("xx-above", 2024), ("xx-later", 2026)):
        declared = tmp_path / f"{name}.toml"
        text = f"{_LIST}[declared]\n".replace("xx-above", name)
        declared.write_text(text, encoding="utf-8")
        states = tmp_path / f"{name}-states"
        states.mkdir()
        few, many = "a.example\n", "".join(f"a{n}.example\n" for n in range(25))
        for day, listed in (("01", few), ("03", few + many)):
            (states / f"{year}-03-{day}.txt").write_text(listed, encoding="utf-8")
        pipeline.ingest(location, catalogue.read(declared), str(states))
    told = known(
        reading.open(location),
        facts.load(),
        (),
        as_of=datetime(2027, 1, 1, tzinfo=UTC),
        recorded_by=None,
    )
    begins = [e.since.after for e in told if e.kind == "listing" and e.since]
    assert sorted(str(one)[:10] for one in begins if one) == ["2024-03-01", "2026-03-01"]


def test_a_listing_by_its_own_days_alone_is_said_to_be_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never "no evidence is held" beside "listed"."""
    (tmp_path / "xx.toml").write_text(
        f'{_LIST}[declared]\nlayout = "table"\n[declared.columns]\nSite = "selector"\n'
        'Since = "included"\n',
        encoding="utf-8",
    )
    (tmp_path / "2024-03-01.csv").write_text("Site,Since\na.example,2020-01-01\n")
    location = str(tmp_path / "ledger")
    pipeline.ingest(
        location, catalogue.read(tmp_path / "xx.toml"), str(tmp_path / "2024-03-01.csv")
    )
    (place,) = reading.open(location).check("a.example", valid_at="2022-01-01").places
    draw(Page(), place.lanes)
    told = " ".join(capsys.readouterr().out.split())
    assert "listings by the entry's own days alone" in told
    assert "no evidence" not in told
