"""What a listing means on a day: the set logic beside the rules of Python, on one register after
another."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.told import on_paper

from gatewatch import pipeline
from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import standing
from gatewatch.catalogue import registers as catalogue
from gatewatch.ledger import listings as ledger_listings
from gatewatch.ledger import store
from gatewatch.ledger.agreement import _FAR, _STANDING, AgreementAsked, _registers
from gatewatch.ledger.schema import micros
from gatewatch.model.moment import Moment
from gatewatch.query import ledger as reading
from gatewatch.query import reconciliation, standings
from gatewatch.query.ledger import Ledger
from gatewatch.query.targets import EVERYTHING, Targets

_REGISTER = """id = "xx-made"
jurisdiction = "RU"
authority = "A board"
title = "A list"
publisher = "A board"
licence = "none"
format = "declared"
time_zone = "Europe/Moscow"
cadence = "1d"
silence = "400d"
covers_subdomains = {covers}
https_whole_host = {https}
[expectations]
minimum_entries = 0
largest_drop = 1.0
[declared]
layout = "table"
delimiter = ";"
separator = ","
date_format = "%Y-%m-%d"
[declared.columns]
no = "id"
site = "selector"
how = "block_type"
since = "included"
until = "removed"
"""
_FIRST = datetime(2024, 3, 1, tzinfo=UTC)
_DAYS = 12
_days = st.integers(0, _DAYS).map(lambda n: f"{_FIRST + timedelta(days=n):%Y-%m-%d}")
_SITES = [
    "a.example.com",
    "b.example.com",
    "*.b.example.com",
    "http://c.example.com/x",
    "https://c.example.com/y",
    "192.0.2.7",
    "198.51.100.0/24",
    "app:com.example.chat",
]
_UNREADABLE = ["a .example.com", "*.b.*.example.com", "see 192.0.2.7!", "www.c.example.com.."]
_sites = st.sampled_from([*_SITES, *_UNREADABLE])
_entry = st.tuples(
    st.lists(_sites, min_size=1, max_size=3, unique=True).map(",".join),
    st.sampled_from(["url", "domain", "domain-mask", "ip", ""]),
    st.one_of(st.just(""), _days),
    st.one_of(st.just(""), _days, st.just("in spring")),
)
_states = st.lists(st.dictionaries(st.sampled_from("12"), _entry), min_size=2, max_size=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made")


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(states=_states, data=st.data())
def test_set_logic_goes_by_the_rules_of_python(
    folder: Path, states: list[dict[str, tuple[str, ...]]], data: st.DataObject
) -> None:
    """Which listing stood, surely or perhaps, and whether it was prescribed: on any day, of any
    kind."""
    ledger = _filled(folder, states, covers=False)
    day = (_FIRST + timedelta(days=data.draw(st.integers(-1, _DAYS + 1)))).date()
    asked_days: list[str | date] = [day, f"{day}T09:30:00Z"]
    moment = Moment.parse(data.draw(st.sampled_from(asked_days)))
    register = ledger.history_of.registers()["xx-made"]
    start, end = moment.span(register.zone)
    asked = AgreementAsked(register="xx-made", covers=False, private=False, start=start, end=end)
    table = standings.listings_of(ledger, moment)
    with ledger.store.shown(asked_registers=_registers([asked])):
        found = ledger.store.query(
            "SELECT entry, selector, came_by, stood, prescribed "
            f"FROM ({_STANDING.format(listings=table, far=_FAR)})"
        )
    assert sorted(found) == sorted(_by_python(ledger, start, end))


_ASKED = [
    *_SITES,
    "x.a.example.com",
    "www.c.example.com",
    "c.example.com",
    "example.com",
    "*.example.com",
    "*.x.b.example.com",
    "x.b.example.com",
    "http://a.example.com/page",
    "http://c.example.com/y",
    "https://c.example.com/z",
    "192.0.2.0/24",
    "198.51.100.9",
    "198.51.0.0/16",
    "none.example.org",
]


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(states=_states, covers=st.booleans(), data=st.data())
def test_reconcile_and_check_answer_alike(
    folder: Path, states: list[dict[str, tuple[str, ...]]], covers: bool, data: st.DataObject
) -> None:
    """What is listed, in part, not, or not known: of names of every kind, asked for by name or met
    in the register, on any day, with texts that could not be read and days of removal that cannot
    be."""
    ledger = _filled(folder, states, covers=covers)
    day = (_FIRST + timedelta(days=data.draw(st.integers(-1, _DAYS + 1)))).date()
    asked_days: list[str | date] = [day, f"{day}T09:30:00Z"]
    when = data.draw(st.sampled_from(asked_days))
    named = _reconciled(ledger, when, Targets(names=tuple(_ASKED)))
    of_all = _reconciled(ledger, when, EVERYTHING)
    for told in (named, of_all):
        texts = [key if key.startswith("app:") else key.partition(":")[2] for key in told]
        found = ledger.check(texts, valid_at=when) if texts else []
        assert {key: str(one.state) for key, one in zip(told, found, strict=True)} == told
    reached = ledger.check("none.example.org", valid_at=when).registers[0].why
    assert len(named) == (0 if reached in _UNREACHED else len(_ASKED))


_UNREACHED = {standing.Why.NOTHING}


def _reconciled(ledger: Ledger, when: str | date, targets: Targets) -> dict[str, str]:
    """What is on paper of each target."""
    told = reconciliation.report(ledger, "RU", targets=targets, valid_at=when)
    return on_paper(ledger, told)


def _filled(folder: Path, states: list[dict[str, tuple[str, ...]]], *, covers: bool) -> Ledger:
    place = folder / f"{len(list(folder.iterdir()))}"
    (place / "states").mkdir(parents=True)
    words = {"{covers}": str(covers).lower(), "{https}": str(covers).lower()}
    text = _REGISTER
    for word, value in words.items():
        text = text.replace(word, value)
    (place / "xx.toml").write_text(text, encoding="utf-8")
    for n, state in enumerate(states):
        lines = ["no;site;how;since;until", *(f"{no};{';'.join(e)}" for no, e in state.items())]
        name = f"{_FIRST + timedelta(days=2 * n):%Y-%m-%d}.csv"
        (place / "states" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    declared = catalogue.read(place / "xx.toml")
    pipeline.ingest(str(place / "ledger"), declared, str(place / "states"))
    return reading.open(str(place / "ledger"))


def _by_python(
    ledger: Ledger, start: datetime, end: datetime
) -> list[tuple[str, str, int, str, bool]]:
    """The same by analysis/registers, a listing at a time; what had not come by then left out."""
    register = ledger.history_of.registers()["xx-made"]
    held = standings.around(ledger, {"xx-made": register}, Moment.parse(start))["xx-made"]
    told = []
    for owner, group in fold.by_entry(ledger.history_of.events("xx-made")):
        for one in fold.listings(*owner, fold.versions(group)):
            state, why = standing.standing(one, start, end, held)
            ended = standing.ended_by(one, register.zone)
            opens = standing._stated(one, register.zone)[0] or one.came.after
            come = opens is None or opens < end
            gone = come and ended is not None and ended <= start
            if state == "not_listed" and not gone:
                continue
            sure = state == "listed" or (state == "insufficient" and why not in _BETWEEN)
            stood = "gone" if gone else "listed" if sure else "unsure"
            shown = standing.version_at(one, end)
            assert one.came.by is not None
            key = (one.entry_id, str(one.selector), micros(one.came.by), stood)
            told.append((*key, one.selector in shown.entry.targets))
    return told


_BETWEEN = frozenset({standing.Why.BRACKET, standing.Why.BEGINS, standing.Why.UNREAD})
"""It may or may not have stood; other reasons are of the register, which is asked of it apart."""


def test_a_fold_in_parts_is_the_fold_of_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory is bounded entries are folded some at a time: the same rows in the same order;
    and tables of other moments go when they take more than their share."""
    sites: dict[str, tuple[str, ...]] = {
        f"{n:02}": (f"*.n{n % 5}.example.com,192.0.2.{n}", "url", "", "") for n in range(30)
    }
    fewer = {name: entry for name, entry in sites.items() if name > "07"}
    whole = _filled(folder, [sites, fewer, sites], covers=False)
    few = reading.open(whole.location, memory=100 << 20)
    monkeypatch.setattr(ledger_listings, "_PART", 20)
    assert len(ledger_listings.parts(few.store)) > 3
    assert len(ledger_listings.parts(whole.store)) == 1
    rows = []
    for ledger in (whole, few):
        table = standings.listings_of(ledger, Moment.parse())
        columns = "* EXCLUDE (place)"
        rows.append(ledger.store.query(f"SELECT {columns} FROM {table} ORDER BY place"))
    assert rows[0] == rows[1]
    assert len(rows[0]) == 2 * 38
    monkeypatch.setattr(store, "_SHARE_PREPARED", 1 << 30)
    for number in range(8):
        few.store.prepared("SELECT unnest(range($1)) AS n", (number,))
    assert len(few.store._prepared) == store._ONE_QUESTION
    few.store.give_back()
