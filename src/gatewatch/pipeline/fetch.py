"""One web address asked whether it changed: conditional, with limits, into a file of its own."""

import hashlib
import os
import re
import time
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import msgspec

from gatewatch import config
from gatewatch.errors import SourceError, needs
from gatewatch.model.ranges import parsed
from gatewatch.pipeline.webhook import Address, RefusedError, public, resolve

with needs("site"):
    import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = httpx.Timeout(30.0, connect=10.0)
_LONGEST = 900.0
"""Seconds for a whole file: other sources wait meanwhile."""
_LOOK, _SLOWEST = 60.0, 1000.0
"""After so many seconds a server has to have sent so many bytes a second."""
_REDIRECTS = 5
_LARGEST_PAGE = 8 << 20


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


class _Outward(httpx.BaseTransport):
    """Connects to the very address that was looked at, of every hop: a list on the web may not lead
    into the network that we stand in, whether by a redirection, by a name that is at an inward
    address, or by one that is elsewhere when it is asked again.

    `declared`: the source as the operator wrote it. Where that is an address, or `localhost`, it is
    the operator's own word and is gone to, with its port and no other. `inward`: anywhere.
    """

    def __init__(self, declared: str, *, inward: bool) -> None:
        self._inner, self._inward = httpx.HTTPTransport(trust_env=False), inward
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


def _client(declared: str, *, inward: bool) -> httpx.Client:
    return httpx.Client(
        timeout=_PATIENCE,
        follow_redirects=True,
        max_redirects=_REDIRECTS,
        trust_env=False,
        transport=_Outward(declared, inward=inward),
    )


def page(url: str, *, declared: str = "", inward: bool = False) -> tuple[str, bytes]:
    """A page that leads on, of at most 8 MiB, and the address that it came from in the end.
    `declared`: the source as an operator wrote it, if that is another; `inward`: as `fetch`."""
    end = time.monotonic() + _LONGEST
    try:
        with (
            _client(declared or url, inward=inward) as client,
            client.stream("GET", url, headers=_asking(Validators())) as reply,
        ):
            if not reply.is_success:
                raise FetchError(
                    f"{url} answered {reply.status_code}", _wait(reply.headers.get("retry-after"))
                )
            found = b""
            for part in reply.iter_raw():
                found += part
                if time.monotonic() > end:
                    raise FetchError(f"{url} took more than {_LONGEST / 60:.0f} minutes")
                if len(found) > _LARGEST_PAGE:
                    raise FetchError(
                        f"{url} is larger than {_LARGEST_PAGE:,} bytes: no page of links"
                    )
            return str(reply.url), found
    except RefusedError as fault:
        raise FetchError(
            f"{url}: {fault}; inward = true in the plan allows it, if it is your own"
        ) from fault
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
        raise FetchError(f"{url}: {type(fault).__name__} {fault}".rstrip()) from fault


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
        with (
            _client(declared or url, inward=inward) as client,
            client.stream("GET", url, headers=_asking(mark)) as reply,
        ):
            if reply.status_code == 304:
                return Fetched(None, mark)
            if not reply.is_success:
                raise FetchError(
                    f"{url} answered {reply.status_code}", _wait(reply.headers.get("retry-after"))
                )
            digest = _save(reply, undone)
            fresh = Validators(
                reply.headers.get("etag"), reply.headers.get("last-modified"), digest, mark.url
            )
            if digest == mark.digest:
                return Fetched(None, fresh)
            issue = PurePosixPath(unquote(urlsplit(url).path))
            place = folder / (
                # An issue that a page led to is known by its own name, which may bear its day.
                _safe(issue.name)
                if mark.url
                else f"{name}-{_time_of(fresh).astimezone(zone):%Y-%m-%dT%H-%M-%S}"
                f"{''.join(issue.suffixes[-2:])[:20]}"
            )
            undone.replace(place)
            return Fetched(place, fresh)
    except RefusedError as fault:
        raise FetchError(
            f"{url}: {fault}; inward = true in the plan allows it, if it is your own"
        ) from fault
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
        raise FetchError(f"{url}: {type(fault).__name__} {fault}".rstrip()) from fault
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


def _save(reply: httpx.Response, file: Path) -> str:
    """Write what comes, up to the limits of size and time; the digest of it."""
    limit, began = config.snapshot_limit(), time.monotonic()
    digest, size = hashlib.sha256(), 0
    with file.open("wb") as out:
        for part in reply.iter_raw():
            size += len(part)
            if size > limit:
                raise FetchError(
                    f"{reply.url} is larger than {limit:,} bytes; see GATEWATCH_MAX_SNAPSHOT"
                )
            passed = time.monotonic() - began
            if passed > _LONGEST:
                raise FetchError(f"{reply.url} took more than {_LONGEST / 60:.0f} minutes")
            if passed > _LOOK and size / passed < _SLOWEST:
                raise FetchError(f"{reply.url} sends less than {_SLOWEST:,.0f} bytes a second")
            digest.update(part)
            out.write(part)
        out.flush()
        os.fsync(out.fileno())
    told = reply.headers.get("content-length", "")
    if told.isdigit() and int(told) != size:
        raise FetchError(f"{reply.url} was cut short: {size:,} of {int(told):,} bytes")
    return digest.hexdigest()


def _safe(name: str) -> str:
    """A file's name that cannot lead out of its folder or hide there."""
    return re.sub(r"[^\w.-]", "_", name).lstrip(".")[-120:] or "issue"


def _time_of(mark: Validators) -> datetime:
    """When the state was made, as the server says, else now; in UTC."""
    try:
        return parsedate_to_datetime(mark.modified or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.now(UTC)


def _wait(given: str | None) -> float:
    """Retry-After: seconds or a date."""
    if not given:
        return 0.0
    if given.strip().isdecimal():
        return float(given)
    try:
        return max(0.0, (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
