"""Events of an entry to its versions, and to the times over which each selector was listed."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

import msgspec

from gatewatch.model.history import Listing, Op, RegisterEvent, Version
from gatewatch.model.moment import Bracket
from gatewatch.model.selector import Kind, Selector


def by_entry(
    events: Iterable[RegisterEvent],
) -> Iterator[tuple[tuple[str, str], list[RegisterEvent]]]:
    """Events grouped by (register, entry), each group in the order of time."""

    def owner(event: RegisterEvent) -> tuple[str, str]:
        return (event.register, event.change.entry_id)

    for key, group in groupby(sorted(events, key=owner), key=owner):
        yield key, sorted(group, key=lambda event: (event.at, event.after is not None, event.after))


def versions(events: Iterable[RegisterEvent]) -> list[Version]:
    """An entry's versions, oldest first, from its events in the order of time."""
    found: list[Version] = []
    for event in events:
        if found and found[-1].until is None:
            gone = event.change.op == Op.REMOVED
            found[-1] = msgspec.structs.replace(
                found[-1],
                until=event.bracket,
                gone=gone,
                removal=event.change.entry if gone else None,
                snapshots=(*found[-1].snapshots, event.snapshot),
            )
        if event.change.op != Op.REMOVED and event.change.entry is not None:
            found.append(
                Version(event.change.entry, since=event.bracket, snapshots=(event.snapshot,))
            )
    return found


def listings(register: str, entry_id: str, known: Iterable[Version]) -> list[Listing]:
    """Each selector of an entry over each unbroken time it was listed, by when it came."""
    return _spread(register, entry_id, known, lambda version: version.entry.selectors)


def unread(register: str, entry_id: str, known: Iterable[Version]) -> list[Listing]:
    """Each text of an entry that could not be read, over each unbroken time it stood there."""

    def texts(version: Version) -> tuple[Selector, ...]:
        return tuple(Selector(Kind.UNREAD, text) for text in version.entry.unparsed)

    return _spread(register, entry_id, known, texts)


def _spread(
    register: str,
    entry_id: str,
    known: Iterable[Version],
    shown_by: Callable[[Version], tuple[Selector, ...]],
) -> list[Listing]:
    done: list[Listing] = []
    standing: dict[Selector, list[Version]] = {}
    came: dict[Selector, Bracket] = {}
    same: dict[tuple[int, ...], tuple[Version, ...]] = {}
    """As one object: an entry may list hundreds of addresses over the same versions."""

    def close(selector: Selector, went: Bracket | None) -> None:
        stood = tuple(standing.pop(selector))
        versions = same.setdefault(tuple(map(id, stood)), stood)
        done.append(
            Listing(
                register=register,
                entry_id=entry_id,
                selector=selector,
                came=came.pop(selector),
                went=went,
                versions=versions,
            )
        )

    for version in known:
        shown = shown_by(version)
        for selector in [s for s in standing if s not in shown]:
            close(selector, version.since)
        for selector in shown:
            came.setdefault(selector, version.since)
            standing.setdefault(selector, []).append(version)
        if version.gone:
            for selector in list(standing):
                close(selector, version.until)
    for selector in list(standing):
        close(selector, None)
    return sorted(done, key=lambda listing: (listing.came.by, listing.selector))
