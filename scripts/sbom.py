"""Writes the software bill of materials of this version as CycloneDX 1.5: every pinned package that
a site installs, with its digests and what the package itself says of its licence.

    python scripts/sbom.py [PINS] > gatewatch.cdx.json

It reads the pins of a requirements file and what is installed beside it, and nothing else: no
network, no clock. Two runs over the same pins give the same bytes.
"""

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).parents[1]
PINS = ROOT / "requirements" / "site.txt"


def pinned(file: Path) -> list[tuple[str, str, str, list[str]]]:
    """Name, version, marker and SHA-256 digests of each pin."""
    text = file.read_text(encoding="utf-8").replace("\\\n", " ")
    found = []
    for line in text.splitlines():
        head, *digests = line.split("--hash=sha256:")
        name, _, rest = head.partition("==")
        if rest and not line.startswith("#"):
            version, _, marker = rest.partition(";")
            hashes = sorted(one.strip() for one in digests)
            found.append((name.strip(), version.strip(), marker.strip(), hashes))
    return sorted(found)


def licence(name: str) -> str:
    """What an installed package says of its licence; empty where it is not here or says nothing."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    named = [one for one in told.get_all("Classifier") or () if one.startswith("License ::")]
    short = told.get("License-Expression") or (named[-1].rpartition(" :: ")[2] if named else "")
    return short or (told.get("License") or "").strip().partition("\n")[0][:80]


def component(name: str, version: str, marker: str, digests: list[str]) -> dict[str, Any]:
    """One package. A pin has a digest for each file that may be installed: all are told."""
    purl = f"pkg:pypi/{name.lower()}@{version}"
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "externalReferences": [
            {"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": one}]}
            for one in digests
        ],
    }
    if marker:
        made["scope"] = "optional"
        made["properties"] = [{"name": "marker", "value": marker}]
    if known := licence(name):
        made["licenses"] = [{"license": {"name": known}}]
    return made


def document(pins: Path = PINS) -> dict[str, Any]:
    """The bill of this version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    parts = [component(*one) for one in pinned(pins)]
    serial = uuid5(NAMESPACE_URL, own + re.sub(r"\s+", " ", pins.read_text(encoding="utf-8")))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "purl": own,
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": parts,
        "dependencies": [{"ref": own, "dependsOn": [part["bom-ref"] for part in parts]}],
    }


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else PINS
    json.dump(document(chosen), sys.stdout, indent=1, ensure_ascii=False, sort_keys=True)
    sys.stdout.write("\n")
