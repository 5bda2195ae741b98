"""A sentence taken apart: its actions, clauses, services, places, days and law, and what belongs to
what."""

import re

import msgspec

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.states import Action
from gatewatch.sources.articles import names, places
from gatewatch.sources.articles.acts import Act
from gatewatch.sources.articles.dates import Told
from gatewatch.sources.articles.names import Mention
from gatewatch.sources.articles.places import Place

MASK = "〇"
_AFTER = 70
_IMPOSED_AFTER = re.compile(
    r"(?:起|以来|开始)?(?:对[^，。；]{1,16})?(?:实施|施加|颁布|发布|宣布|下达|生效|作出|采取|执行)的|(?:起|以来)(?:持续|一直)?的"
)
"""After a day in Chinese: it is that of the restriction that is named next."""
_ADJOINING = 14
"""Letters after an order within which it is said what is ordered."""
_CHAIN = 60
_EXACT = len("2017-05-04")
_LIFTS = frozenset({Action.RESTORED, Action.DELISTED, Action.REVOKED})
_SEMICOLON = re.compile(r"[;；]")
_BORDER = re.compile(r"[,;，；—–]")
_BOUND = re.compile(r"\s(?:again\s)?(?:(?:early|late)\s)?(?:on|in|since|from)\s", re.IGNORECASE)
"""Between an action and the day that is its own."""
_WITH_IT = re.compile(
    r"\bit,?\s+(?:and|along with|together with|alongside)\s+$|\b(?:его|ее)\s+(?:и|вместе с|наряду с)\s+$"
    r"|[其它](?:与|和|及|同|连同)$",
    re.IGNORECASE,
)
"""Before a service: what the article is about has the same done to it."""
_COLON = re.compile(r"[:：]")
_TOGETHER = re.compile(
    r"\b(?:together|along) with\W|\balongside\W|\bвместе с\w*\W|\bнаряду с\w*\W|连同|同时还有",
    re.IGNORECASE,
)
_IT_WITH = re.compile(
    r"\W+(?:it|the (?:app|application|platform|service|site|network|messenger))\b[^.;:]{0,60}?\b(?:along with|together with|as well as|alongside)\W"
    r"|\W+(?:его|ее)\b[^.;:]{0,50}?\b(?:вместе с|наряду с|заодно с|а также)\W",
    re.IGNORECASE,
)
_LIKEWISE = re.compile(
    r"\b(?:as (?:were|was|did|are|is|has|have)|(?:along|together) with|alongside|followed by|as well as)"
    r"\W+(?:\w+\W+){0,2}?$|(?<!\w)(?:как и|вместе с|наряду с|равно как и)\W+(?:\w+\W+){0,2}?$"
    r"|(?:连同|随后是|接着是|其后是|还有)$",
    re.IGNORECASE,
)
"""Between an action and others that share it."""
_INCLUDED = re.compile(
    r"[,，]\s*(?:其中)?(?:包括|包含|含|including|among them|в том числе|включая)", re.IGNORECASE
)
"""What a list of some of many begins with."""
_OF = {"NC": "FR", "PF": "FR", "GP": "FR", "MQ": "FR", "RE": "FR", "YT": "FR", "GL": "DK"}
"""Territories for which another country's authorities act."""
_WHERE = 70
"""Letters after an action within which the place is told."""


