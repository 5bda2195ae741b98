"""Options that several commands share, and what they mean."""

import math
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from gatewatch import config
from gatewatch.cli import complete
from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import Jurisdiction


class Output(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"


class Engine(StrEnum):
    """Where heavy steps run."""

    LOCAL = "local"
    SPARK = "spark"


def country_code(text: str) -> Jurisdiction:
    """A jurisdiction as it is typed. Help calls this kind of argument by the function's name."""
    return Jurisdiction.parse(text)


def finite(value: float) -> float:
    """A number that can be counted with: bounds alone let `nan` through. Raises UsageError."""
    if not math.isfinite(value):
        raise UsageError(f"{value} is no number to count with")
    return value


def _quench(off: bool) -> bool:
    """Colour is decided in one place, for pages, bars, help and errors alike."""
    if off:
        os.environ["NO_COLOR"] = "1"
    return off


# Typer reads Optional[...] in an alias of another module, and not X | None.
LedgerAt = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--ledger",
        metavar="FOLDER",
        help="The ledger: a folder or an object-store prefix. Also GATEWATCH_LEDGER.",
    ),
]
ValidAt = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="TIME", help="When it was true in the world. A day or a time; default now."
    ),
]
AsOf = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(metavar="TIME", help="Use only what had been published by then; default now."),
]
RecordedBy = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(metavar="TIME", help="Use only what this ledger held by then; default now."),
]
In = Annotated[
    Optional[Jurisdiction],  # noqa: UP045
    typer.Option(
        "--jurisdiction",
        "-j",
        metavar="CC",
        help="One jurisdiction, as RU or UA.",
        parser=country_code,
        autocompletion=complete.countries,
    ),
]
RulesAt = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--rules", metavar="FILE", help="Rules of judgement; default the project's own."),
]
FingerprintsAt = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--fingerprints",
        metavar="FOLDER",
        help="CSV files of block-page fingerprints; default the project's own.",
    ),
]
As = Annotated[Output, typer.Option("--format", "-f", help="How to write the answer.")]
Full = Annotated[
    bool,
    typer.Option("--full", help="Show paths that are withheld by ground. For local use only."),
]
All = Annotated[bool, typer.Option("--all", help="Show every match, not the nearest ones.")]
Plot = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(metavar="FILE", help="Also draw it: a .svg or .png file."),
]
NoColor = Annotated[
    bool,
    typer.Option("--no-color", help="No colour. Also NO_COLOR.", callback=_quench, is_eager=True),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
EngineAt = Annotated[
    Engine,
    typer.Option("--engine", help="Where heavy steps run: on this machine, or on a Spark cluster."),
]
MasterAt = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--master",
        metavar="URL",
        help="For --engine spark: spark://HOST:7077, local-cluster[2,1,1024] or local[*], which is "
        "the default. Also GATEWATCH_SPARK_MASTER.",
    ),
]
StateAt = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--state", metavar="FOLDER", help="What a site keeps for itself; default beside the ledger."
    ),
]
Private = Annotated[
    bool,
    typer.Option(
        "--private-webhooks",
        help="Send webhooks into your own network too, and by plain http. "
        "Only if every subscriber is you.",
    ),
]
ServiceName = Annotated[
    str,
    typer.Argument(
        metavar="SERVICE",
        help="A service by its id or any of its names.",
        autocompletion=complete.services,
    ),
]
AnyService = Annotated[
    Optional[str],  # noqa: UP045
    typer.Argument(
        metavar="[SERVICE]",
        help="A service by its id or any of its names; default all.",
        autocompletion=complete.services,
    ),
]
Target = Annotated[
    Optional[str],  # noqa: UP045
    typer.Argument(
        help="A host, or a service by any of its names; default all.",
        autocompletion=complete.services,
    ),
]


def ledger_at(given: str | None) -> str:
    """Where the ledger lies: the option, the environment, or the user's data folder."""
    return given or config.ledger_location()


def state_at(given: str | None, location: str) -> Path:
    """Where a site keeps its own: the option, beside a local ledger, or the user's state folder."""
    if given:
        return Path(given)
    if "://" in location:
        from platformdirs import user_state_path

        return user_state_path("gatewatch") / "site"
    whole = Path(location).resolve()
    return whole.with_name(f"{whole.name}-site")
