"""What changed between two versions of a table: added, modified and deleted rows.

Both versions lie in the order of their keys, so that one walk over the two is enough, whatever
their size. Applied to the earlier version, a delta gives the later one.
"""

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from gatewatch.exports.tables import Row, Table, key_of

ADD, MOD, DEL = "ADD", "MOD", "DEL"
_OLD, _NEW = 0, 1


class DeltaStep(msgspec.Struct, frozen=True):
    """One line of a delta. Of a deleted row its key is told, else the whole row as it is now."""

    op: str
    table: str
    row: dict[str, Any]


def between(table: Table, before: Iterable[Row], after: Iterable[Row]) -> Iterator[DeltaStep]:
    """Steps from one version to the next; both in the order of their keys."""
    sided = (_sided(table, before, _OLD), _sided(table, after, _NEW))
    in_order = heapq.merge(*sided, key=itemgetter(0, 1))
    for _, alike in groupby(in_order, key=itemgetter(0)):
        sides = {side: row for _, side, row in alike}
        if _NEW not in sides:
            yield DeltaStep(DEL, table.name, {name: sides[_OLD][name] for name in table.key})
        elif _OLD not in sides:
            yield DeltaStep(ADD, table.name, dict(sides[_NEW]))
        elif sides[_OLD] != sides[_NEW]:
            yield DeltaStep(MOD, table.name, dict(sides[_NEW]))


def _sided(
    table: Table, rows: Iterable[Row], side: int
) -> Iterator[tuple[tuple[str, ...], int, Row]]:
    return ((key_of(table, row), side, row) for row in rows)


def applied(table: Table, before: Iterable[Row], steps: Iterable[DeltaStep]) -> list[Row]:
    """The version that steps lead to, in the order of keys. This is what a reader of deltas
    does."""
    held = {key_of(table, row): row for row in before}
    for step in steps:
        if step.table == table.name:
            key = key_of(table, step.row)
            if step.op == DEL:
                del held[key]
            else:
                held[key] = step.row
    return [held[key] for key in sorted(held)]
