"""One cell of a list to what it names: selectors in canonical form, or text that could not be read.

Repairs are those that the field makes too (misspelt schemes, stray quotes, pages and ports behind a
host). A repair is made only where one reading is possible; else the text stays unread, and an
unread text weighs on answers by what it may name (model/unread.py).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from urllib.parse import unquote

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.lookalikes import in_one_script
from gatewatch.model.selector import Selector
from gatewatch.model.unread import COUNTED, may_name
from gatewatch.sources.registers import labels
from gatewatch.sources.registers.networks import as_networks
from gatewatch.sources.registers.spelling import OUTER, as_typed, tidy
from gatewatch.sources.registers.values import (
    ALSO_FILES,
    FIELDS,
    FILES,
    MAIL,
    NO_ENDS,
    PATTERN,
    SURE_NAME,
    has_parent,
    host,
    stroked,
    surely_named,
)

_PLAIN = re.compile(r"[\w.:/~%?&=*-]+", re.ASCII)
"""Nothing to repair and nothing to part; nearly every cell of every register."""
_SCHEME = r"h(?:tt|xx)ps?(?::|[\\/]{2})"
_SURE = re.compile(rf"(?i)[,;|\n\r\t]+|\s+(?:/\s*)?(?={_SCHEME})")
"""Between values; a slash or a blank alone may as well be part of one."""
_LOOSE = re.compile(r"[,;|/\s]+")
_NEXT_ADDRESS = re.compile(rf"(?i)(?:[,;|\s]|\s/)\s*(?={_SCHEME})")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-")
_FULL_WIDTH = dict(zip(map(ord, "\u3001\uff0c\uff1b\uff5c\uff0f\u30fb"), ",,;|/;", strict=True))
"""Marks between values as lists in Chinese and Japanese have them; to browsers they are letters."""
_RAISED_ENDS = "\u00b9\u00b2\u00b3\u2070\u2074\u2075\u2076\u2077\u2078\u2079"
_NAMES_ENDS = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029,;|"
_NAME_ALONE = re.compile(r"(?:[\w-]+\.)+[\w-]+")
_BLANK_BY_DOT = re.compile(r"(\S+?)(?: +\.|\. +)([^\s.]+)")
"""`example .com`: a blank beside the dot before the last label."""
_NAMED = frozenset({"selector", "site", "host", "domain"})
"""Fields in which the plain name of a host is that host."""
_PAGED = frozenset({"selector", "site", "url", "host", "domain"})
"""Fields in which a page may stand."""
_BREAK = re.compile(r"(?i)<\s*/?\s*(?:br|p|li|div|td|tr)\b[^<>]*>")
_LINK = re.compile(
    r"""(?is)<a\b[^<>]*?\bhref\s*=\s*["']?([^"'\s<>]+)[^<>]*>((?:(?!<a\b).)*?)</a\s*>"""
)
_TAG = re.compile(r"(?i)</?[a-z][a-z0-9]{0,9}(?:\s[^<>]*)?/?>")
_ENCLOSED = re.compile(r"[<\[({\u3010\uff08](.+)[>\])}\u3011\uff09]")
_LIST_MARK = re.compile(
    r"^(?:[\u2022\u00b7\u2023\u25aa\u25cf\u2013\u2014*-]|\(?\d{1,5}[.)])\s+(?=\S)"
)
_FOOTNOTE = re.compile(r"\s*(?:\[\d{1,2}\]|\(\d{1,2}\)|\*{1,3}|[\u2020\u2021])$")
_FOOTNOTES = re.compile(r"(?<=[\w/])\s*[\[(]\d{1,2}[\])](?=\s*(?:[,;|\n]|$))")
_DOT_IN_WORDS = re.compile(r"(?i)\s*[\[({]\s*(?:dot|\.)\s*[\])}]\s*|\s+dot\s+")
_CODED_END = re.compile(r"(?i)\s*(?:%20|%c2%a0|%e2%80%8b|%09|%0a|%0d)$")
_CODED = re.compile(r"(?i)https?%3a%2f%2f\S+")
_DOT_SCHEME = re.compile(r"(?i)(https?)[.,]//(?=\w)")
_WWW_BLANK = re.compile(r"(?i)^www\s*\.\s+(?=\w)")
_WWW_OR_NOT = re.compile(r"(?i)[(\[]www\.[)\]](\S+)")
_BRACKETED_MARK = re.compile(r"\[(:|://|/)\]")
_SPACED_DOT = re.compile(r"\s*\.\s*")
_APART = re.compile(r"""[\s()\[\]{}<>"'\u00ab\u00bb\u201e\u201c\u201d]+""")
_BEHIND_A_PAGE = re.compile(
    r"(?i)(?<=\S)(\s*[\n,;|\u3001\uff0c\uff1b]\s*|\s+(?:[/&+-]\s+|(?:and|et|und|y|e|i|og|och|\u0438|\u0442\u0430)\s+)?)"
    r"((?:[\w-]+\.)+[\w-]+)(?=[\s,;|/:?#)\u3001\uff0c\uff1b]|$)"
)
_BETWEEN_PAGES = re.compile(
    r"(?i)(?:\s*[\n,;|\u3001\uff0c\uff1b]\s*|\s+(?:[/&+-]|and|et|und|y|e|i|og|och|\u0438|\u0442\u0430)?)\s*$"
)
_NEXT = re.compile(r"[\s,;|]+")
STRUCK = re.compile(r"~~(?!~)(.+?)~~(?!~)", re.DOTALL)
"""What a page, a sheet or a text shows struck out, as layouts hand it over and Markdown has it."""
UNSHOWN = re.compile("\u2192<([^<>]*)>")
"""What a cell names and does not show, as a link's address, as layouts hand it over."""
_RUN_ON = re.compile(r"(?i)((?:[\w-]+\.)+[a-z]{2,}?)_?(?=(?:https?|hxxps?|ftp):?//)")
"""A name with the next address behind it without a blank."""
_NUMBERED = re.compile(r"(?:^|(?<=[\s,;]))(\d{1,4})[.)]\s*(?=[^\s\d])")
_ELLIPSIS = re.compile(r"\.{3,}")
_RAISED = re.compile(r"[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+(?=\W|$)")
_DOTS_OF_NAMES = frozenset("\u3002\uff0e\uff61\u00b7")
_LIKE_DOTS = dict.fromkeys(map(ord, "\u2024\u00b7\u2022\u2027\u22c5\u30fb"), ".")
_MIDDLE_DOT = re.compile(r"(?<![lL])\u00b7|\u00b7(?![lL])|[\u2022\u2027\u22c5]")
"""Between values, unless it parts two letters l as in Catalan (RFC 5892, appendix A.3)."""


