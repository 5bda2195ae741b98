"""Every error a caller can meet, and the exit code each one gives on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class GatewatchError(Exception):
    """Base of all errors raised on purpose; its text says what to do."""

    exit_code = 1


class UsageError(GatewatchError):
    """What was asked cannot be understood: a selector, a time, a name."""

    exit_code = 2


class SayableError(GatewatchError):
    """What a person can cause on a page, which says it in their language: an English sentence with
    named places, as of a `Message`, and what fills them. `hint` is for the command line alone."""

    def __init__(self, sentence: str, /, *, hint: str = "", **places: Any) -> None:
        super().__init__(sentence)
        self.sentence, self.hint = sentence, hint
        self.places = {name: _shown(value) for name, value in places.items()}

    def __str__(self) -> str:
        plain = {k: v if isinstance(v, str | int) else v.plain() for k, v in self.places.items()}
        told = self.sentence.format(**plain)
        return f"{told}. {self.hint}" if self.hint else told


def _shown(value: Any) -> Any:
    """Strangers' text, so that no sign of it is hidden and none moves the cursor of a terminal."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in value)


class MistakeError(SayableError, UsageError):
    """A usage error that pages say."""


class CatalogueError(GatewatchError):
    """A declaration (a register's TOML) is faulty; the text names file and key."""


class SourceError(GatewatchError):
    """A source cannot be opened or is not what it was said to be."""


class LedgerError(GatewatchError):
    """The ledger cannot be opened, read or written."""


class LedgerConflictError(LedgerError):
    """Another writer committed to the same register first: reload and try again."""


class StoppedError(SayableError, LedgerError):
    """Nobody waits for the answer any more, it took longer than it may, or what it rests on is gone
    meanwhile: who asks again is answered."""


def overdue() -> StoppedError:
    """The answer took longer than it may."""
    return StoppedError("the answer takes longer than a question may: ask for less, or later")


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
