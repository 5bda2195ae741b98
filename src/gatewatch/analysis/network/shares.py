"""A share of what was counted, with how far the count lets it be known."""

from math import sqrt

import msgspec

_Z = 1.959963984540054
"""Of 95 %."""


class CountedShare(msgspec.Struct, frozen=True):
    """`part` of `whole`, with the interval of Wilson (1927) at 95 %: it holds also where few were
    counted, or none or all of them. None of none is not known at all: [0, 1]."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """None where nothing was counted."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its ends, between 0 and 1."""
        if not self.whole:
            return 0.0, 1.0
        n, p = self.whole, self.part / self.whole
        centre = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
        return max(0.0, centre - half), min(1.0, centre + half)
