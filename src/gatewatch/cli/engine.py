"""Where heavy steps run, as a command was told: this machine, or a Spark cluster for as long as the
command lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gatewatch import config
from gatewatch.cli.options import Engine
from gatewatch.errors import UsageError

if TYPE_CHECKING:
    from gatewatch.engines.spark import Cluster


@contextmanager
def cluster(engine: Engine, master: str | None) -> Iterator["Cluster | None"]:
    """The cluster that was asked for; None: this machine."""
    if engine == Engine.LOCAL:
        if master:
            raise UsageError(f"--master {master} is for --engine spark")
        yield None
        return
    from gatewatch.engines.spark import connect

    with connect(master or config.spark_master()) as found:
        yield found
