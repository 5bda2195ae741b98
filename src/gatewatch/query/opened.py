"""A ledger as its questions take it: opened at one state, with what was concluded from that
state."""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from gatewatch.errors import LedgerError
from gatewatch.ledger.history import History
from gatewatch.ledger.store import Store
from gatewatch.model.kept import Kept

if TYPE_CHECKING:
    from gatewatch.engines.spark import Cluster

Conclusion = TypeVar("Conclusion")
_MOST_COUNTED = 200_000
_MOST_BYTES = 1 << 30
"""Of conclusions that are kept, where nobody says less: what one person's questions rest on."""


class OpenedLedger:
    """What a ledger holds, by its tables (`store`) and its registers (`history_of`).

    `Ledger` adds the questions: they lie between the two, so that none imports whoever asks it.
    """

    def __init__(
        self, location: str, *, memory: int | None = None, cluster: "Cluster | None" = None
    ) -> None:
        """`memory`: how many bytes a query may take, and an eighth of it for conclusions that are
        kept; None: as the machine has. `cluster`: where counts and episodes are worked out; None:
        here."""
        self.location = location
        self.cluster = cluster
        self.store = Store(location, memory=memory)
        if not self.store.exists():
            raise LedgerError(
                f"no ledger at {location}: gatewatch ingest REGISTER SOURCE makes one, or name another with --ledger"
            )
        self.history_of = History(self.store)
        self.most_counted = _MOST_COUNTED if memory else None
        """Verdicts that are counted at a time, where memory is bounded: of more than that the names
        are counted part by part."""
        self._concluded: Kept[Any] = Kept(memory // 8 if memory else _MOST_BYTES)

    def refresh(self) -> None:
        """See what has been committed since the ledger was opened."""
        self.store.refresh()
        self.history_of = History(self.store)
        self._concluded.clear()

    def forget(self) -> None:
        """Let go of the conclusions, which are drawn again for who asks."""
        self.history_of.last_filed = None
        self._concluded.clear()

    def close(self) -> None:
        """Let go of what is held in memory."""
        self.refresh()

    def once(self, question: Hashable, conclude: Callable[[], Conclusion]) -> Conclusion:
        """A conclusion from what the ledger holds, drawn once until `refresh`. Those used last are
        kept."""
        try:
            return cast("Conclusion", self._concluded.get(question))
        except KeyError:
            found = conclude()
            self._concluded.put(question, found)
            return found
