"""Mirrors of registers, which of them are large, and the declaration that reads each."""

import csv
import re
import subprocess
from datetime import datetime
from pathlib import Path

LARGE = {"ru-rkn": 5006, "ru-zi": 753, "ua-ncu": 364, "cz-mfcr": 33, "fr-anj": 30}
"""With their snapshots."""
SMALL = {
    "gr-eeep": "gr-eeep",
    "de-cuii": "de-cuii",
    "in-court": "in-court",
    "it-hosts": "it-adm",
    "it-consob": "it-consob",
    "cz-mfcr-new": "cz-mfcr",
    "cz-mfcr-pdf": "cz-mfcr-pdf",
    "ua-sanctions": "ua-sanctions",
    "ee-emta": "ee-emta",
    "tr-usom-ip": "tr-usom",
    "br-anatel": "br-anatel",
    "ru-prosecutor": "ru-prosecutor",
    "au-acma": "au-acma",
}
"""With the registers that they are of."""
SAMPLED = {"br-anatel": 0, "cz-mfcr-pdf": 0, "tr-usom-ip": 25}
"""Those dear to read of which the tests ask about some states alone, and every how many of the
others are kept beside these; 0 for none."""


def sampled(registers: Path, mirror: str, place: Path) -> Path:
    """A mirror with the states that truths-more.csv names, their neighbours, and some between."""
    source, git = registers / f"{mirror}.git", ["git", f"--git-dir={place}"]
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", place], check=True)
    subprocess.run([*git, "fetch", "-q", source, "HEAD"], check=True)
    told = subprocess.run(
        [*git, "log", "--reverse", "--format=%T %ct", "FETCH_HEAD"],
        capture_output=True,
        text=True,
        check=True,
    )
    commits = [line.split() for line in told.stdout.splitlines()]
    named = _named(registers, mirror)
    step = SAMPLED[mirror]
    asked = {n for n, (_, seconds) in enumerate(commits) if int(seconds) in named}
    beside = {n + way for n in asked for way in (-1, 1)} if step else set()
    kept = asked | beside | set(range(0, len(commits), step or len(commits))) | {len(commits) - 1}
    stream = "".join(
        f"commit refs/heads/main\ncommitter a <a@example.com> {seconds} +0000\ndata 0\n"
        f'M 040000 {tree} ""\n\n'
        for n, (tree, seconds) in enumerate(commits)
        if n in kept
    )
    subprocess.run([*git, "fast-import", "--quiet"], input=stream.encode(), check=True)
    return place


def _named(registers: Path, mirror: str) -> set[int]:
    """The times of states that are told of a mirror, in seconds."""
    with (registers / "truths-more.csv").open(encoding="utf-8", newline="") as file:
        cells = {
            cell for row in csv.DictReader(file) if row["pack"] == mirror for cell in row.values()
        }
    times = (re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \+0000", cell) for cell in cells)
    return {int(datetime.fromisoformat(f"{at[1]}+00:00").timestamp()) for at in times if at}
