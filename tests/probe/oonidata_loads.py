"""Run by the interpreter of `.venv-oonidata`, with files of measurements: each line is loaded in
oonidata's models, and what does not come back as it was written is printed, a JSON object a line.

Compared is what the data format describes: the head, and the rows of steps. What a model has no
field for is named apart, as `unknown`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from oonidata.dataclient import load_measurement  # type: ignore[import-not-found] # its own .venv

STEPS = ("queries", "tcp_connect", "tls_handshakes", "network_events", "requests")


def differing(mine: Any, theirs: Any, path: str) -> "list[tuple[str, str]]":
    """Paths at which a value did not come back, with `unknown` or `changed`."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        found = []
        for key, value in mine.items():
            if key in theirs:
                found += differing(value, theirs[key], f"{path}.{key}")
            elif value is not None:
                found.append((f"{path}.{key}", "unknown"))
        return found
    if isinstance(mine, list) and isinstance(theirs, list):
        if len(mine) != len(theirs):
            return [(path, "changed")]
        pairs = zip(mine, theirs, strict=True)
        return [one for a, b in pairs for one in differing(a, b, f"{path}[]")]
    if str(mine) == str(theirs):  # a number that a model keeps as a text
        return []
    return [] if mine == theirs else [(path, f"changed {str(mine)[:40]} to {str(theirs)[:40]}")]


def main() -> None:
    loaded, found = 0, set()
    for name in sys.argv[1:]:
        with Path(name).open("rb") as file:
            for line in file:
                raw = json.loads(line)
                try:
                    back = load_measurement(json.loads(line)).to_dict()
                except Exception as fault:  # noqa: BLE001 - any of theirs is what is asked about
                    found.add((raw["test_name"], f"fault {type(fault).__name__}: {fault}"[:200]))
                    continue
                loaded += 1
                head = {key: value for key, value in raw.items() if key != "test_keys"}
                found.update(differing(head, back, ""))
                for key in STEPS:
                    theirs = (back.get("test_keys") or {}).get(key)
                    if raw["test_keys"].get(key) and theirs is not None:
                        found.update(differing(raw["test_keys"][key], theirs, key))
    print(json.dumps({"loaded": loaded, "found": sorted(found)}))


if __name__ == "__main__":
    main()
