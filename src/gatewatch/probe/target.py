"""A URL as what can be fetched: scheme, host and port, by the rules that browsers follow."""

import re

import ada_url
import msgspec

from gatewatch.model.ranges import parsed

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?!-)(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
"""Labels that one dot parts, so that there is one way to read a name, however long it is."""


class Target(msgspec.Struct, frozen=True):
    """A URL, taken apart once."""

    url: str
    scheme: str
    host: str
    port: int
    explicit: bool
    """The URL names its port."""

    @staticmethod
    def parse(url: str) -> "Target | None":
        """None for what no page can be fetched from. A login is left out: it is nobody's to record.
        By the rules that browsers follow (WHATWG):
        what stands beyond ASCII in a name or a path is written as it goes over the wire."""
        try:
            read = ada_url.URL(url)
        except ValueError:
            return None
        if read.port == "0":
            return None
        scheme, host = read.protocol.removesuffix(":"), read.hostname.strip("[]").rstrip(".")
        if scheme not in _PORTS or not (_NAME.fullmatch(host) or parsed(host)):
            return None
        read.hash = read.username = read.password = ""
        return Target(
            url=read.href,
            scheme=scheme,
            host=host,
            port=int(read.port or _PORTS[scheme]),
            explicit=bool(read.port),
        )


def page_of(url: str) -> str | None:
    """A URL of a page as it goes over the wire; None for what is none, and for one with a login,
    which would stand in what is recorded."""
    target = Target.parse(url)
    if target is None:
        return None
    read = ada_url.URL(url)
    return None if read.username or read.password else target.url
