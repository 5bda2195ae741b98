"""What every test can use: where real data lies, and ledgers filled from it once a session."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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
