"""Citations and the log over HTTP."""

import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.site.served import Served, serve

from gatewatch.exports.cite import archive, form
from gatewatch.exports.cite.verifying import verify
from gatewatch.ledger import merkle, notes, tlog
from gatewatch.ledger.journal import Journal
from gatewatch.ledger.store import Store


@pytest.fixture(scope="module")
def cited(demo_filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site on a ledger whose log is signed by a key that it finds beside it."""
    location = tmp_path_factory.mktemp("served") / "ledger"
    shutil.copytree(demo_filled, location)
    assert Journal(Store(str(location))).signer()
    with serve(str(location)) as site:
        yield site


ON = "valid_at=2017-05-08&as_of=2026-11-01"


def _linked(cited: Served, page: str) -> str:
    return html.unescape(re.findall(r'href="(/cite/[^"]+)"', cited.get(page).text)[0])


def test_pages_link_to_what_proves_them(cited: Served) -> None:
    """With the question of the page and its times."""
    for page, kind in (
        (f"/find?q=wechat.com&{ON}", "check"),
        (f"/reconcile?jurisdiction=RU&target=wechat.com&{ON}", "reconcile"),
        (f"/episode/RU/wechat.com?{ON}", "episode"),
    ):
        link = _linked(cited, page)
        asked = dict(parse_qsl(urlsplit(link).query))
        assert urlsplit(link).path == f"/cite/{kind}", page
        assert asked["subject"] == "wechat.com", page
        assert asked["valid_at"].startswith("2017-05-08"), page


def test_what_a_page_links_to_is_a_bundle_that_holds(cited: Served) -> None:
    """Signed by the key beside the ledger, and not sent again to who has it."""
    link = _linked(cited, f"/case/wechat/RU?{ON}")
    reply = cited.get(link)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/zip"
    assert reply.headers["content-disposition"].endswith('.zip"')
    manifest = json.loads(archive.unpacked(reply.content)[form.MANIFEST])
    assert manifest["question"]["valid_at"] == "2017-05-08"
    found = verify(reply.content, program=None)
    assert [one for one in found if one.level == "fault"] == []
    assert any("signed by" in one.what for one in found)
    again = cited.get(link, headers={"If-None-Match": reply.headers["etag"]})
    assert again.status_code == 304


def test_what_cannot_be_cited_is_said(cited: Served) -> None:
    """As for any other question."""
    assert cited.get("/cite/nothing?subject=x").status_code == 404
    assert cited.get("/cite/case?subject=nobody&jurisdiction=RU").status_code == 400
    assert cited.get("/cite/case?subject=wechat").status_code == 400


def test_the_log_is_served_as_static_files(cited: Served) -> None:
    """Checkpoint for some seconds, tiles for ever; each part of a tile that a checkpoint needs; and
    nothing that lies beside them."""
    reply = cited.get("/log/checkpoint")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=5"
    said = tlog.Checkpoint.parse(notes.read(reply.content)[0])
    for size in (1, said.size):
        leaves = cited.get(f"/log/tile/entries/000.p/{size}")
        assert "immutable" in leaves.headers["cache-control"]
        hashes = [merkle.leaf(one) for one in tlog.unpacked(leaves.content)]
        assert cited.get(f"/log/tile/0/000.p/{size}").content == b"".join(hashes)
    assert merkle.root(hashes) == said.root
    for path in ("0/000", f"0/000.p/{said.size + 1}", "0/../../x", "9/000", "entries/x001/000"):
        assert cited.get(f"/log/tile/{path}").status_code == 404, path
    assert not any(str(one) in reply.text for one in Path(cited.ledger).rglob("*.key"))
