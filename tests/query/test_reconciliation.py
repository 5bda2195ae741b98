"""Register beside network: every state, the lags to their bracket, shared addresses."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ingest_demo
from tests.prebuilt import Prebuilt
from tests.probes import Probes

from gatewatch.analysis.network.agreement import NetworkState
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.ledger.agreement import AgreementAsked, agreement, sightings
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import arrow
from gatewatch.model.episode import Episode
from gatewatch.model.moment import Moment
from gatewatch.model.states import Agreement
from gatewatch.pipeline import measurements
from gatewatch.query import ledger as reading
from gatewatch.query import reconciliation
from gatewatch.query.moments import of_all
from gatewatch.query.reconciliation import last_covered, reconciled, report
from gatewatch.query.targets import Targets
from gatewatch.records.reconciliation import row

MAY = int(datetime(2017, 5, 1, tzinfo=UTC).timestamp() // 3600)
APRIL = MAY - 30 * 24
END = MAY + 40 * 24


@pytest.fixture
def ask(demo_ledger: str, shared: Path, tmp_path: Path) -> Callable[..., dict[str, dict[str, Any]]]:
    """The demo register beside measurements of known truth, as rows by target."""

    def hours(host: str, start: int | None, stop: int = END) -> list[tuple[str, int, int, bool]]:
        return [
            (host, net, hour, start is not None and start <= hour < stop)
            for hour in range(APRIL, END, 8)
            for net in (10, 20, 30)
        ]

    rows = [
        *hours("line.me", MAY + 2 * 24),
        *hours("imo.im", None),
        *hours("wechat.com", MAY + 5 * 24, MAY + 13 * 24),
        *hours("blocked.example", MAY),
        *hours("free.example", None),
    ]
    file = Probes(shared).write(tmp_path / "made.jsonl", rows)
    measurements.ingest(demo_ledger, str(file), JudgingSettings(), processes=1)
    ledger = reading.open(demo_ledger)

    def run(day: str, **times: Any) -> dict[str, dict[str, Any]]:
        targets = (
            "line.me",
            "imo.im",
            "wechat.com",
            "blocked.example",
            "free.example",
            "zello.com",
            "none.example",
        )
        told = report(ledger, "RU", targets=Targets(names=targets), valid_at=day, **times)
        return {one.target: row(one) | {"raw": one} for one in reconciled(ledger, told)}

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


@pytest.mark.parametrize(("measured", "day"), [(13, 13), (15, 15), (20, 15), (None, 15)])
def test_without_a_day_the_earlier_end_of_both_is_shown(
    demo_ledger: str, monkeypatch: pytest.MonkeyPatch, measured: int | None, day: int
) -> None:
    """The register was last published on 15 May, long ago as the measurements were made."""
    last = datetime(2017, 5, measured, 16, 21, tzinfo=UTC) if measured else None
    monkeypatch.setattr(reconciliation, "_last_measured", lambda *_: last)
    ledger = reading.open(demo_ledger)
    now = of_all(ledger, Moment.parse(None))
    assert last_covered(ledger, "RU", now).day == date(2017, 5, day)


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
    came = found["raw"].came
    truth = (MAY + 5 * 24) * 3600
    least = truth - came.by.timestamp()
    most = truth - came.after.timestamp()
    assert found["lag_hours_least"] * 3600 <= least
    assert most <= found["lag_hours_most"] * 3600
    assert found["networks"] == found["networks_measured"] == 3


HOST = "domain:a.example"


def _oracle(
    listed: list[tuple[int, int | None]],
    blocks: list[tuple[int, int | None]],
    measured: list[int],
    at: int,
) -> tuple[str, float | None, float | None]:
    """One target told one step at a time. Each change lies in the hour before it."""
    came = [one for one in listed if one[0] <= at]
    standing = [one for one in came if one[1] is None or one[1] > at]
    paper = "listed" if standing else "delisted" if came else "unlisted"
    inside = [b for b in blocks if b[0] <= at <= (b[1] if b[1] is not None else END + WEEK)]
    near = any(abs(hour - at) <= WEEK for hour in measured)
    wire = "blocked" if inside else "reachable" if near else "insufficient"
    state = {
        ("delisted", "blocked"): "delisted_still_blocked",
        ("delisted", "reachable"): "delisted_reachable",
        ("delisted", "insufficient"): "unlisted_insufficient",
    }.get((paper, wire), f"{paper}_{wire}")
    if standing:
        first = min(one[0] for one in standing)
        reaching = [b for b in blocks if b[1] is None or b[1] + 1 > first]
        return (
            (state, reaching[0][0] - 1 - first, reaching[0][0] - (first - 1))
            if reaching
            else (state, None, None)
        )
    if came:
        last = max(one[1] for one in came if one[1] is not None)
        before = [b for b in blocks if b[0] - 1 < last]
        if before:
            end = before[-1][1]
            return (
                state,
                (END if end is None else end) - last,
                None if end is None else end + 1 - (last - 1),
            )
    return state, None, None


WEEK = 7 * 24
_spans = st.lists(
    st.tuples(st.integers(MAY, MAY + 400), st.integers(2, 200), st.booleans()), max_size=3
)


def _apart(found: list[tuple[int, int, bool]]) -> list[tuple[int, int | None]]:
    """Spans one after another, the last of them perhaps without an end."""
    told: list[tuple[int, int | None]] = []
    start = MAY
    for place, (_, length, ended) in enumerate(sorted(found)):
        start += length
        told.append((start, start + length if ended or place < len(found) - 1 else None))
        start += 2 * length
    return told


@pytest.fixture(scope="session")
def store(prebuilt: Prebuilt) -> Store:
    """Any ledger: the tables asked about are shown beside it."""
    return Store(str(prebuilt.once("demo-register", ingest_demo)))


@given(_spans, _spans, st.lists(st.integers(MAY, END), max_size=5), st.integers(MAY, END))
def test_set_logic_says_what_one_step_at_a_time_says(
    store: Store, listed: list[Any], blocks: list[Any], measured: list[int], at: int
) -> None:
    """State and lag of one target, over any listings, blocks and hours with measurements."""
    papers, episodes = _apart(listed), _apart(blocks)
    found = _agreement(store, papers, episodes, measured, at)
    state, least, most = _oracle(papers, episodes, measured, at)
    assert (found["state"], found["lag_least"], found["lag_most"]) == (state, least, most)


def _agreement(
    store: Store,
    listed: list[tuple[int, int | None]],
    blocks: list[tuple[int, int | None]],
    measured: list[int],
    at: int,
) -> dict[str, Any]:
    """The row of one host by the ledger's set logic."""
    rows = [_listing(number, *one) for number, one in enumerate(listed)]
    listings = pa.Table.from_pylist(rows, schema=_LISTINGS)
    keys = pa.table({"target": [HOST], "key": ["d:a.example"], "how": ["host"]})
    members = pa.table({"about": ["a.example"], "subject": [HOST]})
    tallies = pa.Table.from_pylist(
        [
            {
                "subject": "host",
                "about": "a.example",
                "probe_cc": "RU",
                "network": 10,
                "hour": hour,
                "whole": True,
                "blocked": 0.0,
                "total": 1,
                "seen": 1,
                "mechanisms": 0,
                "probe": 0,
            }
            for hour in measured
        ],
        schema=arrow(),
    )
    none = pa.table({n: pa.array([], pa.string()) for n in ("target", "key", "how")})
    with store.shown(made=listings, made_unread=_UNREAD.empty_table()):
        (row,) = agreement(
            store,
            "made",
            "made_unread",
            [
                AgreementAsked(
                    register="r", covers=False, private=False, start=_time(at), end=_time(at)
                )
            ],
            parts=none.select(["target", "key"]).rename_columns(["register", "key"]),
            of_itself=(),
            keys=keys,
            own=none,
            members=members,
            sightings=sightings(store, tallies, _time(at), WEEK),
            episodes=[_episode(*one) for one in blocks],
            at=_time(at),
            fresh=WEEK,
            selectors=False,
        ).to_pylist()
    return dict(row)


