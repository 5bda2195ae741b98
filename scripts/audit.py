"""Compares the pins with advisories that are at hand, and says how old those are.

    python scripts/audit.py [--data FOLDER] [PINS...]

FOLDER holds advisories in the OSV format, a JSON file each, as OSV's export of PyPI unpacks
(GATEWATCH_ADVISORIES names it too). Without one nothing can be said, and that is what is said: exit
code 0, one line. With one: each pin that an advisory covers, exit code 1. Data may be stale; the
newest date in it is printed with the outcome. No network.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from sbom import ROOT, pinned

PINS = (ROOT / "requirements" / "site.txt", ROOT / "requirements" / "dev.txt")


def advisories(folder: Path) -> Iterator[dict[str, Any]]:
    """Every advisory that can be read."""
    for file in sorted(folder.rglob("*.json")):
        try:
            yield json.loads(file.read_bytes())
        except ValueError:
            print(f"passed over: {file}", file=sys.stderr)


def normal(name: str) -> str:
    """A package's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def covers(affected: dict[str, Any], version: str) -> bool:
    """Whether an advisory is about a version: by its list, else by its ranges."""
    from packaging.version import InvalidVersion, Version

    if version in affected.get("versions", ()):
        return True
    try:
        ours = Version(version)
        for span in affected.get("ranges", ()):
            if span.get("type") != "ECOSYSTEM":
                continue
            inside = False
            for event in span.get("events", ()):
                if "introduced" in event:
                    inside |= event["introduced"] == "0" or ours >= Version(event["introduced"])
                if "fixed" in event and ours >= Version(event["fixed"]):
                    inside = False
                if "last_affected" in event and ours > Version(event["last_affected"]):
                    inside = False
            if inside:
                return True
    except InvalidVersion:
        return True
    return False


def audit(folder: Path, pins: list[Path]) -> tuple[list[str], str, int]:
    """Pins that are covered, the newest date of the data, and how many advisories there were."""
    ours = {(normal(name), version) for file in pins for name, version, *_ in pinned(file)}
    newest, count, found = "", 0, set()
    for one in advisories(folder):
        count += 1
        newest = max(newest, str(one.get("modified", "")))
        if one.get("withdrawn"):
            continue
        for affected in one.get("affected", ()):
            name = normal(str(affected.get("package", {}).get("name", "")))
            for pin, version in ours:
                if pin == name and covers(affected, version):
                    found.add(f"{pin} {version}: {one.get('id')} {one.get('summary', '')}".strip())
    return sorted(found), newest, count


def main() -> int:
    """Tell what was found; the exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", default=os.environ.get("GATEWATCH_ADVISORIES"))
    asked.add_argument("pins", nargs="*", type=Path, default=list(PINS))
    given = asked.parse_args()
    if not given.data or not Path(given.data).is_dir():
        print("audit: no advisories at hand (GATEWATCH_ADVISORIES): the pins were not compared")
        return 0
    found, newest, count = audit(Path(given.data), given.pins)
    for line in found:
        print(line)
    print(
        f"audit: {len(found)} of the pins are covered by {count} advisories, the newest of {newest}"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
