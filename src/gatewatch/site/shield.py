"""What stands before every request: the names we answer to, limits, headers that keep a browser to
itself."""

import asyncio
import math
import re
import time
from collections.abc import Iterable
from typing import Any

import msgspec
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from gatewatch.model.clients import network_of
from gatewatch.model.message import Message, message
from gatewatch.site import logs, metrics
from gatewatch.site.limits import Limits
from gatewatch.site.problem import TYPE, briefly, for_programs, problem
from gatewatch.site.replies import MEDIA
from gatewatch.site.settings import SiteSettings
from gatewatch.site.turns import ASKER, DEAR, Asker
from gatewatch.words.languages import LANGUAGES

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=(), interest-cohort=()"),
)
_FRAMED = (
    (b"content-security-policy", POLICY.replace("ancestors 'none'", "ancestors *").encode()),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
"""Of the pages under /embed/, which others may frame, as they may load what these pages load."""
_OPEN = (b"cross-origin-resource-policy", b"cross-origin")
_TRANSLATED = frozenset(LANGUAGES) - {"en"}
_EMBEDDED = re.compile(r"(?:/[a-z]{2})?/embed/")
_FREE = frozenset({"/healthz", "/readyz", "/metrics"})
_LONGEST_TARGET = 16_384
_LONGEST_HEAD = 32_768
_BODY_PATIENCE, _WHOLE_BODY = 10.0, 120.0
"""Seconds between two parts of a body, and for all of it."""
_SMALL_BODY, _MOST_BODIES = 1 << 14, 32 << 20
"""Bytes of a body that is always taken, and of all larger ones that are in memory at a time: what
five hundred clients send at their leisure would be half a gigabyte."""
_LOOK = 1.0
"""Seconds between two looks whether an answer is still waited for."""
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::([0-9]{1,5}))?")
MOST_BYTES = 1 << 20
COLLECTED = "/collector/report"
"""Where what a probe submits is led to: it knows `/report`, which is a page of the site as well."""
MOST_COLLECTED = 16 << 20
"""Bytes of one measurement as it is submitted."""


