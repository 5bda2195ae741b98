"""What a text that could not be read may name: an answer it may hide is not "not listed".

Names are sought loosely, because a false alarm costs an `insufficient` and a miss costs a false
"not listed". Words, numbers and days name nothing on the network and hide nothing.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from itertools import chain, islice, pairwise
from urllib.parse import unquote

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.lookalikes import in_one_script
from gatewatch.model.selector import Kind

_NAME = re.compile(r"(?<![@\w.*-])(?:[\w*-]+\.)+[\w*-]+")
_BARE = re.compile(r"(?:https?|ftp):?[\\/]+([\w-]+)(?![\w.@-])")
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_V6 = re.compile(r"(?<![\w:])(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:.]{3,45}(?![\w:])")
_TOP = re.compile(r"[^\W\d_][\w-]*[^\W_]")
"""A last label: two characters at least, the first a letter. Initials such as N.V. are none."""
_DOTS = re.compile(r"\s*(?:\.{2,}|[\[({](?:\.|dot)[\])}])\s*|(?<=www)\s*\.\s+|\s+dot\s+")
"""Doubled dots, and dots in words: `example[.]com`, `example (dot) com`, `www. example.com`."""
_BLANK_BEFORE_DOT = re.compile(r"\s+\.\s*(?=\w)")
_BLANK_BEHIND_DOT = re.compile(r"(?<=\w)\.\s+(?=[\w-]+\.\w)")
_BEHIND_A_MARK = re.compile(r"(?:^|[^\s\w.,*@/\\-])\.((?:[\w-]+\.)+[\w-]+)")
"""`casino{1,2}.example.com`: some name below that one."""
_OTHER_END = re.compile(r"[\s,;|/(\[]\.([\w-]+(?:\.[\w-]+)*)")
_CONTINUED = re.compile(
    r"(?<![\w.-])((?:[\w-]+\.)+)[\w-]+((?:[\s,;|/(\[]{1,4}\.[\w-]+(?:\.[\w-]+)*)+)"
)
_NETWORK = re.compile(
    r"(?<![\w.:])(\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-f:]{3,39}/\d{1,3})(?![\w.])"
)
_V4_OPEN = re.compile(r"(?<![\w.])((?:\d{1,3}\.){2,3})(?:[x*](?!\w)|[\[{]\d)")
"""`192.0.2.x`, `192.0.2.[0-63]`: any address that begins so."""
_BESIDE = re.compile(
    r"(?:/\d{1,3})?[\s,;|&/()]*(?:(?:and|und|et|y|e|i|ir|og|och|en|or|ou|\u0438|\u0442\u0430)\s)?"
)
"""What stands between two addresses that are no range."""
_BETWEEN_ENDS = 32
"""Letters between the first and the last address of a range."""
COUNTED = re.compile(
    r"(?<![\w.-])([\w.-]{0,64}?)(\d{1,4})([a-z-]{0,32}\.[\w.-]{0,128}[^\W\d_])\s*"
    r"(?:[-\u2010-\u2015\u2026~\uff5e]|\.{2,3}|"
    r"(?:to|till|thru|through|until|bis|do|al?|\u00e0|\u043f\u043e|\u0434\u043e)\s|\u81f3|\u5230)\s*"
    r"(?:https?://)?\1(\d{1,4})\3(?![\w-])",
    re.IGNORECASE,
)
"""`casino1.example - casino9.example`: those between too."""
_COUNTED_WITHIN = re.compile(
    r"(?<![\w.-])([\w.-]{0,64})[\[({](\d{1,4})\s*[-\u2013]\s*(\d{1,4})[\])}]([\w.-]{0,128})"
)
"""`casino[1-9].example`."""
_MOST_COUNTED = 24
_LOGIN = re.compile(r"://[^/\s@]*@")
_ESCAPED = re.compile(r"\\[nrt]")
_ELLIPSIS = re.compile(r"\.{2,}")
_WWW = re.compile(r"\bwww\.(?=\d{1,3}\.)")
_CHOSEN = re.compile(r"[\[({][^\[\](){}]*[,|/]")
_CHOICE = re.compile(r"((?:[\w-]+\.)*[\w-]*\.?)[\[({]([\w.-]+(?:[,|/]\s?[\w.-]+)+)[\])}]([\w.-]*)")
"""`example.{com,net}`, `casino[1|2].example.com`."""
SENTENCE = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+"
)
"""Letters of languages that write names in other letters into a sentence without a blank."""
_DAMAGED = re.compile(r"(?:\\x[0-9a-f]{2}|[\ufffd?])+")
"""Bytes that are no text in the encoding of their list, and signs that stand for lost letters."""
_LOST = "\ufffd"
_WITH_LOST = re.compile(r"(?:[\w-]+\.)*[\w-]*\ufffd[\w\ufffd-]*((?:\.[\w-]+)+)")
_DOTTED = dict.fromkeys(map(ord, "\u00b7\u2022\u2027\u22c5\u30fb"), ".")
"""Signs in the middle of a line, which stand between values, and for dots."""
_BROKEN = re.compile(r"(?<=\w)-\s+(?=\w)")
"""A name broken at the end of a line, at a hyphen of its own or of the typesetter's."""
_TORN = re.compile(r"(?:[\w-]+\.)+([\w-]+)(?: (?=[\w.-]+$))")
"""A blank within a name: `casino.exa mple.com`."""
_CUT_END = re.compile(r"(?<=\w)\.([a-z]{1,6})\s+([a-z]{1,6})$")
"""`example.c om`: the last label broken."""
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_LETTERS = re.compile(r"[^\W\d_]+")
_GLUED_BEFORE = re.compile(r"\d[\d-]*(?=[^\W\d_])")
_WIDEST = 8
"""Bits of the widest network that a text is believed to mean."""
_SHORTEST_END, _LONGEST_END = 2, 24
"""Letters of a top-level domain: `xn--vermgensberatung-pwb` has 24."""
_MOST = 64
_LONGEST = 65536


