"""A copy of the tests' site, and a plain file server for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gatewatch.cli import site_copy
from gatewatch.exports.twin.making import Made
from gatewatch.model.jurisdiction import Jurisdiction

PAGES = ("/case/wechat/RU?valid_at=2017-05-08",)


def copied(location: str, folder: Path, /, **other: Any) -> Made:
    """The pages of two services in two countries, made in this process and not signed."""
    how = {
        "at": "2026-11-26",
        "compare": ["RU,CN"],
        "pages": PAGES,
        "public_url": "",
        "served_at": "",
        "most": 20,
        "pictures": False,
        "services": ["wechat", "line"],
        "places": [Jurisdiction("RU"), Jurisdiction("CN")],
        "folder": None,
        "processes": 1,
        **other,
    }
    wish = site_copy.wanted(location, **how)
    return site_copy.copy(location, folder, wish, signed=False, quiet=True)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder as any web server gives it: files by their names and nothing else."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
