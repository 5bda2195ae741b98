"""Whether this program reads a table: its form, its columns, their types."""

import re

from deltalake import DeltaTable

from gatewatch.ledger import schema

_FORM = re.compile(r"gatewatch ledger, form (\d{1,6})")


def foreign(name: str, table: DeltaTable) -> str:
    """Why this program does not read a table; empty if it does."""
    told = _FORM.search(table.metadata().description or "")
    if told and int(told[1]) > int(schema.FORMAT_VERSION):
        return (
            f"its table {name!r} is of form {told[1]}, which a later gatewatch made; this one reads "
            f"up to form {schema.FORMAT_VERSION}: upgrade gatewatch"
        )
    wanted = schema.delta_types(name)
    held = {field.name: field.type for field in table.schema().fields}
    if strange := [column for column in held if wanted.get(column) != held[column]]:
        return (
            f"its table {name!r} has columns that this gatewatch does not know "
            f"({', '.join(strange)}): read it with the version that wrote it"
        )
    lost = [c for c in wanted if c not in held and c not in schema.LATER.get(name, ())]
    if lost:
        return f"its table {name!r} has lost columns ({', '.join(lost)}): restore it from a copy"
    return ""


def lacking(name: str, table: DeltaTable) -> dict[str, str]:
    """Columns that came to a table after this ledger was made, with their kinds."""
    held = {field.name for field in table.schema().fields}
    return {c: kind for c, kind in schema.TABLES[name].items() if c not in held}


def sql_type(kind: str) -> str:
    """The type of a column in a query."""
    return {
        schema.TEXT: "VARCHAR",
        schema.TIME: "TIMESTAMPTZ",
        schema.COUNT: "BIGINT",
        schema.FLAG: "BOOLEAN",
        schema.TEXTS: "VARCHAR[]",
        schema.NUMBER: "DOUBLE",
        schema.COUNTS: "BIGINT[]",
    }[kind]
