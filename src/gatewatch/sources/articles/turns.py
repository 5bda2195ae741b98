"""Countries, or services, of which one verb tells in turn, each with its day."""

import re
from itertools import pairwise

from gatewatch.sources.articles import names
from gatewatch.sources.articles.dates import Told
from gatewatch.sources.articles.scene import Scene, acts_in, within

_SEVERAL = 2
_BETWEEN_DAYS = re.compile(r"[\s,，、]*(?:and|и|和|与)[\s]*(?:in |on |в |во )?", re.IGNORECASE)
_DASH = re.compile(r"[—–]")
_TURN = re.compile(r"(?:[,;，；]|\([^()]*\)|(?<=\d)\)|(?<!\w)и(?=\sв\s)|\band\b)(?!\s*\d{4})")
"""What parts one country from the next where they share a verb."""


def each_with_day(scene: Scene, clause: tuple[int, int]) -> list[tuple[tuple[str, ...], Told]]:
    """Lists of services with a day each, where one verb tells of them all in turn: "A was cut
    off in August, B in December"; nothing where that is not so."""
    if len(scene.told) < _SEVERAL:
        return []
    clause = clause[0], _end_of_turns(scene, clause)
    made = names.groups(within(scene.named, clause), scene.sentence)
    days = [t for t in scene.told if clause[0] <= t.start < clause[1]]
    if len(made) == 1 and len(made[0]) == len(days) > 1 and _are_listed(scene, days):
        made = [[one] for one in made[0]]  # "A and B were cut off in May and in June"
        return [((one[0].what,), told) for one, told in zip(made, days, strict=True)]
    if len(made) == 1 and len(days) > 1 and _are_listed(scene, days):
        only = tuple(dict.fromkeys(one.what for one in made[0]))
        return [(only, told) for told in days]  # "in March and in May A was cut off"
    if len(made) < _SEVERAL or len(made) != len(days) or any(t.stated for t in days):
        return []
    if paired := _in_turns(scene, clause):
        return paired
    if sum(clause[0] <= start < clause[1] for _, start, _ in scene.acts) != 1:
        return []
    ends = [(one[0].start, one[-1].end) for one in made], [(t.start, t.end) for t in days]
    first, then = ends if made[0][0].start < days[0].start else ends[::-1]
    turns = [edge for pair in zip(first, then, strict=True) for edge in pair]
    if any(a[1] > b[0] or _WORKS.search(scene.sentence, a[1], b[0]) for a, b in pairwise(turns)):
        return []
    return [
        (tuple(dict.fromkeys(one.what for one in group)), told)
        for group, told in zip(made, days, strict=True)
    ]


def each_with_place(scene: Scene, at: tuple[int, int]) -> list[tuple[str, Told]]:
    """Countries with a day each, where one verb tells of them all in turn: "Belarus blocked it
    in 2019, Russia since January 2020"; nothing where that is not so."""
    if len(scene.told) < _SEVERAL or len(scene.where) < _SEVERAL:
        return []
    spans = [one for one in _parts(scene, 0, len(scene.sentence)) if one[1] > at[0]]
    turns: list[tuple[str, Told]] = []
    for span in spans:
        where = [one for one in scene.where if span[0] <= one.start < span[1]]
        days = [one for one in scene.told if span[0] <= one.start < span[1]]
        if len(where) != 1 or len(days) != 1 or days[0].stated:
            break
        other = acts_in(span, [start for _, start, _ in scene.acts if start != at[0]])
        if other or (turns and within(scene.named, span)):
            break
        turns.append((where[0].code, days[0]))
    return turns if len(turns) > 1 else []


def left_out(scene: Scene, at: tuple[int, int]) -> list[tuple[str, tuple[str, ...], Told]]:
    """What goes on with the verb of an action and leaves it out: a place or nothing, services and
    their day, with words between that join and no more: "A was cut off, and C in May"."""
    stop = min((start for _, start, _ in scene.acts if start > at[0]), default=len(scene.sentence))
    rest = [one for one in scene.named if at[1] <= one.start < stop]
    if not rest or not scene.told:
        return []
    made = names.groups(rest, scene.sentence)
    starts = [group[0].start for group in made]
    found = []
    begin = at[1]
    for group, end in zip(made, [*starts[1:], stop], strict=True):
        days = [one for one in scene.told if begin <= one.start < end and not one.stated]
        after = [one for one in days if one.start >= group[-1].end]
        told = after[0] if after else days[-1] if days else None
        if told is not None:
            places = [
                one for one in scene.where if begin <= one.start < max(told.end, group[-1].end)
            ]
            spans = [(group[0].start, group[-1].end), (told.start, told.end)]
            spans += [(one.start, one.end) for one in places]
            if len(places) <= 1 and _is_gapped(scene.sentence, sorted(spans), begin):
                code = places[0].code if places else ""
                found.append((code, tuple(dict.fromkeys(one.what for one in group)), told))
                begin = told.end
        begin = max(begin, group[-1].end)
    return found


