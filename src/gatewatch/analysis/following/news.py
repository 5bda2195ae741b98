"""What of two looks is news: what came, what is told otherwise, what is withdrawn.

The same thing is recognised by what it is and by when: two brackets of one kind that overlap are
one happening. Late data moves a bracket or takes one away; then what was told is amended, and never
told anew.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

import msgspec

from gatewatch.model.moment import Bracket

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


class Spanned(msgspec.Struct, frozen=True):
    """One happening of one thing: its kind, when, and what is said of it beside that."""

    kind: str
    when: Bracket
    says: str = ""


Old = TypeVar("Old")
New = TypeVar("New")


class NewsItem(msgspec.Struct, Generic[Old, New], frozen=True):
    """`before` is what was told, `now` what is told now: one alone is a happening that came, or one
    that did not happen."""

    before: Old | None
    now: New | None


def overlapping(one: Bracket, other: Bracket) -> bool:
    """Whether both may be the same point in time. Brackets are open on their left side."""
    return (one.after or _BEGINNING) < (other.by or _END) and (other.after or _BEGINNING) < (
        one.by or _END
    )


def news(
    told: Sequence[tuple[Spanned, Old]],
    known: Sequence[tuple[Spanned, New]],
    *,
    by_overlap: bool = False,
) -> list[NewsItem[Old, New]]:
    """What differs between happenings of one thing, in the order in which they are known now; what
    is withdrawn comes first. `by_overlap`: brackets are estimates, and one that overlaps what was
    told tells nothing new."""
    left = list(told)
    found: list[NewsItem[Old, New]] = []
    later: list[tuple[int, Spanned, New]] = []
    pairs: dict[int, NewsItem[Old, New]] = {}
    for place, (span, item) in enumerate(known):
        same = next((at for at, (other, _) in enumerate(left) if other == span), None)
        if same is None:
            later.append((place, span, item))
        else:
            left.pop(same)
    for place, span, item in later:
        at = next(
            (
                n
                for n, (other, _) in enumerate(left)
                if other.kind == span.kind and overlapping(other.when, span.when)
            ),
            None,
        )
        before = left.pop(at) if at is not None else None
        quiet = by_overlap and before is not None and before[0].says == span.says
        if not quiet:
            pairs[place] = NewsItem(before[1] if before else None, item)
    found.extend(NewsItem(item, None) for _, item in left)
    found.extend(pairs[place] for place in sorted(pairs))
    return found
