"""How fast stages were measured to be: what a plan is reckoned from."""

from importlib.resources import files
from pathlib import Path

import msgspec

from gatewatch.errors import CatalogueError


class StageRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one stage costs. `a_core`: so many of `of` in a second of one core."""

    stage: str
    of: str
    a_core: float
    spark_a_core: float
    """The same through Spark, whose executors hand rows between Java and Python."""


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rates with where they are from."""

    measured: str
    """When, on what, by which command."""
    line_bytes: float
    """Of one measurement as published, unpacked."""
    kept_bytes: float
    """Of one measurement in the ledger."""
    start_seconds: float
    """Until a cluster's first task runs."""
    stages: tuple[StageRate, ...]


def load(file: str | None = None) -> Rates:
    """Rates from a file that `python -m benchmarks scale` wrote, or the project's own."""
    try:
        if file is None:
            text = (files("gatewatch.catalogue") / "rates.json").read_bytes()
        else:
            text = Path(file).read_bytes()
        return msgspec.json.decode(text, type=Rates)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise CatalogueError(f"{file}: {fault}; python -m benchmarks scale writes one") from None
