"""A decision as a thing: its entries, its matrix; a register's enforcement, recomputed from the raw
tables by other means."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import isclose
from pathlib import Path
from typing import Any

import msgspec
import pytest
from deltalake import DeltaTable
from tests import measured
from tests.commands import invoked
from tests.formats import EXPECTED

import gatewatch
from gatewatch.analysis.network.shares import CountedShare
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import UsageError
from gatewatch.ledger.decisions import DecisionSort
from gatewatch.model.moment import Bracket, Moment
from gatewatch.pipeline.registers import ingest
from gatewatch.query.decisions import DecisionSearch, decisions
from gatewatch.query.enforcement import EnforcementMonth, enforcement
from gatewatch.query.entries import Sought, entries
from gatewatch.query.orders import Order, order

FIRST = datetime(2024, 1, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
FOLLOWS, OPEN, SILENT, LATER, TOO = 64496, 64497, 64498, 64499, 64500
HOSTS = ("one.example", "two.example", "three.example")
GONE = "three.example"
"""Taken off in March, and open again some days later."""
OFF = "elsewhere.example"
"""Blocked, and on no list."""
MOVED = FIRST + 20 * DAY
"""What had been listed before the decision comes under another one."""
LISTED, LAST = FIRST + 6 * DAY, FIRST + 52 * DAY
"""The first states with the names, and without the one that went."""


def _states() -> Iterator[tuple[datetime, tuple[str, ...]]]:
    """What is published every other day."""
    for day in range(0, 70, 2):
        at = FIRST + day * DAY
        kept = [host for host in HOSTS if host != GONE or at < LAST]
        yield at, ("old.example", *(kept if at >= LISTED else ()))


def _ua(folder: Path, hosts: tuple[str, ...], at: datetime) -> None:
    (folder / "PRESCRIPT").mkdir(parents=True)
    (folder / "domains.list").write_text("".join(f"{host}\n" for host in hosts))
    text = "".join(f"{host}\n" for host in HOSTS)
    (folder / "PRESCRIPT" / "100~7_1001 від 14.01.2024 про блокування.txt").write_text(text)
    if at >= MOVED:
        later = folder / "PRESCRIPT" / "101~2_2002 від 15.01.2024 про блокування.txt"
        later.write_text("old.example\n")


def _rkn(folder: Path, hosts: tuple[str, ...], at: datetime) -> None:
    folder.mkdir(parents=True)
    rows = "".join(
        f'<content id="{1 + n}" includeTime="2024-01-16T09:00:00" entryType="1" blockType="domain"'
        f' hash="{n:032}"><decision date="2024-01-14" number="{_number(host, at)}" org="МВД"/>'
        f"<domain><![CDATA[{host}]]></domain></content>"
        for n, host in enumerate(("old.example", *HOSTS))
        if host in hosts
    )
    text = (
        '<?xml version="1.0" encoding="windows-1251"?>'
        f'<reg:register xmlns:reg="http://example.org/register" updateTime="{at.isoformat()}"'
        f' updateTimeUrgently="{at.isoformat()}" formatVersion="2.2">{rows}</reg:register>'
    )
    (folder / "dump.xml").write_bytes(text.encode("cp1251"))


def _number(host: str, at: datetime) -> str:
    return "7/1001" if host in HOSTS else "9" if at < MOVED else "2/2002"


MADE = {"ua-ncu": (_ua, "UA"), "ru-rkn": (_rkn, "RU")}


def _rows() -> Iterator[measured.Row]:
    """What each network sees every four hours: two block all from the day after, one nothing, one
    fell silent in January, one blocks the first name alone, from February on."""
    start = int((FIRST - 20 * DAY).timestamp()) // 3600
    for hour in range(start, int(NOW.timestamp()) // 3600, 4):
        at = datetime.fromtimestamp(hour * 3600, UTC)
        for host in (*HOSTS, "old.example", OFF, "free.example"):
            yield host, FOLLOWS, hour, _shut(host, at)
            yield host, TOO, hour, _shut(host, at)
            yield host, OPEN, hour, False
            if at < FIRST + 10 * DAY:
                yield host, SILENT, hour, False
            if host == "one.example":
                yield host, LATER, hour, at >= datetime(2024, 2, 1, tzinfo=UTC)


def _shut(host: str, at: datetime) -> bool:
    if host == GONE:
        return FIRST + 7 * DAY <= at < LAST + 4 * DAY
    if host == OFF:
        return at >= datetime(2024, 2, 10, tzinfo=UTC)
    return host in HOSTS and at >= FIRST + 7 * DAY


@pytest.fixture(scope="module", params=sorted(MADE))
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str]:
    """A ledger of one register with made measurements, and the register's id."""
    name = request.param
    write, code = MADE[name]
    folder = tmp_path_factory.mktemp(name)
    register = msgspec.structs.replace(catalogue.find(name), expectations=EXPECTED)
    for at, hosts in _states():
        day = f"{at.astimezone(register.zone):%Y-%m-%dT%H-%M-%S}"
        write(folder / "lists" / day, hosts, at)
    ingest(str(folder / "ledger"), register, str(folder / "lists"))
    measured.put(str(folder / "ledger"), _rows(), "made", code)
    return str(folder / "ledger"), name


