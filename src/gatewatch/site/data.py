"""Data sets to take whole: the folder that `gatewatch export` fills, and a page that shows what is
in it."""

import re
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import File

from gatewatch.exports import described, exporting
from gatewatch.exports.files import MEDIA
from gatewatch.model.message import message
from gatewatch.site.caching import FOR_A_MINUTE, FOREVER, repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import page_reply
from gatewatch.site.times import Times

_FOLDER = re.compile(r"[a-z0-9][a-z0-9._-]*")
_FILE = re.compile(r"[a-z]+\.(parquet|csv|ndjson)")


class DataPage(msgspec.Struct, frozen=True):
    """The catalogue of data sets, as an export writes it; None where this site publishes none."""

    catalogue: Any


@get("/data", include_in_schema=False, sync_to_thread=True)
def page(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """What can be taken, under which licence, and when it last changed."""
    folder = repository_of(request).settings.exports
    found = exporting.read(Path(folder)) if folder else None
    return page_reply(request, times, "data.html", lambda _: DataPage(found))


@get("/data/index.json", include_in_schema=False, sync_to_thread=True)
def index(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The catalogue of data sets."""
    file = _within(request) / exporting.INDEX
    if not file.is_file():
        raise ProblemError(404, message("nothing has been exported yet"))
    return Response(
        file.read_bytes(), media_type="application/json", headers={"Cache-Control": FOR_A_MINUTE}
    )


@get("/data/dcat.jsonld", include_in_schema=False, sync_to_thread=True)
def dcat(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The same in the words of catalogues of open data."""
    return _linked(described.dcat(_catalogue(request), _base(request)))


@get("/data/{dataset:str}/croissant.json", include_in_schema=False, sync_to_thread=True)
def croissant(request: Request[Any, Any, Any], dataset: FromPath[str]) -> Response[bytes]:
    """One data set in the words of programs that load it."""
    for one in _catalogue(request).datasets:
        if one.name == dataset:
            return _linked(described.croissant(one, _base(request)))
    raise ProblemError(
        404,
        message("no data set '{name}'; /data/index.json names those that there are", name=dataset),
    )


def _linked(document: dict[str, Any]) -> Response[bytes]:
    return Response(
        described.encoded(document),
        media_type="application/ld+json",
        headers={"Cache-Control": FOR_A_MINUTE},
    )


def _catalogue(request: Request[Any, Any, Any]) -> exporting.ExportIndex:
    found = exporting.read(_within(request))
    if found is None:
        raise ProblemError(404, message("nothing has been exported yet"))
    return found


def _base(request: Request[Any, Any, Any]) -> str:
    return f"{repository_of(request).base(request.url.netloc, request.url.scheme)}/data/"


@get("/data/{dataset:str}/{version:str}/{name:str}", include_in_schema=False, sync_to_thread=True)
def file(
    request: Request[Any, Any, Any],
    dataset: FromPath[str],
    version: FromPath[str],
    name: FromPath[str],
) -> File:
    """A file of a version; it never changes."""
    form = _FILE.fullmatch(name)
    if not form or not _FOLDER.fullmatch(dataset) or not _FOLDER.fullmatch(version):
        raise ProblemError(
            404, message("no such file; /data/index.json names those that there are")
        )
    path = _within(request) / dataset / version / name
    if not path.is_file():
        raise ProblemError(
            404, message("no such file; /data/index.json names those that there are")
        )
    return File(
        path,
        media_type=MEDIA[form[1]],
        filename=f"{dataset}-{name}",
        headers={"Cache-Control": FOREVER},
    )


def _within(request: Request[Any, Any, Any]) -> Path:
    folder = repository_of(request).settings.exports
    if not folder:
        raise ProblemError(
            404, message("this site publishes no data sets; gatewatch serve --exports FOLDER does")
        )
    return Path(folder)


ROUTES = (page, index, dcat, croissant, file)