class Shield:
    """The outermost layer of the site, as plain ASGI: what it refuses costs next to nothing."""

    def __init__(self, app: ASGIApp, settings: SiteSettings) -> None:
        self._app, self._settings = app, settings
        self._names = settings.called
        self._limits, self.bodies = None, 0
        if settings.rate:
            self._limits = Limits(settings.rate, settings.state / "clients", settings.clients_key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began, path = time.perf_counter(), str(scope["path"])
        method = scope["method"]
        if method == "HEAD":  # as GET; the server below leaves the body out
            scope = {**scope, "method": "GET"}
        headers = _Headers(scope["headers"])
        told = _Told(send, path, anything=headers.get(b"if-none-match").strip() == b"*")
        refusal, extra = self._refused(scope, headers, path)
        told.extra = extra
        if refusal:
            await _refuse(told, refusal, scope, headers)
        else:
            _strip_suffix(scope, path)
            _take_language(scope)
            if _is_submission(scope, headers):
                _lead_to_collector(scope)
            await self._answer(scope, receive, told)
        seconds = time.perf_counter() - began
        metrics.seen(path, str(method), told.status, seconds)
        logs.access(
            method=str(method),
            path=path,
            status=told.status,
            sent=told.sent,
            seconds=seconds,
            client=self._client(scope, headers) if self._settings.log_addresses else None,
        )

    async def _answer(self, scope: Scope, receive: Receive, told: "_Told") -> None:
        """The answer of the application, as long as its client waits for it."""
        asker = Asker(_kind(str(scope["path"])))
        body = _Body(receive, self, spooled=str(scope["path"]).startswith(COLLECTED))
        patient = body.receive if scope.get("method") == "POST" else receive
        loop, watching = asyncio.get_running_loop(), list[asyncio.Task[None]]()

        def watch() -> None:
            if not watching:
                watching.append(loop.create_task(_watch(asker, patient)))

        def waits() -> None:
            loop.call_soon_threadsafe(watch)

        asker.waits = waits
        mark = ASKER.set(asker)
        try:
            await self._app(scope, patient, told)
        finally:
            self.bodies -= body.size
            ASKER.reset(mark)
            asker.waits = None
            for one in watching:
                one.cancel()
            if self._limits and asker.spent > DEAR:
                self._limits.charge(str(scope.get("client_name", "")), asker.spent)

    def _refused(
        self, scope: Scope, headers: "_Headers", path: str
    ) -> tuple["_Refusal | None", list[tuple[bytes, bytes]]]:
        if headers.size > _LONGEST_HEAD:
            return _Refusal(
                431, message("the headers are longer than {n} bytes", n=_LONGEST_HEAD)
            ), []
        if headers.count(b"host") != 1 or _name(headers.get(b"host")) not in self._names:
            return _Refusal(400, message("this site is not called by that name")), []
        if len(scope["raw_path"]) + len(scope["query_string"]) > _LONGEST_TARGET:
            return _Refusal(
                414, message("the address is longer than {n} bytes", n=_LONGEST_TARGET)
            ), []
        size = headers.get(b"content-length")
        most = MOST_COLLECTED if _is_submission(scope, headers) else MOST_BYTES
        if size and (not size.isdigit() or int(size) > most):
            return _Refusal(413, message("send at most {n} bytes", n=most)), []
        client = self._client(scope, headers)
        changed: Any = scope
        changed["client_name"] = client
        changed["client_address"] = self._address(scope, headers)
        if self._limits is None or path in _FREE:
            return None, []
        left, wait = self._limits.take(client)
        extra = self._limits.told(left, wait)
        if wait:
            seconds = math.ceil(wait)
            return _Refusal(
                429,
                message(
                    "at most {most} requests a minute; try again in {seconds} seconds",
                    most=self._settings.rate,
                    seconds=seconds,
                ),
            ), [*extra, (b"retry-after", str(seconds).encode())]
        return None, extra

    def _client(self, scope: Scope, headers: "_Headers") -> str:
        """Who asks."""
        return network_of(self._address(scope, headers))

    def _address(self, scope: Scope, headers: "_Headers") -> str:
        """From where. Behind a proxy the last name of all X-Forwarded-For lines is the one that it
        wrote; what a client sent itself stands before it, on the same line or on one of its own."""
        asks = scope["client"][0] if scope.get("client") else ""  # type: ignore[index]
        if self._settings.behind_proxy and (forwarded := headers.last(b"x-forwarded-for")):
            asks = forwarded.rpartition(b",")[2].strip().decode("latin-1")
        return str(asks)


class _Headers:
    """Request headers as they came."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._raw = list(raw)
        self.size = sum(len(name) + len(value) for name, value in self._raw)

    def get(self, name: bytes) -> bytes:
        return next((value for key, value in self._raw if key.lower() == name), b"")

    def last(self, name: bytes) -> bytes:
        return next((value for key, value in reversed(self._raw) if key.lower() == name), b"")

    def count(self, name: bytes) -> int:
        return sum(key.lower() == name for key, _ in self._raw)


class _Told:
    """Sends on, with our headers; remembers the status and the bytes of the body."""

    def __init__(self, send: Send, path: str, *, anything: bool) -> None:
        """`anything`: the client holds a copy and wants none, whichever it is (RFC 9110, 13.1.2:
        `If-None-Match: *`); where there is nothing it is told that."""
        self._send, self._path, self.status, self.sent = send, path, 0, 0
        self.extra: list[tuple[bytes, bytes]] = []
        self._anything = anything

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name for name, _ in message["headers"]}
            headers = [(n, v) for n, v in (*_HEADERS, *self.extra) if n not in own]
            if _EMBEDDED.match(self._path):
                framed = dict(_FRAMED)
                headers = [(n, framed.get(n, v)) for n, v in headers]
            if self._path.startswith(("/api/", "/feeds/", "/openapi.json")):
                headers = [(n, v) for n, v in headers if n != _OPEN[0]] + [
                    _OPEN,
                    (b"access-control-allow-origin", b"*"),
                ]
            message["headers"] = [*message["headers"], *headers]
            if self._anything and self.status == 200 and b"etag" in own:
                message["status"] = self.status = 304
                message["headers"] = [
                    (n, v)
                    for n, v in message["headers"]
                    if n not in {b"content-length", b"content-type"}
                ]
        else:
            if self._anything and self.status == 304:
                message["body"] = b""
            body = message.get("body", b"")
            self.sent += len(body)
        await self._send(message)


class _Refusal(msgspec.Struct, frozen=True):
    """Why a request goes no further."""

    status: int
    words: Message


async def _refuse(send: Send, refusal: _Refusal, scope: Scope, headers: "_Headers") -> None:
    accept = headers.get(b"accept").decode("latin-1")
    if for_programs(str(scope["path"]), accept):
        kind = TYPE
        body = msgspec.json.encode(problem(refusal.status, refusal.words.plain()))
    else:
        kind = "text/html; charset=utf-8"
        body = briefly(refusal.status, refusal.words, _language(str(scope["path"])))
    sent = [
        (b"content-type", kind.encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": sent})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _language(path: str) -> str:
    """That of a page by its path."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in LANGUAGES else "en"


def _name(host: bytes) -> str:
    """A Host header without its port; empty for what is no host and port."""
    found = _HOST.fullmatch(host)
    if found is None or int(found[2] or 0) > 65_535:
        return ""
    return found[1].decode("ascii").lower()


def _kind(path: str) -> str:
    """Which questions cost alike: those of one endpoint."""
    return "/".join(path.split("/", 4)[: 4 if path.startswith("/api/") else 2])


async def _watch(asker: Asker, receive: Receive) -> None:
    """Look out for a client that hangs up, and for an answer that takes too long."""
    while True:
        try:
            message = await asyncio.wait_for(receive(), _LOOK)
        except TimeoutError:
            asker.look()
            continue
        except HTTPException:
            return  # a body that does not come on is the application's affair
        if message["type"] == "http.disconnect":
            asker.hang_up()
            return


class _Body:
    """What is sent with a request. It has to come on: between two parts of it there are some
    seconds, and some more for all of it. Large ones have so much memory together; one that is
    `spooled` lies on the disk."""

    def __init__(self, receive: Receive, shield: Shield, *, spooled: bool) -> None:
        self._receive, self._shield, self._spooled = receive, shield, spooled
        self._whole, self._end = False, time.monotonic() + _WHOLE_BODY
        self.size = 0
        """Bytes of it that are in memory."""

    async def receive(self) -> Any:
        """The next part."""
        if self._whole:
            return await self._receive()
        left = min(_BODY_PATIENCE, self._end - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0.0))
        except TimeoutError:
            raise HTTPException("the rest of the request did not come", status_code=408) from None
        self._whole = not message.get("more_body", False)
        if not self._spooled:
            came = len(message.get("body", b""))  # type: ignore[arg-type]
            self.size += came
            self._shield.bodies += came
            if self.size > _SMALL_BODY and self._shield.bodies > _MOST_BODIES:
                raise HTTPException(
                    "more is sent just now than can be held; try again in some seconds",
                    status_code=503,
                    headers={"Retry-After": "5"},
                )
        return message