def unshown(address: str) -> str:
    """As `UNSHOWN` has it."""
    return f"\u2192<{address}>"


class Cell(msgspec.Struct, frozen=True, gc=False):
    """What a cell names, what of it could not be read, and why."""

    found: tuple[Selector, ...] = ()
    unread: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def hides(self) -> bool:
        """Whether what could not be read may name something. Words and numbers do not."""
        return any(map(may_name, self.unread))


_LONGEST_WITH_WORDS = 512
"""Letters of a name, of which 253 are its own, and of words beside it."""
_MOST_BLANKS = 64
_MANY_BLANKS = re.compile(rf"\s{{{_MOST_BLANKS},}}")
"""Blanks that part no more than one does: an expression that begins with blanks would look through
all of them from each."""


def read(text: str, field: str, separators: Iterable[str] = ()) -> Cell:
    """The selectors of a cell. `field` is one of `FIELDS`."""
    if "_x00" in text or not text.isascii():
        text = as_typed(text)
    if len(text) > _MOST_BLANKS:
        text = _MANY_BLANKS.sub(lambda run: "\n" if "\n" in run[0] else " ", text)
    if "~~" in text and (struck := STRUCK.findall(text)):
        rest = STRUCK.sub("\n", text).strip(" \n,;|")
        beside = read(rest, field, separators) if rest else Cell()
        return Cell(
            beside.found,
            (*beside.unread, *(one.strip() for one in struck)),
            (*beside.problems, f"struck out, and the declaration names no struck: {struck[0]}"),
        )
    if "<" in text and (hidden := UNSHOWN.findall(text)):
        return Cell(
            (),
            (text,),
            (f"named in a link and not shown; NAME@href reads links: {hidden[0][:80]}",),
        )
    if field in _NAMED and COUNTED.fullmatch(tidy(text)):
        ends = _told(COUNTED.sub(r"\1\2\3\n\1\4\3", tidy(text)), field, ())
        why = f"a range of names, of which two are told: {text[:80]!r}"
        return Cell(ends.found, (tidy(text),), (why,))
    if field in _NAMED and (alike := in_one_script(text)):
        told = _told(text, field, separators)
        return Cell(
            told.found,
            tuple(dict.fromkeys((*told.unread, tidy(text)))),
            (*told.problems, f"letters of two scripts in one name: {alike[:80]} may be meant"),
        )
    return _told(text, field, separators)


