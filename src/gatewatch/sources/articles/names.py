"""Services in a sentence, by every name in the catalogue."""

import re
from collections.abc import Iterable, Mapping
from operator import attrgetter

import msgspec

from gatewatch.catalogue.finder import Rare, union
from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.service import Service
from gatewatch.sources.articles.script import folded

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORDS = frozenset(
    [
        "line",
        "x",
        "max",
        "signal",
        "steam",
        "discord",
        "threads",
        "clubhouse",
        "google",
        "vk",
        "yahoo",
        "viber",
        "dudu",
        "imo",
        "apple",
        "amazon",
        "rt",
        "tor",
        "dw",
        "canva",
        "element",
        "skype",
        "reddit",
    ]
) | {"app store", "play store"}
"""Names that are words as well: they count only as written, with capitals."""
_PERSONAL = frozenset({"max", "макс"})
"""Names that people have: not before another word with a capital."""
_SURNAME = re.compile(r"\s+[A-ZА-Я][a-zа-я]+")
_JOINED = re.compile(
    r"^[\s,、，和與与及&/()（）“”\"«»*]*(?:\w+'s\s+)?(?:\w+\s+){0,2}?(?:and|or|as well as|и|а также|以及|还有)?"
    r"\s*(?:the\s+|\w+'s\s+|(?:[а-я]+\s+){1,3})?[“\"«(（]*$",
    re.IGNORECASE,
)
_JOINED_HAN = re.compile(r"^[^，。；：！？\d]{0,12}[、和与及][^，。；：！？\d]{0,8}$")
_LISTS = re.compile(r"[,、，和與与及&/]|\band\b|\bor\b|\bи\b|以及", re.IGNORECASE)
_SHOPKEEPERS = re.compile(
    r"(?:Apple|苹果公司?)\W*(?:and|or|и|или|和|及|与|、)?\W*(?:Google|谷歌)"
    r"|(?:Google|谷歌)\W*(?:and|or|и|или|和|及|与|、)?\W*(?:Apple|苹果)"
)
_SHOPPING = Rare(r"store|shop|\bapps?\b|google play|магазин|приложени|商店|应用|下架|市场")
"""Without such a word a company that keeps a store is none."""
_SHOPS = frozenset({"app-store", "google-play", "google"})
_FROM_SHOP = re.compile(
    r"\b(?:from|off|in|из|в)\W+(?:\w+\W+){0,4}$|[从向在][^，。；]{0,10}$", re.IGNORECASE
)
_IT_FROM_SHOP = Rare(
    r"\b(?:pull|remov|delist|delet|withdr[ae]w|tak|took)\w*\W+(?:[\w-]+\W+){1,4}?(?:from|off)\W+"
    r"|\b(?:disappear|vanish)\w*\W+from\W|\b(?:unavailable|gone|missing|absent)\W+(?:in|on|from)\W"
    r"[^.;]{0,30}(?:shop|store)|\b(?:исчез|пропа|недоступ)\w*\W+(?:из|в)\W+(?:\w+\W+){0,2}?магазин"
    r"|\b(?:удал|убра|изъя)\w*\W+(?:[\w-]+\W+){0,4}?из\W|将其[^，。；]{0,12}下架|从[^，。；]{0,16}(?:下架|消失|移除|撤下)"
)
"""Something else is taken out of a store."""
_SHOP_DOES = Rare(r"(?:app store|google play|应用商店)[^，。；]{0,6}(?:下架|移除|撤下)")
_LONGEST_GAP = 45
_WORD = re.compile(r"\w+")


def _start(met: re.Match[str]) -> int:
    return met.start()


class Mention(msgspec.Struct, frozen=True, gc=False):
    """A name at its place; `what` is the service's id, as of the time of the name."""

    start: int
    end: int
    what: str


