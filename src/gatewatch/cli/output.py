"""Where an answer goes: to a person, to a pipe, or to a program."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gatewatch.cli.options import Output
from gatewatch.cli.terminal import Page, is_person
from gatewatch.errors import UsageError
from gatewatch.model.redaction import clean

Row = Mapping[str, Any]


def show(
    output: Output,
    rows: Sequence[Row],
    person: Callable[[Page], None],
    *,
    pipe: Callable[[], Iterable[Iterable[object]]] | None = None,
    document: Any = None,
    between: str = " ",
) -> None:
    """Write an answer in the form asked for.

    A table is a page for a person, and for a pipe tab-separated facts, one a line: `pipe` where
    they are not simply the rows. `document` is what JSON shows where it shows more than the rows.
    A list in a row stays one for programs that know lists; in a cell of CSV and in a pipe it is one
    text, parted by `between`.
    """
    if output != Output.TABLE:
        _refuse_binary(output)
        from gatewatch.records.formats import write

        shown = [flat(row, between) for row in rows] if output == Output.CSV else rows
        write(shown, output, sys.stdout.buffer, document)
        sys.stdout.buffer.flush()
    elif is_person():
        person(Page())
    else:
        write_lines(pipe() if pipe else (flat(row, between).values() for row in rows))


def write_lines(lines: Iterable[Iterable[object]]) -> None:
    """Facts for a pipe: one line each, parted by tabs."""
    for facts in lines:
        print("\t".join("" if fact is None else clean(str(fact)) for fact in facts))


def _refuse_binary(output: Output) -> None:
    if output == Output.PARQUET and sys.stdout.isatty():
        raise UsageError(
            "Parquet is no text for a terminal: send it to a file, as in > rows.parquet"
        )


def flat(row: Row, between: str = " ") -> dict[str, Any]:
    """A record for a table: a list of words becomes one text."""
    return {
        key: between.join(map(str, value)) if isinstance(value, list | tuple) else value
        for key, value in row.items()
    }
