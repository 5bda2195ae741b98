"""Thirteen more real registers, each by its declaration: what is known of them from elsewhere."""

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from tests.asking import snapshots
from tests.mirrored import SMALL
from tests.prebuilt import Prebuilt

import gatewatch
from gatewatch.errors import UsageError
from gatewatch.model.history import Status
from gatewatch.pipeline.decide import decide

pytestmark = pytest.mark.slow

REBUILT = "2026-05-21T18:46:43+00:00"
"""The Brazilian list was rebuilt from nothing: a person accepts its first state."""
TIMES = (
    "prev_snapshot_without",
    "first_snapshot_with",
    "last_snapshot_with",
    "next_snapshot_without",
)
LISTED = ("not_listed", "listed", "listed", "not_listed")
# What the raw lines say and a reader that knows hosts says otherwise, row by row.
OTHERWISE = {
    "4": (("listed",) * 4, "the quoted form before it is the same host"),
    "5": (("listed",) * 4, "and so is the plain one after it"),
    "25": (("listed",) * 4, "its host stood there before, and so the page was covered"),
    "27": (("listed",) * 4, "it stood there without a slash before"),
    "77": (("", "listed", "not_listed", "not_listed"), "its own term had passed"),
    "78": (("not_listed", "listed", "not_listed", ""), "its own term had passed"),
    "88": (("listed",) * 4, "it stood there behind a row's number"),
    "89": (("listed",) * 4, "it stood there behind a row's number"),
    "92": (("not_listed", "listed", "listed", "listed"), "it stood there behind a row's number"),
    "93": (("listed",) * 4, "it stood there behind a row's number"),
    "107": (("not_listed", "listed", "listed", "not_listed"), "left with the whole list"),
    "109": (("", "listed", "listed", "listed_in_part"), "a mask of it stood in the bad state"),
    "110": (("listed_in_part", "listed", "listed", "not_listed"), "a mask stood in the bad state"),
    "112": (("not_listed", "listed", "listed", "listed"), "the form with a final dot is the same"),
    "114": (("listed", "listed", "listed", "not_listed"), "the form with a final dot is the same"),
    "117": (("listed", "listed", "listed", "not_listed"), "the form without a dot is the same"),
    "118": (("listed", "listed", "listed", "not_listed"), "the form without a dot is the same"),
    "113": (("not_listed", "listed", "listed", "listed"), "the form with a final dot is the same"),
    "128": (LISTED, ""),
    "144": (("", "listed", "listed", "listed"), "upper case is the same"),
    "145": (("listed",) * 4, "lower case is the same"),
    "146": (("", "listed", "listed", "listed"), "upper case is the same"),
    "147": (("listed",) * 4, "lower case is the same"),
}  # fmt: skip
OTHER_FILES = {"MASTER_LIST.csv": "in-court", "urls.txt": "au-acma"}
BAD = {"not_a_listing", "not_a_host", "not_a_listing_of_a_site"}


