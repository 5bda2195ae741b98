"""What late data changed: episodes found at one time beside those found later. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby

import msgspec

from gatewatch.model.episode import Episode

_FAR = datetime(9999, 1, 1, tzinfo=UTC)
_TOLD = (
    "onset_earliest",
    "onset_latest",
    "resolution_earliest",
    "resolution_latest",
    "networks",
    "measured",
    "members",
    "mechanisms",
    "confidence",
)


class SupersessionKind(StrEnum):
    """What became of an episode."""

    NEW = "new"
    WITHDRAWN = "withdrawn"
    CHANGED = "changed"


class Supersession(msgspec.Struct, frozen=True):
    """One episode as it was told and as it is told now; one side is None where it is new or
    withdrawn."""

    kind: SupersessionKind
    before: Episode | None
    after: Episode | None
    fields: tuple[str, ...] = ()
    """What is told otherwise."""

    @property
    def of(self) -> Episode:
        """The episode as last told."""
        found = self.after or self.before
        assert found is not None
        return found


def superseded(before: Sequence[Episode], after: Sequence[Episode]) -> Iterator[Supersession]:
    """What changed, by series and onset. An episode supersedes the one of its series that it
    overlaps first; what overlaps nothing is new or withdrawn."""

    def series(one: Episode) -> tuple[str, str]:
        return (one.target, one.probe_cc)

    old = {key: list(held) for key, held in groupby(sorted(before, key=series), key=series)}
    new = {key: list(held) for key, held in groupby(sorted(after, key=series), key=series)}
    for key in sorted({*old, *new}):
        yield from _of_a_series(old.get(key, []), new.get(key, []))


def _of_a_series(old: list[Episode], new: list[Episode]) -> Iterator[Supersession]:
    left = list(old)
    for one in new:
        met = next((other for other in left if _overlap(one, other)), None)
        if met is None:
            yield Supersession(SupersessionKind.NEW, None, one)
            continue
        left.remove(met)
        if fields := tuple(name for name in _TOLD if getattr(met, name) != getattr(one, name)):
            yield Supersession(SupersessionKind.CHANGED, met, one, fields)
    for other in left:
        yield Supersession(SupersessionKind.WITHDRAWN, other, None)


def _overlap(one: Episode, other: Episode) -> bool:
    return one.onset_earliest <= (other.resolution_latest or _FAR) and other.onset_earliest <= (
        one.resolution_latest or _FAR
    )
