"""What one client may ask, counted by all workers together."""

import multiprocessing
import time
from collections import Counter
from pathlib import Path

import pytest

from gatewatch.site.limits import _IN_SET, _SET, _SETS, Limits

_KEY = bytes(16)


def _takes(file: Path, number: int) -> int:
    limits = Limits(600, file, _KEY)
    return sum(limits.take("203.0.113.9")[1] == 0 for _ in range(number))


def test_workers_count_together(tmp_path: Path) -> None:
    """Whoever alternates has the stated allowance once; of processes that count at the same time
    no request is lost; other clients, and runs with another key, have their own."""
    file = tmp_path / "clients"
    first, second = Limits(20, file, _KEY), Limits(20, file, _KEY)
    taken = [one.take("203.0.113.1")[1] == 0 for one in (first, second) * 15]
    assert taken[:20] == [True] * 20
    assert not any(taken[20:])
    assert second.take("203.0.113.2") == (19, 0)
    assert Limits(20, file, b"another").take("203.0.113.1") == (19, 0)
    second.charge("203.0.113.3", 15.0)
    assert first.take("203.0.113.3")[1] > 0
    with multiprocessing.get_context("fork").Pool(3) as pool:
        given = sum(pool.starmap(_takes, [(file, 300)] * 3))
    assert 600 <= given <= 600 + 10 * 10
    assert file.stat().st_mode & 0o077 == 0
    began = time.process_time()
    for number in range(2_000):
        first.take(f"203.0.{number % 200}.1")
    assert (time.process_time() - began) / 2_000 < 0.0002


def test_a_bucket_fills_and_an_older_clock_empties_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As time passes; and after a start of the machine, whose clock then begins anew."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limits = Limits(60, tmp_path / "clients", _KEY)
    for _ in range(60):
        limits.take("a")
    assert limits.take("a")[1] == pytest.approx(1.0)
    now[0] += 2
    assert limits.take("a")[0] == pytest.approx(1.0)
    now[0] = 5.0
    assert limits.take("a") == (59, 0)


def test_the_file_does_not_grow_with_clients(tmp_path: Path) -> None:
    """Of more than a set has room for the one goes that asked longest ago."""
    limits = Limits(60, tmp_path / "clients", _KEY)
    size = (tmp_path / "clients").stat().st_size
    assert size == _SET * _SETS
    places = Counter(limits._found(f"client {n}")[1] // _SET for n in range(200_000 // _IN_SET))
    assert max(places.values()) <= _IN_SET * 2
    for n in range(1_000):
        limits.take(f"client {n}")
    assert (tmp_path / "clients").stat().st_size == size
