"""Citations to take away, and the log of the ledger's commits as static files for whoever checks
them."""

import re
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from gatewatch import __version__, config
from gatewatch.errors import LedgerError, MissingExtraError
from gatewatch.exports.cite.questions import Cited, question
from gatewatch.ledger import notes
from gatewatch.ledger.store import Store
from gatewatch.ledger.tlog import WIDTH, Checkpoint, TileLog
from gatewatch.model.message import message
from gatewatch.query.ledger import Ledger
from gatewatch.site.caching import (
    FOREVER,
    caching,
    etag,
    not_modified,
    repository_of,
    unchanged,
)
from gatewatch.site.parameters import asked_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.times import Times

_TILE = re.compile(r"(entries|[0-7])/((?:x\d{3}/){0,3}\d{3})(?:\.p/([1-9]\d{0,2}))?")
_FEW_SECONDS = "public, max-age=5"


@get("/cite/{kind:str}", include_in_schema=False, sync_to_thread=True)
def bundle(
    request: Request[Any, Any, Any],
    times: Times,
    kind: FromPath[str],
    subject: FromQuery[str] = "",
    jurisdiction: FromQuery[str] = "",
) -> Response[bytes]:
    """A question and its answer with all that it rests on, as `gatewatch cite` writes it."""
    if kind not in set(Cited) or not subject:
        raise ProblemError(
            404,
            message(
                "ask for /cite/KIND?subject=...: KIND is one of {known}", known=", ".join(Cited)
            ),
        )
    repository = repository_of(request)
    echo = times.echo(times.moment.recorded_by or repository.recorded_by())
    tag = etag(repository, request, "zip", echo, *asked_of(request))
    if unchanged(request, tag):
        return not_modified(tag, times, repository)

    def made(ledger: Ledger) -> bytes:
        from gatewatch.exports.cite.bundle import cite  # what judges is not loaded with a site

        told = (echo["valid_at"], echo["as_of"], echo["recorded_by"])
        asked = question(ledger, Cited(kind), subject, jurisdiction or None, times=told)
        return cite(ledger, asked, program=f"gatewatch {__version__}")

    key = ("cite", kind, subject, jurisdiction, tuple(echo.values()))
    body = repository.remember(key, made)
    name = re.sub(r"[^a-z0-9.-]+", "-", subject.lower())[:60].strip("-.") or "answer"
    headers = {
        "ETag": tag,
        "Cache-Control": caching(times, repository),
        "Content-Disposition": f'attachment; filename="{kind}-{name}.zip"',
    }
    return Response(body, media_type="application/zip", headers=headers)


@get("/log/checkpoint", include_in_schema=False, sync_to_thread=True)
def checkpoint(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The newest signed checkpoint (C2SP tlog-checkpoint)."""
    note = _log(request).note()
    if not notes.read(note)[1]:
        raise ProblemError(404, message("the log of this ledger is not signed yet"))
    return Response(note, media_type="text/plain", headers={"Cache-Control": _FEW_SECONDS})


@get("/log/key", include_in_schema=False, sync_to_thread=True)
def key(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The public keys that sign the log, a line each, the newest first."""
    _log(request)
    if not (known := public_keys(repository_of(request).settings.ledger)):
        raise ProblemError(404, message("the log of this ledger is not signed yet"))
    text = "".join(f"{one}\n" for one in known).encode()
    return Response(text, media_type="text/plain", headers={"Cache-Control": _FEW_SECONDS})


def public_keys(location: str) -> tuple[str, ...]:
    """By which keys the log of a ledger is signed here, as `gatewatch verify --key` takes them, the
    newest first; none where this machine keeps none."""
    from gatewatch.ledger.journal import Journal  # a site that is asked for no key needs none

    journal = Journal(Store(location))
    if not journal.exists():
        return ()
    try:
        return tuple(str(one.verifier) for one in journal.signers())
    except (LedgerError, MissingExtraError, OSError):
        return ()


@get("/log/tile/{path:path}", include_in_schema=False, sync_to_thread=True)
def tile(request: Request[Any, Any, Any], path: FromPath[Path]) -> Response[bytes]:
    """A tile of hashes, or a bundle of leaves (C2SP tlog-tiles); it never changes."""
    found = _TILE.fullmatch(path.as_posix().strip("/"))
    log = _log(request)
    size = Checkpoint.parse(notes.read(log.note())[0]).size
    data = None
    if found:
        level = found[1] if found[1] == "entries" else int(found[1])
        number = int(found[2].replace("x", "").replace("/", ""))
        width = int(found[3] or WIDTH)
        held = size if level == "entries" else size >> 8 * int(level)
        if width <= WIDTH and number * WIDTH + width <= held:
            data = log.tile(level, number, width)
    if data is None:
        raise ProblemError(
            404, message("the log has no such tile: /log/checkpoint says how many leaves it has")
        )
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": FOREVER})


def _log(request: Request[Any, Any, Any]) -> TileLog:
    location = repository_of(request).settings.ledger
    log = TileLog(config.log_folder(location))
    if config.keeps_log(location) and log.exists():
        return log
    if "://" in location:
        raise ProblemError(
            404,
            message(
                "this machine keeps no log of its ledger, which lies in an object store: "
                "those that write to it do"
            ),
        )
    raise ProblemError(404, message("this ledger keeps no log yet: it begins with the next write"))


ROUTES = (bundle, checkpoint, key, tile)
