"""Replies of the API: in the form asked for, page by page."""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Protocol

import msgspec
from litestar import Request, Response
from litestar.params import QueryParameter

from gatewatch.query.ledger import Ledger
from gatewatch.records.formats import RowsInParts, write
from gatewatch.site import cursor as cursors
from gatewatch.site.caching import (
    NOT_ASKED,
    caching,
    etag,
    not_modified,
    question_of,
    repository_of,
    unchanged,
)
from gatewatch.site.cursor import Cursor
from gatewatch.site.paging import WHOLE
from gatewatch.site.parameters import asked_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.repository import Repository
from gatewatch.site.times import RequestTimes

MEDIA = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
TABLES = frozenset({"csv", "parquet"})
"""Forms of which a cell is best one value."""
MOST, PAGE = 1000, 100
"""Rows of one page that may be asked for, and those of a page of JSON where nobody did."""
_HEAVY = 16 << 20
"""Bytes of rows as JSON from which on a table ends."""
Limit = Annotated[
    int | None,
    QueryParameter(
        ge=1,
        le=MOST,
        description=(
            f"Rows of one page. Without it {PAGE} of JSON, which tells of the next page in "
            f"metadata; of CSV, NDJSON and Parquet all, up to {WHOLE:,}. A file that holds a part "
            'says which in its name, and a header `Link: <...>; rel="next"` leads on.'
        ),
    ),
]
PageMark = Annotated[
    str | None,
    QueryParameter(
        name="cursor",
        description="The cursor of metadata.next_url; leave it out for the first page.",
    ),
]
Form = Annotated[
    str | None,
    QueryParameter(
        name="format",
        description="json, ndjson, csv or parquet. Also as a suffix of the path, or by Accept.",
    ),
]


class Metadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Beside the results of every list: the times they were read at, and where the next page is."""

    limit: int
    count: int
    """Of all pages."""
    valid_at: str | None
    as_of: str | None
    recorded_by: str | None
    next_url: str | None
    unreached: tuple[str, ...] = ()
    """Of a reconciliation: registers whose history does not reach the time, so that nothing agrees
    with them."""


class Sliced(Protocol):
    """A list of which the part that is asked for is read and no more."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> Sequence[Any]: ...


class ListPage(msgspec.Struct, frozen=True):
    """A list as the API gives it."""

    metadata: Metadata
    results: list[dict[str, Any]]


class One(msgspec.Struct, frozen=True):
    """A single record as the API gives it."""

    metadata: dict[str, str | None]
    result: dict[str, Any]


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


def list_reply(
    request: Request[Any, Any, Any],
    times: RequestTimes,
    find: Callable[[Ledger, RequestTimes], "Sequence[Any] | Sliced"],
    *,
    limit: int | None = None,
    mark: str | None = None,
    form: str | None = None,
    row: Callable[[Any], Mapping[str, Any]] = lambda one: one,
) -> Response[bytes]:
    """A page of what `find` finds, each made a record by `row`. What `find` gives may be a list or
    tell its length and be sliced alone (query/changes.py): then the page is read, not all of it."""
    repository, chosen, question = (
        repository_of(request),
        form_of(request, form),
        question_of(request),
    )
    asked, limit = limit, limit or (PAGE if chosen == "json" else WHOLE)
    offset = 0
    if mark:
        known = cursors.unseal(mark, repository.key)
        if known.question != question:
            raise ProblemError(400, "cursor belongs to another question; ask again without it")
        offset, times = known.offset, _again(known, times)
    recorded = times.moment.recorded_by or repository.recorded_by()
    echo = times.echo(recorded)
    tag = etag(repository, request, chosen, echo, offset, limit)
    if unchanged(request, tag):
        return not_modified(tag, times, repository)

    def page(ledger: Ledger) -> tuple[bytes, str | None, str]:
        # The whole list stays with the ledger for the next page, if it is not too large; only this
        # page is written and kept as an answer.
        found = ledger.once((question, *echo.values()), lambda: find(ledger, times))

        def following(last: int) -> str | None:
            cursor = Cursor(question, last, *echo.values())
            return _next(request, repository, cursor, asked) if last < len(found) else None

        if chosen != "json":
            table, last = _table(found, range(offset, min(offset + limit, len(found))), row)
            out = io.BytesIO()
            table.write(chosen, out)
            part = range(offset, last) if offset or last < len(found) else None
            return out.getvalue(), following(last), _file_name(request, chosen, part, len(found))
        rows = [dict(row(one)) for one in found[offset : offset + limit]]
        document = ListPage(
            Metadata(
                limit=limit,
                count=len(found),
                next_url=following(offset + limit),
                unreached=getattr(found, "unreached", ()),
                **echo,
            ),
            rows,
        )
        return msgspec.json.encode(document), document.metadata.next_url, ""

    base = repository.base(request.url.netloc, request.url.scheme)
    suffix = request.scope.get("suffix")
    key = ("list", question, chosen, suffix, offset, limit, base, *echo.values())
    body, following, name = repository.remember(key, page)
    reply = _written(chosen, body, tag, cache=caching(times, repository), following=following)
    if name:
        reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


