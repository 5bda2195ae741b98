"""Which pages of the site a copy holds: those that the site names to search engines, those that
were asked for, and what these lead to, as far as the rules below go."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from html import unescape

import msgspec

from gatewatch.exports.twin.places import Address, parsed
from gatewatch.exports.twin.rewriting import links


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the site says to a question. `leads_to`: an address it sends the asker on to."""

    status: int
    body: bytes = b""
    leads_to: str = ""


Ask = Callable[[str, tuple[tuple[str, str], ...]], Reply]
"""Asks the site for a path with a query."""
OK = 200
MAP = Address("/sitemap.xml")

SEEDS = tuple(
    map(
        Address,
        ("/copy", "/find", "/query", "/changes", "/obligations", "/reconcile", "/measurements"),
    )
)
"""Pages that are for readers and not for search engines."""


class FollowRule(msgspec.Struct, frozen=True):
    """Addresses that are followed wherever they are met, with these questions at most, and how
    many."""

    path: re.Pattern[str]
    asks: frozenset[str] = frozenset()
    bounded: str = ""
    """The name of the bound that holds for them; none if empty."""


def _rule(path: str, *asks: str, bounded: str = "") -> FollowRule:
    return FollowRule(re.compile(path), frozenset(asks), bounded)


_PART = r"[^/]+"
RULES = (
    _rule(rf"/(?:service|jurisdiction|rule|authority|register)/{_PART}"),
    _rule(rf"/case/{_PART}/{_PART}"),
    _rule(rf"/register/{_PART}/(?:entries|enforcement)"),
    _rule(rf"/register/{_PART}/orders", "offset", bounded="orders"),
    _rule(rf"/order/{_PART}", "number", "body", bounded="orders"),
    _rule(r"/cases", "state", "offset"),
    _rule(r"/obligations", "kind"),
    _rule(r"/reconcile", "agreement"),
    _rule(r"/network"),
    _rule(rf"/network/{_PART}", bounded="networks"),
    _rule(rf"/entry/{_PART}/.+", bounded="entries"),
    _rule(rf"/episode/{_PART}/{_PART}", bounded="episodes"),
    _rule(rf"/measurement/{_PART}", bounded="measurements"),
    _rule(r"/picture/.+\.svg", "valid_at", "jurisdiction"),
    _rule(r"/feeds/.+\.(?:atom|json)"),
    _rule(r"/static/.+"),
    _rule(r"/data/(?:dcat\.jsonld|[^/]+/croissant\.json)"),
)
_PICTURES = (_rule(r"/picture/.+\.(?:svg|png)", "valid_at", "jurisdiction", "narrow"),)
"""Beside those for pages and papers: for slides, for narrow columns, and of other questions."""
_SHOWN = re.compile(rf"/case/{_PART}/{_PART}")
"""What the front page shows as an example may be of another day."""
MOST = 1000
"""Pages of entries, of orders, of episodes, of networks, of measurements, each in each
language."""


class CopiedPart(msgspec.Struct, frozen=True):
    """Whose pages are copied: of these services, of these countries; of all where none is named.
    Of laws and authorities then those that the pages lead to."""

    services: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def holds(self, address: Address, source: Address | None) -> bool:
        """Whether a page is of the part."""
        if not (self.services or self.places):
            return True
        kind, *rest = address.path.strip("/").split("/")
        if kind in {"picture", "feeds"} and len(rest) > 1:
            kind, *rest = rest
            rest = [*rest[:-1], rest[-1].rpartition(".")[0]]
        match kind, rest:
            case "case", [service, place]:
                return self._named(service, place)
            case "service", [service, *_]:
                return self._named(service, "")
            case "jurisdiction", [place]:
                return self._named("", place)
            case (("rule" | "authority"), _):
                return source is not None and source.path.startswith(_SUBJECTS)
            case _:
                return True

    def _named(self, service: str, place: str) -> bool:
        return (not service or not self.services or service in self.services) and (
            not place or not self.places or place in self.places
        )


WHOLE = CopiedPart()
_SUBJECTS = ("/case/", "/jurisdiction/", "/service/", "/register/")


class Crawl:
    """Which addresses a copy holds, each once, in an order that rests on the site alone: who asks
    the site takes one address after the other, and tells what came in the same order."""

    def __init__(
        self,
        asked_for: Iterable[Address],
        *,
        most: int = MOST,
        pictures: bool = False,
        part: CopiedPart = WHOLE,
    ) -> None:
        self._rules = (*RULES, *_PICTURES) if pictures else RULES
        self._most, self.met = most, Counter[str]()
        """How many of each bounded kind were met, held or not."""
        self._wanted, self._part = frozenset(asked_for), part
        self._queue: deque[Address] = deque()
        self._seen: set[Address] = set()
        self.led: dict[Address, Address] = {}
        """Addresses that the site sent on to another."""
        self.refused: list[Address] = []
        """Addresses that were asked for and that the site does not have."""
        for one in (MAP, *SEEDS, *sorted(self._wanted)):
            self._add(one)

    @property
    def waiting(self) -> int:
        """How many pages are still to be asked for, as far as is known."""
        return len(self._queue)

    def take(self) -> Address | None:
        """The next address to ask for; None when there is none, as far as is known."""
        return self._queue.popleft() if self._queue else None

    def told(self, address: Address, reply: Reply, urls: Iterable[str]) -> bool:
        """What came of one, and what it leads to; whether the copy holds it."""
        if reply.leads_to:
            _, other, _ = parsed(reply.leads_to)
            self.led[address] = other
            self._add(other, address)
        elif reply.status == OK:
            for url in urls:
                lang, other, _ = parsed(url)
                if lang == "en" and (
                    address == MAP or self._follows(other) or _is_example(address, other)
                ):
                    self._add(other, address)
            return address != MAP
        elif address in self._wanted:
            self.refused.append(address)
        return False

    def _follows(self, address: Address) -> bool:
        if address in self._seen:
            return False
        asked = {name for name, _ in address.query}
        for rule in self._rules:
            if rule.path.fullmatch(address.path) and asked <= rule.asks:
                if not rule.bounded:
                    return True
                self.met[rule.bounded] += 1
                return self.met[rule.bounded] <= bound(rule.bounded, self._most)
        return False

    def _add(self, address: Address, source: Address | None = None) -> None:
        of_part = address in self._wanted or self._part.holds(
            address, None if source == MAP else source
        )
        if of_part and address not in self._seen:
            self._seen.add(address)
            self._queue.append(address)


def bound(kind: str, most: int) -> int:
    """How many pages of a kind a copy holds at most. Of measurements a reader opens few; the data
    sets hold what was concluded from each."""
    return most // 50 if kind == "measurements" else most


def leads(address: Address, body: bytes) -> list[str]:
    """What a page, or the site's own map of pages, leads to."""
    if address == MAP:
        told = re.findall(r"<loc>[a-z]+://[^/<]+([^<]*)</loc>", body.decode())
        return [unescape(one) or "/" for one in told if one != "/api"]
    return links(body.decode()) if body[:15].lower() == b"<!doctype html>" else []


def _is_example(source: Address, address: Address) -> bool:
    return source.path == "/" and _SHOWN.fullmatch(address.path) is not None
