"""The commonest question before the framework: a check of one name that memory answers whole."""

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from gatewatch.errors import GatewatchError
from gatewatch.site.api.asked import LONGEST
from gatewatch.site.api.check import from_memory, tag_of
from gatewatch.site.caching import FOR_A_MINUTE, is_held
from gatewatch.site.times import asked

if TYPE_CHECKING:
    from gatewatch.site.repository import Repository

_PATH = "/api/v1/check"
_SELECTOR = b"selector="


class QuickCheck:
    """Between the shield and the framework, as plain ASGI. What the framework does with a request
    of one parameter costs three times what finding the answer does; every other request, and every
    one that is wrong, goes on to it."""

    def __init__(self, app: ASGIApp, repository: "Repository") -> None:
        self._app, self._repository = app, repository

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._found(scope) if scope["type"] == ScopeType.HTTP else None
        if found is None:
            await self._app(scope, receive, send)
            return
        tag = tag_of(found)
        given = next((v for k, v in scope["headers"] if k.lower() == b"if-none-match"), b"")
        same = is_held(given.decode("latin-1"), tag)
        headers = [
            (b"cache-control", FOR_A_MINUTE.encode()),
            (b"etag", tag.encode()),
            *([] if same else [(b"content-type", b"application/json")]),
            (b"content-length", b"0" if same else str(len(found)).encode()),
        ]
        status = 304 if same else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = b"" if same else found
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _found(self, scope: HTTPScope) -> bytes | None:
        query = scope["query_string"]
        if scope["path"] != _PATH or scope["method"] != "GET" or "suffix" in scope:
            return None
        if not query.startswith(_SELECTOR) or b"&" in query or b";" in query:
            return None
        standing = self._repository.standing()
        if standing is None:
            return None
        try:
            text = unquote_plus(query[len(_SELECTOR) :].decode("ascii"), errors="strict")
            if len(text) > LONGEST:
                return None
            held = standing.answer(text, sideways=True)
        except (GatewatchError, UnicodeDecodeError):
            return None
        return from_memory(standing, held, asked()) if held else None
