"""Replies: in the form asked for, with an ETag from what they rest on, page by page."""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import Parameter

from gatewatch.query.ledger import Ledger
from gatewatch.records.formats import write
from gatewatch.site import cursor as cursors
from gatewatch.site.asked import Asked
from gatewatch.site.cursor import Cursor
from gatewatch.site.held import Repository
from gatewatch.site.problem import ProblemError

MEDIA = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
MOST = 1000
FOREVER = "public, max-age=31536000, immutable"
FOR_A_MINUTE = "public, max-age=60"
Limit = Annotated[int, Parameter(ge=1, le=MOST, description="Rows of one page.")]
PageMark = Annotated[
    str | None,
    Parameter(
        query="cursor",
        description="The cursor of metadata.next_url; leave it out for the first page.",
    ),
]
Form = Annotated[
    str | None,
    Parameter(
        query="format",
        description="json, ndjson, csv or parquet. Also as a suffix of the path, or by Accept.",
    ),
]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the results of every list: the times they were read at, and where the next page is."""

    limit: int
    count: int
    """Of all pages."""
    valid_at: str | None
    as_of: str | None
    recorded_by: str | None
    next_url: str | None


class ListPage(msgspec.Struct, frozen=True):
    """A list as the API gives it."""

    metadata: Metadata
    results: list[dict[str, Any]]


class One(msgspec.Struct, frozen=True):
    """A single record as the API gives it."""

    metadata: dict[str, str | None]
    result: dict[str, Any]


def held_of(request: Request[Any, Any, Any]) -> Repository:
    """What this worker keeps open."""
    return request.app.state.held  # type: ignore[no-any-return]


def form_of(request: Request[Any, Any, Any], given: str | None) -> str:
    """The form asked for: by `format`, by the path's suffix, or by Accept."""
    chosen = given or request.scope.get("suffix")
    if chosen:
        if chosen not in MEDIA:
            raise ProblemError(
                406, f"format {chosen!r} is not offered; there are {', '.join(MEDIA)}"
            )
        return str(chosen)
    best = request.accept.best_match(
        [m.partition(";")[0] for m in MEDIA.values()], "application/json"
    )
    return next(name for name, media in MEDIA.items() if media.startswith(best or ""))


def listed(
    request: Request[Any, Any, Any],
    times: Asked,
    find: Callable[[Ledger, Asked], Sequence[Any]],
    *,
    limit: int = 100,
    mark: str | None = None,
    form: str | None = None,
    row: Callable[[Any], Mapping[str, Any]] = lambda one: one,
) -> Response[bytes]:
    """A page of what `find` finds, each made a record by `row`. All of it is found once for each version
    of the ledger."""
    held, chosen, question = held_of(request), form_of(request, form), _question(request)
    offset = 0
    if mark:
        known = cursors.unseal(mark, held.key)
        if known.question != question:
            raise ProblemError(400, "cursor belongs to another question; ask again without it")
        offset, times = known.offset, _again(known)
    recorded = times.moment.recorded_by or held.recorded_by()
    echo = times.echo(recorded)
    tag = etag(held, request, chosen, echo, offset, limit)
    if unchanged(request, tag):
        return not_modified(tag, times, held)
    found = held.remember((question, tuple(echo.values())), lambda ledger: find(ledger, times))
    part = [dict(row(one)) for one in found[offset : offset + limit]]
    following = None
    if offset + limit < len(found):
        following = _next(request, held, Cursor(question, offset + limit, *echo.values()), limit)
    document = ListPage(Metadata(limit=limit, count=len(found), next_url=following, **echo), part)
    return _written(chosen, part, document, tag, caching(times, held), following)


def single(
    request: Request[Any, Any, Any],
    times: Asked,
    find: Callable[[Ledger], Mapping[str, Any]],
    *,
    form: str | None = None,
) -> Response[bytes]:
    """One record."""
    held, chosen = held_of(request), form_of(request, form)
    echo = times.echo(times.moment.recorded_by or held.recorded_by())
    tag = etag(held, request, chosen, echo, 0, 1)
    if unchanged(request, tag):
        return not_modified(tag, times, held)
    found = held.remember((_question(request), tuple(echo.values())), find)
    return _written(chosen, [found], One(echo, dict(found)), tag, caching(times, held), None)


def _written(
    form: str,
    rows: Sequence[Mapping[str, Any]],
    document: Any,
    tag: str,
    cache: str,
    following: str | None,
) -> Response[bytes]:
    out = io.BytesIO()
    if form == "json":
        out.write(msgspec.json.encode(document))
    else:
        write(rows, form, out)
    headers = {"ETag": tag, "Cache-Control": cache, "Vary": "Accept"}
    if following:
        headers["Link"] = f'<{following}>; rel="next"'
    return Response(out.getvalue(), media_type=MEDIA[form], headers=headers)


def etag(
    held: Repository,
    request: Request[Any, Any, Any],
    form: str,
    echo: Mapping[str, Any],
    *rest: object,
) -> str:
    """Strong: the same tag is the same bytes."""
    own = (held.version, request.scope["path"], _question(request), form, *echo.values(), *rest)
    return f'"{hashlib.blake2b(repr(own).encode(), digest_size=12).hexdigest()}"'


def unchanged(request: Request[Any, Any, Any], tag: str) -> bool:
    """Whether the client holds this very reply."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or tag in {one.strip() for one in given.split(",")}


def not_modified(tag: str, times: Asked, held: Repository) -> Response[bytes]:
    return Response(
        b"", status_code=304, headers={"ETag": tag, "Cache-Control": caching(times, held)}
    )


def caching(times: Asked, held: Repository) -> str:
    """How long a reply may be kept: for ever if no later write can change it. That holds where the
    ledger keeps the facts it rests on; the program's own may change with the program."""
    by = times.moment.recorded_by
    fixed = times.whole and by and by < datetime.now(UTC)
    return FOREVER if fixed and held.facts(times.moment).recorded else FOR_A_MINUTE


def _question(request: Request[Any, Any, Any]) -> str:
    """A digest of everything asked but the page and the times, which the cursor holds."""
    asked = sorted(
        (key, value) for key, value in request.query_params.multi_items() if key not in _NOT_ASKED
    )
    text = repr((request.scope["path"], asked))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


_NOT_ASKED = frozenset({"cursor", "limit", "format", "valid_at", "as_of", "recorded_by"})


def _again(known: Cursor) -> Asked:
    """The times of the first page."""
    from gatewatch.site.asked import asked

    return asked(known.valid_at, known.as_of, known.recorded_by)


def _next(request: Request[Any, Any, Any], held: Repository, cursor: Cursor, limit: int) -> str:
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in _NOT_ASKED]
    query = _encoded([*kept, ("limit", str(limit)), ("cursor", cursors.seal(cursor, held.key))])
    suffix = request.scope.get("suffix")
    path = f"{request.url.path}.{suffix}" if suffix else request.url.path
    return f"{held.base(request.url.netloc, request.url.scheme)}{path}?{query}"


def _encoded(pairs: Iterable[tuple[str, str]]) -> str:
    from urllib.parse import urlencode

    return urlencode(list(pairs))
