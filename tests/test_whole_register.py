"""A whole real register beside measurements of real hosts whose truth was made and is known."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.probes import Probes

import gatewatch
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import standing
from gatewatch.ledger.schema import micros
from gatewatch.model.history import Listing
from gatewatch.model.moment import Moment
from gatewatch.model.states import Agreement
from gatewatch.pipeline import measurements
from gatewatch.query import ledger as reading
from gatewatch.query import reconciliation as reconcile
from gatewatch.query import standings
from gatewatch.query.targets import Targets
from gatewatch.records.reconciliation import row

pytestmark = pytest.mark.slow

SHARED_ADDRESS = "162.159.244.197"
"""Named by 422 entries of the register that stand at its end."""
NETWORKS = (10, 20, 30)


def _hour(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00Z").timestamp() // 3600)


FIRST, LAST = _hour("2015-03-15"), _hour("2015-05-20")
UNMEASURED = "http://mokiteu.org/"
"""A page by whose address an entry prescribes to block; its host is only named beside it."""
BLOCKS = {
    "coinside.ru": ("2015-04-16", None),
    "hizbrussia-info.livejournal.com": ("2015-03-25", "2015-05-01"),
    "www.cloudflare.com": ("2015-04-01", None),
    "igro-online.com": None,
    "www.diplom-kupi.com": None,
    "www.mozilla.org": None,
}
"""Hosts that are measured, and when they are blocked: two days after their listing, until ten days
after their delisting, or never."""


@pytest.fixture(scope="module")
def ledger(
    place: Callable[[str], Path], shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> reading.Ledger:
    """ru-rkn with three networks' measurements of every eight hours."""
    folder = tmp_path_factory.mktemp("whole")
    location = str(folder / "ledger")
    shutil.copytree(place("ru-rkn"), location)
    probes = Probes(shared)
    lines = [
        probes.line(host, network, hour, blocked=_blocked(host, hour), **_addressed(host))
        for host in BLOCKS
        for hour in range(FIRST, LAST, 8)
        for network in NETWORKS
    ]
    file = folder / "made.jsonl"
    file.write_bytes(b"\n".join(lines))
    measurements.ingest(location, str(file), JudgingSettings(), processes=1)
    return reading.open(location)


def _blocked(host: str, hour: int) -> bool:
    span = BLOCKS[host]
    return (
        span is not None and _hour(span[0]) <= hour and (span[1] is None or hour < _hour(span[1]))
    )


def _addressed(host: str) -> dict[str, str]:
    return {"address": SHARED_ADDRESS} if host == "www.cloudflare.com" else {}


@pytest.fixture
def ask(ledger: reading.Ledger) -> Callable[..., dict[str, dict[str, Any]]]:
    def run(day: str, **asked: Any) -> dict[str, dict[str, Any]]:
        told = reconcile.report(ledger, "RU", valid_at=day, **asked)
        return {one.key: row(one) for one in reconcile.reconciled(ledger, told)}

    return run


STATES = {
    "2015-04-25": {
        "coinside.ru": Agreement.LISTED_BLOCKED,
        "igro-online.com": Agreement.LISTED_REACHABLE,
        UNMEASURED: Agreement.LISTED_INSUFFICIENT,
        "hizbrussia-info.livejournal.com": Agreement.DELISTED_STILL_BLOCKED,
        "www.diplom-kupi.com": Agreement.DELISTED_REACHABLE,
        "www.cloudflare.com": Agreement.UNLISTED_BLOCKED,
        "www.mozilla.org": Agreement.UNLISTED_REACHABLE,
    },
    "2015-04-10": {
        "coinside.ru": Agreement.UNLISTED_REACHABLE,
        "hizbrussia-info.livejournal.com": Agreement.LISTED_BLOCKED,
        "www.diplom-kupi.com": Agreement.LISTED_REACHABLE,
    },
    # Between the last state with it and the first without it.
    "2015-04-15T14:30+00:00": {"www.diplom-kupi.com": Agreement.INSUFFICIENT},
    "2015-05-10": {"hizbrussia-info.livejournal.com": Agreement.DELISTED_REACHABLE},
    "2015-01-10": {
        "coinside.ru": Agreement.UNLISTED_INSUFFICIENT,
        "www.mozilla.org": Agreement.UNLISTED_INSUFFICIENT,
    },
}


def _key(name: str) -> str:
    return f"url:{name}" if "://" in name else f"domain:{name}"


@pytest.fixture(scope="module")
def folded(ledger: reading.Ledger) -> list[Listing]:
    """Every listing of the register, folded entry by entry."""
    return [
        listing
        for owner, group in fold.by_entry(ledger.history_of.events("ru-rkn"))
        for listing in fold.listings(*owner, fold.versions(group))
    ]