def rows(registers: Path, pack: str) -> Iterator[dict[str, str]]:
    """The rows of a pack that its declared file can answer."""
    with (registers / "truths-more.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            declared = {name for name, of in OTHER_FILES.items() if of == pack}
            if row["pack"] == pack and (not declared or row["file"] in declared):
                yield row


@pytest.fixture(scope="session")
def ledger_of(
    place: Callable[[str], Path], prebuilt: Prebuilt
) -> Callable[[str], gatewatch.Ledger]:
    """The ledger of a pack, made when it is first asked for."""

    def decided(folder: Path) -> None:
        shutil.copytree(place("br-anatel"), folder)
        rebuilt = datetime.fromisoformat(REBUILT)
        held = snapshots(gatewatch.open(str(folder)))
        (state,) = [one for one in held if one.published_at == rebuilt]
        decide(str(folder), state.id, accept=True, note="rebuilt from nothing")

    def of(pack: str) -> gatewatch.Ledger:
        built = prebuilt.once(f"{pack}-decided", decided) if pack == "br-anatel" else place(pack)
        return gatewatch.open(str(built))

    return cache(of)


def at(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace(" +0000", "+00:00"))
    except ValueError:
        return None


def asked_of(row: dict[str, str]) -> str:
    return row["selector"].partition(" (term")[0]


def answers(of: gatewatch.Ledger, asked: Iterable[dict[str, str]]) -> dict[str, tuple[str, ...]]:
    """By the number of each row, the states at its four times; empty where there is none. What is
    asked of one time is asked at once."""
    asked = list(asked)
    by_time: dict[datetime, dict[str, str]] = {}
    for row in asked:
        for when in filter(None, map(at, (row[name] for name in TIMES))):
            by_time.setdefault(when, {})[asked_of(row)] = ""
    for when, names in by_time.items():
        found = of.check(list(names), valid_at=when)
        names.update(zip(names, (str(one.state) for one in found), strict=True))
    return {
        row["n"]: tuple(
            by_time[known][asked_of(row)] if (known := at(row[name])) else "" for name in TIMES
        )
        for row in asked
    }


def right(row: dict[str, str]) -> tuple[str, ...] | None:
    if row["n"] in OTHERWISE:
        return OTHERWISE[row["n"]][0]
    return (
        LISTED if row["expect"].split()[0] in {"listed_host", "listed_url", "listed_ip"} else None
    )


@pytest.mark.parametrize("pack", SMALL)
def test_every_known_listing_is_answered_at_its_ends(
    ledger_of: Callable[[str], gatewatch.Ledger], registers: Path, pack: str
) -> None:
    """Not listed just before, listed in the first and the last state, not listed just after."""
    asked = [
        row for row in rows(registers, pack) if right(row) and row["selector"] != "(whole file)"
    ]
    told = answers(ledger_of(pack), asked)
    wrong = [
        (row["n"], row["selector"], told[row["n"]], wanted)
        for row in asked
        if (wanted := right(row))
        and any(a and w and a != w for a, w in zip(told[row["n"]], wanted, strict=True))
    ]
    assert not wrong


@pytest.mark.parametrize("pack", SMALL)
def test_what_is_no_listing_becomes_none(
    ledger_of: Callable[[str], gatewatch.Ledger], registers: Path, pack: str
) -> None:
    """Words, days, numbers, sinks, companies, accounts and letterheads are never listed; what could
    not be read is never "not listed"."""
    for row in rows(registers, pack):
        kind = row["expect"].split()[0]
        when = at(row["first_snapshot_with"])
        if kind not in {*BAD, "unreadable_text"} or when is None:
            continue
        try:
            state = str(ledger_of(pack).check(row["selector"], valid_at=when).state)
        except UsageError:
            state = "no selector"
        allowed = {"insufficient"} if kind == "unreadable_text" else {"not_listed", "no selector"}
        assert state in allowed, row


@pytest.mark.parametrize("pack", SMALL)
def test_a_bad_state_is_never_believed(
    ledger_of: Callable[[str], gatewatch.Ledger], registers: Path, pack: str
) -> None:
    """Empty files and pages in a list's place take nobody off."""
    bad = {
        at(r["first_snapshot_with"]) for r in rows(registers, pack) if r["expect"] == "bad_state"
    }
    believed = {s.published_at for s in snapshots(ledger_of(pack)) if s.status == Status.ACCEPTED}
    assert not bad & believed


def test_a_term_is_answered_as_it_was_known_then(
    ledger_of: Callable[[str], gatewatch.Ledger],
) -> None:
    """A Ukrainian decree's end, prolonged twice, and one that has passed though its row stays."""
    ledger = ledger_of("ua-sanctions")
    known_then = ledger.check("vk.com", valid_at="2023-05-20", as_of="2023-03-20")
    assert str(known_then.state) == "not_listed"
    assert str(ledger.check("vk.com", valid_at="2023-05-20").state) == "listed"
    assert str(ledger.check("www.kaspersky.ru", valid_at="2024-05-20").state) == "listed"
    assert str(ledger.check("www.kaspersky.ru", valid_at="2024-05-22").state) == "not_listed"
