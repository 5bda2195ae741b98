"""A ledger as its questions take it: opened at one state, with what was concluded from that
state."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from gatewatch.errors import LedgerError
from gatewatch.ledger.history import History
from gatewatch.ledger.store import Store

Conclusion = TypeVar("Conclusion")
_MOST_CONCLUDED = 32


class OpenedLedger:
    """What a ledger holds, by its tables (`store`) and its registers (`history_of`).

    `Ledger` adds the questions: they lie between the two, so that none imports whoever asks it.
    """

    def __init__(self, location: str) -> None:
        self.location = location
        self.store = Store(location)
        if not self.store.exists():
            raise LedgerError(
                f"no ledger at {location}: gatewatch ingest makes one, or name another with --ledger"
            )
        self.history_of = History(self.store)
        self._concluded: OrderedDict[Hashable, Any] = OrderedDict()

    def refresh(self) -> None:
        """See what has been committed since the ledger was opened."""
        self.store.refresh()
        self.history_of = History(self.store)
        self._concluded.clear()

    def once(self, question: Hashable, conclude: Callable[[], Conclusion]) -> Conclusion:
        """A conclusion from what the ledger holds, drawn once until `refresh`. The last few are
        kept."""
        if question not in self._concluded:
            self._concluded[question] = conclude()
            while len(self._concluded) > _MOST_CONCLUDED:
                self._concluded.popitem(last=False)
        self._concluded.move_to_end(question)
        return cast("Conclusion", self._concluded[question])
