"""Whether two pages are the same, and whether two hosts belong to one site, by what was kept."""

import re
from functools import lru_cache

from gatewatch.model.memo import memo
from gatewatch.model.observation import HttpStep
from gatewatch.model.ranges import parsed

EXACT, SAME, ALIKE, OTHER, UNKNOWN = "exact", "same", "alike", "other", ""
EMPTY = "empty"
"""Of a page beside the control's: the very page by three signs; the same; the same server's by its
headers, though not the page (a language, a rotation); another; nothing to tell by; a body with
nothing in it, where the control's had something."""

_EXACT_LENGTH = 0.5
_SAME_LENGTH = 0.7
"""OONI's own measure of body lengths (ts-017); alone it is no proof (ooni/backend#453)."""
_TITLELESS_LENGTH = 0.9
_MANY_SHARED = 0.5
_AT_LEAST_SHARED = 3
_SAME_WORDS = 0.5
_WORD = re.compile(r"\w{2,}")
_COMMON_HEADERS = frozenset(
    [
        "accept-ranges",
        "age",
        "alt-svc",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-security-policy",
        "content-type",
        "date",
        "etag",
        "expires",
        "keep-alive",
        "last-modified",
        "link",
        "location",
        "p3p",
        "pragma",
        "proxy-connection",
        "server",
        "set-cookie",
        "strict-transport-security",
        "transfer-encoding",
        "upgrade",
        "vary",
        "via",
        "x-cache",
        "x-content-type-options",
        "x-frame-options",
        "x-powered-by",
        "x-xss-protection",
    ]
)
_SECOND_LEVEL = frozenset(
    [
        "ac",
        "co",
        "com",
        "edu",
        "ed",
        "gob",
        "gov",
        "gouv",
        "go",
        "govt",
        "gv",
        "id",
        "in",
        "ltd",
        "me",
        "mil",
        "ne",
        "net",
        "nic",
        "nom",
        "or",
        "org",
        "plc",
        "sch",
        "web",
    ]
)
"""Labels under which countries register names: bbc.co.uk and gov.co.uk are two sites."""
_TWO = 2


def likeness(page: HttpStep) -> str:
    """How a page stands to the control's. One sign is never enough for the same: a notice of the
    page's length, or one with a single header of its proxy's, passed for the page before."""
    if page.status != page.control_status:
        return OTHER
    length = _length_ratio(page)
    titles = _titles(page)
    if titles == SAME:
        return EXACT if length is not None and length >= _EXACT_LENGTH else SAME
    served_alike = _served_alike(page.header_names, page.control_header_names)
    if titles == OTHER:
        return ALIKE if served_alike else OTHER
    if not page.body_length:
        return _unkept(page)
    if length is None:
        return SAME if served_alike else UNKNOWN
    enough = _SAME_LENGTH if served_alike else _TITLELESS_LENGTH
    if length >= enough:
        return SAME
    return ALIKE if served_alike else OTHER


def _unkept(page: HttpStep) -> str:
    """Of a body that was not kept, or is empty, what was read from the connection is left."""
    if not page.read or not page.control_length:
        empty = page.body_length == 0 and not page.body_truncated and page.control_length
        return EMPTY if empty else UNKNOWN
    return SAME if page.read >= _EXACT_LENGTH * page.control_length else OTHER


def _titles(page: HttpStep) -> str:
    """Whether titles agree; unknown where the control kept none or neither page has one."""
    theirs = page.control_title
    if theirs is None or not page.body_length:
        return UNKNOWN
    if not theirs and not page.control_length:
        return UNKNOWN  # the helper got a page without anything on it
    mine = page.title or ""
    if mine == theirs:
        return SAME if mine else UNKNOWN
    if not mine or not theirs:
        return UNKNOWN if page.body_truncated else OTHER
    return SAME if _agree(mine.casefold(), theirs.casefold()) else OTHER


@lru_cache(maxsize=4096)
def _agree(mine: str, theirs: str) -> bool:
    """Titles that are equal or share half of their words: clocks, counters and offers change."""
    if mine == theirs:
        return True
    one, other = set(_WORD.findall(mine)), set(_WORD.findall(theirs))
    named = {word for word in one if not word.isdecimal()}
    if named and named == {word for word in other if not word.isdecimal()}:
        return True  # a name of one word, beside a count of what is new
    shared = len(one & other)
    return shared >= _TWO and shared >= _SAME_WORDS * len(one | other)


def _length_ratio(page: HttpStep) -> float | None:
    """The shorter length as a share of the longer; None where one is not known."""
    here, there = page.body_length, page.control_length
    if not here or not there:
        return None
    return min(here, there) / max(here, there)


@lru_cache(maxsize=4096)
def _served_alike(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether most of the headers that few servers send are there on both sides, and three at
    least: one alone (X-Request-Id) is any proxy's."""
    theirs_only = _uncommon(theirs)
    shared = theirs_only & _uncommon(mine)
    return len(shared) >= max(_AT_LEAST_SHARED, _MANY_SHARED * len(theirs_only))


@memo
def _uncommon(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset([name.lower() for name in names]) - _COMMON_HEADERS


@memo
def site(host: str) -> str:
    """The name that somebody registered, near enough: the last two labels, or three where the
    second is one that a country registers under. An address is a site of its own."""
    if parsed(host) is not None:
        return host
    labels = host.split(".")
    if len(labels) <= _TWO:
        return host
    wide = len(labels[-1]) == _TWO and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if wide else -2 :])


def same_site(one: str | None, other: str | None) -> bool:
    """Whether two hosts are of one site; False where one is not known."""
    return bool(one and other) and site(str(one)) == site(str(other))