class Law(msgspec.Struct, frozen=True, gc=False):
    """A law as a sentence words it."""

    rule: str = ""
    text: str = ""
    year: int | None = None
    reasons: tuple[str, ...] = ()


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence. `sentence` is as it is matched, `text` as it was written, `masked` with a sign
    in the place of each name of a service, as long as it was."""

    text: str
    sentence: str
    words: Vocabulary
    acts: list[Act]
    clauses: list[tuple[int, int]]
    named: list[Mention]
    where: list[Place]
    told: list[Told]
    law: Law
    place: int
    masked: str
    low: str
    """`sentence` in small letters."""

    def has(self, among: frozenset[Action]) -> bool:
        """Whether one of some actions is in the sentence."""
        return any(action in among for action, _, _ in self.acts)

    def action_at(self, at: tuple[int, int]) -> Action:
        """The action at a place."""
        return next(action for action, start, _ in self.acts if start == at[0])

    def clause(self, at: int) -> tuple[int, int]:
        """The clause that a place lies in."""
        for clause in self.clauses:
            if clause[0] <= at < clause[1]:
                return clause
        return 0, len(self.sentence)

    def day(
        self, clause: tuple[int, int], at: tuple[int, int], words: Vocabulary, *, lifts: bool
    ) -> Told | None:
        """The day of an action: the nearest in its clause that no other action stands closer to,
        else one in a clause that has no action of its own. A lift does not take the day on which
        the restriction was imposed."""
        days = [t for t in self.told if not (lifts and self._is_of_imposing(t, at))]
        days = [t for t in days if not t.apposed or self._is_of(t, at)]
        if not days:
            return None
        others = [one for one in self.acts if not (lifts and one[0] == Action.ORDERED)]
        if self.action_at(at) == Action.ORDERED:  # "ordered it blocked in May" is of one day
            others = [one for one in others if not 0 < one[1] - at[1] <= _ADJOINING]
        inside = [t for t in days if clause[0] <= t.start < clause[1] and _mine(t, at, others)]
        if not inside:
            starts = [start for _, start, _ in self.acts]
            free = [p for p in self.clauses if not acts_in(p, starts)]
            free = [p for p in free if self._goes_on(p, at) and not self._is_past(p, at)]
            days = [t for t in days if len(t.edtf) == _EXACT or not self._is_cause(t, words)]
            free = [p for p in free if not words.cause.search(self.sentence[slice(*p)])] or free
            inside = [t for t in days if any(a <= t.start < b for a, b in free)]
            if words.language == "zh":  # where a day stands before its verb
                inside = [t for t in inside if t.end <= at[0]] or inside
        if not inside and len(days) == 1 and len(self.acts) == 1:
            inside = days
        if not inside and not self.is_behind(clause):
            earlier = [
                p
                for p in self.clauses
                if p[1] <= at[0] and self._goes_on(p, at) and self._of_one_kind(p, lifts=lifts)
            ]
            inside = [t for t in days if any(a <= t.start < b for a, b in earlier)][-1:]
            # "had been cut on 10 October and that it had begun with B, it said on Thursday"
            spoken = [t for t in days if t.stated]
            inside = spoken if len({t.edtf for t in spoken}) == 1 else inside
        beside = [t for t in inside if not at[0] < t.start < at[1]] or inside
        own = [t for t in beside if not t.stated] or beside
        after = [t for t in own if _BOUND.fullmatch(self.sentence, at[1], max(at[1], t.start))]
        own = after or own  # "cut on 18 July, restored on 31 July"
        return min(own, key=lambda t: _apart(t.start, t.end, at), default=None)

    def _is_of_imposing(self, told: Told, at: tuple[int, int]) -> bool:
        """Whether a day is that of a restriction and not of its end."""
        if _IMPOSED_AFTER.match(self.sentence, told.end):
            return True
        before, least = self._before(told), 0
        if at[0] < told.start < at[1]:  # "the ban that was imposed in May expired"
            before, least = before[max(0, len(before) - told.start + at[0]) :], 1
        met = self.words.imposed.search(before)
        return met is not None and met.start() >= least

    def imposed(self, at: tuple[int, int]) -> list[Told]:
        """The days of the restriction that a lift speaks of, where no other action has them."""
        others = [start for _, start, _ in self.acts if start != at[0]]
        found = [t for t in self.told if not t.stated and self._is_of_imposing(t, at)]
        return [t for t in found if not any(abs(t.start - start) < _WHERE for start in others)]

    def has_own_day(self, at: tuple[int, int]) -> bool:
        """Whether a noun is told with its day: "the blocking of A in Kenya on 3 May"."""
        for told in self.told:
            if not at[1] <= told.start <= at[1] + _WHERE or told.stated:
                continue
            if _BORDER.search(self.sentence, at[1], told.start):
                return False
            if any(at[1] <= start < told.start for _, start, _ in self.acts):
                return False
            ends = [one.end for one in self.named if one.start >= at[0]]
            ends += [one.end for one in self.where if one.start >= at[0]]
            return any(0 <= told.start - end <= _ADJOINING for end in (*ends, at[1]))
        return False

    def _is_of(self, told: Told, at: tuple[int, int]) -> bool:
        """Whether an action is the event from which a day is counted: it follows without a
        border."""
        return told.end <= at[0] and not _BORDER.search(self.sentence, told.end, at[0])

    def _of_one_kind(self, clause: tuple[int, int], *, lifts: bool) -> bool:
        """Whether what happens in a clause are lifts, or are none."""
        inside = [action for action, start, _ in self.acts if clause[0] <= start < clause[1]]
        return all((action in _LIFTS) == lifts for action in inside)

    def _is_cause(self, told: Told, words: Vocabulary) -> bool:
        """Whether a day stands in a clause that tells why."""
        return bool(words.cause.search(self.sentence[slice(*self.clause(told.start))]))

    def _goes_on(self, clause: tuple[int, int], at: tuple[int, int]) -> bool:
        """Whether no semicolon parts a clause from an action."""
        start, end = (clause[1], at[0]) if clause[1] <= at[0] else (at[1], clause[0] + 1)
        return not _SEMICOLON.search(self.sentence, start, end)

    def is_behind(self, clause: tuple[int, int]) -> bool:
        """Whether a clause tells what had come before the rest: "after it cut off A"."""
        return clause[0] > 0 and bool(self.words.cause.match(self.sentence[slice(*clause)]))

    def _is_past(self, clause: tuple[int, int], at: tuple[int, int]) -> bool:
        """Whether a clause after an action comes after another one too, and goes on with that."""
        return any(at[1] <= start < clause[0] for _, start, _ in self.acts)

    def _before(self, told: Told) -> str:
        return self.sentence[: told.start][-60:]

    def places(self, clause: tuple[int, int], at: tuple[int, int]) -> tuple[str, ...]:
        """The jurisdictions of an action, as its clause or the sentence before it names them."""
        known = [one for one in self.where if not one.weak]
        if not known:
            return ()
        inside = [one for one in known if clause[0] <= one.start < clause[1]]
        peoples = (one for one in self.where if one.weak and clause[0] <= one.start < at[0])
        if not inside and (people := next(peoples, None)):
            return (people.code,)  # "and Turkish users were cut off"
        before = [one for one in inside if one.start < at[1]]
        after = [one for one in inside if 0 <= one.start - at[1] <= _WHERE]
        earlier = [one for one in known if one.start < clause[0]]
        earlier = [one for one in earlier if not self.is_behind(self.clause(one.start))]
        chosen = self._chosen(before, after, earlier, at)
        if chosen is None:
            return ()
        if own := next((one for one in known if _OF.get(one.code) == chosen.code), None):
            chosen = own  # "France blocked it in New Caledonia"
        group = next(g for g in places.groups(known, self.sentence) if chosen in g)
        return tuple(dict.fromkeys(one.code for one in group))

    @property
    def people(self) -> str:
        """The jurisdiction whose people a sentence speaks of: a weak word on where it happens."""
        return next((one.code for one in self.where if one.weak), "")

    def _chosen(
        self, before: list[Place], after: list[Place], earlier: list[Place], at: tuple[int, int]
    ) -> Place | None:
        """Who acts comes before an action; where it happens may come right after."""
        bodies = [one for one in before if one.body]
        if after and not bodies:
            near = after[0]
            close = not any(at[1] <= start < near.start for _, start, _ in self.acts)
            if close and (not before or near.start - at[1] < at[0] - before[-1].end):
                return near
        candidates = bodies or before or after or earlier
        return min(candidates, key=lambda one: _apart(one.start, one.end, at), default=None)

    def subjects(
        self,
        clause: tuple[int, int],
        at: tuple[int, int],
        words: Vocabulary,
        known: tuple[tuple[str, ...], tuple[str, ...]],
    ) -> tuple[tuple[str, ...], bool]:
        """The services that an action is about, and whether they are named beside it. `known`:
        those last named, and what the article is about."""
        group, focus = known
        inside = within(self.named, clause)
        if inside:
            own = self._beside(inside, at, words)
            if it := self._it_beside(inside, own, at, clause, known=known):
                return tuple(dict.fromkeys((*it, *own))), True
            if len(group) > 1 and self._joins(inside, clause, at, words):
                return tuple(dict.fromkeys((*group, *own))), True
            return tuple(dict.fromkeys((*own, *self._alike(at)))), True
        if listed := self._after_colon(clause):
            return listed, True
        earlier = [one for one in self.named if one.end <= clause[0]]
        around = self.sentence[max(clause[0], at[0] - 40) : min(clause[1], at[1] + 40)]
        if words.several.search(around) and len(group) > 1 and not earlier:
            return group, False
        if words.objects.search(around) and len(group) == 1 and not earlier:
            return group, False
        pronoun = words.pronouns.search(self.sentence[clause[0] : clause[1]])
        if earlier or (self.named and not pronoun):
            return self._named_elsewhere(earlier, at, focus)
        if words.several.search(self.sentence) and len(group) > 1:
            return group, False
        return focus, False

    def _named_elsewhere(
        self, earlier: list[Mention], at: tuple[int, int], focus: tuple[str, ...]
    ) -> tuple[tuple[str, ...], bool]:
        """The services nearest to an action in other clauses: before it, or after it up to a
        semicolon."""
        mentioned = earlier or [
            one for one in self.named if not _SEMICOLON.search(self.sentence, at[1], one.start)
        ]
        near = names.nearest(mentioned, *at)
        if near is None:
            return focus, False
        beside = next(g for g in names.groups(mentioned, self.sentence) if near in g)
        found = tuple(dict.fromkeys(one.what for one in beside))
        if _WITH_IT.search(self.sentence, 0, beside[0].start) and len(focus) == 1:
            found = tuple(dict.fromkeys((*focus, *found)))
        return found, True

    def _alike(self, at: tuple[int, int]) -> list[str]:
        """The services to which the same is said to be done: "is closed, as are B and C"."""
        after = [one for one in self.named if one.start >= at[1]]
        for group in names.groups(after, self.sentence):
            between = at[1], group[0].start
            if any(between[0] <= start < between[1] for _, start, _ in self.acts):
                break
            if _LIKEWISE.search(self.sentence[slice(*between)]):
                return [one.what for one in group]
        return []

    def _it_beside(
        self,
        inside: list[Mention],
        own: tuple[str, ...],
        at: tuple[int, int],
        clause: tuple[int, int],
        *,
        known: tuple[tuple[str, ...], tuple[str, ...]],
    ) -> tuple[str, ...]:
        """The service that a pronoun beside names means: "it and B were cut off", "banned it along
        with B"."""
        group, focus = known
        if _WITH_IT.search(self.sentence, clause[0], inside[0].start):
            it = group if len(group) == 1 and group[0] not in own else focus
        else:
            it = focus if self._does_it_with(inside, at) else ()
        return it if len(it) == 1 and it[0] not in own else ()

    def _does_it_with(self, inside: list[Mention], at: tuple[int, int]) -> bool:
        """Whether a pronoun is what an action is done to, and services only share it: "banned it
        along with the game B"."""
        gap = self.sentence[at[1] : inside[0].start] if inside[0].start >= at[1] else ""
        return bool(gap and _IT_WITH.match(gap))

    def _joins(
        self,
        inside: list[Mention],
        clause: tuple[int, int],
        at: tuple[int, int],
        words: Vocabulary,
    ) -> bool:
        """Whether services join those that were named last: "the three were cut off together with
        D"."""
        gap = self.sentence[at[1] : inside[0].start] if inside[0].start >= at[1] else ""
        several = words.several.search(self.sentence, clause[0], at[0])
        return bool(several and _TOGETHER.search(gap))

    def _after_colon(self, clause: tuple[int, int]) -> tuple[str, ...]:
        """The services that a clause ends with as a list: "blocked four apps: A, B and C", "43
        apps, among them A"."""
        after = [one for one in self.named if one.start >= clause[1]]
        if not after:
            return ()
        included = _INCLUDED.match(self.sentence, clause[1], after[0].start)
        if not included and not _COLON.search(self.sentence, clause[1] - 2, after[0].start):
            return ()
        if any(clause[1] <= start < after[0].start for _, start, _ in self.acts):
            return ()
        first = names.groups(after, self.sentence)[0]
        listed = tuple(dict.fromkeys(one.what for one in first))
        return listed if len(listed) > 1 or included else ()

    def _beside(
        self, inside: list[Mention], at: tuple[int, int], words: Vocabulary
    ) -> tuple[str, ...]:
        made = names.groups(inside, self.sentence)
        before = [g for g in made if g[-1].end <= at[0]]
        after = [g for g in made if 0 <= g[0].start - at[1] <= _AFTER]
        if before:  # "A was blocked, as were B and C"
            after = [g for g in after if not _LIKEWISE.search(self.sentence[at[1] : g[0].start])]
        over = [g for g in made if g[0].start < at[1] and g[-1].end > at[0]]
        chosen = (over or after or before[-1:] or made)[0]
        if chosen in after:
            chosen = _chained(chosen, made, self.acts)
        if words.language != "en" and before and not over:
            nearer = after and at[0] - before[-1][-1].end > after[0][0].start - at[1]
            chosen = (
                _chained(after[0], made, self.acts)
                if nearer
                else _chained_back(before, self.acts, self.sentence)
            )
        return tuple(dict.fromkeys(one.what for one in chosen))