def _told(text: str, field: str, separators: Iterable[str]) -> Cell:
    if not separators:
        return _value(text, field)
    values = _values(text, separators)
    if len(values) == 1:
        return _value(values[0], field)
    return _joined(_value(value, field) for value in values)


def _joined(told: Iterable[Cell]) -> Cell:
    parts = list(told)
    return Cell(
        tuple(dict.fromkeys(chain.from_iterable(p.found for p in parts))),
        tuple(dict.fromkeys(chain.from_iterable(p.unread for p in parts))),
        tuple(chain.from_iterable(p.problems for p in parts)),
    )


def _values(text: str, separators: Iterable[str]) -> list[str]:
    values = [text]
    for mark in separators:
        values = [part for value in values for part in value.split(mark)]
    return [value for value in values if tidy(value)]


_MOST_MENDS = 8
"""What is put right in one value. Of a text that a mend only shortens there is no end of them."""


@lru_cache(maxsize=65536)
def _value(text: str, field: str, mends: int = _MOST_MENDS) -> Cell:
    if (
        field in _NAMED
        and "_" not in text
        and (plain := selector.plain_domain(text))
        and has_parent(text)
        and text.rpartition(".")[2] not in NO_ENDS
    ):
        return Cell((plain,))
    is_plain = _PLAIN.fullmatch(text) is not None
    if not is_plain and field in _PAGED and len(parts := _pages(text, field)) > 1:
        return _joined(_value(part, field) for part in parts)
    return _looked_at(text, field, mends, is_plain=is_plain)


def _looked_at(text: str, field: str, mends: int, *, is_plain: bool) -> Cell:
    if field not in {"url", "app"} and (network := as_networks(text if is_plain else tidy(text))):
        return Cell(tuple(network))
    if field != "app" and (not is_plain or "_" in text or text.count("://") > 1 or "..." in text):
        text = _parted(text, field)
        is_plain = is_plain and _PLAIN.fullmatch(text) is not None
    bare = text if is_plain else tidy(text)
    if not bare:
        return Cell()
    if field in _NAMED and not is_plain and "/" not in bare:
        bare = bare.rstrip(_RAISED_ENDS).translate(_HYPHENS).translate(_FULL_WIDTH)
        text = text.translate(_FULL_WIDTH)
    if field in _NAMED and " " in bare and "/" in bare and (beside := _pages_beside(bare, field)):
        return Cell(tuple(dict.fromkeys(beside)))
    why = "several values in one cell"
    if is_plain or _NEXT_ADDRESS.search(bare) is None:
        try:
            return _doubted(FIELDS[field](bare), bare, field)
        except UsageError as problem:
            why = str(problem)
    if found := _several(bare, text, field):
        return Cell(tuple(dict.fromkeys(found)))
    return _repaired(bare, field, why, mends)


