"""A slow page beside the other pages of its probe: what is counted, and what every verdict
stays."""

import random
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tests import situations as made

from gatewatch.ledger import paces, tallies
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import TallyScope
from gatewatch.pipeline.measurements import ingest

START = datetime(2024, 3, 1, 10, tzinfo=UTC)
SLOW, LARGE, FAST = 16_000, 900_000, 2_000_000
PROBES: list[dict[str, Any]] = [{"probe_id": "p1"}, {"report_id": "r1"}, {}]


def page(host: str, rate: int, minutes: int = 0, **head: Any) -> bytes:
    """A page of 900 kB at a pace: cut after ten seconds where it is slow."""
    at = START + timedelta(minutes=minutes)
    uid = f"{at:%Y%m%d%H%M%S}.{random.Random(host + repr(head)).randrange(10**6):06}_XX_web_a"
    seconds = 10.0 if rate * 10 < LARGE else LARGE / rate
    clock = f"{at:%Y-%m-%d %H:%M:%S}"
    return made.paced(
        host,
        rate,
        seconds,
        LARGE,
        measurement_uid=uid,
        measurement_start_time=clock,
        software_name="made",
        **head,
    )


def counted(
    tmp_path: Path,
    *batches: list[bytes],
    scope: TallyScope = TallyScope(),  # noqa: B008 - frozen
) -> dict[str, tuple[float, int, int]]:
    """Blocked, total and seen by host, of lines that came in batches."""
    ledger = tmp_path / f"ledger{random.random()}"
    for n, lines in enumerate(batches):
        file = tmp_path / f"{ledger.name}-{n}.jsonl"
        file.write_bytes(b"\n".join(lines))
        ingest(str(ledger), str(file), processes=1)
    rows = tallies.tallies(Store(str(ledger)), scope).to_pylist()
    return {row["about"]: (row["blocked"], row["total"], row["seen"]) for row in rows}


@pytest.mark.parametrize("head", PROBES, ids=["by its number", "by its run", "by what it is"])
def test_a_page_alone_in_being_slow_is_impaired(tmp_path: Path, head: dict[str, Any]) -> None:
    """128 kbit/s beside pages that came at once: half of a block, as the verdict says."""
    others = [page(f"other{n}.example", FAST, n, **head) for n in range(3)]
    found = counted(tmp_path, [page("slow.example", SLOW, **head), *others])
    assert found["slow.example"] == (0.5, 1, 1)
    assert found["other1.example"] == (0.0, 1, 1)


@pytest.mark.parametrize("head", PROBES, ids=["by its number", "by its run", "by what it is"])
def test_on_a_weak_line_no_page_is_impaired(tmp_path: Path, head: dict[str, Any]) -> None:
    """Where all that the probe fetched in the hour came so, it was measured and says nothing."""
    lines = [page(f"h{n}.example", SLOW + 700 * n, 7 * n, **head) for n in range(4)]
    found = counted(tmp_path, lines)
    assert {row[:2] for row in found.values()} == {(0.0, 0)}
    assert {row[2] for row in found.values()} == {1}


def test_pages_of_other_probes_and_hours_say_nothing(tmp_path: Path) -> None:
    """A weak line is one probe's, for as long as it is weak."""
    mine = page("slow.example", SLOW, probe_id="p1")
    others = [page(f"a{n}.example", SLOW, n, probe_id="p2") for n in range(3)]
    later = [page(f"b{n}.example", SLOW, 90 + n, probe_id="p1") for n in range(3)]
    assert counted(tmp_path, [mine, *others, *later])["slow.example"] == (0.5, 1, 1)
    same = [page("slow.example", SLOW, n, probe_id="p1", report_id=f"r{n}") for n in range(1, 4)]
    assert counted(tmp_path, [mine, *same])["slow.example"][0] == 2.0
    one = page("other.example", SLOW, 1, probe_id="p1")
    assert counted(tmp_path, [mine, one])["slow.example"] == (0.5, 1, 1)


def test_order_and_batches_change_nothing(tmp_path: Path) -> None:
    """The context is looked at when it is counted, so however it came, it is there."""
    weak = [page(f"h{n}.example", SLOW, n, probe_id="p1") for n in range(3)]
    sound = [page(f"s{n}.example", (SLOW, FAST, FAST)[n], n, probe_id="p2") for n in range(3)]
    lines = weak + sound
    found = []
    for seed, parts in product(range(2), (1, 3)):
        mixed = random.Random(seed).sample(lines, len(lines))
        found.append(counted(tmp_path, *(mixed[n::parts] for n in range(parts))))
    assert all(one == found[0] for one in found)
    assert found[0]["s0.example"] == (0.5, 1, 1)


def test_what_was_published_later_does_not_change_what_was_known(tmp_path: Path) -> None:
    """As of a minute when the others had not been published, the page stands as its verdict
    does."""
    lines = [page("slow.example", SLOW, 0, probe_id="p1")]
    lines += [page(f"h{n}.example", SLOW, 5 + n, probe_id="p1") for n in range(3)]
    then = TallyScope(as_of=START + timedelta(minutes=2))
    assert counted(tmp_path, lines, scope=then)["slow.example"] == (0.5, 1, 1)
    assert counted(tmp_path, lines)["slow.example"] == (0.0, 0, 1)


def test_without_a_slow_page_nobody_looks() -> None:
    """The look at other pages is asked for by the mechanism's own name."""
    assert paces.THROTTLED in "tls.throttle.sni"