@pytest.fixture(scope="module")
def found(made: tuple[str, str]) -> Order:
    ledger, name = made
    return order(gatewatch.open(ledger), name, "7/1001", None, Moment.parse(NOW, NOW))


def test_a_decision_has_all_its_entries_over_time(found: Order) -> None:
    """Who, number, day; what it put on the list, since when, and what was taken off."""
    assert (found.number, found.dates) == ("7/1001", ("2024-01-14",))
    assert found.body in {"НЦУ", "МВД"}
    assert {one.selector for one in found.listings} == set(HOSTS)
    for one in found.listings:
        assert (one.came.after, one.came.by) == (LISTED - 2 * DAY, LISTED)
        assert (one.went is not None) == (one.selector == GONE)
    assert found.standing == 2
    assert not found.ran_out


def test_the_matrix_tells_who_follows_since_when_and_who_does_not(found: Order) -> None:
    """Entries by networks: followed since a bracket, not followed, not enough measurements."""
    cells = found.matrix
    assert found.networks == (FOLLOWS, OPEN, SILENT, LATER, TOO)
    for host in HOSTS:
        assert cells[host, OPEN].state == "not_followed"
        assert cells[host, SILENT].state == "insufficient"
    one = cells["one.example", FOLLOWS]
    assert one.state == "followed"
    assert one.since is not None
    assert one.since.after is not None
    assert one.since.by is not None
    assert one.since.after < FIRST + 7 * DAY <= one.since.by
    assert one.since.by - one.since.after <= timedelta(hours=16)
    assert cells[GONE, FOLLOWS].state == "not_followed"
    later = cells["one.example", LATER]
    assert later.state == "followed"
    assert later.since is not None
    assert later.since.by is not None
    assert later.since.after is not None
    assert later.since.after < datetime(2024, 2, 1, tzinfo=UTC) <= later.since.by
    assert ("two.example", LATER) not in cells


def test_a_decision_is_of_the_day_asked_about_or_of_the_last_that_its_register_reaches(
    made: tuple[str, str],
) -> None:
    """What stands is what stood on that day, and not what the last list holds; the command says
    which day it chose."""
    ledger, name = made
    opened = gatewatch.open(ledger)
    before = order(opened, name, "7/1001", None, Moment.parse(LAST - 4 * DAY))
    assert (before.standing, before.shown_last) == (3, False)
    last = order(opened, name, "7/1001", None, Moment.parse())
    assert {one.state for one in last.listings} == {"listed", "not_listed"}
    assert (last.standing, last.shown_last, last.day) == (2, True, last.last_known)
    printed = invoked(["order", name, "7/1001", "--ledger", ledger, "--format", "json"])
    (told,) = json.loads(printed.stdout)
    assert (told["listed"], told["last_known"]) == (2, str(last.day))
    assert "the last day that this register reaches" in printed.stderr


