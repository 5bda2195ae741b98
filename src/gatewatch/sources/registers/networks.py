"""Ranges of addresses, networks by their stars and by their masks of bits, as networks."""

import ipaddress
import re
from itertools import islice

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.selector import Selector

_TO = (
    r"to|till|until|through|thru|bis|tot|til|à|au|ao|al|do|\u043f\u043e|\u0434\u043e|ad|până la|ile|"
    r"έως|sampai|hingga|đến|ถึง|إلى|עד"
)
_RANGE = re.compile(
    r"(?i)([0-9a-f:.]*[0-9a-f:])"
    r"(?:\s*(?:[-\u2010-\u2015\u2212~\u301c\uff5e\u2026\uff0d]|\.{2,3}|至|到|から|부터)\s*|"
    rf"\s+(?:{_TO})\s+)"
    r"(?:ip\s+)?\.?([0-9a-f:][0-9a-f:.]*?)(?:まで|까지|止)?"
)
_BETWEEN = (
    r"between|zwischen|entre|tra|fra|mellan|mellem|mellom|między|mezi|medzi|между|\u043c\u0456ж|"
    r"de|da|dal|del|desde"
)
_BEFORE = re.compile(
    r"(?i)^(?:ip(?:v?[46])?(?:[\s-]+(?:address(?:es)?|range|adres+\w*|адреса?|диапазон|діапазон))?|"
    r"range|диапазон|діапазон|from|von|vom|du|od|van|från|\u0441\u043e?|від|\u0437\u0456?|από|dari|từ|"
    rf"自|从|從|由|{_BETWEEN})\s*[:\uff1a]?\s*(?:ip\s+)?(?=\d)"
)
"""What stands before a range or an address and only says that it is one."""
_PAIRED = re.compile(rf"(?i)(?:{_BETWEEN})\s")
_AND = re.compile(r"(?i)\s+(?:and|und|et|y|e|a|al|og|och|i|\u0438|\u0442\u0430|\u0456)\s+")
"""Behind a word for *between* the one for *and* stands for *to*; so does, behind the Spanish and
Italian words for *from*, a letter that is *and* in Czech."""
_V4_REST = re.compile(r"((?:\d{1,3}\.){3})\d{1,3}")
"""Where a range names only the last number of its end: `192.0.2.1-7`."""
_V4_STARS = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})((?:\.[*xX]){1,3})")
_V4_CHOICE = re.compile(r"((?:\d{1,3}\.){3})[\[({](\d{1,3})\s*[-\u2013]\s*(\d{1,3})[\])}]")
"""`192.0.2.[0-63]`."""
_V4_MASKED = re.compile(
    r"(?i)(\d{1,3}(?:\.\d{1,3}){3})(?:\s*/\s*|\s*[,;(]?\s*(?:sub)?(?:net)?\s?mask[\s:=]\s*|"
    r"\s*[\s,;(]\s*(?=255\.|0\.0\.))(\d{1,3}(?:\.\d{1,3}){3})\)?"
)
_V4_SPACED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})\s*/\s*(\d{1,2})(?::\d+)?")
_V4_STROKED = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:\s*[/\\]\s*\d{1,3}(?:\.\d{1,3}){3})+")
NOBODYS = re.compile(r"(?:0\.0\.0|127|22[4-9]|23\d|24\d|25[0-5])\.")
"""How addresses begin that no site has: this machine, many at once (RFC 5771), none (RFC 1112)."""
_V4_ALONE = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_STROKES = re.compile(r"\s*[/\\]\s*")
V4_NETWORK = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}/\d{1,2})(?::\d+)?")
_MOST_NETWORKS = 512


def as_networks(bare: str) -> list[Selector]:
    """A range or a network by its stars or mask of bits, as networks; addresses that strokes part;
    empty for all else."""
    if not bare[:1].isdigit():
        before = _BEFORE.match(bare)
        if before is None:
            return []
        told = bare[before.end() :]
        if _PAIRED.match(bare):
            told = _AND.sub(" - ", told)
        return as_networks(told) or _one_address(told)
    if ranged := _RANGE.fullmatch(bare):
        return _ranged(ranged[1].rstrip("."), ranged[2].rstrip("."))
    return _patterned(bare) or _masked(bare) or _stroked(bare)


def _patterned(bare: str) -> list[Selector]:
    """`192.0.2.*`, `192.0.2.[0-63]`."""
    if starred := _V4_STARS.fullmatch(bare):
        stars = len(starred[2]) // 2
        if starred[1].count(".") + 1 + stars == 4:
            return _between(f"{starred[1]}{'.0' * stars}", f"{starred[1]}{'.255' * stars}")
    elif chosen := _V4_CHOICE.fullmatch(bare):
        return _ranged(f"{chosen[1]}{chosen[2]}", chosen[3])
    return []


def _masked(bare: str) -> list[Selector]:
    """`192.0.2.0/24`, `192.0.2.0 / 24`, `192.0.2.0 255.255.255.0`."""
    if spaced := _V4_SPACED.fullmatch(bare):
        return [] if NOBODYS.match(bare) else _networked(f"{spaced[1]}/{spaced[2]}")
    if masked := _V4_MASKED.fullmatch(bare):
        try:
            whole = ipaddress.ip_network(f"{masked[1]}/{masked[2]}", strict=False)
        except ValueError:
            return []
        return [selector.network(whole)]
    return []


def _stroked(bare: str) -> list[Selector]:
    if not _V4_STROKED.fullmatch(bare):
        return []
    parts = [_one_address(text) for text in _STROKES.split(bare)]
    return [one for part in parts for one in part] if all(parts) else []


def _ranged(first: str, last: str) -> list[Selector]:
    if (rest := _V4_REST.fullmatch(first)) and last.isdigit():
        last = f"{rest[1]}{last}"
    return _between(first, last)


def _networked(text: str) -> list[Selector]:
    try:
        return [selector.address(text)]
    except UsageError:
        return []


def _one_address(text: str) -> list[Selector]:
    bare = text.strip(" .,;")
    return [] if NOBODYS.match(bare) or not _V4_ALONE.fullmatch(bare) else _networked(bare)


def _between(first: str, last: str) -> list[Selector]:
    """A range as the networks that make it up."""
    try:
        low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
        if low.version != high.version:
            return []
        whole = ipaddress.summarize_address_range(low, high)
        found = [ipaddress.ip_network(str(one)) for one in islice(whole, _MOST_NETWORKS + 1)]
    except ValueError:
        return []
    return [selector.network(one) for one in found] if len(found) <= _MOST_NETWORKS else []
