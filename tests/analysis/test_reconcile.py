"""Register beside network: every state, the lags to their bracket, shared addresses."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.probes import Probes

from gatewatch.analysis.ready import Settings
from gatewatch.analysis.reconcile import Network, reconcile
from gatewatch.model import selector
from gatewatch.model.episode import Episode
from gatewatch.model.history import Listing
from gatewatch.model.moment import Bracket
from gatewatch.model.states import Agreement
from gatewatch.pipeline import measurements
from gatewatch.publish import reading
from gatewatch.publish.reconcile import reconciled, row

MAY = int(datetime(2017, 5, 1, tzinfo=UTC).timestamp() // 3600)
APRIL = MAY - 30 * 24
END = MAY + 40 * 24


@pytest.fixture
def ask(demo_ledger: str, shared: Path, tmp_path: Path) -> Callable[..., dict[str, dict[str, Any]]]:
    """The demo register beside measurements of known truth, as rows by target."""

    def hours(host: str, start: int | None, stop: int = END) -> list[tuple[str, int, int, bool]]:
        return [
            (host, net, hour, start is not None and start <= hour < stop)
            for hour in range(APRIL, END, 8) for net in (10, 20, 30)
        ]  # fmt: skip

    rows = [
        *hours("line.me", MAY + 2 * 24), *hours("imo.im", None),
        *hours("wechat.com", MAY + 5 * 24, MAY + 13 * 24),
        *hours("blocked.example", MAY), *hours("free.example", None),
    ]  # fmt: skip
    file = Probes(shared).write(tmp_path / "made.jsonl", rows)
    measurements.ingest(demo_ledger, str(file), Settings(), processes=1)
    ledger = reading.open(demo_ledger)

    def run(day: str, **times: str) -> dict[str, dict[str, Any]]:
        targets = (
            "line.me",
            "imo.im",
            "wechat.com",
            "blocked.example",
            "free.example",
            "zello.com",
            "none.example",
        )
        found = reconciled(ledger, "RU", targets=targets, valid_at=day, **times)
        return {one.target: row(one) | {"raw": one} for one in found}

    return run


def test_every_state_appears_and_is_right(
    ask: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    """Of hosts of a register that was told day by day, with measurements whose truth is known."""
    held, gone, later = ask("2017-05-07"), ask("2017-05-12"), ask("2017-05-15T18:00")
    assert held["line.me"]["state"] == Agreement.LISTED_BLOCKED
    assert held["imo.im"]["state"] == Agreement.LISTED_REACHABLE
    assert held["zello.com"]["state"] == Agreement.LISTED_INSUFFICIENT
    assert held["wechat.com"]["state"] == Agreement.LISTED_BLOCKED
    assert held["blocked.example"]["state"] == Agreement.UNLISTED_BLOCKED
    assert held["free.example"]["state"] == Agreement.UNLISTED_REACHABLE
    assert held["none.example"]["state"] == Agreement.UNLISTED_INSUFFICIENT
    assert gone["wechat.com"]["state"] == Agreement.DELISTED_STILL_BLOCKED
    assert later["wechat.com"]["state"] == Agreement.DELISTED_REACHABLE
    assert not ask("2017-06-05"), "the register's history ends before: nothing can agree with it"


def test_what_was_published_later_has_no_part(
    ask: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    """As of the 3rd nobody knew that wechat.com would be listed, and blocked, on the 7th."""
    assert (
        ask("2017-05-07", as_of="2017-05-03")["wechat.com"]["state"] == Agreement.UNLISTED_REACHABLE
    )


def test_lags_hold_the_truth_to_the_bracket(ask: Callable[..., dict[str, dict[str, Any]]]) -> None:
    """wechat.com: listed between the 3rd and the 4th, blocked on the 6th at midnight UTC."""
    found = ask("2017-05-07")["wechat.com"]
    listing = found["raw"].listing
    truth = (MAY + 5 * 24) * 3600
    least = truth - listing.came.by.timestamp()
    most = truth - listing.came.after.timestamp()
    assert found["lag_hours_least"] * 3600 <= least
    assert most <= found["lag_hours_most"] * 3600
    assert found["networks"] == found["networks_measured"] == 3


def _listing(came: int, went: int | None) -> Listing:
    def at(hour: int) -> Bracket:
        return Bracket(_time(hour - 1), _time(hour))

    return Listing("r", "1", selector.parse("a.example"), at(came), at(went) if went else None, ())


def _time(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)


def _episode(start: int, stop: int | None) -> Episode:
    return Episode(
        target="a.example", probe_cc="RU", onset_earliest=_time(start - 1), onset_latest=_time(start),
        resolution_earliest=_time(stop or END), resolution_latest=_time(stop + 1) if stop else None,
        confidence=1.0, networks=(1, 2), measured=3, members=9,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("paper", "network"), list(product(["listed", "delisted", "unlisted"], Network))
)
def test_paper_and_network_make_one_state(paper: str, network: Network) -> None:
    """All eight, and no measurement is never more than insufficient."""
    when = _time(MAY + 500)
    spans: dict[str, list[tuple[int, int | None]]] = {
        "listed": [(MAY, None)], "delisted": [(MAY, MAY + 300)], "unlisted": [],
    }  # fmt: skip
    episodes = [_episode(MAY + 10, None)] if network == Network.BLOCKED else []
    measured = [] if network == Network.INSUFFICIENT else [when]
    found = reconcile(
        "a.example", "RU", [_listing(*one) for one in spans[paper]], episodes, measured, when
    )
    wanted = {
        ("delisted", Network.BLOCKED): Agreement.DELISTED_STILL_BLOCKED,
        ("delisted", Network.REACHABLE): Agreement.DELISTED_REACHABLE,
    }.get((paper, network), Agreement(f"{'listed' if paper == 'listed' else 'unlisted'}_{network}"))
    assert found.state == wanted


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_lag_lies_between_its_sides(listed: int, later: int) -> None:
    found = reconcile("a.example", "RU", [_listing(MAY + listed, None)], [_episode(MAY + listed + later, None)],
                      [], _time(MAY + 900))  # fmt: skip
    assert found.lag is not None
    assert found.lag.least is not None
    assert found.lag.most is not None
    assert found.lag.least <= later <= found.lag.most