def test_the_list_of_decisions_counts_what_each_of_them_names(made: tuple[str, str]) -> None:
    """Every decision with a number, once; as many entries, and as many on the list, as its own page
    has; parts of it by body, number and day."""
    ledger, name = made
    opened, moment = gatewatch.open(ledger), Moment.parse(NOW, NOW)
    told = decisions(opened, name, DecisionSearch(), moment)
    assert len(told) == sum(told.by_body.values()) == sum(told.by_year.values()) > 0
    for one in told[:]:
        if one.number is None:  # the orders of a register may name hosts that have none
            continue
        found = order(opened, name, one.number, one.body, moment)
        assert one.entries == len({each.entry for each in found.listings})
        assert (one.standing, one.elsewhere) == (found.standing, found.elsewhere)
        cited = entries(opened, name, Sought(number=one.number), moment)
        assert one.standing == len(cited), "as the list of entries has it"
    (mine,) = decisions(opened, name, DecisionSearch(number="7/100"), moment)[:]
    assert (mine.number, mine.decided, mine.entries, mine.standing) == (
        "7/1001",
        "2024-01-14",
        3,
        2,
    )
    assert len(decisions(opened, name, DecisionSearch(decided="2024-01"), moment)) == len(told)
    assert not len(decisions(opened, name, DecisionSearch(decided="2023"), moment))
    assert not len(decisions(opened, name, DecisionSearch(body="nobody"), moment))
    whole = invoked(["orders", name, "--ledger", ledger, "--format", "csv"]).stdout
    assert len(whole.splitlines()) == 1 + len(told)
    assert invoked(["orders", name, "--ledger", ledger, "--body", "nobody"]).exit_code == 3


def test_what_came_under_another_decision_stands_under_that_one_alone(
    made: tuple[str, str],
) -> None:
    """It counts with the decision that it names now; that one took it over and did not bring it,
    and the one before says that it is listed, but no longer under it. Before, it was not so."""
    ledger, name = made
    opened, moment = gatewatch.open(ledger), Moment.parse(NOW, NOW)
    later = order(opened, name, "2/2002", None, moment)
    (taken,) = later.taken_over
    assert (later.added, later.standing, later.elsewhere) == ((), 1, 0)
    assert (taken.selector, taken.cited) == ("old.example", Bracket(MOVED - 2 * DAY, MOVED))
    early = order(opened, name, "2/2002", None, Moment.parse(LISTED))
    assert (early.standing, early.elsewhere) == (0, 1)
    at = ["--ledger", ledger, "--valid-at", "2024-03-19"]
    (told,) = json.loads(invoked(["order", name, "2/2002", *at, "--format", "json"]).stdout)
    assert [(one["added_by_it"], one["under_it"]) for one in told["listings"]] == [(False, True)]
    if name == "ru-rkn":
        before = order(opened, name, "9", None, moment)
        (moved,) = before.added
        assert (before.standing, before.elsewhere, moved.decision) == (0, 1, "2/2002")


def test_decisions_are_sorted_by_day_or_by_size(made: tuple[str, str]) -> None:
    """The newest first, or that which named the most; each with the day on which it was first
    seen."""
    ledger, name = made
    opened, moment = gatewatch.open(ledger), Moment.parse(NOW, NOW)
    by_day = decisions(opened, name, DecisionSearch(), moment)[:]
    by_size = decisions(opened, name, DecisionSearch(sort=DecisionSort.SIZE), moment)[:]
    assert by_day[0].number == "2/2002"
    assert by_size[0].number == "7/1001"
    assert sorted(by_size, key=lambda one: -one.entries) == by_size
    assert by_day[0].first_seen == MOVED
    sized = invoked(["orders", name, "--ledger", ledger, "--sort", "size", "--format", "csv"])
    assert "7/1001" in sized.stdout.splitlines()[1]


def test_the_index_is_what_the_raw_tables_say(made: tuple[str, str]) -> None:
    """Share enforced, unlisted blocks, networks behind each and days to access, counted again in
    plain Python over the ledger's Parquet, without its views, episodes or SQL."""
    ledger, name = made
    told = enforcement(gatewatch.open(ledger), name, Moment.parse(NOW, NOW))
    assert [f"{one.month:%Y-%m}" for one in told] == ["2024-01", "2024-02", "2024-03"]
    raw = Raw(ledger)
    for one in told:
        listed = raw.listed(one.at)
        seen = {host for host in listed if raw.near(host, one.at)}
        shut = {host for host in seen if raw.blocked(host, one.at)}
        assert (one.enforced.part, one.enforced.whole) == (len(shut), len(seen)), one.month
        assert one.networks == len(raw.networks(seen, one.at))
        off = {h for h in raw.hosts if raw.blocked(h, one.at)} - raw.ever(one.at)
        assert one.unlisted.part == len(off)
        assert one.unlisted_networks == len(raw.networks(off, one.at))
        _interval(one)
    march = told[-1].lag
    assert (march.freed, march.blocked) == (1, 0)
    assert march.least is not None
    assert march.most is not None
    assert march.least <= 4 <= march.most + 0.01
    assert told[1].unlisted.part == 1


