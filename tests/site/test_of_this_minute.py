"""Law 1 within one minute: what was recorded after the time that is asked about tells nothing,
however near that is to now."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import DEMO
from tests.site.within import within

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.ledger.store import Store
from gatewatch.model import moment as moments
from gatewatch.model.moment import iso

_TIMES = {"valid_at": "2017-05-08", "as_of": "2017-06-01"}
_ASKED = ("/api/v1/check?selector=wechat.com", "/api/v1/cases/wechat/RU", "/api/v1/cases.csv")


def test_what_comes_in_this_minute_changes_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is asked in the minute in which the register was read, by the instant before it."""
    location, demo = str(tmp_path / "ledger"), catalogue.read(DEMO / "ru-demo.toml")
    states = sorted((DEMO / "prohibited-2017").iterdir())
    pipeline.ingest(location, demo, str(states[0]))
    before = Store(location).query("SELECT max(recorded_at) FROM snapshots")[0][0]
    asked = {**_TIMES, "recorded_by": iso(before + timedelta(milliseconds=1))}
    later = before + timedelta(seconds=3)
    monkeypatch.setattr(moments, "clock", lambda: later)
    with within(location, tmp_path / "state") as site:
        told = [site.ask("GET", path, params=asked).text for path in _ASKED]
        for state in states[1:]:
            pipeline.ingest(location, demo, str(state))
        again = [site.ask("GET", path, params=asked) for path in _ASKED]
        assert [one.text for one in again] == told
        assert site.ask("GET", _ASKED[0], params=_TIMES).text != told[0]
