"""Heavy steps on a Spark cluster: the same functions over rows of Arrow, on executors.

What a task gives is taken once, whichever attempt gave it: Spark hands on the rows of one attempt
for each partition. Whatever else an attempt did, as writing a file, counts only if its row came.
"""

import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Self

from gatewatch import heavy
from gatewatch.errors import EngineError, GatewatchError, UsageError, needs

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{HH:mm:ss}} %p %c{{1}}: %m%n%ex
"""
_JAVA = (
    "Spark needs a Java runtime of version 17 or later, and there is none on the path: "
    "apt-get install default-jre-headless, or set JAVA_HOME to where one lies"
)
_ON_THIS_MACHINE = ("local",)
_MASTERS = ("local", "spark://", "k8s://", "yarn")
_HERE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
"""A cluster on this machine talks to itself alone."""
_ALWAYS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "4096",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


class Cluster:
    """A Spark session to run heavy steps in."""

    def __init__(self, session: "SparkSession", log: Path | None = None) -> None:
        """`log`: where Spark tells what it does, if it was started here."""
        self.session, self._log = session, log
        self._owned = log is not None
        self._interrupt: Any = None

    @property
    def cores(self) -> int:
        """How many tasks run at once."""
        with _told(self._log):
            return max(1, int(self.session.sparkContext.defaultParallelism))

    def spread(
        self,
        items: Sequence[Any],
        function: "Callable[[Any], Iterable[pa.Table]]",
        schema: "pa.Schema",
    ) -> "SpreadRows":
        """A task for each item: what the function makes of it. Both must be picklable."""
        # A range's partitions hold one number each: no item waits behind another.
        numbers = self.session.range(0, len(items), 1, max(1, len(items)))
        with _without_pandas():
            return SpreadRows(self, numbers.mapInArrow(_each(list(items), function), _ddl(schema)))

    def rows(self, held: "pa.Table") -> "SpreadRows":
        """Rows that lie here."""
        with _without_pandas():
            return SpreadRows(self, self.session.createDataFrame(held))

    def stop(self) -> None:
        """End the session, if it was started here; another's goes on."""
        if not self._owned:
            return
        from pyspark import SparkContext

        self.session.stop()
        if self._interrupt is not None:
            # Spark's own would go on to cancel jobs of a session that is gone.
            with suppress(ValueError):  # not in the main thread, where none was set
                signal.signal(signal.SIGINT, self._interrupt)
        gateway = SparkContext._gateway  # noqa: SLF001 - or the JVM outlives the session
        if gateway is not None:
            gateway.shutdown()
            process = getattr(gateway, "proc", None)
            if process is not None:
                process.stdin.close()
                process.wait()
            SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001
        if self._log is not None:
            shutil.rmtree(self._log.parent, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class SpreadRows:
    """Rows on a cluster, worked out when they are asked for."""

    def __init__(self, cluster: Cluster, frame: "DataFrame") -> None:
        self._cluster, self._frame = cluster, frame

    def spread(
        self,
        function: "Callable[[Iterator[pa.RecordBatch]], Iterable[pa.Table]]",
        schema: "pa.Schema",
        partitions: int | None = None,
    ) -> "SpreadRows":
        """What a function makes of each partition, `partitions` of which are made of neighbours."""
        frame = self._frame.coalesce(partitions) if partitions else self._frame
        with _without_pandas():
            return SpreadRows(self._cluster, frame.mapInArrow(_batches(function), _ddl(schema)))

    def grouped(
        self, key: str, function: "Callable[[pa.Table], pa.Table]", schema: "pa.Schema"
    ) -> "SpreadRows":
        """What a function makes of all rows with the same key, wherever they were."""
        groups = self._frame.groupBy(key)
        with _without_pandas():
            return SpreadRows(
                self._cluster, groups.applyInArrow(_casting(function, schema), _ddl(schema))
            )

    def asked(self, sql: str, name: str) -> "SpreadRows":
        """The answer of a query over these rows by a name."""
        self._frame.createOrReplaceTempView(name)
        return SpreadRows(self._cluster, self._cluster.session.sql(sql))

    @contextmanager
    def kept(self) -> "Iterator[SpreadRows]":
        """The same rows, worked out once for several uses."""
        from pyspark import StorageLevel

        frame = self._frame.persist(StorageLevel.MEMORY_AND_DISK)
        try:
            yield SpreadRows(self._cluster, frame)
        finally:
            with suppress(Exception):  # the session may be gone, and its rows with it
                frame.unpersist()

    def without(self, *columns: str) -> "SpreadRows":
        """Without some columns."""
        return SpreadRows(self._cluster, self._frame.drop(*columns))

    def arrow(self) -> "pa.Table":
        """All rows, here. EngineError if the cluster gives up."""
        with _told(self._cluster._log), _without_pandas():  # noqa: SLF001 - of one file
            return self._frame.toArrow()


def connect(master: "str | SparkSession | None" = None, **settings: str) -> Cluster:
    """A cluster: one that a session is open to, or one to be opened by its address.

    `master`: `spark://HOST:PORT`, `local-cluster[WORKERS,CORES,MEMORY]`, `local[*]` (if None), or a
    session. MissingExtraError without pyspark, EngineError without Java, UsageError for an address
    of another kind.
    """
    heavy.allow()
    with needs("spark"):
        # pyspark's own message names no line to type
        import pandas  # type: ignore[import-untyped] # noqa: F401, ICN001 - it has no types
        import pyarrow  # noqa: F401, ICN001
        from pyspark.sql import SparkSession
    if master is not None and not isinstance(master, str):
        return Cluster(master)
    address = master or "local[*]"
    if not address.startswith(_MASTERS):
        raise UsageError(
            f"{address!r} is no address of a Spark cluster: write spark://HOST:7077, "
            "local-cluster[2,1,1024] or local[*]"
        )
    if active := SparkSession.getActiveSession():
        return Cluster(active)
    if not _java():
        raise EngineError(_JAVA)
    folder = Path(mkdtemp(prefix="gatewatch-spark-"))
    log = folder / "spark.log"
    builder: Any = SparkSession.builder.appName("gatewatch").master(address)
    given = _ALWAYS | _credentials()
    if address.startswith(_ON_THIS_MACHINE):
        given |= _HERE
    given |= settings
    for name, value in given.items():
        builder = builder.config(name, value)
    with _told(log), _quiet(log), _environment(folder, address):
        # What it warns of, data frames of pandas, is nowhere used.
        warnings.filterwarnings(
            "ignore", "PySpark does not yet fully support pandas", FutureWarning
        )
        before = signal.getsignal(signal.SIGINT)
        held = Cluster(builder.getOrCreate(), log)
        held._interrupt = before  # noqa: SLF001 - of one file
        return held


def _credentials() -> dict[str, str]:
    """How executors reach an object store, where this process was told by AWS's own variables."""
    return {
        f"spark.executorEnv.{name}": value
        for name, value in os.environ.items()
        if name.startswith("AWS_")
    }


def _java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java", path=f"{home}/bin" if home else None))


@contextmanager
def _environment(folder: Path, address: str) -> Iterator[None]:
    """What Spark reads when it starts: workers run this Python, logs go to a file, and what workers
    leave lies in a folder that goes with the session."""
    import pyspark

    home = folder / "home"
    home.mkdir()
    for one in Path(pyspark.__file__).parent.iterdir():
        if one.name in {"bin", "jars", "python", "sbin"}:
            (home / one.name).symlink_to(one)
    (folder / "conf").mkdir()
    text = _LOGGING.format(file=folder / "spark.log")
    (folder / "conf" / "log4j2.properties").write_text(text, encoding="utf-8")
    wanted = {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "PYTHONPATH": os.pathsep.join(filter(None, (*sys.path,))),
    }
    if address.startswith(_ON_THIS_MACHINE):
        wanted["SPARK_LOCAL_IP"] = "127.0.0.1"
    theirs = {"SPARK_CONF_DIR", "PYSPARK_PYTHON", "SPARK_LOCAL_DIRS", "SPARK_LOCAL_IP"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(
        {name: value for name, value in wanted.items() if not (name in theirs and before[name])}
    )
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """What the JVM says as it starts goes to the log: it takes the streams that it was born
    with."""
    kept, file = os.dup(2), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.dup2(file, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(file)


@contextmanager
def _told(log: Path | None) -> Iterator[None]:
    """What goes wrong on a cluster, told in a line; the rest stands in Spark's log."""
    try:
        yield
    except GatewatchError:
        raise
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] not in {"pyspark", "py4j"}:
            raise
        if isinstance(fault.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from fault
        lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
        own = [line for line in lines if line.startswith("gatewatch.errors.")]
        told = own[-1].partition(": ")[2] if own else (lines or [type(fault).__name__])[0]
        kept = f"; Spark's log is {_kept(log)}" if log and log.exists() else ""
        raise EngineError(f"the Spark cluster gave up: {told}{kept}") from fault


def _kept(log: Path) -> Path:
    """The log where it outlives the session."""
    target = log.parent.with_name(f"{log.parent.name}.log")
    with suppress(OSError):
        shutil.copyfile(log, target)
    return target


@contextmanager
def _without_pandas() -> Iterator[None]:
    """Spark warns of versions of pandas wherever Arrow is used; data frames of pandas nowhere
    are."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
        yield


def _ddl(schema: "pa.Schema") -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


# What follows runs on executors.


def _each(items: list[Any], function: "Callable[[Any], Iterable[pa.Table]]") -> Callable[..., Any]:
    def run(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        for batch in batches:
            for number in batch.column(0).to_pylist():
                for table in function(items[number]):
                    yield from table.to_batches()

    return run


def _batches(
    function: "Callable[[Iterator[pa.RecordBatch]], Iterable[pa.Table]]",
) -> Callable[..., Any]:
    def run(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        for table in function(batches):
            yield from table.to_batches()

    return run


def _casting(
    function: "Callable[[pa.Table], pa.Table]", schema: "pa.Schema"
) -> "Callable[[pa.Table], pa.Table]":
    def run(rows: "pa.Table") -> "pa.Table":
        return function(rows).cast(schema)

    return run
