"""Which files make one snapshot: the list, its numbered pieces, its companions."""

import re
from collections.abc import Iterable

_PIECE = re.compile(r"\.\d{1,3}")


def choose_parts(path: str, names: Iterable[str]) -> dict[str, list[str]]:
    """Each part of a snapshot with the files that are joined to make it; the list is `path`.

    A list too large for its host is cut into `dump.xml.00`, `dump.xml.01`, ...; the pieces are
    joined in order, after the file itself where there is one. Other files whose name only begins
    like the list's (a signature, a checksum) are no part of it.
    """
    names = list(names)
    pieces = sorted((n for n in names if is_piece(path, n)), key=lambda n: int(n[len(path) + 1 :]))
    groups = {name: [name] for name in names if not name.startswith(f"{path}.")}
    if pieces:
        groups[path] = [*groups.get(path, ()), *pieces]
    return groups


def is_piece(path: str, name: str) -> bool:
    """Whether a file is a numbered piece of the list."""
    return name.startswith(path) and _PIECE.fullmatch(name[len(path) :]) is not None
