"""The OpenAPI document, from the endpoints themselves, and what the framework cannot say of
them."""

from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from litestar import Request, Response, get

from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.moment import Moment
from gatewatch.query.changes import ChangeList
from gatewatch.query.ledger import Ledger
from gatewatch.site import shapes
from gatewatch.site.caching import repository_of
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
    "rule": "ru-149fz",
    "recorded_by": "2026-11-01T00:00:00Z",
    "service": "wechat",
    "target": "wechat",
    "register": "ru-rkn",
    "since": "2017-05-01",
    "until": "2017-06-01",
    "probe_cc": "RU",
    "probe_asn": "AS8048",
    "domain": "wechat.com",
    "format": "json",
    "test_name": "web_connectivity",
    "network": "AS12389",
    "q": "wechat",
    "measurement_uid": "20170508120000.000000_RU_webconnectivity_0123456789abcdef",
}
"""What a site holds takes their place: `_held`."""
_OF_ENTRIES = {"network": "192.0.2.0/24"}
"""Where a network is one of addresses."""
_SHOWN = {
    "/api/v1/obligations": ("service",),
    "/api/v1/measurement_meta": ("measurement_uid",),
    "/api/v1/raw_measurement": ("measurement_uid",),
}
"""Parameters of which one is asked for, so that none is called required."""
_LOOKED_AT = 50
"""How many changes of a register are read to find a decision for the examples."""
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
    return Response(msgspec.json.encode(schema(request)), media_type="application/json")


def schema(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The document, made once for what its examples name."""
    repository, app = repository_of(request), request.app
    catalogue = repository.facts(Moment.parse()).catalogue
    held = repository.remember("examples", lambda ledger: _held(ledger, catalogue))
    of, made = getattr(app.state, "openapi", (None, {}))
    if of != held:
        made = app.openapi_schema.to_schema()
        _complete(made, {**_EXAMPLES, **held})
        app.state.openapi = held, made
    return made


def _held(ledger: Ledger, catalogue: Catalogue) -> dict[str, str]:
    """Examples that lead somewhere, by the parameters that take them: what is on record here, of a
    register that tells decisions if one does."""
    found = {"claim": next(iter(catalogue.claims))} if catalogue.claims else {}
    for register in ledger.history_of.registers():
        for one in ChangeList(ledger, register, Moment.parse())[:_LOOKED_AT]:
            known = {"register": register, "entry": one.change.entry_id}
            decision = one.change.entry.decision if one.change.entry else None
            if decision and decision.number:
                return {**found, **known, "number": decision.number}
            found = {**known, **found}
    return found


def _complete(made: dict[str, Any], examples: dict[str, Any]) -> None:
    made["info"]["description"] = " ".join(_WORDS.split())
    shapes.complete(made)
    for path, methods in made["paths"].items():
        for method, endpoint in methods.items():
            if not isinstance(endpoint, dict):
                continue
            of_entries = path.endswith(("/entries", "/counts"))
            _parameters(endpoint, {**examples, **(_OF_ENTRIES if of_entries else {})})
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


def _parameters(endpoint: dict[str, Any], examples: dict[str, Any]) -> None:
    for one in endpoint.get("parameters", ()):
        if one["in"] == "path":  # the rest of a path is no URI, whatever it is read as
            one["schema"].pop("format", None)
        example = examples.get(one["name"])
        values = one["schema"].get("enum")
        if example is not None and values and example not in values:
            example = values[0]
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
    made = schema(request)
    shapes = made["components"]["schemas"]
    groups: dict[str, list[ApiOperation]] = {}
    for path, methods in made["paths"].items():
        for method, one in methods.items():
            tag = (one.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_endpoint(path, method, one, shapes))
    ordered = sorted(groups.items(), key=lambda group: _ORDER.get(group[0], len(_ORDER)))
    described = made["info"]["description"]
    return page_reply(request, times, "api.html", lambda _: ApiPage(described, ordered))


def _endpoint(
    path: str, method: str, one: dict[str, Any], shapes: dict[str, Any]
) -> "ApiOperation":
    return ApiOperation(
        id=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one.get("summary", ""),
        description=one.get("description", ""),
        parameters=[
            ApiParameter(
                name=p["name"],
                required=p.get("required", False),
                what=p.get("description") or _values(p["schema"], shapes),
                example=_example(p),
            )
            for p in one.get("parameters", ())
        ],
        curl=_curl(method, path, one),
    )


def _values(schema: dict[str, Any], shapes: dict[str, Any]) -> str:
    """What a parameter may be, in words: each value, or the type."""
    if "$ref" in schema:
        return _values(shapes[schema["$ref"].rpartition("/")[2]], shapes)
    if "oneOf" in schema:
        return ", ".join(filter(None, (_values(one, shapes) for one in schema["oneOf"])))
    kinds = schema.get("enum") or schema.get("type", "")
    told = [kinds] if isinstance(kinds, str) else kinds
    return ", ".join(one for one in told if one not in {None, "null"})


def _example(parameter: dict[str, Any]) -> str:
    """As it is written in an address where it is given more than once."""
    example = parameter.get("example", "")
    if isinstance(example, list):
        return "&".join(f"{parameter['name']}={one}" for one in example)
    return str(example)


class ApiParameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter as the page tells it."""

    name: str
    required: bool
    what: str
    example: str


class ApiOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint, as the OpenAPI document has it, with a line to paste."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[ApiParameter]
    curl: str


class ApiPage(msgspec.Struct, frozen=True):
    """The OpenAPI document for people: in English, as the API speaks it."""

    description: str
    groups: list[tuple[str, list[ApiOperation]]]


def _curl(method: str, path: str, one: dict[str, Any]) -> str:
    shown = _SHOWN.get(path, ())
    asked = [p for p in one.get("parameters", ()) if p.get("required") or p["name"] in shown]
    for p in asked:
        if p["in"] == "path" and "example" in p:  # else a place to fill in
            path = path.replace("{" + p["name"] + "}", quote(str(p["example"])))
    query = "&".join(
        urlencode({p["name"]: p["example"]}, doseq=True)
        if "example" in p
        else f"{p['name']}={{{p['name']}}}"
        for p in asked
        if p["in"] == "query"
    )
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
