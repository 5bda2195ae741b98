"""What a text that could not be read may name: an answer it may hide is not "not listed".

Names are sought loosely, because a false alarm costs an `insufficient` and a miss costs a false
"not listed". Words, numbers and days name nothing on the network and hide nothing.
"""

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.selector import Kind

_NAME = re.compile(r"(?<![@\w.*-])(?:[\w*-]+\.)+[\w-]+")
_BARE = re.compile(r"(?:https?|ftp):?[\\/]+([\w-]+)(?![\w.@-])")
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_V6 = re.compile(r"(?<![\w:])(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:.]{3,45}(?![\w:])")
_TOP = re.compile(r"[^\W\d_][\w-]*[^\W_]")
"""A last label: two characters at least, the first a letter. Initials such as N.V. are none."""
_DOTS = re.compile(r"\s*(?:\.{2,}|[\[({](?:\.|dot)[\])}])\s*|(?<=www)\s*\.\s+|\s+dot\s+")
"""Doubled dots, and dots in words: `example[.]com`, `example (dot) com`, `www. example.com`."""
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_MOST = 64
_LONGEST = 65536


@lru_cache(maxsize=4096)
def may_name(text: str) -> tuple[str, ...]:
    """Hosts and addresses that a text may mean, in canonical form; `*.` stands before a name
    below which anything may be meant. At most 64 of them."""
    low = text[:_LONGEST].lower()
    found: dict[str, None] = {}
    for spelt in dict.fromkeys(
        (
            low,
            re.sub(r",(?=\S)", ".", low),
            low.replace("\\x", " "),
            low.replace("\\.", "."),
            _DOTS.sub(".", low.translate(_HYPHENS)),
        )
    ):
        for name in _names(spelt):
            found.setdefault(name)
            if len(found) >= _MOST:
                return tuple(found)
    return tuple(found)


def _names(text: str) -> Iterator[str]:
    yield from _addresses(text)
    for token in _NAME.findall(text):
        starred, star, rest = token.rpartition("*.")
        name = rest.strip(".-") if star else token.strip(".-*")
        if not _TOP.fullmatch(name.rpartition(".")[2]):
            continue
        number, _, behind = name.partition(".")
        if number.isdigit() and "." in behind:  # `12.example.com` may be the twelfth of a list
            yield from _canonical(behind)
        for host in _canonical(name):
            yield f"*.{host}" if starred or star else host
            if "*" in starred and "." in host:
                yield host
            if token.startswith("*") and not star:
                yield f"*.{host}"
                parent = host.partition(".")[2]
                if "." in parent:
                    yield f"*.{parent}"
    for word in _BARE.findall(text):
        if not word.isdigit():
            yield from _canonical(word)


def _addresses(text: str) -> Iterator[str]:
    padded = (re.sub(r"\b0+(?=\d)", "", token) for token in _V4.findall(text))
    for token in (*padded, *_V6.findall(text)):
        try:
            known = ipaddress.ip_address(token)
        except ValueError:
            continue
        if not known.is_unspecified and not known.is_loopback:
            yield selector.shortest(known)


def _canonical(name: str) -> Iterator[str]:
    try:
        named = selector.domain(name)
    except UsageError:
        return
    if named.kind == Kind.DOMAIN:
        yield named.value
