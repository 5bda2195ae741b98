"""Why a published state is set aside: a closed set of sentences, kept in the ledger in English, and
said by pages in the reader's language."""

from gatewatch.model.message import Message, message, recognised

CUT = message("truncated: the file ends before its end mark")
EMPTY = message("empty: no entry in it")
UNREADABLE = message("{bad} of {total} records could not be read")
FEWER = message("{entries} entries, fewer than the {expected} expected")
CUT_IN_A_LINE = message("truncated: it ends within a line, and {missing} entries are missing")
CUT_IN_THE_LAST = message(
    "truncated: it ends within a line, and its last entry names something else than before"
)
COLLAPSE = message("collapse: {before} to {now} entries")
ANOTHER_LIST = message("another list, or other names: {missing} of {before} entries are missing")
OTHER_NAMES = message(
    "other names under the same ids: {renamed} of {before} entries name nothing that they named "
    "before; an id that is the number of a row is declared as ignore"
)
EMPTIED = message("{emptied} of {before} entries name nothing any more")
GROWTH = message("growth: {added} new entries beside {before}")
REMOVALS_GONE = message("removals gone: {reopened} of {ended} entries bear none any more")
MASS_CHANGE = message("mass change: {changed} of {before} entries changed")
HIDDEN = message("{unreadable} unreadable records may hide the {missing} entries that are missing")
_ALL = (
    CUT,
    EMPTY,
    UNREADABLE,
    FEWER,
    CUT_IN_A_LINE,
    CUT_IN_THE_LAST,
    COLLAPSE,
    ANOTHER_LIST,
    OTHER_NAMES,
    EMPTIED,
    GROWTH,
    REMOVALS_GONE,
    MASS_CHANGE,
    HIDDEN,
)


def told(reason: Message, **numbers: int) -> str:
    """As the ledger keeps it."""
    return reason.id.format(**{name: f"{n:,}" for name, n in numbers.items()})


def read(kept: str) -> Message | str:
    """A kept reason as a message; text that a reader of the source wrote stays text."""
    return recognised(kept, _ALL) or kept
