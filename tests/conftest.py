"""What every test can use: where real data lies, and ledgers filled from it once a session."""

import os
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue

DEMO = Path(str(files("gatewatch.catalogue") / "demo"))

settings.register_profile(
    "gatewatch", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("gatewatch")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data. Missing, a test skips here and fails in CI."""
    folder = Path(os.environ.get("GATEWATCH_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "registers").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"real data is missing: {folder}")
        pytest.skip(f"real data is not at {folder}; set GATEWATCH_SHARED")
    return folder


@pytest.fixture(scope="session")
def registers(shared: Path) -> Path:
    """Real registers, as bare git repositories."""
    return shared / "registers"


@pytest.fixture
def demo_ledger(tmp_path: Path) -> str:
    """A fresh ledger of the shipped demo register."""
    location = str(tmp_path / "ledger")
    pipeline.ingest(location, catalogue.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"))
    return location
