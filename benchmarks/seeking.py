"""What a question about one name costs as all the rest of a ledger grows: CPU and bytes read."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

import gatewatch
from benchmarks.measure import Result
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.ledger import schema
from gatewatch.ledger.compaction import compact
from gatewatch.ledger.store import Store
from gatewatch.pipeline.measurements import stamped

_SIZES = tuple(int(n) for n in os.environ.get("GATEWATCH_SEEKING", "10000,100000").split(","))
"""10000,100000,1000000 takes some minutes."""
_COMMITS, _COMMIT = 30, 20_000
"""At least so many, which are joined, and at most so many measurements in one."""
_OWN = 2_000
"""Measurements of the service asked about, in all; as many in a small ledger as in a large one."""
_DEMO = Path(str(files("gatewatch.catalogue") / "demo"))
_MEASUREMENTS = """
    SELECT strftime(moment, '%Y%m%d%H%M%S') || '.' || lpad(n::VARCHAR, 12, '0') AS uid,
        'r' || n // 40 AS report_id, 'web_connectivity' AS test_name, '0.4.3' AS test_version,
        moment AS started_at, 'https://' || host || '/' AS input, host, code AS probe_cc,
        1000 + hash(own, 1) % 400 + hash(code) % 40 * 1000 AS probe_asn, 'ooniprobe-android' AS software,
        'android' AS platform, '3.19' AS engine, true AS readable, '{{}}' AS facts, '{{}}' AS annotations,
        '1' AS fingerprints, moment + INTERVAL 5 MINUTE AS collected_at, 'made' AS origin,
        hash(own, 2) % 20 = 0 AND host <> 'wechat.com'
            OR code = 'RU' AND moment BETWEEN '2023-04-20' AND '2023-05-20' AS blocked
    FROM (SELECT n,
        TIMESTAMP '2022-01-01 00:00:00' + INTERVAL (n * 63072000 // {size}) SECOND AS moment,
        CASE WHEN n % {each} = 0 THEN n // {each} ELSE n END AS own,
        CASE WHEN n % {each} = 0 THEN 'wechat.com'
            ELSE chr((97 + hash(n, 3) % {hosts} % 26)::INT) || hash(n, 3) % {hosts} || '.example'
            END AS host,
        CASE WHEN n % {each} = 0 THEN CASE WHEN hash(own, 5) % 2 = 0 THEN 'RU' ELSE 'CN' END
            ELSE chr((65 + hash(n, 4) % 13)::INT) || chr((65 + hash(n, 6) % 4)::INT) END AS code
        FROM range({first}, {last}) r(n))"""
"""Two years, some dozens of countries. What is measured of the service is the same in a ledger of
any size; of others there are names before and after its own, and none from its two
countries. In one of them it is blocked for a month."""
_VERDICTS = """
    SELECT uid, 0 AS part, CASE WHEN blocked THEN 'blocked' ELSE 'ok' END AS state,
        CASE WHEN blocked THEN 'tls.reset.sni' END AS mechanism, ['made.rule'] AS rules,
        [1] AS evidence, 'made' AS ruleset, '1' AS fingerprints, 'host' AS subject, host AS about,
        probe_cc, input AS target FROM measured"""
_OBSERVATIONS = """
    SELECT uid, step, ['dns', 'tcp', 'tls', 'http'][step + 1] AS kind, 0 AS hop, host,
        step * 0.1 AS t, ['198.51.100.' || hash(uid) % 250] AS addresses,
        '198.51.100.' || hash(uid) % 250 AS ip, input AS url, 'Title of ' || host AS title,
        hash(uid) % 90000 AS body_length FROM measured, range(4) s(step)"""
_DAY = "2023-05-08"


def asked(location: str, warm: str, what: str) -> tuple[str, float, int]:
    """The answer of a check or a case, seconds of CPU and bytes read. Another ledger is asked
    first, so that what is loaded once is loaded."""
    _ask(gatewatch.open(warm), what)
    opened = gatewatch.open(location)
    read, start = _read(), time.process_time()
    found = _ask(opened, what)
    return found, time.process_time() - start, _read() - read


def _ask(opened: gatewatch.Ledger, what: str) -> str:
    if what == "check":
        return str(opened.check("wechat.com", jurisdiction="RU", valid_at=_DAY).state)
    return str(opened.case("wechat", "RU", valid_at=_DAY).state)


def _read() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])


def made(location: str, number: int, commits: int = _COMMITS) -> None:
    """A register, and measurements in the order in which they were made."""
    pipeline.ingest(
        location, catalogue.read(_DEMO / "ru-demo.toml"), str(_DEMO / "prohibited-2017")
    )
    store = Store(location)
    store.create(schema.MEASUREMENT_TABLES)
    each = min(_COMMIT, max(1, number // commits))
    for first in range(0, number, each):
        last = min(number, first + each)
        rows = _rows(number, first, last)
        at = rows["measurements"]["collected_at"][-1].as_py().replace(tzinfo=UTC)
        batch = f"made-{first}"
        told = {name: stamped(name, _whole(name, table), batch, at) for name, table in rows.items()}
        inputs = {"inputs": schema.arrow_table("inputs", [(batch, last - first, batch, at)])}
        # Without the log that shows tampering, which a question does not read.
        for name, table in (told | inputs).items():
            store._write(name, table)  # noqa: SLF001
        store.refresh()
    compact(store)


def _rows(number: int, first: int, last: int) -> dict[str, pa.Table]:
    session = duckdb.connect()
    told = _MEASUREMENTS.format(
        size=number,
        first=first,
        last=last,
        each=max(1, number // _OWN),
        hosts=max(10, number // 200),
    )
    session.execute(f"CREATE TABLE measured AS {told}")
    return {
        "observations": session.sql(_OBSERVATIONS).to_arrow_table(),
        "verdicts": session.sql(_VERDICTS).to_arrow_table(),
        "measurements": session.sql("SELECT * EXCLUDE (blocked) FROM measured").to_arrow_table(),
    }


def _whole(name: str, rows: pa.Table) -> pa.Table:
    wanted = pa.schema(schema.arrow_schema(name))
    columns = [
        rows[f.name].cast(f.type) if f.name in rows.column_names else pa.nulls(len(rows), f.type)
        for f in wanted
        if f.name not in {"batch", "recorded_at"}
    ]
    return pa.table(columns, [n for n in wanted.names if n not in {"batch", "recorded_at"}])


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """A joined check and a case, of the smallest ledger and of the largest."""
    del shared
    sizes = (200, 400) if tiny else _SIZES
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        for number in (60, *sizes):
            made(f"{scratch}/{number}", number, 2 if tiny else _COMMITS)
        for what in ("check", "case"):
            found = {
                n: _best(f"{scratch}/{n}", f"{scratch}/60", what, 1 if tiny else 3) for n in sizes
            }
            first, last = found[sizes[0]], found[sizes[-1]]
            yield Result(
                f"{what} of one name, {sizes[-1]:,} measurements held",
                "; ".join(
                    f"{n:,}: {cpu * 1000:.0f} ms CPU, {size / 1e3:,.0f} kB read"
                    for n, (_, cpu, size) in found.items()
                ),
                f"{sizes[0]:,} held, of the same name as many",
                last[1] / first[1],
                "within 1.5 times",
                last[1] <= 1.5 * first[1],
            )


def _best(location: str, warm: str, what: str, times: int) -> tuple[str, float, int]:
    """What `asked` tells in a process of its own: the least CPU of some times."""
    ask = f"import json; from benchmarks.seeking import asked; print(json.dumps(asked{location, warm, what}))"
    every: list[tuple[str, float, int]] = []
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-c", ask], capture_output=True, text=True, check=True
        )
        every.append(tuple(json.loads(done.stdout)))
    return min(every, key=lambda one: one[1])
