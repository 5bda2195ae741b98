"""The domain that a host was registered under, by the Public Suffix List, its private part as well:
a bucket beneath `s3.amazonaws.com` is its customer's as a site beneath `co.uk` is its owner's."""

from functools import lru_cache
from typing import TYPE_CHECKING

from gatewatch.model.selector import suffix_rules

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=4096)
def registrable(host: str) -> str | None:
    """The registered domain of a host name; None where it is a suffix itself, or no domain."""
    if "." not in host:
        return None
    return _concerning(host).privatesuffix(host)


def _concerning(host: str) -> "PublicSuffixList":
    """The rules about one host, of the whole Public Suffix List: reading all of it takes 50 ms."""
    from publicsuffixlist import PublicSuffixList

    # The list writes hosts in xn-- in their own letters. Once it is read it is the quicker way.
    if "xn--" in host or _suffixes.cache_info().currsize:
        return _suffixes()
    labels = host.lower().split(".")
    ends = (".".join(labels[at:]) for at in range(len(labels)))
    named = {rule for end in ends for rule in (end, f"*.{end}", f"!{end}")}
    return PublicSuffixList(source=sorted(named & suffix_rules()), accept_encoded_idn=False)


def read_whole() -> None:
    """Read the whole list now, for whoever will ask of very many hosts."""
    _suffixes()


@lru_cache(maxsize=1)
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
