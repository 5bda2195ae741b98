"""A ledger under an object-store prefix, on a real S3 server of this machine."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from tests.asking import snapshots
from tests.object_store import object_store

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import LedgerConflictError
from gatewatch.ledger.store import Store
from gatewatch.pipeline import Writer
from gatewatch.query import ledger as reading

DEMO = Path(str(files("gatewatch.catalogue") / "demo"))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with object_store("gatewatch") as at:
        for name, value in {
            "AWS_ENDPOINT_URL": at,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        yield "s3://gatewatch/ledger"


def test_a_prefix_answers_as_a_folder_does(bucket: str, tmp_path: Path) -> None:
    """Ingest, resume and the three times work on S3, and give what a local ledger gives."""
    declared, source = catalogue.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017")
    for location in (bucket, str(tmp_path)):
        assert pipeline.ingest(location, declared, source).read == 11
        assert pipeline.ingest(location, declared, source).held == 11
    asked = {"valid_at": "2017-05-08"}
    far, near = (
        reading.open(location).check("wechat.com", **asked) for location in (bucket, str(tmp_path))
    )
    assert far.registers == near.registers
    assert far.state == "listed"


def test_two_writers_of_one_register_are_told_apart_on_s3(bucket: str) -> None:
    """The second commit with the same turn is refused, so that nothing is doubled."""
    declared = catalogue.read(DEMO / "ru-demo.toml")
    pipeline.ingest(bucket, declared, str(DEMO / "prohibited-2017" / "2017-05-01.csv"))
    first, second = Writer(Store(bucket), declared), Writer(Store(bucket), declared)
    (held,) = snapshots(reading.open(bucket))
    first.add(held, [])
    second.add(held, [])
    first.flush()
    with pytest.raises(LedgerConflictError):
        second.flush()
