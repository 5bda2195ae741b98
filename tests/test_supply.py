"""What comes with a release: the same wheel whoever builds it, a bill of materials, an audit of the
pins, units that may do little."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]


def test_a_wheel_built_twice_has_equal_bytes(tmp_path: Path) -> None:
    """Neither the time nor the place of building is in it."""
    built = []
    for n in range(2):
        folder = tmp_path / str(n)
        (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
        built.append(Path(wheel).read_bytes())
    assert built[0] == built[1]


def ran(script: str, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, str(ROOT / "scripts" / script), *words]
    environment = {k: v for k, v in os.environ.items() if k != "GATEWATCH_ADVISORIES"} | more
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environment)


def test_the_bill_names_every_pin_with_its_digests() -> None:
    """CycloneDX, the same bytes twice, and no pin of a site is missing."""
    once, again = ran("sbom.py").stdout, ran("sbom.py").stdout
    assert once == again
    bill = json.loads(once)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    pins = (ROOT / "requirements" / "site.txt").read_text(encoding="utf-8")
    wanted = {line.partition("==")[0] for line in pins.splitlines() if "==" in line[:60]}
    assert {part["name"] for part in bill["components"]} == wanted
    for part in bill["components"]:
        assert part["purl"].startswith("pkg:pypi/")
        assert all(one["hashes"] for one in part["externalReferences"])
        assert part["externalReferences"]


def test_the_audit_says_what_it_knows(tmp_path: Path) -> None:
    """Without data it says that nothing was compared; with data it names the pin, and how old the
    data is."""
    without = ran("audit.py")
    assert (without.returncode, "were not compared" in without.stdout) == (0, True)
    told = {
        "id": "XX-1",
        "modified": "2020-01-01T00:00:00Z",
        "summary": "an invented hole",
        "affected": [
            {
                "package": {"name": "MsgSpec", "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
            }
        ],
    }
    (tmp_path / "XX-1.json").write_text(json.dumps(told))
    found = ran("audit.py", "--data", str(tmp_path))
    assert found.returncode == 1
    assert "msgspec" in found.stdout
    assert "the newest of 2020-01-01" in found.stdout
    told["affected"][0]["ranges"][0]["events"].append({"fixed": "0.0.1"})  # type: ignore[index]
    (tmp_path / "XX-1.json").write_text(json.dumps(told))
    assert ran("audit.py", "--data", str(tmp_path)).returncode == 0


@pytest.mark.parametrize("name", ["gatewatch.service", "gatewatch-watch.service"])
def test_units_ask_for_little(name: str) -> None:
    """What systemd-analyze security weighs most is in both units."""
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    for line in (
        "ProtectProc=invisible",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "RestrictRealtime=yes",
        "RemoveIPC=yes",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "PrivateDevices=yes",
        "RestrictNamespaces=yes",
    ):
        assert line in text
