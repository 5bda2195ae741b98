"""`python -m benchmarks [--tiny] [NAME...]`: run them and print the ratios."""

import os
import sys
from pathlib import Path

from benchmarks import ingest, reading

ALL = {"ingest": ingest.run, "reading": reading.run}


def main() -> None:
    """Exit code 1 if a promise is not kept; with --tiny sizes prove nothing and it is always 0."""
    tiny = "--tiny" in sys.argv
    named = [name for name in sys.argv[1:] if not name.startswith("-")] or list(ALL)
    shared = Path(os.environ.get("GATEWATCH_SHARED", Path(__file__).parents[2] / "shared"))
    broken = 0
    for name in named:
        for result in ALL[name](shared / "registers", tiny=tiny):
            kept = "kept" if result.kept else "not kept"
            print(f"{result.name}\n  ours      {result.ours}\n  baseline  {result.baseline}")
            print(
                f"  ratio     {result.ratio:.2f}   promised: {result.promise}   {kept}\n",
                flush=True,
            )
            broken += not result.kept
    sys.exit(1 if broken and not tiny else 0)


main()
