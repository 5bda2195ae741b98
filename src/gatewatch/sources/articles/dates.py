"""Days in running text, resolved against the day of publication.

General parsers were tried and guess too freely here (docs/decisions/0009): "this Thursday" became a
day to come, a Chinese day was read month and day the wrong way round.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from operator import attrgetter

import msgspec

from gatewatch.catalogue.finder import heads, holds, needed
from gatewatch.catalogue.vocabulary import (
    CENTURIES,
    DIGITS,
    HAN_DAYS,
    HAN_UNITS,
    Dates,
    Heard,
    Vocabulary,
)
from gatewatch.model import day
from gatewatch.sources.articles.resolving import resolved

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_OF_A_PAPER = re.compile(
    r"(?:\bот|\bdated|\b(?:order|decision|ruling|decree|letter|law) (?:of|from))\s*$", re.IGNORECASE
)
"""The day of an order or a law, and not of what the sentence tells."""
_PAPERS = ("from", "of", "dated", "от", "From", "Of", "Dated", "От", "ОТ", "FROM", "OF", "DATED")
"""Words one of which stands before the day of a paper."""
_OF_A_NOTICE = re.compile(
    r"\b(?:сообщени|заявлени|релиз|публикаци)\w*\W+(?:\w+\W+){0,3}от\s*$", re.IGNORECASE
)
"""The day of a statement, which tells of news."""
_OF_AN_ORDER = re.compile(
    r"\b(?:order|directive|decision|ruling|decree|letter|document|notice|instruction)s?\W+"
    r"(?:is\W+|was\W+)?(?:dated|of|from)\s*$"
    r"|\b(?:приказ|письм|распоряжени|предписани|постановлени|документ|уведомлени|решени|определени)\w*"
    r"\W+(?:\w+\W+){0,6}от\s*$"
    r"|\b(?:приказ|письм|распоряжени|предписани|постановлени|документ|уведомлени)\w*\W+датирован\w*\s*$",
    re.IGNORECASE,
)
"""As said by the paper that orders, and not by a law."""
_RANGE = re.compile(
    r"\b(?:from|between)\W[^.;,]{1,30}\W(?:to|until|till|and)\b\W*\w*$"
    r"|\b(?:с|со)\W[^.;,]{2,30}\Wпо\b\W*\w*$|[自从][^，。；]{2,14}[至到]\W*\d*$|\d ?[年月日号][至到]\W*\d*$",
    re.IGNORECASE,
)
"""Before the end of a range: "from May to June"."""


class Told(msgspec.Struct, frozen=True, gc=False):
    """A day that a text tells: its place, and EDTF. `stated`: the day of a statement."""

    start: int
    end: int
    edtf: str
    stated: bool = False
    anchored: bool = False
    """Counted from another day of the text."""
    ordered: bool = False
    """The day of an order or a letter, which is that of ordering and of nothing else."""
    bare: str = ""
    """The kind of a day that is told without its year or month, and nothing for others."""
    until: str = ""
    """The day on which what began on this one ended."""
    weekday: bool = False
    years: int | None = None
    """Years from the day told before, as in "the same year"."""
    apposed: bool = False
    """Counted from the day right before it, of which it only says how far it lay from another
    event: "on 20 March, ten days before the vote, ..." """


def days(text: str, words: Vocabulary, published: date | None) -> list[Told]:
    """Days in a text, those that say most first where they overlap, in the order of the text.
    Without a day of publication only those with a year are told."""
    words = words.heard(text)
    taken: list[Told] = []
    left: list[tuple[int, int]] = []
    for kind, pattern in _patterns(words):
        for found in pattern.finditer(words.low):
            begin, end = found.span()
            if _is_met(taken, begin, end) or (words.headed and _lies_in(words.headed, begin)):
                continue
            if left and _lies_in(left, begin):
                continue  # the month of a day that is none of an event
            before = text[max(0, begin - 40) : begin]
            paper = before.rstrip().endswith(_PAPERS) or "датирован" in before
            ordered = paper and bool(_OF_AN_ORDER.search(before))
            if not ordered and (
                (paper and _OF_A_PAPER.search(before) and not _OF_A_NOTICE.search(before))
                or _is_no_event(before, found, text[end : end + _REST], words=words)
            ):
                left.append((begin, end))
                if taken and _ends_range(before, found[0]) and "y" in found.groupdict():
                    taken[-1] = _ended(
                        taken[-1], found, kind, dates=words.dates, published=published
                    )
                continue
            if kind[-1] in _UNITS and kind in words.dates.offsets and _quoted(text, begin):
                continue
            parts = {name: value for name, value in found.groupdict().items() if value}
            if edtf := resolved(kind, parts, words.dates, published):
                which = parts.get("q", "")
                bare = kind in _WITHOUT_YEAR and "y" not in parts and not which
                bare = bare and not found[0].startswith("last ")
                taken.append(
                    Told(
                        begin,
                        end,
                        edtf,
                        _stated(text, (begin, end), words),
                        ordered=ordered,
                        bare=kind if bare else "",
                        weekday=kind == "weekday",
                        years=words.dates.carried.get(which),
                    )
                )
    return _without_weekdays(sorted(taken, key=_start), words) if len(taken) > 1 else taken


def _without_weekdays(taken: list[Told], words: Heard) -> list[Told]:
    """Without the day of the week beside a date: "Thursday 8 August" is not the last Thursday."""
    kept: list[Told] = []
    for one, after in pairwise((*taken, _NO_DAY)):
        beside = one.weekday and len(after.edtf) == _FULL and 0 < after.start - one.end <= _NEAR
        if not (beside and _NOTHING_BUT.fullmatch(words.low, one.end, after.start)):
            kept.append(one)
    return kept


_FULL = len("2017-05-04")
_NEAR = 8
"""Letters between the day of the week and its date."""
_NOTHING_BUT = re.compile(r"[\s,(（，]+(?:the |on )?")


def _ends_range(before: str, text: str) -> bool:
    """Whether a day ends a time that began on another one."""
    if not holds(before.lower(), _BEGINS):
        return False
    number = _NUMBER.match(text)
    return bool(_RANGE.search(f"{before}{number[0] if number else text[:4]}"))


_BEGINS = ("from", "between", "с", "自", "从", "至", "到")
"""Letters one of which stands where a range begins."""
_NUMBER = re.compile(r"\d{1,2}(?=\W)")


def _ended(
    told: Told, found: re.Match[str], kind: str, *, dates: Dates, published: date | None
) -> Told:
    """A day with that on which what began on it ended: "from 5 June 2021 to 13 January 2022"."""
    parts = {name: value for name, value in found.groupdict().items() if value}
    edtf = resolved(kind, parts, dates, published) if found.start() >= told.end else ""
    over = "y" in parts and told.edtf < edtf and (published is None or edtf <= f"{published}")
    return msgspec.structs.replace(told, until=edtf) if over else told


_UNITS = "dwmyen"
"""What offsets such as -1d end with: days, weeks, months, years, the weekend, the night."""
_start = attrgetter("start")


def _is_met(taken: list[Told], begin: int, end: int) -> bool:
    for one in taken:  # noqa: SIM110 - `any` of a generator takes twice as long
        if begin < one.end and one.start < end:
            return True
    return False


def _lies_in(spans: list[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end for start, end in spans)


def counted(
    told: list[Told],
    text: str,
    words: Vocabulary,
    published: date | None,
    anchor: str = "",
    *,
    history: bool = False,
    beside: bool = False,
    year: str = "",
) -> list[Told]:
    """Days of a text with those that count from another: "the next day" from the day before it in
    the text, and that from `anchor`, the last day of what went before; in a `history`, which tells
    of no recent day, those without a year too, and so those soon after an `anchor` that stands
    `beside`, in the sentence before; under the head of a `year` they are of that."""
    if year:
        told = [_in_year(one, year) for one in told]
    elif published:
        start = day.parse(anchor).exact if beside else None
        if start and start.year < published.year:
            told = [_going_on(one, start, published) for one in told]
        told = list(_with_years(told, anchor, published, text=text, history=history))
    heard = words.heard(text)
    told = _with_apart(told, text, heard, anchor=anchor, published=published)
    return _with_anchored(told, text, words=heard, anchor=anchor, published=published)


def _going_on(told: Told, start: date, published: date) -> Told:
    """A day without its year, some weeks after that of the sentence before it, is of the same year:
    "On 20 March 2018 ... On 13 April ..."."""
    known = day.parse(told.edtf).exact
    if not told.bare or told.bare == "numbered" or known is None or known > published - _SOON:
        return told
    if not _has(date(start.year, known.month, 1), known.day):
        return told
    then = known.replace(year=start.year)
    if not timedelta() < then - start <= _SOON:
        return told
    return msgspec.structs.replace(told, edtf=then.isoformat(), bare="")


def _in_year(told: Told, year: str) -> Told:
    """A day without its year as one of a year that is known."""
    if told.bare in {"", "numbered"}:
        return told
    edtf = f"{year}{told.edtf[_YEAR:]}"
    return msgspec.structs.replace(told, edtf=edtf, bare="") if day.parse(edtf).first else told


_APART: dict[str, re.Pattern[str]] = {}
_BORDER = re.compile(r"[.;；。]")


def _with_apart(
    taken: list[Told], text: str, words: Heard, *, anchor: str, published: date | None
) -> list[Told]:
    """With the days that are told by how far they lie from another. Of "a day after protests on
    3 May" that is the day of what goes before, of "on 9 May, a day after Russia did so" that of
    what follows; "two days later" counts from the day told before, "ago" from publication."""
    kind = words.dates.apart
    if not kind.pattern or not holds(f" {words.low}", kind.within):
        return taken
    if words.language not in _APART:
        _APART[words.language] = re.compile(kind.pattern)
    made = list(taken)
    for met in _APART[words.language].finditer(words.low):
        parts = {name: value for name, value in met.groupdict().items() if value}
        count = parts.get("c", "1")
        number = kind.counts.get(count) or int(count)
        if "m" in parts or "y" in parts:
            made += _months_apart(taken, met, number, anchor=anchor, published=published)
            continue
        apart = number * (_WEEK if "w" in parts else _DAY)
        before = [one for one in taken if one.end <= met.start()]
        start, stop = met.span()
        apposed = False
        if "o" in parts:
            apart = -apart if "b" in parts else apart
            after = _following(taken, text, met.end())
            known = day.parse((after or before[-1:] or [_NO_DAY])[0].edtf).exact
            start, stop = (start, met.start("o")) if after else (met.start("o"), stop)
            apart, apposed = (apart, False) if after else (-apart, True)
        elif "g" in parts:
            known, apart = published, -apart
        elif parts.keys() & {"l", "p", "e"}:
            told = before[-1].edtf if before else ""
            known = _counted_from(told, anchor, published, ago="e" in parts and kind.ago)
            apart = -apart if "e" in parts else apart
        else:
            continue
        if known is None or (published and known + apart > published):
            continue  # what is to come
        if not _is_met(made, start, stop):
            edtf = (known + apart).isoformat()
            made.append(Told(start, stop, edtf, anchored="g" not in parts, apposed=apposed))
    return sorted(made, key=_start)


def _counted_from(told: str, anchor: str, published: date | None, *, ago: bool) -> date | None:
    """The day from which "later" and "earlier" count: the one told before, in the sentence or in
    what went before. `ago`: from publication, where that other day is long ago."""
    known = day.parse(told or anchor).exact
    far = known and published and not told and published - known > 2 * _WEEK
    return published if ago and (far or not known) else known


_NO_DAY = Told(0, 0, "")
_MONTHS = 12


def _months_apart(
    taken: list[Told], met: re.Match[str], number: int, *, anchor: str, published: date | None
) -> list[Told]:
    """The month that lies some months, or years, after the day told before: "blocked on 14 July,
    and opened again a month later"; before it where its words say so."""
    parts = {name for name, value in met.groupdict().items() if value}
    before = [one.edtf for one in taken if one.end <= met.start()]
    known = day.parse(before[-1] if before else anchor)
    start = known.exact or known.first
    if start is None or not parts & {"l", "p", "e"} or _is_met(taken, *met.span()):
        return []
    exact = known.exact or len(before[-1] if before else anchor) == _MONTH
    if "/" in (before[-1] if before else anchor) or not (exact or "y" in parts):
        return []
    months = number * (_MONTHS if "y" in parts else 1) * (-1 if "e" in parts else 1)
    count = start.year * _MONTHS + start.month - 1 + months
    if published and count > published.year * _MONTHS + published.month - 1:
        return []
    month = f"{count // _MONTHS:04}-{count % _MONTHS + 1:02}"
    edtf = month if exact and not ("y" in parts and number > 1) else month[:_YEAR]
    return [Told(*met.span(), edtf, anchored=True)]


