"""The shipped catalogue: without fault, whole, and in words of our own."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from gatewatch.catalogue import facts
from gatewatch.errors import UsageError
from gatewatch.model.claim import Claim

MOVED = {"unblocked": "restored"}
RENAMED = {
    ("telegram", "BR", "2022-03-20"): "revoked",
    ("discord", "RU", "2024-03-12"): "registered",
}


@pytest.fixture(scope="module")
def catalogue() -> facts.Catalogue:
    return facts.load()


def _rows(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_has_no_fault() -> None:
    found, faults = facts.read(facts.folders())
    assert faults == []
    assert len(found.claims) > 180


def test_every_collected_fact_is_there_with_its_precision_and_confidence(
    catalogue: facts.Catalogue, shared: Path
) -> None:
    """Each row has a claim of the same service, jurisdiction, action, day, text and count."""
    held = Counter(map(_named, catalogue.claims.values()))
    missing = []
    for row in _rows(shared, "events.csv") + _rows(shared, "events_extra.csv"):
        place = (row["service"], row["jurisdiction"], row["date"])
        action = RENAMED.get(place, MOVED.get(row["action"], row["action"]))
        url = row["source_url"] if row["source_url"].startswith("http") else ""
        day = "../2017-05-10" if action == "complied" and url == "" else row["date"]
        wanted = (*place[:2], action, day, url, int(row["confidence"]))
        if not held[wanted]:
            missing.append(wanted)
    assert missing == []


def _named(one: Claim) -> tuple[str, str, str, str, str, int]:
    return (one.service, one.jurisdiction, one.action.value, one.date, one.source.url, one.seen)


def test_every_service_and_instrument_is_there(catalogue: facts.Catalogue, shared: Path) -> None:
    assert {row["id"] for row in _rows(shared, "services.csv")} == set(catalogue.services)
    rules = _rows(shared, "rules.csv")
    assert {row["id"] for row in rules} == set(catalogue.instruments)
    for row in rules:
        one = catalogue.instruments[row["id"]]
        if one.adopted and row["adopted"]:
            assert row["adopted"].startswith(one.adopted[:10]), row["id"]


def test_sentences_are_our_own(catalogue: facts.Catalogue, shared: Path) -> None:
    """Facts were carried over, sentences were not."""
    theirs = {row["note"] for row in _rows(shared, "events.csv") if len(row["note"]) > 25}
    theirs |= {row["note"] for row in _rows(shared, "events_extra.csv") if len(row["note"]) > 25}
    assert not theirs & {one.says for one in catalogue.claims.values()}
    seeds = " ".join(p.read_text(encoding="utf-8") for p in (shared / "seeds").iterdir())
    assert not [one.id for one in catalogue.claims.values() if one.says in seeds]


@pytest.mark.parametrize("name", ["wechat", "WeChat", "微信", "вичат", "Weixin"])
def test_a_service_answers_to_its_names(name: str, catalogue: facts.Catalogue) -> None:
    assert catalogue.service(name).id == "wechat"


def test_a_wrong_name_gets_a_near_one(catalogue: facts.Catalogue) -> None:
    with pytest.raises(UsageError, match="telegram"):
        catalogue.service("telegrm")
    with pytest.raises(UsageError, match="ru-242fz"):
        catalogue.instrument("ru-242f")


def test_a_text_without_a_day_counts_from_the_last_event_it_tells_of(
    catalogue: facts.Catalogue,
) -> None:
    undated = {c.source.key for c in catalogue.claims.values() if not c.source.published}
    assert undated
    assert set(catalogue.reported) <= undated