def _table(
    found: "Sequence[Any] | Sliced", span: range, row: Callable[[Any], Mapping[str, Any]]
) -> tuple[RowsInParts, int]:
    """Rows of a span, read part by part, and where they end: rows that are large end it early."""
    table, at = RowsInParts(), span.start
    while at < span.stop and table.bytes < _HEAVY:
        part = found[at : min(at + MOST, span.stop)]
        table.add([row(one) for one in part])
        at += len(part)
        if not part:
            break
    return table, at


def _file_name(request: Request[Any, Any, Any], form: str, part: range | None, total: int) -> str:
    """What a table is saved as. That it is not all of it stands where whoever opens it looks."""
    words = request.url.path.removeprefix("/api/v1/").split("/")
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(words))[:100].strip("-.")
    told = f"-rows-{part.start + 1}-to-{part.stop}-of-{total}" if part is not None else ""
    return f"{stem}{told}.{form}"


def record_reply(
    request: Request[Any, Any, Any],
    times: RequestTimes,
    find: Callable[[Ledger], Mapping[str, Any]],
    *,
    form: str | None = None,
) -> Response[bytes]:
    """One record."""
    repository, chosen = repository_of(request), form_of(request, form)
    echo = times.echo(times.moment.recorded_by or repository.recorded_by())
    tag = etag(repository, request, chosen, echo, 0, 1)
    if unchanged(request, tag):
        return not_modified(tag, times, repository)

    def written(ledger: Ledger) -> bytes:
        found = find(ledger)
        return _body(chosen, [found], One(echo, dict(found)))

    body = repository.remember(("one", question_of(request), chosen, *echo.values()), written)
    return _written(chosen, body, tag, cache=caching(times, repository), following=None)


def _body(form: str, rows: Sequence[Mapping[str, Any]], document: Any) -> bytes:
    if form == "json":
        return msgspec.json.encode(document)
    out = io.BytesIO()
    write(rows, form, out)
    return out.getvalue()


def _written(
    form: str, body: bytes, tag: str, cache: str, following: str | None
) -> Response[bytes]:
    headers = {"ETag": tag, "Cache-Control": cache, "Vary": "Accept"}
    if following:
        headers["Link"] = f'<{following}>; rel="next"'
    return Response(body, media_type=MEDIA[form], headers=headers)


def _again(known: Cursor, times: RequestTimes) -> RequestTimes:
    """The times of the first page. A list that asks whether a day was named is told what it was
    told then: links keep what was asked."""
    from gatewatch.site.times import asked

    first = asked(known.valid_at, known.as_of, known.recorded_by)
    if times.every_day:
        return first.of_all_days()
    return msgspec.structs.replace(first, valid_at=first.valid_at if times.valid_at else None)


def _next(
    request: Request[Any, Any, Any], repository: Repository, cursor: Cursor, limit: int | None
) -> str:
    kept = [(k, v) for k, v in asked_of(request) if k not in NOT_ASKED - {"format"}]
    kept += [("limit", str(limit))] if limit else []
    query = _encoded([*kept, ("cursor", cursors.seal(cursor, repository.key))])
    suffix = request.scope.get("suffix")
    path = f"{request.url.path}.{suffix}" if suffix else request.url.path
    return f"{repository.base(request.url.netloc, request.url.scheme)}{path}?{query}"


def _encoded(pairs: Iterable[tuple[str, str]]) -> str:
    from urllib.parse import urlencode

    return urlencode(list(pairs))
