"""What a site is told when it starts."""

from datetime import date
from pathlib import Path
from secrets import token_bytes
from urllib.parse import urlsplit

import msgspec

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class CopySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a site is told whose pages are copied to files, to be read without it."""

    day: date
    """At whose end the clock stands: a question that names no time is asked of that day."""
    public_url: str = ""
    """Where the copy will lie; empty: anywhere, so that no page can tell its whole address."""
    asked_at: str = ""
    """Where a site answers what a copy cannot, as `https://gatewatch.example`; nowhere if empty."""
    queries: bool = False
    """Whether the copy holds what its page of queries needs."""


class SiteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is a folder for secrets and for what comes in; every worker of a site shares it."""

    ledger: str
    state: Path
    public_url: str = ""
    """Where people reach the site, as `https://gatewatch.example`. Links in feeds begin with it."""
    hosts: tuple[str, ...] = ()
    """Names by which the site may be called, beside those of this machine and of `public_url`."""
    exports: str = ""
    """A folder that `gatewatch export` fills, to be served under /data; none if empty."""
    operator: str = ""
    """Who runs the site, as its pages name them."""
    contact: str = ""
    """An address of mail or of a page, for objections and for holes in security."""
    collect: bool = False
    """Whether measurements of probes are taken in."""
    rate: int = 600
    """Requests a minute of one client; 0 for no limit."""
    clients_key: bytes = msgspec.field(default_factory=lambda: token_bytes(16))
    """By which the workers of one run know the clients that they count; it is kept nowhere."""
    access_log: str = ""
    """A file for a line about each request, `-` for standard output; none if empty."""
    log_addresses: bool = False
    """Whether such a line names who asked."""
    behind_proxy: bool = False
    """Whether X-Forwarded-For is a proxy's own word."""
    copied: CopySettings | None = None
    """Set where pages are asked for to be copied: they leave out what needs a server."""

    @property
    def called(self) -> frozenset[str]:
        """Every name under which the site answers, without a port."""
        own = urlsplit(self.public_url).hostname
        return frozenset({*LOOPBACK, *self.hosts, *([own] if own else [])})
