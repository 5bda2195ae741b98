"""One web address asked whether it changed: conditional, with limits, into a file of its own."""

import hashlib
import os
import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import msgspec

from gatewatch import config
from gatewatch.errors import SourceError, needs

with needs("site"):
    import httpx

_PATIENCE = httpx.Timeout(30.0, connect=10.0)
_LONGEST = 3600.0
"""Seconds for a whole file."""
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


def page(url: str) -> tuple[str, bytes]:
    """A page that leads on, of at most 8 MiB, and the address that it came from in the end."""
    try:
        with (
            httpx.Client(
                timeout=_PATIENCE, follow_redirects=True, max_redirects=_REDIRECTS, trust_env=False
            ) as client,
            client.stream("GET", url, headers=_asking(Validators())) as reply,
        ):
            if not reply.is_success:
                raise FetchError(
                    f"{url} answered {reply.status_code}", _wait(reply.headers.get("retry-after"))
                )
            if urlsplit(url).scheme == "https" and reply.url.scheme != "https":
                raise FetchError(f"{url} leads to {reply.url}, which is not encrypted")
            found = b""
            for part in reply.iter_raw():
                found += part
                if len(found) > _LARGEST_PAGE:
                    raise FetchError(
                        f"{url} is larger than {_LARGEST_PAGE:,} bytes: no page of links"
                    )
            return str(reply.url), found
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
        raise FetchError(f"{url}: {type(fault).__name__} {fault}".rstrip()) from fault


def fetch(url: str, mark: Validators, folder: Path, name: str, zone: tzinfo = UTC) -> Fetched:
    """Fetch into `folder`, as `name` with the time of the state in `zone` and the ending that the
    address has.

    Raises FetchError; a file that was cut short is not kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    undone = folder / f".{name}.part"
    try:
        with (
            httpx.Client(
                timeout=_PATIENCE, follow_redirects=True, max_redirects=_REDIRECTS, trust_env=False
            ) as client,
            client.stream("GET", url, headers=_asking(mark)) as reply,
        ):
            if reply.status_code == 304:
                return Fetched(None, mark)
            if not reply.is_success:
                raise FetchError(
                    f"{url} answered {reply.status_code}", _wait(reply.headers.get("retry-after"))
                )
            if urlsplit(url).scheme == "https" and reply.url.scheme != "https":
                raise FetchError(f"{url} leads to {reply.url}, which is not encrypted")
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
    """Write what comes, up to the limit and for an hour at most; the digest of it."""
    limit, end = config.snapshot_limit(), datetime.now(UTC).timestamp() + _LONGEST
    digest, size = hashlib.sha256(), 0
    with file.open("wb") as out:
        for part in reply.iter_raw():
            size += len(part)
            if size > limit:
                raise FetchError(
                    f"{reply.url} is larger than {limit:,} bytes; see GATEWATCH_MAX_SNAPSHOT"
                )
            if datetime.now(UTC).timestamp() > end:
                raise FetchError(f"{reply.url} took more than an hour")
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
    except ValueError:
        return datetime.now(UTC)


def _wait(given: str | None) -> float:
    """Retry-After: seconds or a date."""
    if not given:
        return 0.0
    if given.strip().isdigit():
        return float(given)
    try:
        return max(0.0, (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
