"""A copy of the site without a server: what its served pages are tested for, from a folder and
behind a plain file server; built twice; built again after one change."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tests.conftest import ingest_demo
from tests.prebuilt import Prebuilt
from tests.site.audit import objections
from tests.site.copied import copied, served

from gatewatch.catalogue import facts
from gatewatch.catalogue.names import NamedKind
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.exports.twin import finding, listing
from gatewatch.exports.twin.crawling import Crawl, Reply
from gatewatch.exports.twin.places import Address, Held, file_of, parsed
from gatewatch.model.jurisdiction import Jurisdiction

SAMPLE = (
    "index.html",
    "cases.html",
    "service/wechat.html",
    "case/wechat/RU.html",
    "case/wechat/RU,valid_at-2017-05-08.html",
    "jurisdiction/RU.html",
    "compare,jurisdiction-RU,jurisdiction-CN.html",
    "register/ru-demo.html",
    "entry/ru-demo/wechat.html",
    "rules.html",
    "find.html",
    "copy.html",
    "data.html",
    "ru/case/wechat/RU.html",
    "zh/find.html",
)


@pytest.fixture(scope="session")
def copy(demo_filled: str, prebuilt: Prebuilt) -> Path:
    """A copy of a part of the demo's site, for tests that only read; with the page of queries,
    where the files for it are at hand."""
    return prebuilt.once("copy", lambda folder: copied(demo_filled, folder))


@pytest.fixture(params=["folder", "server"], scope="module")
def base(request: pytest.FixtureRequest, copy: Path) -> Iterator[str]:
    """Where the copy is opened: from the folder itself, and behind a plain file server."""
    if request.param == "folder":
        yield copy.as_uri()
        return
    with served(copy) as url:
        yield url


def _visit(page: Page, base: str, path: str) -> list[str]:
    """What went wrong on the way: faults, files that are not there, requests to anywhere else."""
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("requestfailed", lambda r: wrong.append(f"{r.url}: {r.failure}"))
    page.on(
        "request", lambda r: wrong.append(r.url) if not r.url.startswith((base, "data:")) else None
    )
    page.goto(f"{base}/{path}")
    return wrong


def test_pages_pass_the_audit_and_ask_nobody_else(browser: Browser, base: str) -> None:
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    told = []
    # The audit is dear and sees the same twice: half of the pages here, half there.
    for path in SAMPLE[base.startswith("file:") :: 2]:
        page = context.new_page()
        assert not _visit(page, base, path)
        told += [(path, *one) for one in objections(page)]
        page.close()
    context.close()
    assert not told


def test_pages_need_no_script_and_fit_a_narrow_screen(browser: Browser, base: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    for path in SAMPLE[base.startswith("http:") :: 2]:
        page.goto(f"{base}/{path}")
        assert page.locator("h1").count() == 1
        assert page.locator("main").inner_text().strip()
        box = page.locator("body").bounding_box()
        assert box is not None
        assert box["width"] <= 390, path
    context.close()


def test_pages_lead_to_one_another_in_three_languages(browser: Browser, base: str) -> None:
    """From the front page through the list to a case, a step of it, and it in another language."""
    page = browser.new_page()
    page.goto(f"{base}/index.html")
    page.click("nav >> text=Cases")
    while not page.locator("#cases a[href*='case/wechat/']").count():
        page.click("a[rel=next]")  # the list comes in parts
    page.click("#cases a[href*='case/wechat/'] >> nth=0")
    assert "/case/wechat/" in page.url
    page.goto(f"{base}/case/wechat/RU.html")
    page.click(".lanes a[href='#step-4'] >> nth=0")
    assert page.url.endswith("#step-4")
    page.click("text=Русский")
    assert page.locator("html").get_attribute("lang") == "ru"
    assert page.url.endswith("/ru/case/wechat/RU.html")
    page.click("text=English")
    assert page.url.endswith("/case/wechat/RU.html")
    page.close()


@pytest.mark.parametrize(
    ("asked", "path", "word"),
    [
        ("微信", "/service/wechat.html", "WeChat"),
        ("Вичат", "/service/wechat.html", "WeChat"),
        ("https://www.wechat.com/x", "/find.html", "WeChat"),
        ("wecaht", "/find.html", "WeChat"),
        ("Roskomnadzor", "/", "Roskomnadzor"),
        ("what is this", "/find.html", "Nothing in this copy is called so"),
    ],
)
def test_a_search_leads_to_its_answer(
    browser: Browser, base: str, asked: str, path: str, word: str
) -> None:
    page = browser.new_page()
    page.goto(f"{base}/index.html")
    page.fill("#q", asked)
    page.press("#q", "Enter")
    page.wait_for_url(f"**{path}*" if path != "/" else "**")
    page.wait_for_function(
        "word => document.querySelector('main').innerText.includes(word)", arg=word
    )
    page.close()


@pytest.mark.parametrize(
    "text",
    ["data localisation", "регистрация мессенджеров в России", "实名", "store data in Russia"],
)
def test_a_search_finds_laws_by_what_they_ask_as_the_site_does(
    browser: Browser, base: str, copy: Path, text: str
) -> None:
    page = browser.new_page()
    page.goto(f"{base}/find.html")
    found = page.evaluate("text => search(text).map(([, row]) => row[2])", text)
    page.close()
    told = facts.load().names.find(text)
    laws = {f"rule/{one.id}.html" for one in told if one.kind == NamedKind.LAW}
    held = {law for law in laws if (copy / law).is_file()}  # of the day that is copied
    assert {file for file in found if file.startswith("rule/")} == held != set()


def test_what_needs_a_server_is_said_on_the_page(copy: Path) -> None:
    """No form but the search is left, no link leads to nothing, none to a whole address of the site
    that was asked."""
    forms, broken = [], []
    for file in sorted(copy.rglob("*.html")):
        text = file.read_text(encoding="utf-8")
        assert "copy.invalid" not in text, file
        forms += [f for f in re.findall(r"<form[^>]*>", text) if 'role="search"' not in f]
        for link in re.findall(r'(?:href|src)="([^"#?]+)', text):
            if "://" not in link and not link.startswith(("mailto:", "data:")):
                target = (file.parent / link).resolve()
                broken += [] if target.is_file() else [(file.name, link)]
    assert not broken
    assert all('id="query"' in form for form in forms)
    case = (copy / "case/wechat/RU.html").read_text(encoding="utf-8")
    assert "A copy cannot be asked" in case
    about = (copy / "copy.html").read_text(encoding="utf-8")
    assert 'id="not-here"' in about


def test_a_copy_holds_what_it_says(copy: Path) -> None:
    rows = finding.rows_of((copy / finding.FILE).read_bytes())
    names = {row[2] for row in rows}
    networks = {row[1]: row for row in rows if row[0] == "network"}
    assert networks
    assert all(name.lower() in row[3] and name[2:] in row[3] for name, row in networks.items())
    assert {"service/wechat.html", "jurisdiction/RU.html", "entry/ru-demo/wechat.html"} <= names
    assert all((copy / name).is_file() for name in names)
    index = json.loads((copy / "data/index.json").read_bytes())
    files = [f for d in index["datasets"] for t in d["versions"][0]["tables"] for f in t["files"]]
    assert {f["format"] for f in files} == {"parquet", "csv", "ndjson"}
    assert all((copy / "data" / f["url"]).stat().st_size == f["bytes"] for f in files)
    feed = (copy / "feeds/case/wechat/RU.atom").read_text(encoding="utf-8")
    assert 'href="../../../case/wechat/RU.html"' in feed


def test_a_copy_is_the_same_twice_and_changes_where_the_ledger_does(
    tmp_path: Path, prebuilt: Prebuilt
) -> None:
    """Made a second time no byte differs, so nothing is written; after a snapshot more only what it
    touched is."""
    ledger = prebuilt.copied("demo-register", ingest_demo, tmp_path / "ledger")
    first = tmp_path / "first"
    # One service in one country, without pages of entries: what is the same twice and what a
    # change touches it shows as well; of the whole, `python -m benchmarks twin` does.
    part = {"services": ["line"], "places": [Jurisdiction("RU")], "most": 2, "compare": []}
    part["pages"] = ()
    made = copied(str(ledger), first, **part)
    assert set(made.written) == {*listing.found(first)}
    assert copied(str(ledger), first, **part).written == ()
    _ingest_more(str(ledger), tmp_path)
    again = copied(str(ledger), first, **part)
    assert "register/ru-demo.html" in again.written
    assert "rules.html" not in again.written
    assert len(again.written) < made.files / 2
    assert listing.held(first).keys() >= {*again.written} - {listing.LIST}


def _ingest_more(location: str, folder: Path) -> None:
    """One state more of the demo's register: the last one without its first line."""
    from tests.conftest import DEMO

    from gatewatch import pipeline
    from gatewatch.catalogue import registers

    states = folder / "states"
    shutil.copytree(DEMO / "prohibited-2017", states)
    last = max(one for one in states.iterdir() if one.is_file())
    lines = last.read_text(encoding="utf-8").splitlines(keepends=True)
    (states / last.name.replace("2017", "2018", 1)).write_text(
        "".join(lines[:-1]), encoding="utf-8"
    )
    pipeline.ingest(location, registers.read(DEMO / "ru-demo.toml"), str(states))


