"""One web address asked whether it changed: conditional, with limits, into a file of its own."""

import hashlib
import os
import re
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import msgspec

from gatewatch import config
from gatewatch.errors import SourceError, needs
from gatewatch.model.ranges import parsed
from gatewatch.pipeline.webhook import Address, RefusedError, public, resolve

with needs("site"):
    import httpcore
    import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = httpx.Timeout(30.0, connect=10.0)
_HEAD = 60.0
"""Seconds from the first look-up to the head of the last answer, over all redirections: a limit for
each part of it could be stretched for days, a byte at a time."""
_LONGEST = 900.0
"""Seconds for a whole file: other sources wait meanwhile."""
_LOOK, _SLOWEST = 60.0, 1000.0
"""After so many seconds a server has to have sent so many bytes a second."""
_REDIRECTS = 5
_LARGEST_PAGE = 8 << 20
_LONGEST_MARK = 1024
"""Characters of an ETag or a date that are sent back."""


class Validators(msgspec.Struct, frozen=True):
    """What a server said of the state that was fetched last; sent back to ask for a newer one."""

    etag: str | None = None
    modified: str | None = None
    digest: str | None = None
    url: str | None = None
    """Where that state was, where a page leads to it."""


class Fetched(msgspec.Struct, frozen=True):
    """`file` is None if nothing changed."""

    file: Path | None
    mark: Validators


class FetchError(SourceError):
    """Why there is no file, and how many seconds the server asked to be left alone."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class _Clock:
    """Until when a server may take: first for its head, then for what follows it."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._ends = self._began + _HEAD

    def body(self) -> None:
        """The head is there."""
        self._ends = self._began + _LONGEST

    @contextmanager
    def step(self, timeout: float | None) -> Iterator[float]:
        """Seconds that one step may take: as many as given, or as are left. Whichever step it is
        that the time as a whole ends in, that is what is told."""
        left = self._ends - time.monotonic()
        whole = timeout is None or left < timeout
        try:
            if left <= 0:
                raise httpcore.ReadTimeout
            yield left if timeout is None else min(timeout, left)
        except httpcore.TimeoutException as late:
            if whole:
                raise httpcore.ReadTimeout("it took too long as a whole") from late
            raise


class _Timed(httpcore.NetworkStream):
    """A connection on which no step goes on when the time as a whole is over, however often
    something comes."""

    def __init__(self, inner: httpcore.NetworkStream, clock: _Clock) -> None:
        self._inner, self._clock = inner, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._clock.step(timeout) as left:
            return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._clock.step(timeout) as left:
            self._inner.write(buffer, left)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        with self._clock.step(timeout) as left:
            inner = self._inner.start_tls(ssl_context, server_hostname, left)
        return _Timed(inner, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()


class _TimedNetwork(httpcore.SyncBackend):
    """The network, with connections that keep to a clock."""

    def __init__(self, clock: _Clock) -> None:
        self._clock = clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        with self._clock.step(timeout) as left:
            made = super().connect_tcp(
                host,
                port,
                timeout=left,
                local_address=local_address,
                socket_options=socket_options,
            )
        return _Timed(made, self._clock)


class _Transport(httpx.HTTPTransport):
    """One connection for one request, by a clock for all of them."""

    def __init__(self, clock: _Clock) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            network_backend=_TimedNetwork(clock),
        )


