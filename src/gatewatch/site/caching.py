"""What pages and replies have in common: an ETag from what they rest on, and how long they may be
kept."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response

from gatewatch.site.parameters import asked_of
from gatewatch.site.repository import Repository
from gatewatch.site.times import RequestTimes

FOREVER = "public, max-age=31536000, immutable"
FOR_A_MINUTE = "public, max-age=60"


def repository_of(request: Request[Any, Any, Any]) -> Repository:
    """What this worker keeps open."""
    return request.app.state.held  # type: ignore[no-any-return]


def etag(
    repository: Repository,
    request: Request[Any, Any, Any],
    form: str,
    echo: Mapping[str, Any],
    *rest: object,
) -> str:
    """Strong: the same tag is the same bytes."""
    own = (
        repository.version,
        repository.base(request.url.netloc, request.url.scheme),
        request.scope["path"],
        question_of(request),
        form,
        *echo.values(),
        *rest,
    )
    return f'"{hashlib.blake2b(repr(own).encode(), digest_size=12).hexdigest()}"'


def unchanged(request: Request[Any, Any, Any], tag: str) -> bool:
    """Whether the client holds this very reply."""
    return is_held(request.headers.get("if-none-match", ""), tag)


def is_held(given: str, tag: str) -> bool:
    """Whether an If-None-Match names a reply, which a proxy may have compressed: then it marks the
    tag as weak. `*` is for site/shield.py, once there is a reply."""
    return tag in {one.strip().removeprefix("W/") for one in given.split(",")}


def not_modified(tag: str, times: RequestTimes, repository: Repository) -> Response[bytes]:
    return Response(
        b"",
        status_code=304,
        headers={"ETag": tag, "Cache-Control": caching(times, repository), "Vary": "Accept"},
    )


def caching(times: RequestTimes, repository: Repository) -> str:
    """How long a reply may be kept: for ever if no later write can change it. That holds where the
    ledger keeps the facts it rests on; the program's own may change with the program."""
    by = times.moment.recorded_by
    fixed = times.whole and by and by < datetime.now(UTC)
    return FOREVER if fixed and repository.facts(times.moment).recorded else FOR_A_MINUTE


def question_of(request: Request[Any, Any, Any]) -> str:
    """A digest of everything asked but the page and the times, which the cursor holds."""
    asked = [(key, value) for key, value in asked_of(request) if key not in NOT_ASKED]
    text = repr((request.scope["path"], asked))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


NOT_ASKED = frozenset({"cursor", "limit", "format", "valid_at", "as_of", "recorded_by"})
