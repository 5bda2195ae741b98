"""The OpenAPI document, from the endpoints themselves, and what the framework cannot say of
them."""

from typing import Any

import msgspec
from litestar import Request, Response, get

from gatewatch.site.render import page_reply
from gatewatch.site.replies import MEDIA
from gatewatch.site.times import Times

_ORDER = {"registers": 0, "facts": 1, "network": 2, "measurements": 3, "reports": 4, "following": 5}
"""Groups of the page: what is asked first stands first, what takes a token last."""
_EXAMPLES: dict[str, Any] = {
    "selector": "wechat.com",
    "jurisdiction": "RU",
    "valid_at": "2017-05-08",
    "as_of": "2017-05-06",
    "recorded_by": "2026-11-01T00:00:00Z",
    "service": "wechat",
    "target": "wechat",
    "rule": "ru-149-fz",
    "register": "ru-rkn",
    "entry": "347",
    "since": "2017-05-01",
    "until": "2017-06-01",
    "probe_cc": "RU",
    "probe_asn": "AS8048",
    "domain": "wechat.com",
    "format": "json",
    "test_name": "web_connectivity",
    "network": "AS12389",
}
_BODIES: dict[str, Any] = {
    "/api/v1/reports": {
        "service": "wechat",
        "jurisdiction": "RU",
        "what": "slow",
        "challenge": "...",
        "answer": "...",
    },
    "/api/v1/subscriptions": {
        "target": "https://hooks.example.org/gatewatch",
        "services": ["wechat"],
        "jurisdictions": ["RU"],
    },
}
_WORDS = """The open record of restrictions on online services. Every read takes three times: `valid_at` (when it
was true), `as_of` (what had been published by then), `recorded_by` (what this site held by then), and says
them back. Lists give `results` beside `metadata.next_url`; ask for json, ndjson, csv or parquet by a suffix of the
path, by `format`, or by Accept. ETags are strong. Errors are problem details. A client may ask so many times a
minute as RateLimit-Limit says; then it gets 429 with Retry-After."""


@get("/openapi.json", include_in_schema=False, sync_to_thread=True)
def document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """OpenAPI 3.1."""
    return Response(msgspec.json.encode(schema(request.app)), media_type="application/json")


def schema(app: Any) -> dict[str, Any]:
    """The document, made once."""
    made = getattr(app.state, "openapi", None)
    if made is None:
        made = app.openapi_schema.to_schema()
        _complete(made)
        app.state.openapi = made
    return made  # type: ignore[no-any-return]


def _complete(made: dict[str, Any]) -> None:
    made["info"]["description"] = " ".join(_WORDS.split())
    for path, methods in made["paths"].items():
        for method, endpoint in methods.items():
            if not isinstance(endpoint, dict):
                continue
            _parameters(endpoint)
            _forms(endpoint)
            if method == "post" and path in _BODIES:
                endpoint["requestBody"]["content"]["application/json"]["example"] = _BODIES[path]
            if path == "/api/v1/check" and method == "post":
                endpoint["requestBody"] = {
                    "required": True,
                    "content": {
                        "text/plain": {
                            "schema": {"type": "string", "minLength": 1},
                            "example": "wechat.com\nhttp://example.com/page",
                        }
                    },
                }


def _parameters(endpoint: dict[str, Any]) -> None:
    for one in endpoint.get("parameters", ()):
        if one["in"] == "path":  # the rest of a path is no URI, whatever it is read as
            one["schema"].pop("format", None)
        example = _EXAMPLES.get(one["name"])
        if example is not None:
            one["example"] = [example, "CN"] if one["schema"].get("type") == "array" else example


def _forms(endpoint: dict[str, Any]) -> None:
    """Other forms than JSON, where they are offered; they have no schema of their own."""
    if any(one["name"] == "format" for one in endpoint.get("parameters", ())):
        content = endpoint["responses"]["200"].get("content", {})
        for media in list(MEDIA.values())[1:]:
            content.setdefault(media.partition(";")[0], {"schema": {}})
    endpoint["responses"].setdefault("304", {"description": "What you hold is current"})


@get("/api", include_in_schema=False, sync_to_thread=True)
def page(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """The document as a page, which needs nothing from elsewhere."""
    made = schema(request.app)
    groups: dict[str, list[ApiOperation]] = {}
    for path, methods in made["paths"].items():
        for method, one in methods.items():
            tag = (one.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_endpoint(path, method, one))
    ordered = sorted(groups.items(), key=lambda group: _ORDER.get(group[0], len(_ORDER)))
    described = made["info"]["description"]
    return page_reply(request, times, "api.html", lambda _: ApiPage(described, ordered))


def _endpoint(path: str, method: str, one: dict[str, Any]) -> "ApiOperation":
    return ApiOperation(
        id=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one.get("summary", ""),
        description=one.get("description", ""),
        parameters=one.get("parameters", []),
        curl=_curl(method, path, one),
    )


class ApiOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint, as the OpenAPI document has it, with a line to paste."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[dict[str, Any]]
    curl: str


class ApiPage(msgspec.Struct, frozen=True):
    """The OpenAPI document for people: in English, as the API speaks it."""

    description: str
    groups: list[tuple[str, list[ApiOperation]]]


def _curl(method: str, path: str, one: dict[str, Any]) -> str:
    required = [p for p in one.get("parameters", ()) if p.get("required")]
    for p in required:
        path = path.replace("{" + p["name"] + "}", str(p.get("example", p["name"])))
    query = "&".join(f"{p['name']}={p.get('example', '')}" for p in required if p["in"] == "query")
    words = ["curl", *([f"-X {method.upper()}"] if method not in {"get", "post"} else [])]
    words += ["-H 'Authorization: Bearer gw_...'"] if one.get("security") else []
    words += [f"'{path}{'?' + query if query else ''}'"]
    if method == "post":
        body = _BODIES.get(path)
        words += [
            f"--json '{msgspec.json.encode(body).decode()}'"
            if body
            else "--data-binary @selectors.txt"
        ]
    return " ".join(words)


ROUTES = (document, page)
