"""Which entries of a register stand on a day: by decision, ground, measure, suffix, network,
text."""

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import standing
from gatewatch.analysis.registers.standing import ListingState
from gatewatch.errors import UsageError
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.history import Listing, Version
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.query import standings
from gatewatch.query.moments import of_registers

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry must be like; what is left out may be anything."""

    body: str | None = None
    """A part of the body's name, as published or as shown, whatever its case."""
    number: str | None = None
    """A part of the decision's number."""
    decided: str | None = None
    """The beginning of the decision's day: 2024, 2024-03 or 2024-03-01."""
    ground: str | None = None
    """As published, or a finer one that the declaration tells by the decision."""
    block_type: str | None = None
    suffix: str | None = None
    """A domain: entries that name it or a name under it."""
    network: str | None = None
    """Entries that name an address or network in it."""
    text: str | None = None
    """A part of an attribute, or of what could not be read."""


class Found(msgspec.Struct, frozen=True):
    """An entry as the register showed it; `state` is listed or insufficient."""

    id: str
    state: str
    version: Version


class Entries(msgspec.Struct, frozen=True):
    """What was found, and how much there is of each body, ground and year among it."""

    found: tuple[Found, ...]
    by_body: dict[str, int]
    by_ground: dict[str, int]
    by_year: dict[str, int]


def entries(ledger: "OpenedLedger", register: str, sought: Sought, moment: Moment) -> Entries:
    """The entries that stood at the moment or may have, by id."""
    moment = of_registers(ledger, moment)
    known = ledger.history_of.registers()
    if register not in known:
        raise UsageError(
            f"{register!r} is not in this ledger: gatewatch registers lists those that are"
        )
    fits = _fitting(sought, known[register])
    held = standings.around(ledger, {register: known[register]}, moment)[register]
    start, end = moment.span(held.zone)
    found = []
    history = ledger.history_of
    for events in history.by_entry(register, history.bounds(moment)):
        entry_id, versions = events[0].change.entry_id, fold.versions(events)
        for whole in _whole(register, entry_id, versions):
            state, _ = standing.standing(whole, start, end, held)
            shown = standing.version_at(whole, end)
            if state != ListingState.NOT_LISTED and fits(shown.entry):
                found.append(Found(entry_id, str(state), shown))
    return Entries(tuple(found), *_counts(found, known[register]))


def _whole(register: str, entry_id: str, versions: list[Version]) -> Iterator[Listing]:
    """An entry over each unbroken time it was on the list, whatever it named."""
    named = Selector(Kind.APP, entry_id)
    run: list[Version] = []
    for version in versions:
        run.append(version)
        if version.gone:
            yield Listing(
                register=register,
                entry_id=entry_id,
                selector=named,
                came=run[0].since,
                went=version.until,
                versions=tuple(run),
            )
            run = []
    if run:
        yield Listing(
            register=register,
            entry_id=entry_id,
            selector=named,
            came=run[0].since,
            went=None,
            versions=tuple(run),
        )


def _fitting(sought: Sought, register: Register) -> Callable[[Entry], bool]:
    network = _network(sought.network)
    suffix = sought.suffix.strip(".").casefold() if sought.suffix else None

    def fits(entry: Entry) -> bool:
        act = entry.decision or Decision()
        body = f"{act.body or ''}\n{register.bodies.get(act.body or '', '')}"
        texts = "\n".join([*(value for _, value in entry.attributes), *entry.unparsed])
        return (
            _holds(body, sought.body)
            and _holds(act.number, sought.number)
            and (sought.decided is None or (act.date or "").startswith(sought.decided))
            and sought.ground in {None, entry.ground, article_of(entry, register)}
            and (sought.block_type is None or sought.block_type in entry.block_type.split("+"))
            and _holds(texts, sought.text)
            and (suffix is None or any(_under(s, suffix) for s in entry.selectors))
            and (network is None or any(_inside(s, network) for s in entry.selectors))
        )

    return fits


def article_of(entry: Entry, register: Register) -> str | None:
    """The ground of an entry as finely as its decision tells it."""
    act = entry.decision or Decision()
    return register.article(entry.ground, act.body, act.number)[0]


def _holds(text: str | None, part: str | None) -> bool:
    return part is None or part.casefold() in (text or "").casefold()


def _under(named: Selector, suffix: str) -> bool:
    host = named.host or ""
    return host == suffix or host.endswith(f".{suffix}")


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str | None) -> Network | None:
    if text is None:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"--network {text!r} is none: write 192.0.2.0/24") from None


def _inside(named: Selector, network: Network) -> bool:
    if named.kind not in {Kind.IP, Kind.CIDR}:
        return False
    known = ipaddress.ip_network(named.value)
    return known.version == network.version and known.subnet_of(network)  # type: ignore[arg-type]


def _counts(
    found: list[Found], register: Register
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    bodies: Counter[str] = Counter()
    grounds: Counter[str] = Counter()
    years: Counter[str] = Counter()
    for one in found:
        act = one.version.entry.decision or Decision()
        bodies[register.bodies.get(act.body or "", act.body or "")] += 1
        grounds[article_of(one.version.entry, register) or ""] += 1
        years[(act.date or one.version.entry.included_at or "")[:4]] += 1
    return (
        dict(bodies.most_common()),
        dict(grounds.most_common()),
        dict(sorted(years.items())),
    )
