"""Where an answer goes: to a person, to a pipe, or to a program."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gatewatch.cli.options import Shape
from gatewatch.cli.terminal import Page, is_person
from gatewatch.model.redaction import clean


def show(
    shape: Shape,
    rows: Sequence[Mapping[str, Any]],
    person: Callable[[Page], None],
    pipe: Callable[[], Iterable[Iterable[object]]],
    *,
    color: bool,
    document: Any = None,
) -> None:
    """Write an answer in the shape asked for. A table is drawn for a person; a pipe gets
    tab-separated facts, one a line."""
    if shape != Shape.TABLE:
        from gatewatch.records.formats import write

        write(rows, shape, sys.stdout.buffer, document)
        sys.stdout.buffer.flush()
    elif is_person():
        person(Page(color=color))
    else:
        for facts in pipe():
            print("\t".join("" if fact is None else clean(str(fact)) for fact in facts))
