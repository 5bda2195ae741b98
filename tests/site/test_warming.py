"""A site that has started has paid what its first answers would pay for all later ones."""

from pathlib import Path
from typing import Any

import pytest

from gatewatch.ledger.store import Store
from gatewatch.site import warming
from gatewatch.site.app import build
from gatewatch.site.inprocess import InProcess
from gatewatch.site.settings import SiteSettings

_PAGES = (("/case/facebook/CN", ()), ("/find", (("q", "youtube.com"),)))


def _connections(ledger: str, state: Path, monkeypatch: pytest.MonkeyPatch, *, warmed: bool) -> int:
    """How many sessions a site opens for its first pages."""
    opened = 0
    before: Any = Store.connection

    def counted(store: Store) -> Any:
        nonlocal opened
        opened += store._connection is None
        return before(store)

    with (
        InProcess(
            build(SiteSettings(ledger=ledger, state=state, rate=0), warmed=warmed),
            "http://127.0.0.1",
        ) as ask,
        monkeypatch.context() as patch,
    ):
        patch.setattr(Store, "connection", counted)
        for page in _PAGES:
            assert ask(*page)[0] == 200
    return opened


def test_first_pages_find_the_ledger_open(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "_look", lambda *_: None)  # the other ledger is not asked here
    cold = _connections(filled, tmp_path, monkeypatch, warmed=False)
    assert cold > _connections(filled, tmp_path, monkeypatch, warmed=True) == 0


def test_what_goes_wrong_stops_no_start(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(warming, "_chosen", fails)
    with InProcess(
        build(SiteSettings(ledger=filled, state=tmp_path, rate=0), warmed=True), "http://127.0.0.1"
    ) as ask:
        assert ask("/healthz")[0] == 200
    assert "could not be prepared" in caplog.text