def _pages(text: str, field: str) -> list[str]:
    """Pages and names that lines, blanks or marks between values part: to browsers these are signs
    of a path like any other."""
    if "://" not in text and "\n" not in text:
        return [text]
    cuts = [0]
    for found in _BEHIND_A_PAGE.finditer(text):
        page = text[cuts[-1] : found.start(1)].strip()
        if " " in page or "/" not in page or not _is_another(found[2]):
            continue
        is_root = page.partition("://")[2].find("/") in {-1, len(page.partition("://")[2]) - 1}
        parted = "\n" in found[1] or "|" in found[1] or is_root
        # A blank alone may be one of the path, of which a name of two labels may be the end.
        alone = found[1].isspace() and (field == "url" or found[2].count(".") == 1)
        if parted or (" " in found[1] and "?" not in page and not alone):
            cuts.append(found.end(1))
    parts = [text[begin:end] for begin, end in zip(cuts, [*cuts[1:], None], strict=True)]
    return [_BETWEEN_PAGES.sub("", part) for part in parts]


def _doubted(named: Selector, bare: str, field: str) -> Cell:
    """A page; behind a blank or a comma of it another name may begin."""
    if field in _PAGED and "/" in bare and not _PLAIN.fullmatch(bare):
        words = [word.strip("().").partition("/")[0] for word in _NEXT.split(bare)[1:]]
        if any(map(_is_another, words)):
            return Cell((named,), (bare,), (f"a page, or more than one value: {bare[:80]!r}",))
    return Cell((named,))


def _is_another(name: str) -> bool:
    """Whether what stands behind a page is a name, and not the end of a path with blanks."""
    last = name.rpartition(".")[2].lower()
    return last not in FILES | ALSO_FILES and not last.isdigit() and surely_named(name)


def _parted(text: str, field: str) -> str:
    """Text with breaks of a page, numbers of a list within it, and signs between its values as ends
    of lines; with blanks between addresses that lack them."""
    if field in _NAMED:
        text = _below_too(labels.LABEL.sub("", text.lstrip()))
    if "/" in text and " " in text:
        text = labels.ONLY.sub("", text)
    if "<" in text and not _LINK.search(text):
        text = _BREAK.sub("\n", text)
    if "://" in text:
        text = _RUN_ON.sub(r"\1 ", text)
    text = _ELLIPSIS.sub("\n", text)
    if not text.isascii():
        text = _RAISED.sub("", text)
        if field != "url" or "/" not in text:
            beside = [part for part in _MIDDLE_DOT.split(text) if part.strip()]
            text = "\n".join(beside) if all(map(may_name, beside)) else text
        parts = _split(text, _signs(text))
        text = "\n".join(parts) if sum(bool(may_name(part)) for part in parts) > 1 else text
        beside = [part.strip() for part in labels.AND_WITHOUT_BLANKS.split(text)]
        text = "\n".join(beside) if all(map(surely_named, beside)) else text
    if "_" in text:
        parts = _split(text, "_")
        text = "\n".join(parts) if len(parts) > 1 and all(map(surely_named, parts)) else text
    numbers = [int(number) for number in _NUMBERED.findall(text)]
    if len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1)):
        return _NUMBERED.sub("\n", text).strip()
    return text


def _below_too(text: str) -> str:
    """A name and words for all below it, as filters have that."""
    if len(text) > _LONGEST_WITH_WORDS:
        return text
    whole = labels.WITH_BELOW.sub("", text)
    host = whole.partition("://")[2].rstrip("/") or whole
    return f"||{host}^" if whole != text and "/" not in host and surely_named(host) else text


def _signs(text: str) -> str:
    """Signs in a text that are neither ASCII nor letters nor dots of a name."""
    return "".join(
        {sign for sign in text if not sign.isascii() and unicodedata.category(sign)[0] in "PS"}
        - _DOTS_OF_NAMES
    )


def _split(text: str, signs: str) -> list[str]:
    """What signs leave of a text."""
    parts = re.split(f"[{re.escape(signs)}]+", text) if signs else [text]
    return [part for part in map(_bare_part, parts) if part]


