"""Keys of `selectors` as they are kept: what lies beneath a name is found by where it begins."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.ledger import filed, filing
from gatewatch.ledger.bounds import Bounds
from gatewatch.ledger.history import History
from gatewatch.ledger.store import Store
from gatewatch.model.register import Declared, Expectations
from gatewatch.query.health import examine

NAMES = ["example.com", "a.example.com", "b.a.example.com", "xexample.com", "example.com.ru"]
LIST = [*NAMES, "*.m.example.com", "http://u.example.com/x", "192.0.2.1", "198.51.100.0/24"]
ASKED = ["example.com", "www.example.com", "*.example.com", "192.0.2.1", "198.51.100.0/20", "u.ru"]


@given(
    labels=st.lists(st.from_regex(r"[a-z0-9_-]{1,9}", fullmatch=True), min_size=1, max_size=5),
    mark=st.sampled_from(["d:", "m:", "h:", "u:", "i:", "c:", "a:", "x:"]),
)
def test_a_key_is_kept_and_found_again(labels: list[str], mark: str) -> None:
    """Names of hosts backwards, all else as it is; names beneath one begin as it does."""
    key = mark + ".".join(labels)
    assert filing.key_of(filing.kept(key)) == key
    beneath = filing.kept(f"{mark}www.{'.'.join(labels)}")
    assert beneath.startswith(filing.kept(key) + ".") == (mark in filing.HOSTS)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What is said of each name: by a ledger of today, one of before, and one of both forms."""
    declared = msgspec.structs.replace(
        catalogue.find("cz-mfcr"),
        id="xx-list",
        format="declared",
        expectations=Expectations(),
        declared=Declared(),
    )
    states = tmp_path / "states"
    states.mkdir()
    later = ["new.example.com", "another.org"]
    said = {}
    for form in ("today", "before", "both"):
        ledger = str(tmp_path / form)
        for day, held in enumerate((LIST, [*LIST, *later]), 1):
            file = states / f"2024-03-0{day}.txt"
            file.write_text("".join(f"{name}\n" for name in held))
            with monkeypatch.context() as patch:
                if form == "before" or (form == "both" and day == 1):
                    patch.setattr(filing, "kept", str)
                pipeline.ingest(ledger, declared, str(file))
        assert not [finding for finding in examine(ledger) if finding.level == "fault"]
        opened = gatewatch.open(ledger)
        said[form] = [
            *(_matches(opened.check(asked, valid_at="2024-03-02")) for asked in ASKED),
            filed.hosts_with(History(Store(ledger)), "xample.c", Bounds(), 20),
        ]
    return said


def _matches(answer: Any) -> list[tuple[str, str, str]]:
    return [
        (str(answer.state), str(match.how), match.listing.selector.value)
        for one in answer.registers
        for match in one.matches
    ]


def test_older_ledgers_are_told_as_those_of_today(told: dict[str, list[Any]]) -> None:
    """And those that were begun before and go on."""
    assert told["today"] == told["before"] == told["both"]
    (beside,) = [
        said for asked, said in zip(ASKED, told["today"], strict=False) if asked == "*.example.com"
    ]
    assert {name for _, _, name in beside} == {
        *("a.example.com", "b.a.example.com", "new.example.com"),
        *("*.m.example.com", "http://u.example.com/x", "example.com"),
    }


def test_names_beneath_are_found_where_many_are_asked(tmp_path: Path) -> None:
    """By one reading of the index where there are more of them than ranges are looked through."""
    store = Store(str(tmp_path / "ledger"))
    store.create()
    keys = [filing.kept(f"d:{name}") for name in NAMES]
    store.stream("selectors", ((key, "xx", key, "b") for key in sorted(keys)))
    store.refresh()
    for more in (0, 40):
        suffixes = [".example.com", *(f".x{n}.com" for n in range(more))]
        sql, values = filing.spans(suffixes, older=False)
        found = store.query(sql, {"suffixes": suffixes, **values})
        assert sorted(filing.key_of(key) for key, *_ in found) == [
            "d:a.example.com",
            "d:b.a.example.com",
        ]


def test_few_keys_and_many_find_the_same_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In either form of names, of exact keys, of names that end so, of the first beneath a name;
    and where one scan finds more than is told apart by it."""
    store = Store(str(tmp_path / "ledger"))
    store.create()
    names = [*NAMES, *(f"n{n:02}.many.example" for n in range(filed.MOST_BENEATH + 9))]
    both = (
        form(f"{mark}{name}")
        for mark in filing.HOSTS
        for name in names
        for form in (filing.kept, str)
    )
    keys = sorted([*both, "i:192.0.2.1", "x:a.example.com"])
    store.stream("selectors", ((key, "xx", key, "b") for key in keys))
    store.refresh()
    history = History(store)
    for exact, within, beneath in (
        (["d:a.example.com", "i:192.0.2.1", "x:a.example.com"], [], []),
        (["d:none.example"], [".example.com"], [".many.example"]),
        ([], [".many.example"], [".example.com", ".example"]),
    ):
        wanted = filing.either(exact)
        ended = [*within, *beneath]
        few = filed._filed_of_few(history, wanted, within, beneath)
        assert few == filed._filed_of_many(
            history, wanted, within=within, beneath=beneath, ended=ended
        )
        assert few
    monkeypatch.setattr("gatewatch.ledger.filed._MOST_NEAR", 3)
    assert filed._filed_of_few(history, [], [".many.example"], []) is None


@given(
    hosts=st.lists(st.sampled_from(["a.example", "b.example", "192.0.2.1"]), min_size=1),
    bare=st.lists(st.sampled_from(["a.example", "192.0.2.1"])),
)
def test_an_entry_is_filed_under_no_more_than_finds_it(hosts: list[str], bare: list[str]) -> None:
    """A page is found by its host, and the host by the entry's own domain or address."""
    pages = {key for host in hosts for key in (f"u:{host}/x?y", f"h:{host}")}
    keys = pages | {("i:" if host[0].isdigit() else "d:") + host for host in bare}
    kept = set(filing.needed(keys, keys))
    assert all(kept.intersection(filing.either([key])) for key in keys)
    assert not any(key.startswith("u:") for key in kept)
    assert {key[2:] for key in kept} == {*hosts, *bare}
    assert len(kept) == len({*hosts, *bare})