def _following(taken: list[Told], text: str, at: int) -> list[Told]:
    """The days after a place in a sentence, up to a border."""
    end = _BORDER.search(text, at)
    return [one for one in taken if at <= one.start < (end.start() if end else len(text))]


_SINCE = re.compile(r"[自从][^，。；]{3,12}(?:以来|起)")
"""A month that only says how old something is: the days beside it are none of that month."""
_LASTING = re.compile(r"\bsince\b|(?<!\w)со?\s|[自从]", re.IGNORECASE)
"""What began in a month and went on: a day after it is no day of that year."""
_WITHOUT_YEAR = frozenset({"day_month", "month_day", "month", "numbered"})
_RECENT = timedelta(days=60)
_SOON = timedelta(days=45)
"""Within this time a day goes on with the one before it."""


def _with_years(
    taken: list[Told], anchor: str, published: date, *, text: str, history: bool
) -> Iterator[Told]:
    """Days without a year take that of the day told before them: "In April 2017 it asked ... On
    10 April". In news one of the year of publication stands without it."""
    before, since, lasts = "", 0, False
    for told in taken:
        if told.bare == "numbered":
            edtf = "" if _SINCE.search(text, since, told.start) else _of_month(told, before)
        else:
            edtf = "" if lasts else _of_year(told, before)
        since = max(0, told.start - 3)
        lasts = len(told.edtf) == _MONTH and bool(_LASTING.search(text, since, told.end))
        edtf = _of_that_year(told, taken, before) or edtf
        edtf = edtf or _had_been(told, before, text)
        if not edtf and (told.bare or told.years is not None):
            edtf = _carried(told, anchor, published, history=history)
        known = msgspec.structs.replace(told, edtf=edtf) if edtf else told
        yield known
        anchor = before = known.edtf


