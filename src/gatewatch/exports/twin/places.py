"""Where in a copy the page of an address lies. Names of files are such as every file system takes,
also one that does not tell capitals from small letters."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import msgspec

from gatewatch.words.languages import LANGUAGES

_PLAIN = re.compile(r"[^A-Za-z0-9._-]")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that Windows keeps for devices."""
_LONGEST = 80
_FILES = ("/static/", "/picture/", "/feeds/", "/data/")
"""Beneath these an address ends in the name of a file already."""
_TRANSLATED = frozenset(LANGUAGES) - {"en"}


class Address(msgspec.Struct, frozen=True, order=True):
    """A page of the site in every language: its path without one, and what is asked of it."""

    path: str
    query: tuple[tuple[str, str], ...] = ()


def parsed(url: str) -> tuple[str, Address, str]:
    """Language, address and fragment of a link within the site."""
    parts = urlsplit(url)
    head, _, rest = parts.path.removeprefix("/").partition("/")
    lang = head if head in _TRANSLATED else "en"
    path = f"/{rest}" if lang != "en" else parts.path or "/"
    query = (
        ()
        if path.startswith("/static/")
        else tuple(sorted(parse_qsl(parts.query), key=itemgetter(0)))
    )
    return lang, Address(unquote(path), query), parts.fragment


def request(lang: str, address: Address) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The path to ask the site for, and the query."""
    if lang == "en" or address.path.startswith(("/static/", "/data/")):
        return address.path, address.query
    return f"/{lang}{address.path if address.path != '/' else ''}", address.query


def file_of(lang: str, address: Address) -> str:
    """The file of an address in a language, from the top of the copy."""
    shared = address.path.startswith(("/static/", "/data/"))
    top = "" if lang == "en" or shared else f"{lang}/"
    parts = [_safe(part) for part in address.path.split("/") if part]
    stem = "/".join(parts) or "index"
    asked = "".join(f",{_safe(name)}-{_safe(value)}" for name, value in address.query)
    if not address.path.startswith(_FILES):
        return f"{top}{_short(stem + asked)}.html"
    if not asked:
        return f"{top}{stem}"
    name, _, kind = stem.rpartition(".")
    return f"{top}{_short(name + asked)}.{kind}"


def _safe(text: str) -> str:
    plain = _PLAIN.sub(lambda found: "".join(f"~{b:02x}" for b in found[0].encode()), text)
    if plain.startswith(".") or plain.endswith(".") or _RESERVED.fullmatch(plain):
        plain = f"_{plain}_"
    return _cut(plain, _LONGEST)


def _short(stem: str) -> str:
    folder, _, name = stem.rpartition("/")
    name = _cut(name, 2 * _LONGEST)
    return f"{folder}/{name}" if folder else name


def _cut(name: str, most: int) -> str:
    if len(name) <= most:
        return name
    return f"{name[: most - 17]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


class Held:
    """Every file of a copy by its address. Two that differ in capitals alone get names that differ
    in more."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, Address], str] = {}
        self._taken: set[str] = set()

    def add(self, lang: str, address: Address, file: str = "") -> str:
        """The file of an address from now on."""
        found = file or file_of(lang, address)
        if found.casefold() in self._taken:
            stem, dot, kind = found.rpartition(".")
            apart = hashlib.sha256(repr(address).encode()).hexdigest()[:8]
            found = f"{stem}~{apart}{dot}{kind}"
        self._taken.add(found.casefold())
        self._files[lang, address] = found
        return found

    def same(self, lang: str, address: Address, other: Address) -> None:
        """An address that the site leads on to another one."""
        if file := self._files.get((lang, other)):
            self._files[lang, address] = file

    def get(self, lang: str, address: Address) -> str | None:
        """The file of an address, if the copy holds it. What is one in all languages is filed
        under English."""
        return self._files.get((lang, address)) or (
            self._files.get(("en", address)) if address.path.startswith(_FILES) else None
        )

    def files(self) -> Iterable[str]:
        """Every file, each once."""
        return dict.fromkeys(self._files.values())

    def __iter__(self) -> Iterator[tuple[str, Address]]:
        return iter(self._files)


def leading(source: str, target: str) -> str:
    """A relative link from one file to another, both told from the top of the copy."""
    here, there = source.split("/")[:-1], target.split("/")
    shared = 0
    while shared < min(len(here), len(there) - 1) and here[shared] == there[shared]:
        shared += 1
    return quote("/".join([".."] * (len(here) - shared) + there[shared:]), safe="/.,~-_")