def test_what_a_register_decided_is_copied_up_to_a_bound() -> None:
    """How far it is enforced, and the decisions that its entries name; what is more is counted."""
    crawl, entry = Crawl([], most=2), Address("/entry/r/1")
    orders = [f"/order/r?number={n}%2F850&body=b" for n in range(3)]
    crawl.told(
        entry, Reply(status=200), ["/ru/order/r?number=9", "/register/r/enforcement", *orders]
    )
    taken = set()
    while one := crawl.take():
        taken.add(one)
    assert Address("/register/r/enforcement") in taken
    assert Address("/order/r", (("body", "b"), ("number", "1/850"))) in taken
    assert sum(one.path == "/order/r" for one in taken) == 2
    assert crawl.met["orders"] == 3


def test_a_mirror_is_verified_against_its_list(copy: Path, tmp_path: Path) -> None:
    """A changed, a missing and an added file are each named; a list that was not signed says who
    made it to nobody."""
    mirror = tmp_path / "mirror"
    shutil.copytree(copy, mirror)
    assert listing.verify(mirror).sound
    (mirror / "about.html").write_text("another", encoding="utf-8")
    (mirror / "terms.html").unlink()
    (mirror / "added.html").write_text("added", encoding="utf-8")
    found = listing.verify(mirror)
    assert (found.changed, found.missing, found.unlisted) == (
        ("about.html",),
        ("terms.html",),
        ("added.html",),
    )
    with pytest.raises(GatewatchError, match="nobody signed"):
        listing.verify(mirror, ["x+00000000+AAAA"])


