"""To which network an address belongs, by a table of the reader's own choice.

A CSV file with the columns `network` (a prefix) and `asn`, and `cc` if it is known; as tables of
routes are published in this form. Without a table nothing is known, and nothing is guessed.
"""

import csv
from bisect import bisect_right
from ipaddress import ip_address, ip_network
from pathlib import Path

from gatewatch.errors import SourceError

_Row = tuple[int, int, int]
"""First and last address as numbers, and the number of the network."""


class NetworkTable:
    """Prefixes of both families; the longest that holds an address counts."""

    def __init__(self, rows: list[tuple[str, int]] | None = None) -> None:
        self._rows: dict[int, list[_Row]] = {4: [], 6: []}
        for text, asn in rows or []:
            known = ip_network(text, strict=False)
            span = int(known.network_address), int(known.broadcast_address)
            self._rows[known.version].append((*span, asn))
        for held in self._rows.values():
            held.sort(key=lambda row: (row[0], -row[1]))
        self._longest = {
            version: max((row[1] - row[0] for row in held), default=0)
            for version, held in self._rows.items()
        }

    def asn(self, address: str) -> int:
        """The number of an address' network; 0 where it is not known."""
        try:
            known = ip_address(address)
        except ValueError:
            return 0
        rows, number = self._rows[known.version], int(known)
        place = bisect_right(rows, (number, 1 << 129, 0)) - 1
        # Among those that begin at or before it the last one that has not ended is the longest
        # prefix: prefixes hold one another or are apart.
        while place >= 0 and number - rows[place][0] <= self._longest[known.version]:
            if rows[place][1] >= number:
                return rows[place][2]
            place -= 1
        return 0


def load(file: Path) -> NetworkTable:
    """A table from a file; raises SourceError with the line that cannot be read."""
    rows: list[tuple[str, int]] = []
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), 2):
                try:
                    rows.append((row["network"], int(row["asn"].upper().removeprefix("AS"))))
                    ip_network(row["network"], strict=False)
                except (KeyError, ValueError, AttributeError) as fault:
                    raise SourceError(
                        f"{file}:{number}: no row of network and asn: {fault}"
                    ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise SourceError(f"{file}: {getattr(fault, 'strerror', None) or fault}") from None
    return NetworkTable(rows)
