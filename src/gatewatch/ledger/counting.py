"""How verdicts are counted, as an Ibis expression for whatever engine counts them.

What it is for DuckDB and for Spark is kept in counting.sql and counting.spark.sql, so that nothing
needs Ibis at run time.
"""

import ibis
import sqlglot

from gatewatch.ledger.tallies import WEIGHTS

_COLUMNS = {
    "subject": "string",
    "about": "string",
    "probe_cc": "string",
    "whole": "boolean",
    "state": "string",
    "hour": "int64",
    "network": "int64",
    "probe": "int64",
    "make": "int64",
    "bit": "int64",
}


def expression() -> ibis.Table:
    """What was asked for, counted by subject, name, jurisdiction, network, hour and whether
    whole."""
    asked = ibis.table(_COLUMNS, name="asked")
    told = asked.mutate(
        counts=asked.state.isin(list(WEIGHTS)) & (asked.network > 0),
        worth=asked.state.cases(*WEIGHTS.items(), else_=0.0),
    )
    restricted, sound = told.counts & (told.worth > 0), told.counts & (told.worth == 0)
    # What an aggregate leaves out is null to it, which costs less than a filter at each of them.
    said = told.mutate(
        weight=_where(told.counts, told.worth),
        how=_where(restricted, told.bit),
        who=_where(restricted, told.probe.coalesce(0)),
        free=_where(sound, told.make.coalesce(1)),
    )
    return said.group_by(["subject", "about", "probe_cc", "network", "hour", "whole"]).agg(
        blocked=said.weight.sum().coalesce(0.0),
        total=said.counts.sum(),
        seen=ibis._.count(),
        mechanisms=said.how.bit_or(),
        least_probe=said.who.min(),
        most_probe=said.who.max(),
        least_sound=said.free.min(),
        most_sound=said.free.max(),
    )


def _where(condition: ibis.Value, value: ibis.Value) -> ibis.Value:
    return ibis.ifelse(condition, value, ibis.null())


def sql() -> str:
    """The expression for DuckDB."""
    return str(ibis.to_sql(expression(), dialect="duckdb")) + "\n"


def spark_sql() -> str:
    """The same for Spark, put from one dialect to the other by the library that Ibis writes SQL
    with."""
    (told,) = sqlglot.transpile(sql(), read="duckdb", write="spark", pretty=True)
    return f"{told}\n"