def test_a_signature_vouches_for_the_list(tmp_path: Path) -> None:
    from gatewatch.ledger import notes

    signer, other = notes.Signer.new("example.org/copy"), notes.Signer.new("example.org/other")

    def sign(text: str) -> tuple[str, list[str]]:
        return notes.note(text, [signer]), [str(signer.verifier)]

    (tmp_path / "a.html").write_text("a", encoding="utf-8")
    listing.write(tmp_path, listing.found(tmp_path), sign)
    own = listing.verify(tmp_path)
    assert own.sound
    assert own.signed_by == (str(signer.verifier),)
    assert not own.trusted
    assert listing.verify(tmp_path, [str(signer.verifier)]).trusted
    with pytest.raises(GatewatchError, match="none of the keys"):
        listing.verify(tmp_path, [str(other.verifier)])
    (tmp_path / "b.html").symlink_to("nowhere")  # added, whether it leads to anything or not
    assert listing.verify(tmp_path).unlisted == ("b.html",)
    (tmp_path / "b.html").unlink()
    (tmp_path / "a.html").rename(tmp_path.parent / "elsewhere.html")
    (tmp_path / "a.html").symlink_to(tmp_path.parent / "elsewhere.html")
    assert listing.verify(tmp_path).changed == ("a.html",)  # the same bytes, and no file
    whole = (tmp_path / listing.LIST).read_text(encoding="utf-8")
    (tmp_path / listing.LIST).write_text(whole.replace(whole[:4], "0000"), encoding="utf-8")
    with pytest.raises(GatewatchError, match="not the list that was signed"):
        listing.verify(tmp_path)


