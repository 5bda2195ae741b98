"""Shapes of the rows that the API gives, from `shapes.toml`, as schemas of the OpenAPI document."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

Schema = dict[str, Any]
_BASE: dict[str, Schema] = {
    "text": {"type": "string"},
    "time": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "when": {
        "type": "string",
        "description": "A day as it is known: 2017-05-04, 2017-05, 2017, or an interval with /.",
    },
    "count": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "any": {},
}
_WITHIN = {"Checked": {"places": "[@place]"}}
"""Fields of structs that hold rows."""


@cache
def _declared() -> dict[str, Any]:
    text = (files("gatewatch.site") / "shapes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def replies() -> dict[str, str]:
    """Which shape the rows of an endpoint have, by its path."""
    return dict(_declared()["replies"])


def shapes() -> dict[str, Schema]:
    """Every shape as a schema, by the name of its component."""
    return {_component(name): _object(fields(name)) for name in _declared()["shapes"]}


def fields(name: str) -> dict[str, str]:
    """The fields of a shape with their types; those of a shape that it takes in among them."""
    found: dict[str, str] = {}
    for field, kind in _declared()["shapes"][name].items():
        found |= fields(kind) if field == "*" else {field: kind}
    return found


def complete(document: dict[str, Any]) -> None:
    """Give lists and records of a document the rows that they hold. KeyError for an endpoint whose
    rows nobody declared."""
    components, named = document["components"]["schemas"], replies()
    components |= shapes()
    for struct, more in _WITHIN.items():
        for field, kind in more.items():
            components[struct]["properties"][field] |= _schema(kind)
    for path, methods in document["paths"].items():
        for method in methods.values():
            content = method["responses"].get("200", {}).get("content", {})
            held = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            kind = held.rpartition("/")[2]
            if kind in {"ListPage", "One"}:
                row = {"$ref": _ref(named[path])}
                content["application/json"]["schema"] = _reply(components[kind], kind, row)
    for kind in ("ListPage", "One"):
        components.pop(kind, None)


def _reply(shape: Schema, kind: str, row: Schema) -> Schema:
    """A list or a record, with what its rows are."""
    held = {"type": "array", "items": row} if kind == "ListPage" else row
    name = "results" if kind == "ListPage" else "result"
    return {**shape, "title": kind, "properties": {**shape["properties"], name: held}}


def _object(found: dict[str, str]) -> Schema:
    about = _declared()["fields"]
    properties: dict[str, Schema] = {}
    for field, kind in found.items():
        name = field.removesuffix("~")
        said = {"description": about[name]} if name in about else {}
        properties[name] = {**_schema(kind), **said}
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in found if not name.endswith("~")],
        "additionalProperties": False,
    }


def _schema(kind: str) -> Schema:
    if kind.endswith("?"):
        return {"anyOf": [_schema(kind[:-1]), {"type": "null"}]}
    if kind.startswith("["):
        return {"type": "array", "items": _schema(kind[1:-1])}
    if kind.startswith("{"):
        return {"type": "object", "additionalProperties": _schema(kind[1:-1])}
    if kind.startswith("@"):
        return {"$ref": _ref(kind[1:])}
    return dict(_BASE[kind])


def _ref(name: str) -> str:
    return f"#/components/schemas/{_component(name)}"


def _component(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_")) + "Row"
