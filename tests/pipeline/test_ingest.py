"""What an ingest makes of containers that are partly unfit."""

from pathlib import Path
from zipfile import ZipFile

from tests.formats import ALL

from gatewatch import pipeline


def test_one_member_without_a_date_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    """An archive of dated states with one that bears no time gives the dated ones."""
    form = ALL[3]
    with ZipFile(tmp_path / "states.zip", "w") as archive:
        for name, hour in (("2020-01-01.csv", 1), ("2020-01-02.csv", 25), ("notes.csv", 30)):
            (data,) = form.files(hour, {"a": 0, "b": 0}).values()
            archive.writestr(name, data)
    outcome = pipeline.ingest(str(tmp_path / "ledger"), form.register, str(tmp_path / "states.zip"))
    assert (outcome.read, len(outcome.skipped)) == (2, 1)
    assert "notes.csv" in outcome.skipped[0].reason
