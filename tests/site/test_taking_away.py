"""What a page gives to others: a frame for one kind of page alone, citations, linked data, a
map."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser
from tests.site.served import Served, ask

CASE = "case/wechat/RU?valid_at=2017-05-08"


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Another site, on another port, with pages of its own."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("lang", ["", "/ru", "/zh"])
def test_others_may_frame_the_embedded_case_and_no_other_page(
    browser: Browser, site: Served, newsroom: tuple[str, Path], lang: str
) -> None:
    url, folder = newsroom
    for name, path in {"embed": f"{lang}/embed/{CASE}", "case": f"{lang}/{CASE}"}.items():
        (folder / f"{name}.html").write_text(f'<iframe name="f" src="{site.url}{path}"></iframe>')
    page = browser.new_page()
    page.goto(f"{url}/embed.html")
    frame = page.frame("f")
    assert frame is not None
    assert frame.locator("svg").count() >= 1
    assert frame.evaluate("getComputedStyle(document.body).fontFamily") != "serif"
    page.goto(f"{url}/case.html")
    refused = page.frame("f")
    assert refused is not None
    assert refused.locator("svg").count() == 0
    page.close()


@pytest.mark.parametrize("path", ["/", f"/{CASE}", "/report", "/api", "/ru/cases", "/embedded"])
def test_all_else_refuses_to_be_framed(site: Served, path: str) -> None:
    policy = ask("GET", site.url + path).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy


def test_a_case_is_told_as_linked_data_and_as_a_citation(site: Served) -> None:
    text = ask("GET", f"{site.url}/{CASE}").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    told = json.loads(found[1])
    assert told["@type"] == "Claim"
    assert told["about"]["name"] == "WeChat"
    assert len(told["appearance"]) > 10
    assert "@misc{gatewatch-wechat-in-russia-20170508," in text
    assert ask("GET", told["@id"]).status_code == 200


def test_the_map_names_pages_that_are_there(site: Served) -> None:
    reply = ask("GET", f"{site.url}/sitemap.xml")
    tree = ET.fromstring(reply.content)
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    places = [one.text or "" for one in tree.findall("s:url/s:loc", space)]
    assert f"{site.url}/case/wechat/RU" in places
    assert len(set(places)) == len(places) > 200
    kinds = {re.sub(r"[^/]+$", "", place): place for place in places}
    for place in kinds.values():
        assert ask("GET", place, timeout=30).status_code == 200, place
    assert f"Sitemap: {site.url}/sitemap.xml" in ask("GET", f"{site.url}/robots.txt").text


@pytest.mark.parametrize(
    "path",
    [
        "/cases",
        f"/{CASE}",
        "/service/wechat",
        "/jurisdiction/RU",
        "/service/wechat/obligations",
        "/obligations?kind=social",
        "/compare",
        "/register/ru-demo",
        "/register/ru-demo/entries",
        "/entry/ru-demo/wechat",
        "/network",
        "/measurements?verdict=blocked&jurisdiction=RU&network=AS10",
        "/reconcile?jurisdiction=RU&valid_at=2017-05-08",
        "/judgement",
        "/changes?day=2017-05-04",
        "/data",
    ],
)
def test_whatever_a_page_offers_to_take_is_there(site: Served, path: str) -> None:
    """Every link to data, a picture or a feed leads to it, with what the page was asked."""
    text = ask("GET", site.url + path).text.replace("&amp;", "&")
    linked = set(re.findall(r'href="(/(?:api|picture|feeds|data)/[^"]+)"', text))
    assert linked
    for link in linked:
        reply = ask("GET", site.url + link)
        assert reply.status_code == 200, link


def test_a_filtered_list_hands_over_what_it_shows(site: Served) -> None:
    asked = "verdict=likely_blocked&jurisdiction=RU&network=AS10"
    text = ask("GET", f"{site.url}/measurements?{asked}").text.replace("&amp;", "&")
    shown = re.search(r"([0-9]+) measurements", text)
    taken = re.search(r'href="(/api/v1/verdicts\.csv[^"]+)"', text)
    assert shown is not None
    assert taken is not None
    rows = ask("GET", site.url + taken[1]).text.strip().splitlines()
    assert len(rows) - 1 == int(shown[1]) > 0


@pytest.mark.parametrize(
    "path",
    [
        f"/ru/{CASE}",
        "/service/wechat?valid_at=2017-05-08",
        "/zh/jurisdiction/RU",
        "/compare?jurisdiction=RU&jurisdiction=TR",
        "/register/ru-demo",
        "/network?jurisdiction=RU",
        "/reconcile?jurisdiction=RU&valid_at=2017-05-08&agreement=listed_blocked",
    ],
)
def test_a_link_is_previewed_with_the_picture_of_its_page(site: Served, path: str) -> None:
    """As PNG; the same as SVG says where it is from, and that is the page itself, and under which
    licence."""
    text = ask("GET", site.url + path).text.replace("&amp;", "&")
    shown = re.search(r'<meta property="og:image" content="([^"]+)"', text)
    assert shown is not None
    assert ask("GET", shown[1]).content.startswith(b"\x89PNG")
    svg = ET.fromstring(ask("GET", shown[1].replace(".png", ".svg")).content)
    terms = "{http://purl.org/dc/elements/1.1/}"
    (source,), (rights,) = (list(svg.iter(f"{terms}{name}")) for name in ("source", "rights"))
    address, licences = source.text or "", rights.text or ""
    printed = "".join(
        "".join(one.itertext()) for one in svg.iter("{http://www.w3.org/2000/svg}text")
    )
    assert address in printed
    assert licences.replace(" ", "") in printed.replace(" ", "")
    assert re.search(r"MIT|CC BY|CC0", licences)
    named = {*parse_qs(urlsplit(address).query)}
    assert {"as_of", "recorded_by"} <= named
    # A list of what was over time names no day unless one was asked for.
    assert ("valid_at" in named) != path.startswith("/network")
    assert urlsplit(address).path == urlsplit(path).path
    assert ask("GET", address).status_code == 200


def test_a_file_that_proves_an_answer_is_of_the_times_of_its_page(site: Served) -> None:
    """The link of a page about now names all three times: what is fetched later proves what was
    read, and not what is so by then."""
    for path in ("/case/wechat/RU", "/reconcile?jurisdiction=RU&target=wechat.com"):
        text = site.get(path).text.replace("&amp;", "&")
        link = re.search(r'href="(/cite/[^"]+)"', text)
        assert link is not None, path
        asked = parse_qs(urlsplit(link[1]).query)
        assert {"valid_at", "as_of", "recorded_by"} <= asked.keys(), path