def masked(sentence: str, named: list[Mention]) -> str:
    """A sentence with a sign in the place of each name of a service, as long as it was."""
    for one in named:
        sentence = sentence[: one.start] + MASK * (one.end - one.start) + sentence[one.end :]
    return sentence


def _mine(told: Told, at: tuple[int, int], others: list[Act]) -> bool:
    """Whether no other action of the same clause lies between a day and this one. Who orders a lift
    tells of one event in two words."""
    low, high = min(told.start, at[0]), max(told.end, at[1])
    for _, start, end in others:
        if low <= start and end <= high and (start, end) != at:
            return False
    return True


def acts_in(clause: tuple[int, int], starts: list[int]) -> bool:
    """Whether an action begins in a clause."""
    for at in starts:  # noqa: SIM110 - as above
        if clause[0] <= at < clause[1]:
            return True
    return False


def within(found: list[Mention], span: tuple[int, int]) -> list[Mention]:
    """Mentions that begin in a span."""
    return [one for one in found if span[0] <= one.start < span[1]]


def _apart(start: int, end: int, at: tuple[int, int]) -> int:
    return max(start - at[1], at[0] - end, 0)


def _chained(first: list[Mention], made: list[list[Mention]], acts: list[Act]) -> list[Mention]:
    """A list of services and what goes on with it, up to the next action: "A, B and even newspapers
    like C"."""
    chosen = list(first)
    for group in made[made.index(first) + 1 :]:
        gap = (chosen[-1].end, group[0].start)
        if gap[1] - gap[0] > _CHAIN or any(gap[0] <= start < gap[1] for _, start, _ in acts):
            break
        chosen += group
    return chosen


def _chained_back(made: list[list[Mention]], acts: list[Act], sentence: str) -> list[Mention]:
    """The last list before an action with those that lead to it without a border between."""
    chosen = list(made[-1])
    for group in reversed(made[:-1]):
        gap = (group[-1].end, chosen[0].start)
        between = sentence[gap[0] : gap[1]]
        if len(between) > _NEAR_LIST or not _LIST_MARK.search(between):
            break
        if any(gap[0] <= start < gap[1] for _, start, _ in acts):
            break
        chosen = [*group, *chosen]
    return chosen


_NEAR_LIST = 24
_LIST_MARK = re.compile(r"[、和与及]|^\s*,|\bи\b")
