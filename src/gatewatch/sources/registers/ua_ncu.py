"""Ukraine's NCU: a list of hosts, and the orders that put them there or took them off.

`domains.list` says what is on the list; files in `PRESCRIPT/` are named by document, order number
and kind, and hold the hosts an order names, more or less one a line. An order alone lists no host:
it gives an entry its decision, and a removal its act. The list names hosts alone, though, and
orders name addresses too: one on a line of its own is listed by the latest order that names it, and
one that only stands beside a host may be restricted or may not.
"""

import ipaddress
import re
from collections.abc import Sequence
from typing import ClassVar

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.entry import Decision, Entry, block_types
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.unread import may_name
from gatewatch.sources.registers import cells
from gatewatch.sources.registers.format import Fragment, Frame, Unread

_BODY = "НЦУ"
_LIST = "list"
_NUMBER = re.compile(r"(\d{1,4})[_/](\d{3,5})")
_DOCUMENT = re.compile(r"^(\d+)~")
_DAY = re.compile(r"від (\d\d)\.(\d\d)\.(\d{4})")
_LIFTS = re.compile("розблокування|скасування|припинення", re.IGNORECASE)
_SLOPPY_SCHEME = re.compile(r"^https?:(?=[^/])")
_LIST_MARK = re.compile(r"^\(?\d{1,3}[.)]\s+")
_HOST = re.compile(
    r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_][\w-]*?)\.?(?=[\s/:;,?)]|$|https?:)", re.IGNORECASE
)


class UaNcu:
    """One entry a host."""

    default_path = "domains.list"
    companions: str | None = "PRESCRIPT"
    marks: ClassVar[tuple[bytes, ...]] = ()

    def __init__(self, register: Register) -> None:
        self._register = register

    def frame(self, part: str, data: bytes) -> Frame:
        name = part.rpartition("/")[2].encode("utf-8", "surrogateescape")
        context = f"order:{name.decode('utf-8', 'backslashreplace')}"
        ordered = part.startswith(f"{self.companions}/")
        return Frame(start=0, end=len(data), context=context if ordered else _LIST)

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        if context == _LIST:
            return [_listed(record) for record in records]
        order = _Order(context.removeprefix("order:"))
        return [order.hosts(record) for record in records]

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """Lines are lines."""
        del part, data
        return None

    def fold(self, fragments: Sequence[Fragment]) -> Entry | None:
        """On the list, with the latest order that put it there; an address by that order alone."""
        on_list = (f.entry for f in fragments if f.present and not f.entry.decision)
        if (listed := next(on_list, None)) is None:
            return _ordered(fragments)
        order = _latest(fragments, lifts=False)
        if order is None:
            return listed
        return Entry(listed.id, listed.selectors, order, block_type=listed.block_type)

    def removal(self, fragments: Sequence[Fragment]) -> Decision | None:
        return _latest(fragments, lifts=True)


class _Order:
    """An order as its file's name tells it."""

    def __init__(self, name: str) -> None:
        number, document, day = _NUMBER.search(name), _DOCUMENT.search(name), _DAY.search(name)
        self._decision = Decision(
            body=_BODY,
            number=f"{number[1]}/{number[2]}" if number else name.removesuffix(".txt").strip(),
            date=f"{day[3]}-{day[2]}-{day[1]}" if day else None,
        )
        self._rank = int(document[1]) if document else 0
        self._lifts = bool(_LIFTS.search(name))

    def hosts(self, record: bytes) -> list[Fragment | Unread]:
        text = record.decode("utf-8", "backslashreplace").strip().lstrip("\ufeff")
        found = [match[1] for match in _HOST.finditer(text)]
        if text and not found:
            return self._addresses(text)
        fragments: list[Fragment | Unread] = []
        beside = list(filter(_is_address, may_name(_HOST.sub(" ", text))))
        if beside and not self._lifts:
            raw = f"{self._decision.number}: {', '.join(beside)}"
            fragments.append(Unread("an address beside a host in an order", raw))
        for host in found:
            try:
                named = selector.domain(host)
            except UsageError as problem:
                fragments.append(Unread(str(problem), text, vital=False))
                continue
            entry = Entry(named.value, decision=self._decision, block_type="domain")
            fragments.append(Fragment(entry, present=False, lifts=self._lifts, rank=self._rank))
        return fragments

    def _addresses(self, text: str) -> list[Fragment | Unread]:
        """A line of an order that names no host: addresses and networks, or words."""
        cell = cells.read(_LIST_MARK.sub("", text).rstrip(",;. "), "selector")
        if not cell.found or cell.unread or not all(map(_of_address, cell.found)):
            why = "no host in this line of an order"
            return [Unread(why, text, vital=not self._lifts and bool(may_name(text)))]
        return [
            Fragment(
                Entry(named.value, (named,), self._decision, block_type=block_types([named])),
                present=not self._lifts,
                lifts=self._lifts,
                rank=self._rank,
            )
            for named in cell.found
        ]


def _of_address(named: Selector) -> bool:
    if named.kind == Kind.URL:
        return _is_address(selector.url_host(named.value))
    return named.kind in {Kind.IP, Kind.CIDR}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _ordered(fragments: Sequence[Fragment]) -> Entry | None:
    """An address by the latest order that names it; None where that lifts, and for a host."""
    acts = [f for f in fragments if f.entry.decision]
    last = max(acts, key=_order_of_acts, default=None)
    return last.entry if last and last.present else None


def _listed(record: bytes) -> list[Fragment | Unread]:
    """A line of the list. Once, every line bore a plus sign for fourteen seconds: not a change."""
    text = record.decode("utf-8", "backslashreplace").strip().lstrip("+")
    bare = _SLOPPY_SCHEME.sub("", text.rstrip(",; "))
    if not bare:
        return []
    cell = cells.read(bare, "selector")
    if not cell.found:
        why = cell.problems[0] if cell.problems else "nothing in it"
        return [Unread(why, text, vital=cell.hides)]
    return [
        Fragment(Entry(named.value, (named,), block_type=block_types([named])))
        for named in cell.found
    ]


def _latest(fragments: Sequence[Fragment], *, lifts: bool) -> Decision | None:
    acts = [f for f in fragments if f.entry.decision]
    if not acts:
        return None
    last = max(acts, key=_order_of_acts)
    return last.entry.decision if last.lifts == lifts else None


def _order_of_acts(act: Fragment) -> tuple[int, Decision]:
    return act.rank, act.entry.decision or Decision()
