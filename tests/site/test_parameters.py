"""A parameter that an endpoint does not know is refused by the API; a page says that it left it
out."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.site.served import Served

from gatewatch.site.app import build
from gatewatch.site.inprocess import InProcess
from gatewatch.site.settings import SiteSettings


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/services?x=1",
        "/api/v1/changes?sinc=2020-01-01",
        "/api/v1/check?selector=wechat.com&asof=2020-01-01",
        "/api/v1/measurements?probe=IR",
        "/api/v1/cases/wechat/RU?limit=3",
    ],
)
def test_the_api_names_what_it_does_not_know(site: Served, path: str) -> None:
    """With the one that was meant, where it can be told."""
    reply = site.get(path)
    assert reply.status_code == 400
    name = path.rpartition("&")[2].rpartition("?")[2].partition("=")[0]
    assert repr(name) in reply.json()["detail"]
    if name == "sinc":
        assert "is since meant?" in reply.json()["detail"]


@pytest.mark.parametrize("path", ["/cases", "/feeds/all.atom", "/picture/compare/RU-CN.svg"])
def test_what_counts_readers_changes_no_page(site: Served, path: str) -> None:
    """To the byte and the tag."""
    times = "valid_at=2017-06-01&as_of=2017-06-01&recorded_by=2040-01-01"
    one, other = site.get(f"{path}?{times}"), site.get(f"{path}?{times}&utm_source=x&fbclid=2")
    assert one.status_code == 200
    assert (one.content, one.headers["etag"]) == (other.content, other.headers["etag"])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/cases?stat=blocked", "is not understood and was left out: stat. Is state meant?"),
        ("/report?x=1&y=2", "are not understood and were left out: x, y."),
        ("/follow?x=1", "is not understood and was left out: x"),
        ("/ru/case/wechat/RU?asof=2017-05-06", "не распознан и не учтён: asof"),
        ("/zh/rules?jurisdicton=RU", "jurisdicton"),
        ("/cases?a=1&b=2&c=3&d=4", "left out: a, b, c, …"),
        ("/cases?%3Cb%3E%1b=1", "left out: &lt;b&gt;\\x1b"),
    ],
)
def test_a_page_says_what_it_left_out(site: Served, path: str, said: str) -> None:
    reply = site.get(path)
    assert reply.status_code == 200
    (note,) = re.findall(r'<p class="warn unheard">(.*?)</p>', reply.text)
    assert said in re.sub(r"</?span[^>]*>", "", note)


def test_a_page_that_leaves_something_out_is_kept_once(filled: str, tmp_path: Path) -> None:
    """Nobody fills a memory by making parameters up; the reply has a tag of its own."""
    app: Any = build(SiteSettings(ledger=filled, state=tmp_path, rate=0))
    with InProcess(app, "http://127.0.0.1") as ask:
        pages = [ask("/cases", ((f"x{n}", "1"), ("as_of", "2020-01-01")))[1] for n in range(3)]
        plain = ask("/cases", (("as_of", "2020-01-01"),))[1]
    notes = [re.findall(rb'\n<p class="warn unheard">.*?</p>', one) for one in pages]
    assert [len(one) for one in notes] == [1, 1, 1]
    assert {page.replace(note[0], b"") for page, note in zip(pages, notes, strict=True)} == {plain}
