"""The copy of the site that needs no server: the whole demo copied twice, and what it costs."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conftest import fill_demo
from tests.site.copied import copied

from benchmarks.measure import Result
from gatewatch.engines.local import workers
from gatewatch.exports.twin import listing
from gatewatch.exports.twin.crawling import MOST

_SECONDS, _BYTES = 60.0, 60e6


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """With as many processes as `gatewatch export --site` takes. `tiny`: one service."""
    del shared
    with tempfile.TemporaryDirectory() as scratch:
        ledger, first, second = (Path(scratch) / name for name in ("ledger", "first", "second"))
        fill_demo(ledger)
        wish: dict[str, Any] = {"most": 2} if tiny else {"most": MOST, "services": [], "places": []}
        if tiny:
            wish |= {"services": ["line"], "compare": [], "pages": ()}
        began = time.perf_counter()
        made = copied(str(ledger), first, processes=0, **wish)
        took = time.perf_counter() - began
        copied(str(ledger), second, processes=0, **wish)
        one, other = listing.found(first), listing.found(second)
        unlike = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
        again = copied(str(ledger), first, processes=0, **wish)
    yield Result(
        f"a copy of the demo, {made.files:,} files, {made.bytes / 1e6:.1f} MB, {workers()} processors",
        f"{took:.0f} s",
        f"{_SECONDS:.0f} s and {_BYTES / 1e6:.0f} MB",
        max(took / _SECONDS, made.bytes / _BYTES),
        "at most 60 s and 60 MB",
        took <= _SECONDS and made.bytes <= _BYTES,
    )
    yield Result(
        "files that differ between two copies of one ledger, or are written again",
        f"{len(unlike)} and {len(again.written)}, as {', '.join([*unlike, *again.written][:3]) or 'none'}",
        "0",
        float(len(unlike) + len(again.written)),
        "none",
        not unlike and not again.written,
    )