def _prescribed(ledger: reading.Ledger, folded: list[Listing], day: str) -> set[str]:
    """What entries had prescribed by the end of a day, told entry by entry."""
    register = ledger.history_of.registers()["ru-rkn"]
    _, end = Moment.parse(day).span(register.zone)
    held = standings.around(ledger, {"ru-rkn": register}, Moment.parse(day))["ru-rkn"]
    return {
        str(listing.selector)
        for listing in folded
        if listing.selector in standing.version_at(listing, end).entry.targets
        and standing.standing(replace(listing, went=None), end, end, held)[0] != "not_listed"
    }


@pytest.mark.parametrize("day", STATES)
def test_every_state_appears_and_is_right(
    ledger: reading.Ledger,
    folded: list[Listing],
    ask: Callable[..., dict[str, dict[str, Any]]],
    day: str,
) -> None:
    """All nine over five times; every selector that the register prescribed has a row, and what it
    only names beside these has none."""
    found = ask(day)
    assert {name: found[_key(name)]["state"] for name in STATES[day]} == STATES[day]
    measured = {f"domain:{host}" for host in BLOCKS}
    assert found.keys() - measured == _prescribed(ledger, folded, day) - measured
    assert {state for states in STATES.values() for state in states.values()} == set(Agreement)


@pytest.mark.parametrize(
    ("host", "day", "truth", "came", "went"),
    [
        ("coinside.ru", "2015-04-25", "2015-04-16", "came", "not_after"),
        ("hizbrussia-info.livejournal.com", "2015-05-10", "2015-05-01", "went", "not_after"),
    ],
)
def test_lags_hold_the_truth_to_the_bracket(
    ask: Callable[..., dict[str, dict[str, Any]]],
    host: str,
    day: str,
    truth: str,
    came: str,
    went: str,
) -> None:
    """The true hours from the change on the register to that on the network lie within the lag, and
    the lag is no wider than both brackets allow."""
    found = ask(day, targets=Targets(names=(host,)))[f"domain:{host}"]
    change = {side: datetime.fromisoformat(at) for side, at in found[came].items()}
    at = datetime.fromtimestamp(_hour(truth) * 3600, UTC)
    hours = sorted((at - change[side]).total_seconds() / 3600 for side in ("not_before", went))
    assert found["lag_hours_least"] <= hours[0]
    assert hours[1] <= found["lag_hours_most"]
    assert found["lag_hours_most"] - found["lag_hours_least"] < 48


def test_an_address_shared_with_a_listed_one_is_named(
    ask: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    found = ask("2015-04-25")
    shown = found["domain:www.cloudflare.com"]["collateral"]
    assert [one.replace("[.]", ".") for one in shown] == [SHARED_ADDRESS]
    assert all(not row["collateral"] for key, row in found.items() if "cloudflare" not in key)


def test_one_network_is_asked_alone(ask: Callable[..., dict[str, dict[str, Any]]]) -> None:
    """A network that never measured says nothing, also of what others found blocked."""
    asked = {"targets": Targets(names=("coinside.ru",))}
    assert ask("2015-04-25", network=10, **asked)["domain:coinside.ru"]["state"] == "listed_blocked"
    unknown = ask("2015-04-25", network=64500, **asked)["domain:coinside.ru"]
    assert (unknown["state"], unknown["network"]) == ("listed_insufficient", 64500)


def test_hosts_of_a_service_are_told_together(
    ask: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    named = {"coinside.ru": "made", "www.mozilla.org": "made"}
    found = ask("2015-04-25", targets=Targets(names=tuple(named), series=named, folded=True))
    assert list(found) == ["service:made"]
    assert found["service:made"]["register"] == "ru-rkn"


def test_nothing_is_told_where_the_history_does_not_reach(ledger: reading.Ledger) -> None:
    told = reconcile.report(ledger, "RU", valid_at="2016-01-01")
    assert told.unreached == ("ru-rkn",)
    assert len(told.rows) == 0


def test_a_whole_register_folds_as_its_entries_do(held: Callable[[str], gatewatch.Ledger]) -> None:
    """The set logic over a whole register gives the very listings that are folded entry by
    entry."""
    for register in ("ru-rkn", "ua-ncu", "fr-anj"):
        ledger = held(register)
        table = standings.listings_of(ledger, Moment.parse())
        columns = "register, entry, selector, came_after, came_by, went_after, went_by"
        folded = ledger.store.query(f"SELECT {columns} FROM {table}")
        told = [
            (li.register, li.entry_id, str(li.selector), *_side(li.came), *_side(li.went))
            for owner, group in fold.by_entry(ledger.history_of.events(register))
            for li in fold.listings(*owner, fold.versions(group))
        ]
        assert sorted(folded, key=str) == sorted(told, key=str)


def _side(bracket: Any) -> tuple[int | None, int | None]:
    if bracket is None:
        return None, None
    return bracket.after and micros(bracket.after), bracket.by and micros(bracket.by)
