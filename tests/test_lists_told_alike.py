"""Law 9 where nobody names a day: of lists of a register, and of texts that are yet to be
published."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.commands import invoked
from tests.conftest import DEMO
from tests.site.within import Within, within

from gatewatch import pipeline
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.exports.datasets import datasets
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.pipeline.facts import record
from gatewatch.query import ledger as reading
from gatewatch.query.case import case, every
from gatewatch.query.moments import of_all
from gatewatch.query.reconciliation import reconciled, report
from gatewatch.query.targets import Targets

REGISTER, LAST = "ru-demo", "2017-05-15"
"""A register of the demo, and the day of its last list."""


class World(NamedTuple):
    """One ledger, and a site over it."""

    location: str
    site: Within

    def api(self, path: str, **asked: str) -> Any:
        """A reply, as JSON."""
        return self.site.ask("GET", f"/api/v1/{path}", params=asked).json()

    def page(self, path: str, **asked: str) -> str:
        """The text of a page without its marks."""
        text = self.site.ask("GET", path, params=asked).text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))

    def command(self, *words: str) -> Any:
        """What a command says as JSON."""
        return json.loads(invoked([*words, "--ledger", self.location, "-f", "json"]).stdout)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("lists")
    location = str(folder / "ledger")
    demo = catalogue.read(DEMO / "ru-demo.toml")
    pipeline.ingest(location, demo, str(DEMO / "prohibited-2017"))
    with within(location, folder / "state") as site:
        yield World(location, site)


def test_without_a_day_each_list_of_a_register_is_of_its_last(world: World) -> None:
    """Entries, their counts and decisions: in the API, which names the day, on pages and from
    commands, which say it; with a day that nothing tells of they are told of that day."""
    place = f"registers/{REGISTER}"
    named = {name: world.api(f"{place}/{name}") for name in ("entries", "counts", "orders")}
    assert {one["metadata"]["valid_at"][:10] for one in named.values()} == {LAST}
    entries, counts = named["entries"]["results"], named["counts"]["result"]
    assert {one["state"] for one in entries} == {"listed"}
    assert len(entries) == counts["count"] == named["entries"]["metadata"]["count"]
    assert counts["last_known"] == LAST
    listed = sum(one["standing"] for one in named["orders"]["results"])
    assert listed == len(entries)

    shown = "the last day that this register reaches; nothing is known since"
    for name, row, rows in (("entries", "entry", entries), ("orders", "number", [])):
        printed = invoked([name, REGISTER, "--ledger", world.location, "-f", "json"])
        told = json.loads(printed.stdout)
        assert shown in printed.stderr
        assert told["valid_at"][:10] == LAST
        expected = [one[row] for one in rows or named[name]["results"]]
        assert [one[row] for one in told[name]] == expected
        page = world.page(f"/register/{REGISTER}/{name}")
        assert f"Shown is 15 May 2017, {shown}" in page
    later = world.api(f"{place}/entries", valid_at="2020-01-01")
    assert {one["state"] for one in later["results"]} == {"insufficient"}
    assert later["metadata"]["valid_at"] == "2020-01-01"
    two = world.site.ask("GET", f"/api/v1/{place}/entries", params={"limit": "3"}).json()
    (rest,) = world.site.ask("GET", two["metadata"]["next_url"]).json()["results"]
    assert [*two["results"], rest] == entries


@pytest.mark.parametrize(
    ("day", "known"),
    [
        ("2017-04-10", None),  # before the first list
        ("2017-04-18", "2017-04-18"),
        ("2017-04-30", "2017-04-19"),  # between two lists that lie far apart
        ("2017-05-08", "2017-05-06"),  # between two near ones
        ("2019-01-01", "2017-05-15"),  # after the last
    ],
)
def test_what_is_known_last_is_told_alike(world: World, day: str, known: str | None) -> None:
    """The day of the last list not after the one asked about, by whatever asks for it."""
    at = {"valid_at": day}
    listings = world.api("listings", selector="zello.com", **at)["results"]
    versions = world.api(f"entries/{REGISTER}/zello", **at)["results"]
    found = world.command("entries", REGISTER, "--valid-at", day)
    told = {one["last_known"] for one in (*listings, *versions, *found["entries"])}
    (place,) = world.api("check", selector="zello.com", **at)["places"]
    lanes = {one["lane"]: one for one in place["lanes"]}
    told.add(found["last_known"])
    if lanes["listings"]["by_sources"] is False:
        told.add(lanes["listings"]["last_known"])
    opened = reading.open(world.location)
    asked = report(
        opened, "RU", targets=Targets(names=("zello.com",), endpoints=True), valid_at=day
    )
    told |= {one.last_known and str(one.last_known) for one in reconciled(opened, asked)}
    assert told == {known}
    said = world.command("statement", "zello.com", "RU", "--valid-at", day)
    layers = {one["layer"]: one for one in (said[0] if isinstance(said, list) else said)["layers"]}
    for name, lane in lanes.items():
        own = set(lane) - {"lane", "why"}
        assert {key: layers[name].get(key, "none") for key in own} == {k: lane[k] for k in own}
    if known:
        shown = f"{int(known[8:])} {datetime.fromisoformat(known):%B %Y}"
        page = world.page(f"/entry/{REGISTER}/zello", **at)
        assert f"Known up to {shown}, the day of the last list held here." in page
        (row,) = re.findall(r"ru-demo zello .*", world.page("/find", q="zello.com", **at))
        assert shown in row


def test_what_is_open_on_a_day_is_known_by_the_list_before_it(world: World) -> None:
    """On the day of a change check, statement, entries and reconcile tell of the last list that
    showed it; of what is beyond a part of a list no list tells."""
    day = "2017-05-11"
    found = world.command("entries", REGISTER, "--valid-at", day)
    told = {one["entry"]: (one["state"], one["last_known"]) for one in found["entries"]}
    assert told["wechat"] == ("insufficient", "2017-05-10")
    assert told["zello"] == ("listed", day)
    opened, names = reading.open(world.location), ("wechat.com", "zello.com", "facebook.com")
    asked = report(opened, "RU", targets=Targets(names=names, endpoints=True), valid_at=day)
    rows = {one.target: one.last_known for one in reconciled(opened, asked)}
    for name, last in zip(names, ("2017-05-10", day, None), strict=True):
        (place,) = world.api("check", selector=name, valid_at=day)["places"]
        lane = next(one for one in place["lanes"] if one["lane"] == "listings")
        assert (rows[name] and str(rows[name])) == last
        assert lane["by_sources"] or lane["last_known"] == last


_FUTURE = """
[[service]]
id = "quux"
name = "Quux"
kind = "messenger"
category = "COMT"
domains = ["quux.example"]
sources = ["https://quux.example/"]
""" + "".join(
    f"""
