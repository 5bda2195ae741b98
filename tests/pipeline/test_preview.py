"""What an ingest would do, told without a ledger."""

from pathlib import Path

import pytest
from tests.formats import ALL, Format

from gatewatch import pipeline
from gatewatch.pipeline.preview import preview


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_a_dry_run_tells_what_the_run_does(tmp_path: Path, form: Format) -> None:
    """The same counts; some entries of the last state; and nothing is left behind."""
    source = tmp_path / "states"
    for hour in (1, 2):
        for name, data in form.files(hour, {"a": 0, "b": hour}).items():
            file = source / f"state_2020-01-01-0{hour}0000" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    before = sorted(tmp_path.rglob("*"))
    told = preview(form.register, str(source))
    assert sorted(tmp_path.rglob("*")) == before
    done = pipeline.ingest(str(tmp_path / "ledger"), form.register, str(source))
    assert (
        told.outcome.read,
        told.outcome.accepted,
        told.outcome.entries,
        told.outcome.events,
    ) == (done.read, done.accepted, done.entries, done.events)
    assert {s.host for e in told.entries for s in e.selectors if s.host} == {
        "a.example",
        "b.example",
    }