@pytest.mark.parametrize(
    "line", ["", "x  a", f"{'0' * 64}  ../a", f"{'0' * 64}  /a", f"{'0' * 64} a"]
)
def test_a_list_leads_nowhere_else(line: str) -> None:
    if line:
        with pytest.raises(UsageError):
            listing.parsed(line)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("/", "index.html"),
        ("/ru", "ru/index.html"),
        ("/zh/case/wechat/RU", "zh/case/wechat/RU.html"),
        ("/case/wechat/RU?valid_at=2017-05-08", "case/wechat/RU,valid_at-2017-05-08.html"),
        ("/entry/r/a%3Fb", "entry/r/a~3fb.html"),
        ("/entry/r/con", "entry/r/_con_.html"),
        ("/static/site.css?abc", "static/site.css"),
        ("/ru/picture/compare/RU-CN.svg", "ru/picture/compare/RU-CN.svg"),
    ],
)
def test_an_address_has_a_name_that_every_file_system_takes(url: str, file: str) -> None:
    lang, address, _ = parsed(url)
    assert file_of(lang, address) == file


def test_two_addresses_that_differ_in_capitals_have_two_files() -> None:
    held = Held()
    one, other = held.add("en", Address("/entry/r/a")), held.add("en", Address("/entry/r/A"))
    assert one.casefold() != other.casefold()
    assert len(file_of("en", Address("/entry/r/" + "я" * 300)).encode()) < 255


@pytest.fixture(scope="module")
def duckdb_wasm() -> Any:
    """The files of DuckDB-Wasm. Missing, a test skips here and fails in CI."""
    from tests.needed import lacking

    from gatewatch.exports.twin import queries

    folder = queries.installed()
    if folder is None:
        lacking("DuckDB-Wasm", "make queries brings it")
    return folder


def test_the_page_of_queries_asks_the_parquet_in_the_browser(
    browser: Browser, copy: Path, duckdb_wasm: Path
) -> None:
    """Nothing of DuckDB is loaded before it is asked; the answer is that of the table; a mistake is
    told; nobody else is asked."""
    assert duckdb_wasm  # it lies in the copy already
    with served(copy) as url:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda r: asked.append(r.url))
        page.goto(f"{url}/query.html")
        assert not any("duckdb" in one for one in asked)
        page.fill("#sql", "SELECT count(*) AS n, min(service) AS first FROM catalogue_cases")
        page.click("#query button")
        page.wait_for_selector("#answer td", timeout=60_000)
        cells = page.locator("#answer td").all_inner_texts()
        index = json.loads((copy / "data/index.json").read_bytes())
        tables = {
            t["name"]: t["rows"] for d in index["datasets"] for t in d["versions"][0]["tables"]
        }
        assert cells[0] == str(tables["cases"])
        page.fill("#sql", "SELECT nothing")
        page.click("#query button")
        page.wait_for_function("document.querySelector('#said').innerText.includes('nothing')")
        assert all(one.startswith((url, "blob:")) for one in asked)
        page.close()
