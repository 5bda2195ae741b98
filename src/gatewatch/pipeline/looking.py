"""A look at the ledger: what is known now that was not known at the look before.

Entries of registers are compared at two times of recording, which the ledger answers alike for
ever; all else is compared with what stood at the last look. The two go on together, in one
transaction of `NewsQueue.take`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby

import msgspec

from gatewatch.analysis.following.news import NewsItem, Spanned, news
from gatewatch.catalogue import facts
from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger.schema import EPOCH, micros, moment_of
from gatewatch.ledger.store import Store
from gatewatch.model.event import Event
from gatewatch.model.moment import Bracket, Moment
from gatewatch.model.selector import Selector, named
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.following.news_queue import LedgerLook, StandingFact, Tell
from gatewatch.query import case as cases
from gatewatch.query import ledger as reading
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.moved import EntryMove, LookedAt, moved
from gatewatch.words import events
from gatewatch.words.happening import Happening
from gatewatch.words.moves import identity, of_crowds, of_moves

_BY_OVERLAP = frozenset({"onset", "end"})
"""Kinds whose brackets are estimates: they narrow with each measurement, and that is no news."""
_TAKEN_BACK = frozenset({"onset", "end", "claim"})
"""Kinds of which it is told where they did not happen after all. Of others it is only forgotten: a
silence that is over did happen."""
_BY_WORDS = frozenset({"disagreement"})
"""Kinds that bear the day of the newest evidence: that this moves on is no news."""
_NEW_IF_DIFFERENT = frozenset({"state"})
"""Kinds of which another word is another happening, and not a correction."""
_TRIES = 5


def look(
    location: str,
    followers: Followers,
    now: datetime | None = None,
    *,
    catalogue: Catalogue | None = None,
) -> int:
    """Tell those who follow what is new; how many messages wait for it. Without a ledger 0."""
    if not Store(location).exists():
        return 0
    for _ in range(_TRIES):
        queued = followers.news.take(_look(location, followers, now, catalogue), now)
        if queued is not None:
            return queued
    return 0  # others look all the time, and tell it


def _look(
    location: str, followers: Followers, given: datetime | None, own: Catalogue | None
) -> LedgerLook:
    now = given or datetime.now(UTC)
    since, clock = followers.news.mark(), followers.news.clock()
    ledger, catalogue = reading.open(location), own or facts.load()
    moment = of_all(ledger, Moment.parse(now))
    until = moment.recorded_by or EPOCH
    happened = _standing(ledger, catalogue, now)
    before = followers.news.standing()
    told, kept = _compared(before, happened, now)
    moves: list[tuple[Tell, Happening | None]] = []
    if since is not None:
        then = LookedAt(moment_of(since), moment_of(clock) or now)
        moves = _entries(ledger, catalogue, then, LookedAt(until, now), followers=followers)
    return LedgerLook(
        since=since,
        mark=micros(until),
        looked=clock,
        clock=max(micros(now), clock or 0),
        news=_once(moves, told),
        standing=kept,
    )


def _standing(ledger: Ledger, catalogue: Catalogue, now: datetime) -> list[Happening]:
    """All that is told but entries, as it stands now."""
    found = events.standing(
        ledger,
        catalogue,
        cases.every(catalogue, Moment.parse(now), ledger),
        ledger.registers(as_of=now),
        as_of=now,
        recorded_by=None,
    )
    return [one for one in found if one.thing and one.at <= now]


def _compared(
    before: Sequence[StandingFact], happened: Sequence[Happening], now: datetime
) -> tuple[list[tuple[Tell, Happening | None]], list[StandingFact]]:
    """What is told of it, and what stands from now on."""

    def by_thing(one: "StandingFact | Happening") -> tuple[str, str]:
        return one.thing, one.kind

    then = {key: list(g) for key, g in groupby(sorted(before, key=by_thing), by_thing)}
    there = {key: list(g) for key, g in groupby(sorted(happened, key=by_thing), by_thing)}
    found: list[tuple[Tell, Happening | None]] = []
    kept = [_kept(one) for one in happened]
    for key in sorted({*then, *there}):
        _, kind = key
        for one in _news(kind, then.get(key, []), there.get(key, [])):
            if one.now is not None:
                tell = Tell(one.now.said, one.before.event if one.before else None)
                found.append((tell, one.now))
            elif one.before is not None and kind in _TAKEN_BACK:
                found.append((Tell(None, one.before.event), None))
    return sorted(found, key=lambda pair: pair[1].at if pair[1] else now), kept


def _kept(one: Happening) -> StandingFact:
    when = one.when
    after, by = (micros(side) if side else None for side in (when.after, when.by))
    return StandingFact(one.thing, one.kind, after, by, says=one.says, event=one.id)


def _news(
    kind: str, then: Sequence[StandingFact], there: Sequence[Happening]
) -> list[NewsItem[StandingFact, Happening]]:
    told = [(_span(one), one) for one in then]
    known = [(Spanned(one.kind, one.when, one.says), one) for one in there]
    if kind in _BY_OVERLAP:
        return news(told, known, by_overlap=True)
    if len(told) == len(known) == 1 and told[0][0] != known[0][0]:
        other = told[0][0].says != known[0][0].says
        if kind in _BY_WORDS and not other:
            return []
        return [NewsItem(None if other and kind in _NEW_IF_DIFFERENT else then[0], there[0])]
    return news(told, known)


def _span(one: StandingFact) -> Spanned:
    after, by = (
        EPOCH + timedelta(microseconds=side) if side is not None else None
        for side in (one.after, one.by)
    )
    return Spanned(one.kind, Bracket(after, by), one.says)


def _entries(
    ledger: Ledger, catalogue: Catalogue, since: LookedAt, until: LookedAt, followers: Followers
) -> list[tuple[Tell, Happening | None]]:
    followed = _followed(followers, catalogue)
    moves, crowds = moved(ledger, since, until, followed)
    happened = zip(moves, of_moves(moves, catalogue), strict=True)
    found: list[tuple[Tell, Happening | None]] = []
    for move, one in happened:
        found.append((_tell(move, one), one))
    found += [(Tell(one.said), one) for one in of_crowds(crowds)]
    return sorted(
        found, key=lambda pair: (pair[1].at, pair[1].id) if pair[1] else (until.clock, "")
    )


def _tell(move: EntryMove, one: Happening) -> Tell:
    before = identity(move.before, move.kind) if move.before else None
    return Tell(one.said if move.now else None, before)


def _followed(followers: Followers, catalogue: Catalogue) -> list[Selector]:
    """Names and addresses that anybody follows, and those of services that are followed."""
    found: dict[Selector, None] = {}
    for one in followers.subscriptions.all():
        names: list[str] = [*one.wish.domains, *one.wish.addresses]
        for service in one.wish.services:
            if known := catalogue.services.get(service):
                names += [*known.hosts, *known.addresses]
        for name in names:
            found.setdefault(_parsed(name))
    return list(found)


@lru_cache(1 << 15)
def _parsed(name: str) -> Selector:
    """Each look meets the same names again."""
    return named(name)


def _once(
    entries: Iterable[tuple[Tell, Happening | None]],
    told: Iterable[tuple[Tell, Happening | None]],
) -> list[Tell]:
    """One message of what happened: that a service's state changed is told by what changed it, and
    by itself to whom nothing of the same look tells that; that lists and network disagree stands
    beside it."""
    pairs = [*entries, *told]
    causes: dict[tuple[str | None, str | None], list[Tell]] = {}
    for tell, one in pairs:
        if one is not None and one.kind not in {"state", "disagreement"}:
            for key in _places(one):
                causes.setdefault(key, []).append(tell)
    found = []
    for tell, one in pairs:
        if one is not None and one.kind == "state":
            because_of = tuple(causes.get((one.service, one.jurisdiction), ()))
            found.append(msgspec.structs.replace(tell, because_of=because_of))
        else:
            found.append(tell)
    return found


def _places(one: Happening) -> Iterator[tuple[str | None, str | None]]:
    yield one.service, one.jurisdiction
    for key in one.about:
        if key.startswith("service:"):
            yield key.partition(":")[2], one.jurisdiction


def example(language: str) -> Event:
    """What `gatewatch follow test` sends."""
    from gatewatch.model.message import message
    from gatewatch.words import say

    return Event(
        id="urn:gatewatch:test",
        kind="state",
        at=datetime.now(UTC).replace(microsecond=0),
        title=say(message("Gatewatch: a test message"), language),
        text=say(
            message("This is a test. Whoever gets it is told what it follows; nothing happened."),
            language,
        ),
        path="/",
    )