def _bare_part(part: str) -> str:
    """A part of a cell without blanks and what nobody sees."""
    if part.isascii():
        return part.strip()
    return "".join(sign for sign in part if unicodedata.category(sign) != "Cf").strip()


def _repaired(bare: str, field: str, why: str, mends: int) -> Cell:
    """What could not be read as it stands: put right, or kept as it is with the reason."""
    if mends and field in _NAMED and labels.CONTACT.search(bare):
        left = labels.CONTACT.sub("\n", bare).strip(f"{_NAMES_ENDS}/-()\u2013")
        cell = _value(left, field, mends - 1) if may_name(left) else Cell()
        if cell.found and not cell.unread:
            return cell
    if mends and field in _NAMED and (mended := _mended(bare)):
        cell = _value(mended, field, mends - 1)
        if not cell.unread:
            return cell
    if field in _NAMED and (beside := _side_by_side(bare, field)):
        return Cell(tuple(dict.fromkeys(beside)))
    if field in {"domain", "host"} and "," in bare and "/" not in bare:
        dotted = re.sub(r"\s*,\s*", ".", bare)
        if surely_named(dotted):
            return Cell((FIELDS[field](dotted),))
    return Cell(unread=(bare,), problems=(why,))


def _several(bare: str, text: str, field: str) -> list[Selector]:
    """The values of a cell that holds more than one, or one that names more than one thing; empty
    unless every part can be read."""
    if rendered := PATTERN.fullmatch(bare):
        return _rendered(rendered)
    if field == "app":
        return []
    if field in {"host", "domain"} and (names := stroked(bare)):
        return [host(name) for name in names]
    loose = field in {"domain", "host", "ip"} and _NEXT_ADDRESS.search(bare) is None
    for between in (_LOOSE, _SURE) if loose else (_SURE,):
        parts = [part for piece in between.split(text.strip(OUTER)) if (part := tidy(piece))]
        if len(parts) < 2:
            break
        if between is _LOOSE and field != "ip" and _is_torn(bare):
            continue
        if field in _NAMED:
            # Beside a site stands how to write to it, which is no site.
            parts = [part for part in parts if not labels.CONTACT.fullmatch(part)]
        try:
            return [named for part in parts for named in _part(part, field)]
        except UsageError:
            continue
    return []


def _is_torn(bare: str) -> bool:
    """Whether a blank lies within a name: what stands before it has no top-level domain."""
    words = bare.split(" ")
    return all(map(_NAME_ALONE.fullmatch, words)) and not all(map(surely_named, words[:-1]))


def _part(text: str, field: str) -> list[Selector]:
    """What one of several values of a cell names: a range is several networks."""
    if field not in {"url", "app"} and (found := as_networks(text)):
        return found
    if rendered := PATTERN.fullmatch(text):
        return _rendered(rendered)
    return [FIELDS[field](text)]


def _mended(bare: str) -> str | None:
    """A host with the slips of typing and of typesetting put right; None if there is none that has
    one reading."""
    plain = bare.strip(_NAMES_ENDS)
    if "/" not in plain and ":" not in plain:
        doubled = [part for part in re.split(r"\.{2,}", plain) if part]
        if len(doubled) > 1 and all(map(surely_named, doubled)):
            return None
        plain = re.sub(r"\.{2,}", ".", plain).lstrip(".")
    if (joined := _without_blank(plain)) is not None:
        plain = joined
    plain = _untypeset(plain)
    dotted = plain.translate(_LIKE_DOTS)
    if dotted != plain and surely_named(dotted):
        beside = _split(plain, "".join(map(chr, _LIKE_DOTS)))
        plain = plain if any(map(surely_named, beside)) else dotted
    return plain if plain != bare and plain else None


