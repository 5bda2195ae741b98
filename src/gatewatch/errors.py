"""Every error a caller can meet, and the exit code each one gives on the command line."""


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