class NameIndex:
    """All names of services as one pattern, the longest first."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._ids: dict[str, str] = {}
        self._one: dict[str, str] = {}
        self.kinds = {what: one.kind for one in services.values() for what in one.ids}
        self._news = frozenset(one.id for one in services.values() if one.kind == "news")
        for one in services.values():
            self._one.update(dict.fromkeys(one.ids, one.id))
            borne = {naming.name: naming.id for naming in one.namings if naming.id}
            for name in one.called() if one.kind != "network" else ():
                self._ids.setdefault(folded(name, "ru").casefold(), borne.get(name, one.id))
        for one in services.values():
            for name in one.domains if one.id not in self._news else ():
                self._ids.setdefault(name, one.id)
        scripts = {name: _script(name) for name in self._ids}
        self._patterns = [
            (
                re.compile(
                    union(
                        {_begins(n): _follows(n) for n, by in scripts.items() if by == one},
                        _GUARDS[one],
                    )
                ),
                of,
            )
            for one, of in _HELD.items()
        ]
        """Of each script, with what shows that a text has letters of it."""
        self._latin = self._patterns[list(_GUARDS).index("latin")][0]
        firsts = (_WORD.match(name) for name, of in scripts.items() if of == "latin")
        self._first = {met[0] for met in firsts if met}
        """The first words of names in Latin letters."""
        self._cyrillic = [
            (re.compile(_begins(name) + _follows(name)), self._ids[name])
            for name, of in scripts.items()
            if of == "cyrillic"
        ]

    def find(self, sentence: str, words: Vocabulary) -> list[Mention]:
        """Services that a sentence names, but for those that it only compares with, cites, or that
        own another one."""
        found: list[Mention] = []
        words = words.heard(sentence)
        low = words.low
        if low.isascii():  # where a name is a word or some, all in the same script
            heard = self._latin.finditer(low) if not self._first.isdisjoint(words.spelled) else ()
            matches = list(heard)
        else:
            here = (pattern for pattern, of in self._patterns if of is None or of.search(low))
            matches = [met for pattern in here for met in pattern.finditer(low)]
            matches.sort(key=_start)
        for match in matches:
            if found and match.start() < found[-1].end:
                continue
            what = self._id(match[0], sentence[match.start()], words.language)
            if what and not self._aside(sentence, match, what, words):
                found.append(Mention(match.start(), match.end(), what))
        if found and "messenger" in low and "facebook-messenger" in self.kinds:
            found = _with_messenger(found, sentence)
        return self._without_owners(_without_shops(found, sentence, low), sentence, words)

    def _aside(self, sentence: str, match: re.Match[str], what: str, words: Vocabulary) -> bool:
        """Whether a name stands there as a comparison, a channel of news, or for a person."""
        before, after = sentence[: match.start()][-40:], sentence[match.end() :][:40]
        if words.compared.search(before) or words.things.match(after):
            return True
        if match[0].casefold() in _PERSONAL and _SURNAME.match(after):
            return True
        return what in self._news and bool(words.cited.match(after))

    def _without_owners(
        self, found: list[Mention], sentence: str, words: Vocabulary
    ) -> list[Mention]:
        """Without a service before another one that it owns ("Facebook's WhatsApp"), and without
        the second name of one that has two."""
        kept: list[Mention] = []
        for one in found:
            gap = sentence[kept[-1].end : one.start] if kept else None
            if gap is not None and len(gap) <= _LONGEST_GAP:
                if words.owner.match(gap):
                    kept.pop()
                elif self._one[kept[-1].what] == self._one[one.what] and len(gap) < 12:
                    closed = one.end + (sentence[one.end : one.end + 1] in set(")）"))
                    kept[-1] = msgspec.structs.replace(kept[-1], end=closed)
                    continue
            kept.append(one)
        return kept

    def _id(self, text: str, first: str, language: str) -> str | None:
        """The id of a name in small letters, whose first letter was written as `first`. A Latin
        word in another script is a name however it is written."""
        if text in _WORDS and first.islower() and (language == "en" or not text.isascii()):
            return None
        if found := self._ids.get(text):
            return found
        return next((what for name, what in self._cyrillic if name.fullmatch(text)), None)


_LAST: list[tuple[Mapping[str, Service], NameIndex]] = []


def of(services: Mapping[str, Service]) -> NameIndex:
    """The names of a catalogue's services; those of the last one are kept, as compiling them takes
    longer than reading a short text."""
    for known, names in _LAST:
        if known is services:
            return names
    made = NameIndex(services)
    _LAST[:] = [(services, made)]
    return made


_MESSENGER = re.compile(r"(?<!Facebook )(?<![A-Za-z0-9.])Messenger(?![A-Za-z0-9@])")


def _with_messenger(found: list[Mention], sentence: str) -> list[Mention]:
    """With "Messenger" in a list of services that one company owns."""
    for met in _MESSENGER.finditer(sentence):
        gaps = [sentence[one.end : met.start()] for one in found if one.end <= met.start()]
        gaps += [sentence[met.end() : one.start] for one in found if one.start >= met.end()]
        over = any(one.start < met.end() and met.start() < one.end for one in found)
        if not over and any(_lists(gap) and len(gap) < _CLOSE_LIST for gap in gaps):
            found = [*found, Mention(met.start(), met.end(), "facebook-messenger")]
    return sorted(found, key=attrgetter("start"))


_CLOSE_LIST = 12


def _without_shops(found: list[Mention], sentence: str, low: str) -> list[Mention]:
    """Without the stores that a program was taken out of, where another service is named."""
    if not found:
        return found
    others = sum(one.what not in _SHOPS for one in found)
    if not others and _IT_FROM_SHOP.search(sentence, low):
        return []
    if others and _SHOP_DOES.search(sentence, low):
        return [one for one in found if one.what not in _SHOPS]
    if others in {0, len(found)} or not _SHOPPING.search(sentence, low):
        return found
    shopkeepers = bool(_SHOPKEEPERS.search(sentence))
    return [
        one
        for one in found
        if one.what not in _SHOPS
        or (not shopkeepers and not _FROM_SHOP.search(sentence[: one.start][-40:]))
    ]


_GUARDS = {"latin": r"(?<![a-z0-9.@/-].)", "cyrillic": r"(?<!\w.)", "han": ""}
"""What may not stand before a name, by its script."""
_HELD = {"latin": None, "cyrillic": _CYRILLIC, "han": _HAN}


def _script(name: str) -> str:
    if _HAN.search(name):
        return "han"
    return "cyrillic" if _CYRILLIC.search(name) else "latin"


def _begins(name: str) -> str:
    """The letters that a name begins with in every case."""
    if _script(name) != "cyrillic":
        return name
    word = name.split(maxsplit=1)[0]
    return word[:-2] if _is_adjective(word) else _stem(word)


def _stem(word: str) -> str:
    """A word without the ending of its first case; of one in the plural, if it is no short one."""
    plural = word[-1] in "иы" and len(word) > _SHORT
    return word[:-1] if plural or word[-1] in "аяьй" else word


_SHORT = 6


def _follows(name: str) -> str:
    """What follows these: nothing of another word, or the endings of Russian words."""
    script = _script(name)
    if script == "han":
        return ""
    if script == "latin":
        return r"(?![a-z@-]|\d(?!\d{0,3}[年月日])|\.\w)"
    first, *more = name.split()
    endings = r"\w{2,3}" if _is_adjective(first) else _ENDING
    return "".join([endings, *(rf"\s+{_declined(word)}" for word in more), r"(?!\w)"])


def _is_adjective(word: str) -> bool:
    return word.endswith(("ая", "ий", "ый", "ое", "ой")) and len(word) > len("новый")


_ENDING = "(?:а|я|у|ю|ы|и|е|о|ой|ей|ом|ем|ам|ям|ами|ах|ях|ь|й)?"


def _declined(word: str) -> str:
    """A Russian word in any case."""
    if _is_adjective(word):
        return rf"{re.escape(word[:-2])}\w{{2,3}}"
    return re.escape(_stem(word)) + _ENDING


def groups(found: list[Mention], sentence: str) -> list[list[Mention]]:
    """Mentions that are listed together: A, B and C."""
    made: list[list[Mention]] = []
    for one in found:
        gap = sentence[made[-1][-1].end : one.start] if made else None
        if gap is not None and len(gap) <= _LONGEST_GAP and _lists(gap):
            made[-1].append(one)
        else:
            made.append([one])
    return made


def _lists(gap: str) -> bool:
    if _HAN.search(gap):
        return bool(_JOINED_HAN.match(gap))
    return bool(_JOINED.match(gap)) and bool(_LISTS.search(gap))


def nearest(found: Iterable[Mention], start: int, end: int) -> Mention | None:
    """The mention nearest to a span."""
    return min(found, key=lambda one: max(one.start - end, start - one.end, 0), default=None)