def _untypeset(text: str) -> str:
    """A cell's text without what surrounds its value: marks of a list, tags of a page, a label,
    footnotes, brackets around all of it."""
    if "<" in text and (_BREAK.search(text) or _TAG.search(text)):
        text = _LINK.sub(lambda link: f" {_linked(link[1], link[2])} ", text)
        text = _TAG.sub("", _BREAK.sub("\n", text)).strip()
    if (whole := _ENCLOSED.fullmatch(text)) and not _ENCLOSED.search(whole[1]):
        text = whole[1].strip()
    text = labels.LABEL.sub("", _LIST_MARK.sub("", text, count=1), count=1)
    text = labels.BELOW.sub("*.", text).replace("*.*.", "*.")
    text = _without_end(text, _CODED_END).rstrip("\\")
    if _CODED.fullmatch(text):
        text = unquote(text)
    if (dotted := _DOT_IN_WORDS.sub(".", text)) != text and surely_named(dotted):
        text = dotted
    text = _FOOTNOTES.sub("", text)
    text = _WWW_BLANK.sub("www.", text)
    text = _DOT_SCHEME.sub(r"\1://", _BRACKETED_MARK.sub(r"\1", text))
    text = _without_end(_without_end(text, labels.MORE), labels.KIND)
    if (plain := _without_end(text, _FOOTNOTE)) and SURE_NAME.fullmatch(plain):
        text = plain
    return text


def _without_end(text: str, sign: re.Pattern[str]) -> str:
    """Text without the signs at its end, taken from behind: one search for all of them would begin
    anew at each sign of a text that ends otherwise."""
    end = len(text)
    while found := sign.search(text, max(end - labels.LONGEST, 0), end):
        end = found.start()
    return text[:end]


def _linked(address: str, words: str) -> str:
    """What a link stands for: what it shows, if that is a name."""
    shown = tidy(_TAG.sub("", words))
    return shown if SURE_NAME.fullmatch(shown) else address


def _side_by_side(bare: str, field: str) -> list[Selector]:
    """Names that stand beside one another, joined by blanks, brackets or words for *and*; empty
    where anything else stands there, for that may say what became of them."""
    if either := _WWW_OR_NOT.fullmatch(bare):
        bare = f"{either[1]} www.{either[1]}"
    words = [
        word for part in _APART.split(labels.ALSO.sub(" & ", bare)) if (word := part.strip(",;|"))
    ]
    if words and (words[0].casefold() in labels.AND or words[-1].casefold() in labels.AND):
        return []
    names = [
        word for word in words if word.casefold() not in labels.AND and not MAIL.fullmatch(word)
    ]
    sure = all(surely_named(name.removeprefix("*.")) for name in names)
    if len(words) < 2 or not names or not sure:
        return []
    try:
        return [FIELDS[field](name) for name in names]
    except UsageError:
        return []


def _pages_beside(bare: str, field: str) -> list[Selector]:
    """As `_side_by_side`, of which one is a page: what follows it may as well be the end of its
    path, if it has neither a scheme nor three labels."""
    _, *others = bare.split()
    sure = all("://" in word or word.count(".") > 1 for word in others if "." in word)
    return _side_by_side(bare, field) if sure else []


def _without_blank(bare: str) -> str | None:
    """A host with a blank beside the dot before its last label, put right.

    Only where what stands before the blank is no host by itself: `example.com .ua` may be two.
    """
    found = _BLANK_BY_DOT.fullmatch(bare)
    if found is None:
        # `casino . example . com`, `casino .example.com`: blanks by every dot, or before one
        tight = _SPACED_DOT.sub(".", bare)
        spaced = " ." in bare and tight != bare and " " not in tight
        return tight if spaced and surely_named(tight) and not _surely_named_part(bare) else None
    before, last = found[1].lower(), found[2].lower()
    if not selector.is_top_level(last) or selector.is_top_level(before.rpartition(".")[2]):
        return None
    return f"{before}.{last}"


def _surely_named_part(bare: str) -> bool:
    """Whether a part of a text between its blanks is a name by itself, and no end of one."""
    return any(not part.startswith(".") and surely_named(part) for part in bare.split())


def _rendered(found: re.Match[str]) -> list[Selector]:
    try:
        if found[3]:
            return [host(found[3]), selector.mask(found[3])]
        return [host(found[2]), *([selector.mask(found[2])] if found[1] else [])]
    except UsageError:
        return []