@lru_cache(maxsize=4096)
def may_name(text: str) -> tuple[str, ...]:
    """Hosts, addresses and networks that a text may mean, in canonical form; `*.` stands
    before a name below which anything may be meant. At most 64 of them."""
    low = text[:_LONGEST].lower()
    found: dict[str, None] = {}
    for spelt in dict.fromkeys(
        (
            low,
            re.sub(r",+(?=\S)", ".", low),
            low.replace("\\x", " "),
            low.replace("\\.", "."),
            _DOTS.sub(".", low.translate(_HYPHENS)),
            _BLANK_BEFORE_DOT.sub(".", low),
            _BLANK_BEHIND_DOT.sub(".", low),
            _continued(low),
            *_otherwise(low),
            *_joined(low),
            *_counted(low),
        )
    ):
        for name in chain(_names(spelt), _behind_marks(spelt), _with_lost(spelt)):
            found.setdefault(name)
            if len(found) >= _MOST:
                return tuple(found)
    return tuple(found)


def _names(text: str) -> Iterator[str]:
    yield from _addresses(text)
    for token in _NAME.findall(text):
        yield from _starred(token) if "*" in token else _plain(token)
    for word in _BARE.findall(text):
        if not word.isdigit():
            yield from _canonical(word)


def _plain(token: str) -> Iterator[str]:
    name = token.strip(".-")
    if not _TOP.fullmatch(name.rpartition(".")[2]):
        return
    number, _, behind = name.partition(".")
    if number.isdigit() and "." in behind:  # `12.example.com` may be the twelfth of a list
        yield from _canonical(behind)
    yield from _canonical(name)
    for other in _unglued(name):
        yield from _canonical(other)


