"""The OpenAPI document says what every reply of the API holds: fields, types, units."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from tests.site.within import Within, within

from gatewatch.exports import of_facts, of_network
from gatewatch.site import shapes

DAY = "valid_at=2017-05-08"
ASKED = (
    "services?limit=1000",
    "services/wechat",
    "rules?limit=1000",
    "rules/ru-149fz",
    "obligations?service=wechat",
    "obligations?kind=messenger",
    "claims?limit=1000",
    "claims/wechat-ru-07",
    "cases?limit=1000",
    f"cases?limit=1000&{DAY}",
    "cases/wechat/RU",
    f"cases/wechat/RU?{DAY}",
    "cases/telegram/RU",
    "cases/vk/UA",
    "cases/steam/ID",
    "cases/tiktok/IN",
    "episodes",
    "silences",
    "verdicts?limit=100",
    f"reconcile?jurisdiction=RU&{DAY}",
    "compare?jurisdiction=RU&jurisdiction=CN",
    f"compare?jurisdiction=RU&jurisdiction=CN&{DAY}",
    "registers",
    "registers/ru-demo",
    f"registers/ru-demo/entries?{DAY}",
    f"registers/ru-demo/counts?{DAY}",
    "registers/ru-demo/orders",
    "registers/ru-demo/enforcement?valid_at=2017-05-12",
    "entries/ru-demo/wechat",
    f"entries/ru-demo/wechat?{DAY}",
    "listings?selector=wechat.com",
    "changes?limit=1000",
    "find?q=wechat",
    "find?q=149-FZ",
    "find?q=Russia",
    "find?q=web.wechat.com/a",
    f"check?selector=wechat.com&{DAY}",
    f"check?selector=facebook.com&{DAY}",
    "reports",
    "measurements?limit=10",
    "aggregation?axis_x=probe_cc",
)


@pytest.fixture(scope="module")
def site(demo_filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Within]:
    with within(demo_filled, tmp_path_factory.mktemp("state")) as held:
        yield held


@pytest.fixture(scope="module")
def document(site: Within) -> dict[str, Any]:
    return site.ask("GET", "/openapi.json").json()  # type: ignore[no-any-return]


def _template(document: dict[str, Any], path: str) -> str:
    """The path of the document that an address is of: the one with the fewest places to fill."""
    parts = f"/api/v1/{path.partition('?')[0]}".split("/")
    fitting = [
        one
        for one in document["paths"]
        if len(split := one.split("/")) == len(parts)
        and all(a == b or a.startswith("{") for a, b in zip(split, parts, strict=True))
    ]
    return str(min(fitting, key=lambda one: str(one).count("{")))


def valid(document: dict[str, Any], template: str, reply: object) -> None:
    said = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]
    whole = {**said["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(reply)


@pytest.mark.parametrize("path", ASKED)
def test_a_reply_is_what_the_document_says(
    site: Within, document: dict[str, Any], path: str
) -> None:
    """Each field that it names is there with its type, and no other."""
    found = site.ask("GET", f"/api/v1/{path}")
    assert found.status_code == 200, found.text
    valid(document, _template(document, path), found.json())


def test_verdicts_and_decisions_are_what_the_document_says(
    site: Within, document: dict[str, Any]
) -> None:
    """Those that are asked for by a name which only a list gives."""
    for row in site.ask("GET", "/api/v1/verdicts?limit=5").json()["results"]:
        one = site.ask("GET", f"/api/v1/verdicts/{row['measurement_uid']}").json()
        valid(document, "/api/v1/verdicts/{uid}", one)


def test_every_endpoint_that_gives_rows_says_which(document: dict[str, Any]) -> None:
    """None is left with objects of no shape, and no shape is of an endpoint that is not there."""
    assert set(shapes.replies()) <= set(document["paths"])
    assert not {"ListPage", "One"} & set(document["components"]["schemas"])
    asked = {_template(document, path) for path in ASKED}
    by_name = {"/api/v1/verdicts/{uid}", "/api/v1/registers/{register}/order"}
    assert set(shapes.replies()) <= asked | by_name


@pytest.mark.parametrize(
    ("shape", "columns"),
    [
        ("service", of_facts._SERVICES),
        ("rule", of_facts._RULES),
        ("claim", of_facts._CLAIMS),
        ("case_row", of_facts._CASES),
        ("verdict_row", of_network._VERDICTS),
        ("episode", of_network._EPISODES),
        ("silence", of_network._SILENCES),
    ],
)
def test_shapes_and_columns_of_data_sets_are_the_same(shape: str, columns: dict[str, str]) -> None:
    """By name; a count, a number and a flag by type too."""
    told = shapes.fields(shape)
    assert set(told) == set(columns)
    plain = {"count", "number", "flag", "time"}
    for name, kind in columns.items():
        if kind in plain:
            assert told[name].rstrip("?") == kind, name


def test_numbers_and_times_say_their_unit() -> None:
    """A number, a count or a time has a description."""
    lacking = {
        field.removesuffix("~")
        for name in shapes._declared()["shapes"]
        for field, kind in shapes.fields(name).items()
        if kind.strip("[]?{}") in {"count", "number", "time"}
        and field.removesuffix("~") not in shapes._declared()["fields"]
    }
    assert lacking == set()


def test_shapes_are_a_file_of_the_package() -> None:
    """So that an installed program has them."""
    assert (Path(shapes.__file__).parent / "shapes.toml").is_file()
