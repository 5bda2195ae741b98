"""Episodes, and registers beside the network, as pictures of tracks."""

from collections import defaultdict
from collections.abc import Sequence

from gatewatch.analysis.registers.lookup import How
from gatewatch.draw import tracks
from gatewatch.draw.tracks import MOST, Track
from gatewatch.model import selector as selectors
from gatewatch.model.documentation import marked
from gatewatch.model.episode import Episode, Silence, Worldwide
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Moment, When
from gatewatch.query import reconciliation as reconcile
from gatewatch.query.agreement import COVERING
from gatewatch.query.episodes import Record
from gatewatch.query.history import histories
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.reconciliation import Reconciled, Reconciliation
from gatewatch.query.targets import Targets
from gatewatch.words.states import look

_DRAWN = COVERING | {How.OTHER_SCHEME}


def of_episodes(record: Record, *, language: str = "en", narrow: bool = False) -> str:
    """Episodes, silences and coverage as SVG: targets with an episode or a silence first."""
    everywhere = {(w.target, code): w for w in record.everywhere for code in w.countries}
    blocks: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    for one in record.episodes:
        blocks[one.target, one.probe_cc].append(one)
    silent = {(s.target, s.probe_cc) for s in record.silences if s.network is None}

    def place(here: tuple[str, str]) -> tuple[bool, bool, str]:
        target, code = here
        return here not in blocks, silent.isdisjoint((here, ("", code))), target

    every = sorted(record.series, key=place)
    days = record.coverage_of(every[:MOST])
    rows = [
        Track(
            target=target,
            note=marked(
                _note(code, blocks.get((target, code), []), everywhere.get((target, code))),
                invented=(target, code) in record.invented,
            ),
            measured=days[target, code],
            blocks=tuple(blocks.get((target, code), ())),
            silences=tuple(s for s in record.silences if _tells_of(s, target, code)),
        )
        for target, code in every[:MOST]
    ]
    n = len(record.episodes)
    title = message("{n} episode, by measurements", "{n} episodes, by measurements", n=n)
    rest = len(every) - len(rows)
    return tracks.picture(title, rows, rest=rest, language=language, narrow=narrow)


def _tells_of(silence: Silence, target: str, code: str) -> bool:
    """A country's silence is that of each target."""
    about = silence.network is None and silence.target in {"", target}
    return about and silence.probe_cc == code


def _note(code: str, mine: list[Episode], everywhere: Worldwide | None) -> Message:
    place = Jurisdiction(code)
    if not mine and everywhere:
        return message(
            "{place}: began in {n} countries at once, no restriction",
            place=place,
            n=len(everywhere.countries),
        )
    if not mine:
        return message("{place}: no episode found", place=place)
    last = mine[-1]
    told = message(
        "{place}: {n} of {measured} network",
        "{place}: {n} of {measured} networks",
        place=place,
        n=len(last.networks),
        measured=last.measured,
    )
    if last.last_seen:
        return message("{episode}, last seen {day}", episode=told, day=last.last_seen.date())
    if last.resolution_latest is None:
        return message("{episode}, no end seen", episode=told)
    return message("{episode}, until {day}", episode=told, day=last.resolution_latest.date())


def of_reconciled(
    ledger: Ledger,
    found: Reconciliation,
    rows: Sequence[Reconciled],
    *,
    valid_at: When = None,
    as_of: When = None,
    recorded_by: When = None,
    language: str = "en",
    narrow: bool = False,
) -> str:
    """Paper above network for each row, at the moment asked about, as SVG."""
    moment = of_all(ledger, Moment.parse(valid_at, as_of, recorded_by))
    drawn = rows[:MOST]
    hosts = {one.key: one.target for one in drawn if not one.key.startswith(reconcile.SERVICE)}
    names = {key: selectors.from_key(key).host or host for key, host in hosts.items()}
    asked = Targets(names=tuple(sorted({*names.values()})))
    record = Record(ledger, moment, asked, found.jurisdiction)
    place = Jurisdiction.parse(found.jurisdiction)
    met = histories(ledger, list(hosts.values()), moment, place)
    papers = dict(zip(hosts, met, strict=True))
    lines = [
        Track(
            target=one.target,
            note=marked(look(one.state).word, invented=one.invented),
            measured=record.coverage.get((names.get(one.key, ""), found.jurisdiction), {}),
            blocks=tuple(b for b in record.episodes if b.target == names.get(one.key)),
            listings=tuple(
                (li.came, li.went) for how, li in papers.get(one.key, ()) if how in _DRAWN
            ),
        )
        for one in drawn
    ]
    title = _title(place, len(drawn), len(found.rows))
    at = reconcile.instant(moment)
    return tracks.picture(title, lines, at, language=language, narrow=narrow)


def _title(place: Jurisdiction, drawn: int, every: int) -> Message:
    title = message("Lists and network in {place}", place=place)
    if every == drawn:
        return title
    return message(
        "{title}: {drawn} of {n} target",
        "{title}: {drawn} of {n} targets",
        title=title,
        drawn=drawn,
        n=every,
    )