def _unglued(name: str) -> Iterator[str]:
    """A name without what hangs on it: `12a.example.com`, `a.example.com2024-03-01`; where letters
    hang on its last label, with every top-level domain with which that begins."""
    if (before := _GLUED_BEFORE.match(name)) and "." in name[before.end() :]:
        yield name[before.end() :]
    rest, _, last = name.rpartition(".")
    if len(last) <= _SHORTEST_END or selector.is_top_level(last):
        return
    letters = _LETTERS.match(last)
    if letters and selector.is_top_level(letters[0]):
        yield f"{rest}.{letters[0]}"
        return
    for end in range(_SHORTEST_END, min(len(last), _LONGEST_END)):
        if selector.is_top_level(last[:end]):
            yield f"{rest}.{last[:end]}"


def _starred(token: str) -> Iterator[str]:
    """What a name with stars in it may mean, as questions ask for it
    (`_patterns` of analysis/registers/lookup.py)."""
    bare = token.strip("*")
    if "*" not in bare and not bare.startswith("."):
        for host in _plain(bare):
            yield from (host, f"*.{host}") if token.startswith("*") else (host,)
    labels = token.strip(".-").split(".")
    ended = "*" in labels[-1]
    while labels and "*" in labels[-1]:
        labels.pop()
    at = max((n for n, label in enumerate(labels) if "*" in label), default=-1)
    behind = ".".join(labels[at + 1 :])
    if not behind or not (ended or _TOP.fullmatch(labels[-1])):
        return
    below = "*." if at >= 0 else ""
    for host in _canonical(behind):
        if ended:
            yield f"{below}{host}.*"
        elif labels[at].strip("*"):
            yield from _shaped(labels[at], host)
        else:
            yield f"*.{host}"
        if at > 0 and not ended and (not labels[at].strip("*") or "*" in "".join(labels[:at])):
            yield host


def _shaped(label: str, rest: str) -> Iterator[str]:
    """A label of which a part stands for anything, by its first or its last letter."""
    if label[0] != "*":
        yield f"{label[0]}*.{rest}"
    elif "." in rest:
        yield f"*.{rest}"
    elif label[-1] != "*":
        yield f"*{label[-1]}.{rest}"


def _continued(text: str) -> str:
    """Names whose ends alone stand behind the first of them, written out: `a.example.com, .net`."""
    return " ".join(
        f"{found[1]}{end}"
        for found in _CONTINUED.finditer(text if _OTHER_END.search(text) else "")
        for end in _OTHER_END.findall(found[2])
    )


def _otherwise(low: str) -> Iterator[str]:
    """The same text in plain letters: codes of pages and of URLs, letters of full width, signs that
    nobody sees; and choices within names, written out."""
    if "\\" in low:
        yield _ESCAPED.sub(" ", low)
    if ".." in low:
        yield _ELLIPSIS.sub(" ", low)
    if "www." in low:
        yield _WWW.sub(" ", low)
    if "_" in low:
        yield low.replace("_", " ")
    if "@" in low:
        yield _LOGIN.sub("://", low)
    if "%" in low:
        yield unquote(low).lower()
    if "&" in low:
        plain = unescape(low)
        yield plain
        yield from _beyond_ascii(plain)
    if not low.isascii():
        yield from _beyond_ascii(low)
    for found in _CHOICE.finditer(low) if _CHOSEN.search(low) else ():
        before, ends, after = found[1].rstrip("."), re.split(r"[,|/\s]+", found[2]), found[3]
        yield " ".join(f"{before}.{end.strip('.')}{after} {before}{end}{after}" for end in ends)


def _beyond_ascii(low: str) -> Iterator[str]:
    """The same text with other signs for its letters and its blanks."""
    shown = "".join(sign for sign in low if unicodedata.category(sign) != "Cf")
    yield unicodedata.normalize("NFKC", shown).replace("\u3002", ".").lower()
    yield low.translate(_DOTTED)
    yield SENTENCE.sub(" ", low)
    if alike := in_one_script(low):
        yield alike
    yield "".join(
        " " if unicodedata.category(sign)[0] in "NPS" and not sign.isascii() else sign
        for sign in low
    )