def _interval(one: EnforcementMonth) -> None:
    """The ends of Wilson's interval are where the test of a proportion just does not refuse."""
    n, p = one.enforced.whole, one.enforced.share
    assert p is not None
    for end in one.enforced.interval:
        if 0 < end < 1:
            assert isclose((p - end) ** 2, 1.959963984540054**2 * end * (1 - end) / n, rel_tol=1e-6)


class Raw:
    """A ledger's Parquet, read as it lies."""

    def __init__(self, ledger: str) -> None:
        def rows(table: str) -> list[dict[str, Any]]:
            import pyarrow as pa

            return pa.table(DeltaTable(f"{ledger}/{table}").to_pyarrow_table()).to_pylist()  # type: ignore[no-any-return]

        verdicts = {one["uid"]: one["state"] == "blocked" for one in rows("verdicts")}
        self._seen = [
            (one["host"], one["probe_asn"], one["started_at"], verdicts[one["uid"]])
            for one in rows("measurements")
        ]
        self.hosts = {host for host, *_ in self._seen}
        self._events = sorted(rows("events"), key=lambda one: one["published_at"])

    def listed(self, at: datetime) -> set[str]:
        found: set[str] = set()
        for one in self._events:
            hosts = {s.partition(":")[2] for s in one["selectors"] or ()}
            if one["published_at"] > at:
                if one["op"] == "removed" and one["base_at"] < at:
                    found -= self._ever(one["entry"])  # between two states: not known
                continue
            if one["op"] == "removed":
                found -= self._ever(one["entry"])
            else:
                found |= hosts
        return found

    def _ever(self, entry: str) -> set[str]:
        return {
            s.partition(":")[2]
            for one in self._events
            if one["entry"] == entry
            for s in one["selectors"] or ()
        }

    def ever(self, at: datetime) -> set[str]:
        return {
            s.partition(":")[2]
            for one in self._events
            if one["published_at"] <= at
            for s in one["selectors"] or ()
        }

    def near(self, host: str, at: datetime) -> list[tuple[int, datetime, bool]]:
        return [
            (network, when, shut)
            for name, network, when, shut in self._seen
            if name == host and abs(when - at) <= 7 * DAY
        ]

    def networks(self, hosts: set[str], at: datetime) -> set[int]:
        return {network for host in hosts for network, *_ in self.near(host, at)}

    def blocked(self, host: str, at: datetime) -> bool:
        """The last that some network saw of it before that time was a block."""
        last: dict[int, tuple[datetime, bool]] = {}
        for network, when, shut in self.near(host, at):
            if when <= at:
                last[network] = max(last.get(network, (when, shut)), (when, shut))
        return any(shut for _, shut in last.values())


def test_a_share_of_nothing_is_not_known() -> None:
    """None of none, none of some, all of some."""
    assert CountedShare(0, 0).share is None
    assert CountedShare(0, 0).interval == (0.0, 1.0)
    low, high = CountedShare(0, 10).interval
    assert low == 0
    assert isclose(high, 0.2775, abs_tol=1e-4)
    assert isclose(CountedShare(10, 10).interval[0], 0.7225, abs_tol=1e-4)


def test_what_is_no_decision_is_refused_in_words(made: tuple[str, str]) -> None:
    """A register that is not held, a number it never had, another body."""
    opened, moment = gatewatch.open(made[0]), Moment.parse(NOW, NOW)
    for register, number, body in (
        ("xx", "7/1001", None),
        (made[1], "none", None),
        (made[1], "7/1001", "Other"),
    ):
        with pytest.raises(UsageError):
            order(opened, register, number, body, moment)


def test_the_command_shows_it(made: tuple[str, str]) -> None:
    """The decision, its matrix and the index."""
    ledger, name = made
    shown = invoked(["order", name, "7/1001", "--ledger", ledger, "--valid-at", "2024-03-19"])
    assert shown.exit_code == 0, shown.output
    assert f"one.example\t{FOLLOWS}\tfollowed" in shown.output
    index = invoked(["order", name, "--index", "--ledger", ledger, "--valid-at", "2024-03-19"])
    assert index.exit_code == 0, index.output
    assert index.output.startswith("2024-01\t")