def _of_month(told: Told, before: str) -> str:
    """A number without its month is of that of the day told before it in the sentence: "announced
    on 11 March that from the 14th"."""
    known, prior = day.parse(told.edtf).exact, day.parse(before).exact if before else None
    month = day.parse(before).first if len(before) == _MONTH else None
    if known and month and _has(month, known.day):
        return month.replace(day=known.day).isoformat()
    if known is None or prior is None or known.day < prior.day:
        return ""  # after the 28th of a month the 30th is of that month, and the 3rd of the next
    return prior.replace(day=known.day).isoformat() if _has(prior, known.day) else ""


def _of_year(told: Told, before: str) -> str:
    """A day without its year, some weeks after one in the sentence that has it, is of that year:
    "on 26 April 2017 A, and on 3 May B", "in early February 2023 A and on 4 February B"."""
    known, prior = day.parse(told.edtf).exact, day.parse(before).exact if before else None
    if prior is None and len(before) == _MONTH:
        prior = _just_before(day.parse(before).first)
    if not told.bare or known is None or prior is None or known.year <= prior.year:
        return ""
    if not _has(prior.replace(month=known.month, day=1), known.day):
        return ""
    then = known.replace(year=prior.year)
    return then.isoformat() if timedelta() < then - prior <= _SOON else ""