def _is_gapped(sentence: str, spans: list[tuple[int, int]], begin: int) -> bool:
    """Whether some things stand in a sentence with only joining words between, from the border
    before them to that after them."""
    borders = [met.end() for met in _BEFORE_GAP.finditer(sentence, begin, spans[0][0])]
    if not borders:
        return False
    gaps = zip([borders[-1], *(b for _, b in spans)], [a for a, _ in spans], strict=False)
    if not all(_JOINING.fullmatch(sentence, a, max(a, b)) for a, b in gaps):
        return False
    return bool(_AFTER_GAP.match(sentence, spans[-1][1]))


_WORKS = re.compile(
    r"\b(?:kept|keeps?|remain(?:s|ed)?|stay(?:s|ed)?|works?|worked|working|continu\w+|unaffected)\b"
    r"|\b(?:продолжа|работа[еюл]|доступ[ен]н?\b|открыва)\w*|照常|仍(?:可|能|然可)|继续|正常",
    re.IGNORECASE,
)
"""Between a service and its day: it goes on working."""
_BEFORE_GAP = re.compile(r"[,;，；—–(（]|\b(?:and|while|but)\b|(?<!\w)(?:и|а|но)(?!\w)|[而并]")
_JOINING = re.compile(
    r"(?:\W|\b(?:and|while|but|also|too|then|later|in|on|since|from|by|only|even|early|late|the|already|again"
    r"|finally|as|of|for|а|и|но|же|в|во|с|со|на|лишь|только|тоже|также|потом|затем|позже|еще|уже|из|наконец"
    r")\b|[于在则从自起也又再和而并]|随后|之后|接着|后来)*",
    re.IGNORECASE,
)
"""Words that join, and tell of nothing that is done."""
_AFTER_GAP = re.compile(
    r"\s*(?:$|[,;.:，；。：)）—–]|\b(?:and|while|but|after|as|when|because|over|following|и|а|но|после|из-за|когда)\b)",
    re.IGNORECASE,
)


def _in_turns(scene: Scene, clause: tuple[int, int]) -> list[tuple[tuple[str, ...], Told]]:
    """Services with their day, where each part of a clause names some and tells one day: "in
    2017 it took A out, and B in December 2016"."""
    if sum(clause[0] <= start < clause[1] for _, start, _ in scene.acts) != 1:
        return []
    found: list[tuple[tuple[str, ...], Told]] = []
    for span in _parts(scene, *clause):
        own = within(scene.named, span)
        days = [one for one in scene.told if span[0] <= one.start < span[1]]
        if len(days) != 1 or not own or _WORKS.search(scene.sentence, *span):
            return []
        found.append((tuple(dict.fromkeys(one.what for one in own)), days[0]))
    return found if len(found) > 1 else []


def _parts(scene: Scene, start: int, end: int) -> list[tuple[int, int]]:
    """What lies between the marks that part one statement from the next."""
    borders = [(met.start(), met.end()) for met in _TURN.finditer(scene.sentence, start, end)]
    edges = [(start, start), *borders, (end, end)]
    return [(a[1], b[0]) for a, b in pairwise(edges) if b[0] - a[1] > 1]


def _end_of_turns(scene: Scene, clause: tuple[int, int]) -> int:
    """Where a clause ends with those after it that go on with its verb: they tell a day, name
    services and have no action."""
    end = last = clause[1]
    for start, to in scene.clauses:
        if start != end:
            continue
        if any(start <= at < to for _, at, _ in scene.acts):
            break
        end = to
        days = any(last <= t.start < end for t in scene.told)
        days = days or bool(_DASH.match(scene.sentence, start))  # "in May A, in June — B"
        if days and within(scene.named, (last, end)):
            last = end
    return last


def _are_listed(scene: Scene, days: list[Told]) -> bool:
    """Whether days are told one after the other, with nothing but a joining word between."""
    gaps = (scene.sentence[a.end : b.start] for a, b in pairwise(days))
    return all(_BETWEEN_DAYS.fullmatch(gap) for gap in gaps)
