"""A site that has started has paid what its first answers would pay for all later ones."""

import threading
from pathlib import Path
from typing import Any

import pytest

from gatewatch.ledger.store import Store
from gatewatch.site import warming
from gatewatch.site.app import build
from gatewatch.site.inprocess import InProcess
from gatewatch.site.settings import SiteSettings

_PAGES = (("/case/facebook/CN", ()), ("/find", (("q", "youtube.com"),)))


def _opened(ledger: str, state: Path, monkeypatch: pytest.MonkeyPatch, *, warmed: bool) -> int:
    """How many sessions a site opens for its first pages."""
    opened = 0
    before: Any = Store.connection

    def counted(store: Store) -> Any:
        nonlocal opened
        opened += store._connection is None
        return before(store)

    app = build(SiteSettings(ledger=ledger, state=state, rate=0), warmed=warmed)
    for one in threading.enumerate():
        if one.name == warming.ASIDE:
            one.join()
    with InProcess(app, "http://127.0.0.1") as ask, monkeypatch.context() as patch:
        patch.setattr(Store, "connection", counted)
        for page in _PAGES:
            assert ask(*page)[0] == 200
    return opened


def test_first_pages_find_the_ledger_open(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the ledgers that a worker keeps open."""
    assert _opened(filled, tmp_path, monkeypatch, warmed=False) > 0
    assert _opened(filled, tmp_path, monkeypatch, warmed=True) == 0


def test_what_goes_wrong_stops_no_start(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError("no disk")

    said: list[str] = []
    monkeypatch.setattr(warming, "_chosen", fails)
    monkeypatch.setattr(warming._log, "exception", said.append)
    app = build(SiteSettings(ledger=filled, state=tmp_path, rate=0), warmed=True)
    with InProcess(app, "http://127.0.0.1") as ask:
        assert ask("/healthz")[0] == 200
    assert said == ["the first answers could not be prepared"]