def _just_before(month: date | None) -> date | None:
    """The day before a month, of which every day comes after it."""
    return month - _DAY if month and month > date.min else None


_HAD = re.compile(r"\bhad\b[^.;]{0,40}$")


def _had_been(told: Told, before: str, text: str) -> str:
    """What had been so since a day, of a sentence that told a day with its year, began before that
    day: "restored on 17 July 2023; it had been restricted since 9 February"."""
    known, prior = day.parse(told.edtf).exact, day.parse(before).exact if before else None
    if not told.bare or known is None or prior is None or prior.year >= known.year:
        return ""
    edtf = f"{prior.year:04}{told.edtf[_YEAR:]}"
    return edtf if edtf < before and _HAD.search(text[: told.start]) else ""


def _of_that_year(told: Told, taken: list[Told], before: str) -> str:
    """A day right after a year by itself is of that year: "a year ago, on 18 March"."""
    if len(before) != _YEAR or told.bare in {"", "numbered"}:
        return ""
    close = any(0 <= told.start - one.end <= _CLOSE for one in taken if len(one.edtf) == _YEAR)
    return f"{before}{told.edtf[_YEAR:]}" if close else ""


_CLOSE = 6
"""Letters between a year and a day of it."""


def _carried(told: Told, anchor: str, published: date, *, history: bool) -> str:
    """A day that was told without its year, or a number without its month, by the day before."""
    known, before = day.parse(told.edtf), day.parse(anchor)
    first, prior = known.first, before.exact or before.first
    if first is None or prior is None or "/" in anchor:
        return ""
    if told.years is not None:
        return f"{prior.year + told.years:04}{told.edtf[_YEAR:]}"
    if told.bare == "numbered":
        return _of_old_month(first, before.exact, published)
    begun = told.start <= _BEGUN and first > published  # a line of a chronicle, of what is past
    named = first.year == published.year and not history
    if not begun and (named or first > published - _RECENT):
        return ""
    if prior.year >= first.year:
        return ""
    earlier = len(anchor) > _YEAR and first.month < prior.month
    year = prior.year + earlier
    return f"{year:04}{told.edtf[_YEAR:]}" if year < first.year else ""


