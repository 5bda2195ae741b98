"""How verdicts are counted, as an Ibis expression for whatever engine counts them.

DuckDB's SQL of it is kept in counting.sql, so that nothing here needs Ibis at run time.
"""

import ibis

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
    restricted = ibis._.counts & (ibis._.worth > 0)
    sound = ibis._.counts & (ibis._.worth == 0)
    return told.group_by(["subject", "about", "probe_cc", "network", "hour", "whole"]).agg(
        blocked=ibis._.worth.sum(where=ibis._.counts).coalesce(0.0),
        total=ibis._.counts.sum(),
        seen=ibis._.count(),
        mechanisms=ibis._.bit.bit_or(where=restricted),
        least_probe=ibis._.probe.coalesce(0).min(where=restricted),
        most_probe=ibis._.probe.coalesce(0).max(where=restricted),
        least_sound=ibis._.make.coalesce(1).min(where=sound),
        most_sound=ibis._.make.coalesce(1).max(where=sound),
    )


def sql() -> str:
    """The expression for DuckDB."""
    return str(ibis.to_sql(expression(), dialect="duckdb")) + "\n"
