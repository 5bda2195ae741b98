"""How long an answer of the ledger is waited for."""

import time


class Patience:
    """How long an answer is waited for: until `ends` on the monotonic clock, and until whoever
    waits has gone, which another thread says."""

    def __init__(self, ends: float = float("inf")) -> None:
        self.ends, self.gone = ends, False

    def over(self) -> bool:
        """Whether nobody waits any more."""
        return self.gone or time.monotonic() > self.ends
