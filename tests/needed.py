"""What a proof needs of the machine: without it the proof skips and is named at the end; with CI it
fails."""

import os
import shutil
from typing import NoReturn

import pytest

CI = os.environ.get("CI") == "true"
_SKIPPED = "not proved without "


def program(*names: str) -> str:
    """Where the first of some programs is that this machine has."""
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    found = next(filter(None, (shutil.which(name, path=places) for name in names)), None)
    return found or lacking(names[0], "scripts/setup tests installs it")


def lacking(what: str, remedy: str) -> NoReturn:
    """Leave a proof out for want of something."""
    if CI:
        pytest.fail(f"{what} is missing: {remedy}")
    pytest.skip(f"{_SKIPPED}{what}: {remedy}")


def summary(reasons: list[str]) -> str:
    """One line on proofs that did not run, from the reasons of skipped tests; empty if all ran."""
    known = [reason.rpartition(_SKIPPED)[2] for reason in reasons if _SKIPPED in reason]
    counts = {one: known.count(one) for one in sorted(set(known))}
    told = "; ".join(
        f"{count} {'proof' if count == 1 else 'proofs'} for want of {one}"
        for one, count in counts.items()
    )
    return f"Not run here: {told}" if told else ""
