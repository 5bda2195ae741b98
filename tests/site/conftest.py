"""One site for a worker's tests: the demo register, a hostile one, and measurements of known
truth."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from tests.asking import now
from tests.conftest import DEMO
from tests.prebuilt import Prebuilt
from tests.probes import Probes
from tests.site.served import Served, serve

from gatewatch import pipeline
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.exports import exporting
from gatewatch.exports.datasets import datasets
from gatewatch.pipeline import measurements
from gatewatch.query import ledger as reading

MAY = int(datetime(2017, 5, 1, tzinfo=UTC).timestamp() // 3600)
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
HOSTILE = """id = "xx-hostile"
jurisdiction = "UA"
authority = "A board <b>of</b> tests"
title = "A list that means harm <script>document.title='owned'</script>"
publisher = "tests"
licence = "none"
format = "declared"
time_zone = "UTC"
cadence = "1d"
silence = "400d"
default_path = "list.csv"
[declared]
layout = "table"
delimiter = ";"
separator = ","
[declared.columns]
no = "id"
site = "selector"
by = "body"
why = "ground"
note = "attribute:note"
"""


@pytest.fixture(scope="session")
def built(prebuilt: Prebuilt, shared: Path) -> Path:
    """The ledger that the site begins with and its data sets, made once for all workers."""

    def build(folder: Path) -> None:
        folder.mkdir()
        location = fill(folder, shared)
        _hostile(folder, location)
        ledger = reading.open(location)
        moment = now(ledger)
        exporting.export(
            datasets(ledger, facts.load(), moment),
            folder / "sets",
            as_of=moment.as_of,
            recorded_by=moment.recorded_by,
        )

    return prebuilt.once("site", build)


@pytest.fixture(scope="session")
def filled(built: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The ledger that the site of a worker answers from."""
    return str(copytree(built / "ledger", tmp_path_factory.mktemp("site") / "ledger"))


def fill(folder: Path, shared: Path) -> str:
    """A ledger of the demo register and measurements beside it: blocked for the week of the
    listing."""
    location = str(folder / "ledger")
    pipeline.ingest(location, catalogue.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"))
    rows = [
        ("wechat.com", net, hour, MAY + 5 * 24 <= hour < MAY + 12 * 24)
        for hour in range(MAY - 240, MAY + 480, 8)
        for net in (10, 20, 30)
    ]
    file = Probes(shared).write(folder / "made.jsonl", rows)
    measurements.ingest(location, str(file), JudgingSettings(), processes=1)
    return location


def _hostile(folder: Path, location: str) -> None:
    """A register whose every text would be a script if it were not text."""
    (folder / "xx.toml").write_text(HOSTILE, encoding="utf-8")
    states = folder / "states"
    states.mkdir()
    head = "no;site;by;why;note\n"
    line = f"1;evil.example, http://evil.example/{SCRIPT.replace(' ', '%20')};{SCRIPT};{SCRIPT};{SCRIPT}\n"
    (states / "2026-01-01.csv").write_text(head + line, encoding="utf-8")
    (states / "2026-02-01.csv").write_text(
        head + line.replace("evil.example,", "evil.example, more.example,"), encoding="utf-8"
    )
    pipeline.ingest(location, catalogue.read(folder / "xx.toml"), str(states))


@pytest.fixture(scope="session")
def site(built: Path, filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site, without limits on how often it may be asked, with its data sets."""
    folder = copytree(built / "sets", tmp_path_factory.mktemp("data") / "sets", symlinks=True)
    state = tmp_path_factory.mktemp("state")
    with serve(filled, "--rate", "0", "--exports", str(folder), state=state) as served:
        yield served
