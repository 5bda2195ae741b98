"""A watch finds the list on the page that leads to it: the newest issue, every page, and nowhere
else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

import gatewatch
from gatewatch.model.register import Discovery
from gatewatch.model.watched import Plan, Watched
from gatewatch.pipeline.discover import bring, links
from gatewatch.pipeline.fetch import FetchError, Validators
from gatewatch.pipeline.watch import Watch


class Site:
    """A web site of some pages, which counts what it is asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                body = site.pages.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("content-length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def page(*addresses: str) -> bytes:
    return "".join(f'<p><a class="l" href="{a}">issue</a></p>' for a in addresses).encode()


@pytest.mark.parametrize(
    ("how", "chosen"),
    [
        ({"newest": r"regex:list_v\d+\.txt$"}, "/f/list_v178.txt"),
        ({"newest": "css:a.l[href$='.txt']"}, "/f/list_v178.txt"),
        ({"newest": "path:.//a[@class='l']", "choose": "first"}, "/f/list_v9.txt"),
        ({"newest": r"regex:list_v\d+\.txt$", "choose": "last"}, "/f/list_v10.txt"),
    ],
)
def test_the_newest_issue_is_found(
    site: Site, tmp_path: Path, how: dict[str, Any], chosen: str
) -> None:
    """By name numbers count as numbers; else it is the first or the last of the page."""
    site.pages["/lists/"] = page(
        "/f/list_v9.txt", "../f/list_v178.txt", "/f/list_v178.txt.sign", "/f/list_v10.txt"
    )
    site.pages[chosen] = b"a.example\n"
    got = bring(f"{site.url}/lists/", msgspec.convert(how, Discovery), Validators(), tmp_path, "xx")
    assert (site.asked, got.mark.url) == (["/lists/", chosen], f"{site.url}{chosen}")
    assert got.file is not None
    assert got.file.name == chosen.rpartition("/")[2]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ftp://127.0.0.1/list.txt", "no web address"),
        ("file:///etc/hostname#.txt", "no web address"),
        ("http://127.0.0.2/list.txt", "name it in watch.hosts"),
        ("/list.pdf", "no link is like"),
    ],
)
def test_a_page_leads_nowhere_else(site: Site, tmp_path: Path, address: str, why: str) -> None:
    """Another host, another kind of address, and a page without the link are refused in words."""
    site.pages["/"] = page(address)
    how = Discovery(newest=r"regex:(txt|hostname)")
    with pytest.raises(FetchError, match=why):
        bring(f"{site.url}/", how, Validators(), tmp_path, "xx")
    assert site.asked == ["/"]


def test_another_host_may_be_declared() -> None:
    """Authorities keep files on hosts of their own."""
    how = Discovery(newest="css:a", hosts=("files.example",))
    found = links(page("http://files.example/a.txt"), "http://site.example/", "css:a", how)
    assert found == ["http://files.example/a.txt"]


def test_a_list_of_several_pages_is_one_state(site: Site, tmp_path: Path) -> None:
    """Each page once, though pages lead back; the second look brings nothing; too many are
    refused."""
    for number in (1, 2, 3):
        after = f'<a rel="next" href="/p{number % 3 + 1}">next</a>'
        site.pages[f"/p{number}"] = (
            f"<table><tr><td>h{number}.example</td></tr></table>{after}".encode()
        )
    how = Discovery(pages="css:a[rel=next]")
    got = bring(f"{site.url}/p1", how, Validators(), tmp_path, "xx")
    assert got.file is not None
    assert [file.name for file in sorted(got.file.iterdir())] == [
        "page-0001",
        "page-0002",
        "page-0003",
    ]
    again = bring(f"{site.url}/p1", how, got.mark, tmp_path, "xx")
    assert (again.file, len(site.asked)) == (None, 6)
    few = msgspec.structs.replace(how, most_pages=2)
    with pytest.raises(FetchError, match="more than 2 pages"):
        bring(f"{site.url}/p1", few, Validators(), tmp_path, "xx")


PAGED = """id="xx-paged"
jurisdiction="UA"
authority="A"
title="T"
publisher="P"
licence="CC0 1.0"
format="declared"
time_zone="Europe/Kyiv"
cadence="2h"
silence="9d"
[watch]
newest="css:a.issue"
pages="css:a[rel=next]"
[declared]
layout="html"
rows="table tr"
header=0
parts='page-\\d+'
[declared.columns]
1="host"
"""


def test_a_watch_brings_the_pages_of_the_newest_issue_into_a_ledger(
    site: Site, tmp_path: Path
) -> None:
    """An index, two pages of an issue, then a newer issue: each host by the issue that shows it."""
    (tmp_path / "xx.toml").write_text(PAGED, encoding="utf-8")
    one = Watched(register=str(tmp_path / "xx.toml"), source=f"{site.url}/index")
    watching = Watch(str(tmp_path / "led"), Plan(sources=(one,)), tmp_path / "state")
    row = "<html><table><tr><td>{}</td></tr></table>{}</html>"
    site.pages["/index"] = b'<a class="issue" href="/i/1">1</a>'
    site.pages["/i/1"] = row.format("a.example", '<a rel="next" href="/i/1b">n</a>').encode()
    site.pages["/i/1b"] = row.format("b.example", "").encode()
    assert watching.pull(one).state == "changed"
    assert watching.pull(one).state == "unchanged"
    ledger = gatewatch.open(str(tmp_path / "led"))
    assert [ledger.check(f"{host}.example").state for host in "ab"] == ["listed", "listed"]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"newest": "xpath://a"}, "begins with css:"),
        ({"newest": "regex:("}, "watch.newest"),
        ({"choose": "newest"}, "first, last or name"),
        ({"most_pages": 0}, "most_pages"),
    ],
)
def test_a_way_that_cannot_be_followed_is_refused_when_declared(
    how: dict[str, Any], why: str
) -> None:
    """Not at the first look."""
    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.convert(how, Discovery)
