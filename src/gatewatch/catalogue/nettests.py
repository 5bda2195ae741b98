"""Loads what rules of judgement rest on beside themselves: tests, their defects, words for
failures, address ranges."""

import csv
import io
import tomllib
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeVar

import msgspec

from gatewatch.errors import CatalogueError
from gatewatch.model.memo import memo
from gatewatch.model.nettest import Defect, Nettest
from gatewatch.model.ranges import Ranges

_T = TypeVar("_T")
_FOLDER = files("gatewatch.catalogue") / "network"


class _Tests(msgspec.Struct, forbid_unknown_fields=True):
    test: list[Nettest]


class _Defects(msgspec.Struct, forbid_unknown_fields=True):
    defect: list[Defect]


class _Class(msgspec.Struct, forbid_unknown_fields=True):
    word: str
    marks: tuple[str, ...]


class _Failures(msgspec.Struct, forbid_unknown_fields=True, rename={"classes": "class"}):
    classes: list[_Class]


class _Issuers(msgspec.Struct, forbid_unknown_fields=True):
    names: tuple[str, ...]
    own_machine: tuple[str, ...]
    appliances: tuple[str, ...]
    states: tuple[str, ...]


class _Delivery(msgspec.Struct, forbid_unknown_fields=True):
    networks: frozenset[int]
    owners: frozenset[int]
    names: frozenset[str]


@lru_cache(maxsize=1)
def tests() -> MappingProxyType[str, Nettest]:
    """Tests by the name that measurements bear."""
    held = _read("tests.toml", _Tests).test
    named = {one.name: one for one in held}
    if len(named) < len(held):
        raise CatalogueError("tests.toml: a test is there twice")
    return MappingProxyType(named)


@memo
def test_of(name: str) -> Nettest | None:
    """The test of a name; None where nothing is known of it."""
    return tests().get(name)


@lru_cache(maxsize=1)
def defects() -> tuple[Defect, ...]:
    """Tests that outlived what they measure."""
    return tuple(_read("defects.toml", _Defects).defect)


@lru_cache(maxsize=1)
def failures() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Classes of a probe's failure strings, each with what stands in those of it; the first that
    fits is the class."""
    return tuple((one.word, one.marks) for one in _read("failures.toml", _Failures).classes)


@lru_cache(maxsize=1)
def ranges() -> Ranges:
    """IANA's special-purpose address registries and the multicast blocks, as of October 2025."""
    return Ranges(_networks("ranges.csv"), _networks("reachable.csv"))


@memo
def is_special(address: str) -> bool:
    """Whether an address can be nobody's on the public internet."""
    return ranges().is_special(address)


@lru_cache(maxsize=1)
def proxies() -> Ranges:
    """Where programs that carry a machine's traffic away take the addresses of their answers."""
    return Ranges(_networks("proxies.csv"), ())


@memo
def is_proxied(address: str) -> bool:
    """Whether an address is one that a proxy program on the machine or its router made up."""
    return proxies().is_special(address)


@lru_cache(maxsize=1)
def issuers() -> tuple[str, ...]:
    """Issuers of certificates that every current system trusts, in lower case."""
    return _read("issuers.toml", _Issuers).names


@lru_cache(maxsize=1)
def interceptors() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Issuers that programs on the reader's machine write, boxes in offices and schools, and
    states, in lower case."""
    read = _read("issuers.toml", _Issuers)
    return read.own_machine, read.appliances, read.states


@lru_cache(maxsize=1)
def delivery() -> frozenset[int]:
    """Numbers of networks (AS) of content networks and clouds, where sites of anybody lie."""
    return _read("delivery.toml", _Delivery).networks


@lru_cache(maxsize=1)
def delivery_names() -> frozenset[str]:
    """Names in which content networks show a certificate where they have none for the site."""
    return _read("delivery.toml", _Delivery).names


@lru_cache(maxsize=1)
def owners() -> frozenset[int]:
    """Numbers of networks (AS) that carry their owner's sites alone."""
    return _read("delivery.toml", _Delivery).owners


def _networks(name: str) -> tuple[str, ...]:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return tuple(row["network"] for row in csv.DictReader(io.StringIO(text)))


def _read(name: str, kind: type[_T]) -> _T:
    try:
        text = (_FOLDER / name).read_text(encoding="utf-8")
        return msgspec.convert(tomllib.loads(text), kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise CatalogueError(f"{name}: {fault}") from None