_BEGUN = 2
"""Letters before what a line begins with."""


def _of_old_month(found: date, prior: date | None, published: date) -> str:
    """A number without its month, after a day of long ago, is of that day's month: "on 25 January
    2011 A was cut off. B followed on the 26th"."""
    old = prior is not None and prior.year < published.year and published - prior > _RECENT
    if prior is None or not old or found.day <= prior.day:
        return ""
    return prior.replace(day=found.day).isoformat() if _has(prior, found.day) else ""


def _has(month: date, number: int) -> bool:
    """Whether a month has a day of that number."""
    return number <= monthrange(month.year, month.month)[1]


_YEAR = len("2017")
_MONTH = len("2017-05")
_REST = 24
"""Letters after a day that show whether it is a term."""


def _is_no_event(before: str, found: re.Match[str], after: str, words: Vocabulary) -> bool:
    """Whether a day is a term until which something is to be done, or the end of a time that began
    on another day."""
    return bool(
        _ends_range(before, found[0])
        or (words.deadline.search(before) and not words.only_then.match(after))
        or words.deadline_after.match(after)
    )


def _quoted(text: str, at: int) -> bool:
    """Whether a place lies in a quotation: its "today" is the speaker's."""
    before = text[:at]
    return any(before.count(opening) > before.count(closing) for opening, closing in _QUOTES)


_QUOTES = (("“", "”"), ("«", "»"), ("「", "」"))


def _stated(text: str, at: tuple[int, int], words: Vocabulary) -> bool:
    before, after = text[max(0, at[0] - 60) : at[0]], text[at[1] : at[1] + 40]
    return bool(words.stated.search(before) or words.tells_after.search(after))


_Anchor = tuple[re.Pattern[str], int, tuple[str, ...]]
_ANCHORS: dict[str, tuple[list[_Anchor], frozenset[str]]] = {}


