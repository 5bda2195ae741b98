"""Which files make one snapshot: the list, its numbered pieces, its companions, or parts by
pattern."""

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from gatewatch.model.expression import compiled

_PIECE = re.compile(r"\.(\d{1,3})")
_DASHED = re.compile(r"-(\d{1,3})")


class Wanted(msgspec.Struct, frozen=True):
    """What of a container makes a state.

    `path` is the list in it, `companions` a folder whose files belong to it. With `parts`, an
    expression, all files whose path it matches make the state together. `named` finds the day in a
    file's name in its first group, `named_format` reads it.
    """

    path: str
    companions: str | None = None
    parts: str | None = None
    named: str | None = None
    named_format: str | None = None

    def takes(self, name: str) -> bool:
        """Whether a file belongs to the state, by its path in the container."""
        if self.parts is not None:
            return compiled(self.parts).fullmatch(name) is not None
        beside = self.companions is not None and name.startswith(f"{self.companions}/")
        of_list = name == self.path or name.startswith(f"{self.path}.") or is_piece(self.path, name)
        return beside or of_list

    def groups(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Each part of a snapshot with the files that are joined to make it."""
        if self.parts is not None:
            return {name: [name] for name in sorted(names)}
        return choose_parts(self.path, names)

    def main(self, groups: Iterable[str]) -> str | None:
        """The part that stands for the state; None if it is not there."""
        if self.parts is not None:
            return min(groups, default=None)
        return self.path if self.path in set(groups) else None

    def day(self, name: str) -> datetime | None:
        """The time in a file's name, without a zone, where the declaration says how to find it."""
        found = compiled(self.named).search(name) if self.named else None
        said = found.group(1) if found else None
        if said is None:
            return None
        try:
            return datetime.strptime(said, self.named_format or "%Y-%m-%d")  # noqa: DTZ007
        except ValueError:
            return None


def choose_parts(path: str, names: Iterable[str]) -> dict[str, list[str]]:
    """Each part of a snapshot with the files that are joined to make it; the list is `path`.

    A list too large for its host is cut into `dump.xml.00`, `dump.xml.01`, ... or `dump-00.csv`,
    `dump-01.csv`, ...; the pieces are joined in order, after the file itself where there is one. A
    piece that is missing in their midst leaves no list. Other files whose name only begins like the
    list's (a signature, a checksum) are no part of it.
    """
    names = list(names)
    numbered = sorted((number, n) for n in names if (number := _number(path, n)) is not None)
    groups = {
        name: [name]
        for name in names
        if not name.startswith(f"{path}.") and _number(path, name) is None
    }
    numbers = [number for number, _ in numbered]
    if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        groups.pop(path, None)
    elif numbered:
        groups[path] = [*groups.get(path, ()), *(name for _, name in numbered)]
    return groups


def is_piece(path: str, name: str) -> bool:
    """Whether a file is a numbered piece of the list."""
    return _number(path, name) is not None


def _number(path: str, name: str) -> int | None:
    stem, dot, ending = path.rpartition(".")
    if name.startswith(path) and (found := _PIECE.fullmatch(name[len(path) :])):
        return int(found[1])
    dashed = name[len(stem) : len(name) - len(ending) - 1]
    if dot and name.startswith(stem) and name.endswith(f".{ending}"):
        found = _DASHED.fullmatch(dashed)
        return int(found[1]) if found else None
    return None