[[claim]]
id = "quux-{id_}"
service = "quux"
jurisdiction = "RU"
action = "{action}"
date = "{date}"
says = "said"
source = {{ publisher = "{id_}", title = "{id_}"{published} }}
"""
    for id_, action, date, published in (
        ("past", "blocked", "2020-01-02", ", published = 2020-01-03"),
        ("future", "restored", "2021-01-02", ", published = 2062-01-03"),
        ("undated", "ordered", "", ""),
        ("announcing", "announced", "2061-05-05", ""),
    )
)


def test_a_text_of_the_future_counts_from_its_day_on_in_every_face(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Now and about that now, from Python, commands, API, export and page; one without a day counts
    beside it as it would without it."""
    folder = tmp_path / "own" / "facts"
    folder.mkdir(parents=True)
    (folder / "quux.toml").write_text(_FUTURE, encoding="utf-8")
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(tmp_path / "own"))
    ledger, known = reading.open(world.location), facts.load()
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:00Z}"
    published = {f"quux-{name}" for name in ("past", "undated", "announcing")}
    told: list[tuple[object, ...]] = []
    with within(world.location, tmp_path / "state") as site:
        mine = World(world.location, site)
        for given in ({}, {"valid_at": now, "as_of": now}):
            options = [w for n, at in given.items() for w in (f"--{n.replace('_', '-')}", at)]
            moment = of_all(ledger, Moment.parse(given.get("valid_at"), given.get("as_of")))
            (one,) = every(known, moment, ledger, ["RU"], ["quux"])
            (row,) = mine.api("cases", service="quux", **given)["results"]
            whole = mine.api("cases/quux/RU", **given)["result"]
            printed = mine.command("case", "quux", "RU", *options)
            (place,) = mine.api("check", selector="quux.example", jurisdiction="RU", **given)[
                "places"
            ]
            tables = {t.name: t for d in datasets(ledger, known, moment) for t in d.tables}
            (exported,) = (r for r in tables["cases"].rows() if r["service"] == "quux")
            alone = case(known, one.service, Jurisdiction("RU"), moment, ledger)
            states = {str(one.state), str(alone.state)}
            states |= {r["state"] for r in (row, whole, printed, place, exported)}
            assert states == {"restricted"}, given
            assert "Restored" not in mine.page("/case/quux/RU", **given)
            asked = {name: at for name, at in given.items() if name == "as_of"}
            claims = mine.api("claims", service="quux", **asked)["results"]
            lines = mine.command("claims", "--service", "quux", *options[-2:] * ("as_of" in given))
            listed = [r for r in tables["claims"].rows() if r["service"] == "quux"]
            for rows in (claims, lines, listed):
                assert {r["id"] for r in rows} == published, given
            assert {name for step in one.steps for name in step.claims} == published
            told.append((one.stays, one.sources))
        assert all(each == told[0] for each in told)
        later = mine.api("cases/quux/RU", valid_at="2062-02-01", as_of="2062-02-01")["result"]
        assert later["state"] == "lifted"
    record(world.location)
    monkeypatch.delenv("GATEWATCH_CATALOGUE")
    words = ["check", "--ledger", world.location, "--recorded-by", "2100-01-01"]
    assert "of the service: gatewatch service quux" in invoked(words, input="quux\n").stderr
