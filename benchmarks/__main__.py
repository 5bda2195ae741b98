"""`python -m benchmarks [--tiny] [NAME...]`: run them and print the ratios."""

import argparse
import os
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import (
    articles,
    cases,
    detection,
    follow,
    growth,
    ingest,
    kills,
    measurements,
    probing,
    reading,
    reconciliation,
    scale,
    seeking,
    serving,
    strangers,
    twin,
)

ALL = {
    "ingest": ingest.run,
    "kills": kills.run,
    "pairs": kills.pairs,
    "growth": growth.run,
    "reading": reading.run,
    "articles": articles.run,
    "measurements": measurements.run,
    "cores": measurements.cores,
    "probe": probing.run,
    "cases": cases.run,
    "episodes": detection.run,
    "reconcile": reconciliation.run,
    "serving": serving.run,
    "soak": serving.soak,
    "strangers": strangers.run,
    "scale": scale.run,
    "seeking": seeking.run,
    "follow": follow.run,
    "twin": twin.run,
}


def main() -> int:
    """Exit code 1 if a promise is not kept; with --tiny sizes prove nothing and it is always 0."""
    words = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    words.add_argument("name", nargs="*", help=f"one of {', '.join(ALL)}; none means all")
    words.add_argument("--tiny", action="store_true", help="few snapshots: does it still run?")
    words.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw what the detectors find")
    asked = words.parse_args()
    if asked.plot:
        detection.plot(asked.plot)
    if unknown := set(asked.name) - ALL.keys():
        words.error(f"no benchmark {', '.join(sorted(unknown))}")
    shared = Path(os.environ.get("GATEWATCH_SHARED", Path(__file__).parents[2] / "shared"))
    broken = 0
    table = Table("measure", "ours", "baseline", "ratio", "promised", "", box=box.SIMPLE)
    for name in asked.name or ALL:
        for result in ALL[name](shared, tiny=asked.tiny):
            kept = "kept" if result.kept else "not kept"
            print(f"{result.name}\n  ours      {result.ours}\n  baseline  {result.baseline}")
            print(
                f"  ratio     {result.ratio:.2f}   promised: {result.promise}   {kept}\n",
                flush=True,
            )
            table.add_row(
                result.name,
                result.ours,
                result.baseline,
                f"{result.ratio:.2f}",
                result.promise,
                kept,
            )
            broken += not result.kept
    if not asked.tiny:
        Console(width=160).print(table)
    return 1 if broken and not asked.tiny else 0


sys.exit(main())