def _is_submission(scope: Scope, headers: "_Headers") -> bool:
    """Whether a probe submits something: it posts JSON to /report, or anything beneath it."""
    path = str(scope["path"])
    posted = scope.get("method") == "POST"
    told = headers.get(b"content-type").lower().startswith(b"application/json")
    return posted and (path.startswith("/report/") or (path == "/report" and told))


def _lead_to_collector(scope: Scope) -> None:
    """`/report/ID` of a probe's is `/collector/report/ID` here."""
    changed: Any = scope
    rest = str(scope["path"]).removeprefix("/report")
    changed["path"] = f"{COLLECTED}{rest}"
    changed["raw_path"] = f"{COLLECTED}{rest}".encode("utf-8", "replace")


def _take_language(scope: Scope) -> None:
    """`/ru/cases` is `/cases` in Russian."""
    changed: Any = scope
    first, _, rest = scope["path"][1:].partition("/")
    if first in _TRANSLATED:
        changed["lang"] = first
        changed["path"] = f"/{rest}"
        changed["raw_path"] = b"/" + scope["raw_path"][1:].partition(b"/")[2]
    if changed["path"].startswith("//"):  # in a link it would be the name of another site
        changed["path"] = "/" + changed["path"].lstrip("/")
        changed["raw_path"] = b"/" + changed["raw_path"].lstrip(b"/")


def _strip_suffix(scope: Scope, path: str) -> None:
    """`/api/v1/registers.csv` is `/api/v1/registers` as CSV."""
    stem, dot, suffix = path.rpartition(".")
    if dot and suffix in MEDIA and path.startswith("/api/v1/") and not stem.endswith("/"):
        changed: Any = scope
        changed["path"] = stem
        changed["raw_path"] = scope["raw_path"].rpartition(b".")[0]
        changed["suffix"] = suffix
