"""Every error a caller can meet, and the exit code each one gives on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager


class GatewatchError(Exception):
    """Base of all errors raised on purpose; its text says what to do."""

    exit_code = 1


class UsageError(GatewatchError):
    """What was asked cannot be understood: a selector, a time, a name."""

    exit_code = 2


class CatalogueError(GatewatchError):
    """A declaration (a register's TOML) is faulty; the text names file and key."""


class SourceError(GatewatchError):
    """A source cannot be opened or is not what it was said to be."""


class LedgerError(GatewatchError):
    """The ledger cannot be opened, read or written."""


class LedgerConflictError(LedgerError):
    """Another writer committed to the same register first: reload and try again."""


class StoppedError(LedgerError):
    """Nobody waits for the answer any more, it took longer than it may, or what it rests on is gone
    meanwhile: who asks again is answered."""


class EngineError(GatewatchError):
    """The cluster that heavy steps run on cannot be had, or gave up."""


class MissingExtraError(GatewatchError, ModuleNotFoundError):
    """A library of an extra is not installed; the text is the line to type."""


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Import within this what an extra brings: `with needs("network"): import numpy as np`."""
    try:
        yield
    except MissingExtraError:
        raise
    except ModuleNotFoundError as missing:
        # A module of our own that is missing is a fault of ours, not of the install.
        if (missing.name or "gatewatch").partition(".")[0] == "gatewatch":
            raise
        raise MissingExtraError(
            f"this needs {missing.name}, which the extra {extra!r} brings: "
            f"pip install 'gatewatch[{extra}]'",
            name=missing.name,
        ) from missing
