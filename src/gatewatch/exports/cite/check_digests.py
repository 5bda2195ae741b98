"""Checks the digests of a Gatewatch bundle. Needs Python and nothing else: unpack the zip, then
python3 check_digests.py in its folder. Signatures, log and answer: gatewatch verify BUNDLE.zip."""

import hashlib
import json
import pathlib
import sys


def main() -> int:
    """Says what is not as it was cited; 1 if anything is."""
    here = pathlib.Path(__file__).resolve().parent
    manifest = (here / "manifest.json").read_bytes()
    told = json.loads(manifest)["files"]
    bad = []
    for name, file in sorted(told.items()):
        try:
            data = (here / name).read_bytes()
        except OSError:
            bad.append(f"{name} is missing")
            continue
        if hashlib.sha256(data).hexdigest() != file["sha256"]:
            bad.append(f"{name} is not what was cited")
    note = here / "manifest.sig"
    if note.exists() and hashlib.sha256(manifest).hexdigest() not in note.read_text("utf-8"):
        bad.append("manifest.json is not what was signed")
    bad.append(f"{len(told) - len(bad)} of {len(told)} files are as they were cited")
    sys.stdout.write("\n".join(bad) + "\n")
    return 1 if len(bad) > 1 else 0


if __name__ == "__main__":
    sys.exit(main())