class _Outward(httpx.BaseTransport):
    """Connects to the very address that was looked at, of every hop: a list on the web may not lead
    into the network that we stand in, whether by a redirection, by a name that is at an inward
    address, or by one that is elsewhere when it is asked again.

    `declared`: the source as the operator wrote it. Where that is an address, or `localhost`, it is
    the operator's own word and is gone to, with its port and no other. `inward`: anywhere.
    """

    def __init__(self, declared: str, *, inward: bool, clock: _Clock) -> None:
        self._inner, self._inward = _Transport(clock), inward
        self._declared = urlsplit(declared)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """RefusedError before anything is sent."""
        url = request.url
        if self._declared.scheme == "https" and url.scheme != "https":
            raise RefusedError(
                "{url} leads to {target}, which is not encrypted",
                url=self._declared.geturl(),
                target=str(url),
            )
        port = url.port or (443 if url.scheme == "https" else 80)
        address = resolve(url.host, port, self._allowed(url.host, port))
        shown = f"[{address}]" if address.version == 6 else str(address)
        there = httpx.Request(
            method=request.method,
            url=url.copy_with(host=shown),
            headers=request.headers,
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        return self._inner.handle_request(there)

    def _allowed(self, host: str, port: int) -> "Callable[[Address], bool]":
        own = self._declared
        named = own.hostname or ""
        its = own.port or (443 if own.scheme == "https" else 80)
        written = (host, port) == (named, its) and _is_written_out(named)
        return _any if self._inward or written else public

    def close(self) -> None:
        self._inner.close()


def _is_written_out(host: str) -> bool:
    return host == "localhost" or parsed(host) is not None


def _any(_: Address) -> bool:
    return True


@contextmanager
def _answer(
    url: str, mark: Validators, *, declared: str, inward: bool
) -> Iterator[tuple[httpx.Response, float]]:
    """What a server says, and when it was asked. Raises FetchError for whatever goes wrong, with
    the reason."""
    began, clock = time.monotonic(), _Clock()
    try:
        with (
            httpx.Client(
                timeout=_PATIENCE,
                follow_redirects=True,
                max_redirects=_REDIRECTS,
                trust_env=False,
                transport=_Outward(declared or url, inward=inward, clock=clock),
            ) as client,
            client.stream("GET", url, headers=_asking(mark)) as reply,
        ):
            clock.body()
            if not reply.is_success and reply.status_code != 304:
                raise FetchError(
                    f"{url} answered {reply.status_code}", _wait(reply.headers.get("retry-after"))
                )
            yield reply, began
    except RefusedError as fault:
        raise FetchError(
            f"{url}: {fault}; inward = true in the plan allows it, if it is your own"
        ) from fault
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
        raise FetchError(f"{url}: {type(fault).__name__} {fault}".rstrip()) from fault


def _parts(reply: httpx.Response, began: float, limit: int, why: str) -> Iterator[bytes]:
    """What comes, up to the limits of size and time. `why`: what is said where it is larger."""
    size = 0
    for part in reply.iter_raw():
        size += len(part)
        if size > limit:
            raise FetchError(f"{reply.url} is larger than {limit:,} bytes{why}")
        passed = time.monotonic() - began
        if passed > _LONGEST:
            raise FetchError(f"{reply.url} took more than {_LONGEST / 60:.0f} minutes")
        if passed > _LOOK and size / passed < _SLOWEST:
            raise FetchError(f"{reply.url} sends less than {_SLOWEST:,.0f} bytes a second")
        yield part
    told = reply.headers.get("content-length", "")
    if told.isdecimal() and told.isascii() and int(told[:20]) != size:
        raise FetchError(f"{reply.url} was cut short: {size:,} of {told[:20]} bytes")


def page(url: str, *, declared: str = "", inward: bool = False) -> tuple[str, bytes]:
    """A page that leads on, of at most 8 MiB, and the address that it came from in the end.
    `declared`: the source as an operator wrote it, if that is another; `inward`: as `fetch`."""
    with _answer(url, Validators(), declared=declared, inward=inward) as (reply, began):
        parts = _parts(reply, began, _LARGEST_PAGE, ": no page of links")
        return str(reply.url), b"".join(parts)


def fetch(
    url: str,
    mark: Validators,
    folder: Path,
    name: str,
    zone: tzinfo = UTC,
    *,
    declared: str = "",
    inward: bool = False,
) -> Fetched:
    """Fetch into `folder`, as `name` with the time of the state in `zone` and the ending that the
    address has. `declared`: the source as an operator wrote it, if that is another; `inward`:
    whether names may be addresses of one's own network.

    Raises FetchError; a file that was cut short is not kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    undone = folder / f".{name}.part"
    try:
        with _answer(url, mark, declared=declared, inward=inward) as (reply, began):
            if reply.status_code == 304:
                return Fetched(None, mark)
            digest = _save(reply, began, undone)
            fresh = Validators(
                _sendable(reply.headers.get("etag")),
                _sendable(reply.headers.get("last-modified")),
                digest,
                mark.url,
            )
            if digest == mark.digest:
                return Fetched(None, fresh)
            issue = PurePosixPath(unquote(urlsplit(url).path))
            place = folder / (
                # An issue that a page led to is known by its own name, which may bear its day.
                _safe(issue.name)
                if mark.url
                else f"{name}-{_time_of(fresh, zone):%Y-%m-%dT%H-%M-%S}"
                f"{''.join(issue.suffixes[-2:])[:20]}"
            )
            undone.replace(place)
            return Fetched(place, fresh)
    finally:
        undone.unlink(missing_ok=True)


def _asking(mark: Validators) -> dict[str, str]:
    headers = {
        "user-agent": f"gatewatch/{metadata.version('gatewatch')}",
        "accept-encoding": "identity",
    }
    if mark.etag:
        headers["if-none-match"] = mark.etag
    if mark.modified:
        headers["if-modified-since"] = mark.modified
    return headers


def _sendable(told: str | None) -> str | None:
    """What a server named its state by, where it can be sent back as it came."""
    if told is None or len(told) > _LONGEST_MARK:
        return None
    return told if told.isascii() and told.isprintable() else None


def _save(reply: httpx.Response, began: float, file: Path) -> str:
    """Write what comes; the digest of it."""
    digest = hashlib.sha256()
    why = "; see GATEWATCH_MAX_SNAPSHOT"
    with file.open("wb") as out:
        for part in _parts(reply, began, config.snapshot_limit(), why):
            digest.update(part)
            out.write(part)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _safe(name: str) -> str:
    """A file's name that cannot lead out of its folder or hide there."""
    return re.sub(r"[^\w.-]", "_", name).lstrip(".")[-120:] or "issue"


def _time_of(mark: Validators, zone: tzinfo) -> datetime:
    """When the state was made, as the server says, else now; in a zone. A server that says a time
    to come, or one that the zone's calendar does not hold, is not believed."""
    now = datetime.now(UTC)
    try:
        said = parsedate_to_datetime(mark.modified or "").astimezone(UTC)
        return min(said, now).astimezone(zone)
    except (ValueError, OverflowError):
        return now.astimezone(zone)


def _wait(given: str | None) -> float:
    """Retry-After: seconds or a date."""
    if not given:
        return 0.0
    if given.strip().isdecimal():
        return float(given)
    try:
        until = parsedate_to_datetime(given).astimezone(UTC)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