def _counted(low: str) -> Iterator[str]:
    """Names that differ by a number alone, of which the first and the last are told."""
    for found in chain(COUNTED.finditer(low), _COUNTED_WITHIN.finditer(low)):
        before, first, behind, last = found.groups()
        if found.re is _COUNTED_WITHIN:
            behind, last = last, behind
        if int(last) - int(first) > _MOST_COUNTED:
            yield f"{before}*{behind}"
            continue
        wide = len(first) if first.startswith("0") else 0
        numbers = range(int(first), int(last) + 1)
        yield " ".join(f"{before}{number:0{wide}}{behind}" for number in numbers)


def _with_lost(text: str) -> Iterator[str]:
    """Names of which letters beyond ASCII were lost."""
    if _DAMAGED.search(text):
        for behind in _WITH_LOST.findall(_DAMAGED.sub(_LOST, text)):
            if _TOP.fullmatch(behind.rpartition(".")[2]):
                for host in _canonical(behind[1:]):
                    yield f"xn--*.{host}"


def _joined(low: str) -> Iterator[str]:
    """A name that was broken at the end of a line, put together again."""
    if _BROKEN.search(low):
        yield _BROKEN.sub("-", low)
        yield _BROKEN.sub("", low)
    if (torn := _TORN.match(low)) and not selector.is_top_level(torn[1]):
        yield low.replace(" ", "")
    if (cut := _CUT_END.search(low)) and selector.is_top_level(cut[1] + cut[2]):
        yield f"{low[: cut.end(1)]}{cut[2]}"


def _behind_marks(text: str) -> Iterator[str]:
    for name in _BEHIND_A_MARK.findall(text):
        if _TOP.fullmatch(name.rpartition(".")[2]):
            for host in _canonical(name):
                yield from (host, f"*.{host}")


def _addresses(text: str) -> Iterator[str]:
    padded = (re.sub(r"\b0+(?=\d)", "", token) for token in _V4.findall(text))
    for token in (*padded, *_V6.findall(text)):
        try:
            known = ipaddress.ip_address(token)
        except ValueError:
            continue
        if not known.is_unspecified and not known.is_loopback:
            yield selector.shortest(known)
    for token in _NETWORK.findall(text):
        try:
            network = ipaddress.ip_network(token, strict=False)
        except ValueError:
            continue
        if network.prefixlen >= _WIDEST and network.num_addresses > 1:
            yield str(network)
    for begin in _V4_OPEN.findall(text):
        given = begin.count(".")
        try:
            yield str(ipaddress.ip_network(f"{begin}{'.'.join('0' * (4 - given))}/{8 * given}"))
        except ValueError:
            continue
    for pattern in (_V4, _V6):
        yield from _ranges(text, list(pattern.finditer(text)))


def _ranges(text: str, found: list[re.Match[str]]) -> Iterator[str]:
    """Networks between two addresses that words or signs part in a way that may mean a range."""
    for low, high in pairwise(found):
        parted = text[low.end() : high.start()]
        if len(parted) > _BETWEEN_ENDS or _BESIDE.fullmatch(parted):
            continue
        try:
            first, last = ipaddress.ip_address(low[0]), ipaddress.ip_address(high[0])
            if last.is_reserved:  # a mask of bits
                yield str(ipaddress.ip_network(f"{first}/{last}", strict=False))
                continue
            whole = ipaddress.summarize_address_range(first, last)
            networks = [ipaddress.ip_network(str(one)) for one in islice(whole, _MOST)]
        except (ValueError, TypeError):
            continue
        yield from (str(one) for one in networks if one.prefixlen >= _WIDEST)


def _canonical(name: str) -> Iterator[str]:
    try:
        named = selector.domain(name)
    except UsageError:
        return
    if named.kind == Kind.DOMAIN:
        yield named.value