_LISTINGS = pa.schema(
    {
        "register": pa.string(),
        "entry": pa.string(),
        "selector": pa.string(),
        "came_after": pa.int64(),
        "came_by": pa.int64(),
        "went_after": pa.int64(),
        "went_by": pa.int64(),
        "included": pa.int64(),
        "removed": pa.int64(),
        "doubted": pa.int64(),
        "shown_by": pa.list_(pa.int64()),
        "meant": pa.list_(pa.bool_()),
        "ground": pa.string(),
        "place": pa.int64(),
        "key": pa.string(),
        "subject": pa.string(),
    }
)
_UNREAD = pa.schema(
    {
        "register": pa.string(),
        "key": pa.string(),
        "came_after": pa.int64(),
        "went_by": pa.int64(),
    }
)


def _listing(number: int, came: int, went: int | None) -> dict[str, Any]:
    hour = 3_600_000_000
    return {
        "register": "r",
        "entry": str(number),
        "selector": HOST,
        "came_after": (came - 1) * hour,
        "came_by": came * hour,
        "went_after": went and (went - 1) * hour,
        "went_by": went and went * hour,
        "included": None,
        "removed": None,
        "doubted": None,
        "shown_by": [came * hour],
        "meant": [True],
        "ground": None,
        "place": number,
        "key": "d:a.example",
        "subject": HOST,
    }


def _time(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)


def _episode(start: int, stop: int | None) -> Episode:
    return Episode(
        target=HOST,
        probe_cc="RU",
        onset_earliest=_time(start - 1),
        onset_latest=_time(start),
        resolution_earliest=_time(END if stop is None else stop),
        resolution_latest=_time(stop + 1) if stop else None,
        confidence=1.0,
        networks=(10,),
        measured=3,
        first=_time(start),
        last=_time(END if stop is None else stop),
        members=9,
    )


@pytest.mark.parametrize(
    ("paper", "network"), list(product(["listed", "delisted", "unlisted"], NetworkState))
)
def test_paper_and_network_make_one_state(store: Store, paper: str, network: NetworkState) -> None:
    """All eight, and no measurement is never more than insufficient."""
    at = MAY + 500
    spans: dict[str, list[tuple[int, int | None]]] = {
        "listed": [(MAY, None)],
        "delisted": [(MAY, MAY + 300)],
        "unlisted": [],
    }
    blocks: list[tuple[int, int | None]] = (
        [(MAY + 10, None)] if network == NetworkState.BLOCKED else []
    )
    measured = [] if network == NetworkState.INSUFFICIENT else [at]
    found = _agreement(store, spans[paper], blocks, measured, at)
    wanted = {
        ("delisted", NetworkState.BLOCKED): Agreement.DELISTED_STILL_BLOCKED,
        ("delisted", NetworkState.REACHABLE): Agreement.DELISTED_REACHABLE,
        ("delisted", NetworkState.INSUFFICIENT): Agreement.UNLISTED_INSUFFICIENT,
    }.get((paper, network), f"{paper}_{network}")
    assert found["state"] == wanted
