"""How long and how much a measurement waits, reads and follows."""

import msgspec


class ProbeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds and bytes; the defaults are those of the field's probes."""

    connect: float = 15.0
    handshake: float = 10.0
    lookup: float = 5.0
    """For a question to one resolver; the system's own resolver has a patience of its own, and
    is given three times as long."""
    response: float = 10.0
    """From a request to the first byte of its answer."""
    body: float = 10.0
    """For a body; then the reading ends, and that is no failure (web_connectivity 0.5)."""
    most_body: int = 1 << 19
    most_head: int = 1 << 16
    redirects: int = 10
    whole: float = 120.0
    """For one measurement. What is recorded by then is kept."""
    addresses: int = 8
    """Addresses of one name that are connected to."""
    duplicates: float = 0.3
    """How long a question over UDP listens for a second answer after the first, at least."""

    def scaled(self, seconds: float) -> "ProbeLimits":
        """The same with another patience: `seconds` for a connect, all else in proportion."""
        by = seconds / self.connect
        return msgspec.structs.replace(
            self,
            connect=seconds,
            handshake=self.handshake * by,
            lookup=self.lookup * by,
            response=self.response * by,
        )