def _anchors(words: Vocabulary) -> tuple[list[_Anchor], frozenset[str]]:
    """Patterns of days that count from another, each with letters of which it holds some, and
    letters one of which each begins with."""
    if words.language not in _ANCHORS:
        found = words.dates.anchored
        compiled = [
            (re.compile(text, re.IGNORECASE), count, tuple(needed(text)) or ("",))
            for text, count in found.items()
        ]
        _ANCHORS[words.language] = compiled, frozenset(heads(found))
    return _ANCHORS[words.language]


def _with_anchored(
    taken: list[Told], text: str, words: Heard, anchor: str, published: date | None
) -> list[Told]:
    """With the days that count from another day of the text. Where one may count from publication
    as well, it does if that other day is long ago."""
    patterns, letters = _anchors(words)
    if words.standing.isdisjoint(letters):
        return taken
    made, low = list(taken), words.low
    for pattern, offset, letters_within in patterns:
        if not holds(low, letters_within):
            continue
        for met in pattern.finditer(text):
            before = [told.edtf for told in taken if told.end <= met.start()]
            known = day.parse(before[-1] if before else anchor).exact
            twice = any(met.start() < told.end and told.start < met.end() for told in taken)
            far = not before and known and published and published - known > 2 * _WEEK
            if known and not (twice and far):
                edtf = (known + offset * _DAY).isoformat()
                made = [one for one in made if one.end <= met.start() or met.end() <= one.start]
                made.append(Told(met.start(), met.end(), edtf, anchored=True))
    return sorted(made, key=lambda told: told.start)


def dateline(text: str, words: Vocabulary, published: date | None) -> str:
    """The day in a dateline such as "MOSCOW, May 5 (Agency) -", or nothing."""
    met = words.dateline.match(text)
    if met is None:
        return ""
    line = words.heard(met[0])
    for kind, pattern in _patterns(line):
        for found in pattern.finditer(line.low):
            parts = {name: value for name, value in found.groupdict().items() if value}
            if edtf := resolved(kind, parts, words.dates, published):
                return edtf
    return ""


_Gated = tuple[str, re.Pattern[str], tuple[str, ...]]
_CACHE: dict[str, tuple[list[_Gated], dict[str, list[int]]]] = {}


def _patterns(words: Heard) -> list[tuple[str, re.Pattern[str]]]:
    """Patterns of days that can match a sentence, by the letters that stand in it."""
    if words.language not in _CACHE:
        every = list(_compiled(words.dates))
        by_letters: dict[str, list[int]] = {}
        for place, (_, _, gate) in enumerate(every):
            for run in gate:
                by_letters.setdefault(run, []).append(place)
        _CACHE[words.language] = every, by_letters
    every, by_letters = _CACHE[words.language]
    standing = words.standing & by_letters.keys()
    if not standing:
        return []
    chosen = {place for run in standing for place in by_letters[run]}
    return [every[place][:2] for place in sorted(chosen)]


def _compiled(dates: Dates) -> Iterator[_Gated]:
    """Patterns for texts in small letters, which `re` walks through sooner than any case."""
    months = "|".join(dates.months)
    yield "day_month", re.compile(_ISO), CENTURIES
    gates = dict.fromkeys(("month", "day_month", "month_day", "month_year"), heads(dates.months))
    gates |= {"weekday": heads(dates.weekdays), "year": CENTURIES}
    if not dates.months:  # in Chinese a day holds its unit, and may begin with any numeral
        gates = {kind: HAN_UNITS.get(kind, HAN_DAYS) for kind in _KINDS}
    for kind in _KINDS:
        if kind == "relative":
            for text, offset in dates.relative.items():
                yield offset, re.compile(text), tuple(needed(text)) or heads([text])
        else:
            text = getattr(dates, kind).replace("{months}", months)
            if text == _NOTHING:
                continue
            yield kind, re.compile(text), gates.get(kind, DIGITS)


_NOTHING = "(?!)"
_ISO = r"(?<![\d-])(?P<y>(?:19|20)\d\d)-(?P<n>[01]\d)-(?P<d>[0-3]\d)(?![\d-])"
_KINDS = (
    "numbered",
    "day_month",
    "month_day",
    "month_year",
    "weekday",
    "month",
    "relative",
    "year",
)
