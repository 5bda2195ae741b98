"""Pages of a decision and of a register's enforcement in a real browser, where there is something
to see: more names than a page holds, a few of them measured."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import Browser
from tests.pipeline.test_looking import BASE, DAY, FIRST, Place
from tests.site.audit import CONTRAST, objections
from tests.site.served import Served, serve
from tests.site.test_shapes import valid

ORDER = "/order/xx-own?number=99%2F2024&valid_at=2024-03-04"
ALL = "/register/xx-own/orders"
INDEX = "/register/xx-own/enforcement?valid_at=2024-03-20"
NAMES, SHOWN = 510, 500
ZONE = "Europe/Kyiv"


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A decision that names many hosts, of which probes ask for one that comes last by its id."""
    folder = tmp_path_factory.mktemp("orders")
    place = Place(folder)
    text = place.register.read_text().replace('time_zone="UTC"', f'time_zone="{ZONE}"')
    place.register.write_text(text)
    place.list(FIRST - 2 * DAY, BASE)
    many = [f"{n};host{n}.example.net;NCU;99/2024;2024-03-02" for n in range(1000, 999 + NAMES)]
    last = "9999;shop.example.com;NCU;99/2024;2024-03-02"
    place.list(FIRST - DAY, [*BASE, *many, last])
    gone = FIRST.replace(month=3, day=31, hour=22)  # the first of April in Kyiv
    for at in (FIRST + 3 * DAY, FIRST + 6 * DAY, gone - DAY):
        place.list(at, [*BASE, *many, last])
    for at in (gone, gone + 6 * DAY):
        place.list(at, [*BASE, *many])
    place.measure(range(-20, 1), blocked=False)
    place.measure(range(1, 33), blocked=True)
    place.measure(range(33, 40), blocked=False)
    with serve(place.ledger, "--rate", "0", state=folder / "state") as site:
        yield site


@pytest.mark.parametrize("path", [ORDER, INDEX, ALL])
def test_a_page_passes_the_audit_wide_and_narrow(
    ordered: Served, browser: Browser, path: str
) -> None:
    """By day and by night at 1280 pixels; in three languages at 390."""
    page = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900}).new_page()
    page.goto(ordered.url + path)
    told = objections(page)
    page.emulate_media(color_scheme="dark")
    told += objections(page, CONTRAST)
    page.set_viewport_size({"width": 390, "height": 800})
    for language in ("", "/ru", "/zh"):
        page.goto(ordered.url + language + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        told += objections(page)
    assert not told
    page.context.close()


def test_the_matrix_shows_what_was_measured_and_says_what_it_leaves_out(ordered: Served) -> None:
    """The picture has the one measured name of many; names beyond what the page shows are
    counted."""
    page = ordered.get(ORDER).text
    picture, _, rest = page.partition("<figure>")[2].partition("</figure>")
    assert "shop[.]example[.]com" in picture
    assert "host1000" not in picture
    assert f"{NAMES - 1} names that it lists were never measured" in picture
    assert f"{NAMES - SHOWN} more" in rest
    assert page.count("<tr>") < NAMES + 10


def test_all_decisions_are_listed_where_one_would_look(ordered: Served) -> None:
    """The register leads to its decisions, each of them to its page; the API has the same, with
    the same numbers, and parts of it."""
    assert f'href="{ALL}"' in ordered.get("/register/xx-own").text
    page = ordered.get(ALL).text
    rows = ordered.get(f"/api/v1{ALL.replace('register', 'registers', 1)}").json()["results"]
    links = re.findall(r'href="(/order/xx-own\?[^"]*)"', page)
    assert len(links) == len(rows) > 1
    assert all(ordered.get(unescape(link)).status_code == 200 for link in links)
    (mine,) = (row for row in rows if row["number"] == "99/2024")
    assert mine["entries"] == NAMES
    assert f">{NAMES}<" in page
    assert "99/2024" in ordered.get(f"{ALL}?number=2024").text
    assert "99/2024" not in ordered.get(f"/ru{ALL}?decided=1999").text


def test_a_decision_is_what_the_document_says(ordered: Served) -> None:
    """Each field of it and of its listings, with its type."""
    found = ordered.get(f"/api/v1/registers/xx-own{ORDER.replace('/xx-own', '')}")
    assert found.status_code == 200, found.text
    assert found.json()["result"]["listings"]
    document = ordered.get("/openapi.json").json()
    valid(document, "/api/v1/registers/{register}/order", found.json())


def test_a_number_that_is_near_is_named(ordered: Served) -> None:
    """Whoever mistypes a decision's number is told of those that are like it."""
    said = ordered.get("/api/v1/registers/xx-own/order?number=99%2F2042")
    assert said.status_code == 404
    assert "99/2024" in said.json()["detail"]


def test_a_month_is_one_of_the_registers_own_zone(ordered: Served) -> None:
    """What was published at 22:00 UTC on the last of March was taken off in April in Kyiv."""
    asked = "/api/v1/registers/xx-own/enforcement?valid_at=2024-04-08&as_of=2024-04-10"
    months = {one["month"]: one for one in ordered.get(asked).json()["results"]}
    assert months["2024-03"]["at"] == "2024-03-31T20:59:59Z"
    assert (months["2024-03"]["freed"], months["2024-04"]["freed"]) == (0, 1)
