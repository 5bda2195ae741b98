"""Too few measurements to find a block in are no word on access: in every face and of every
network."""

from datetime import date
from pathlib import Path

import pytest
from tests.commands import invoked
from tests.measured import put

import gatewatch
from gatewatch.ledger.store import Store
from gatewatch.query.reconciliation import report

DAY = "2017-05-08"
NOON = (date(2017, 5, 8) - date(1970, 1, 1)).days * 24 + 12


@pytest.mark.parametrize(
    "seen",
    [
        [(1, 0)],
        [(1, 0), (2, 1)],
        [(1, 0), (1, 0), (1, 0)],
        [(1, -60), (1, 20)],
    ],
    ids=["once", "on two networks", "three times in an hour", "days apart"],
)
def test_blocked_and_no_episode_is_insufficient(
    demo_ledger: str, seen: list[tuple[int, int]]
) -> None:
    """Until somebody saw access; then it is reachable, as where one probe alone sees a block."""
    put(demo_ledger, [("quiet.example", n, NOON + at, True) for n, at in seen], "blocked", "RU")
    assert _told(demo_ledger) == {"insufficient"}
    put(demo_ledger, [("quiet.example", 9, NOON, False)], "free", "RU")
    assert _told(demo_ledger) == {"reachable"}


def test_without_registers_the_other_layers_are_told(tmp_path: Path) -> None:
    """A ledger of measurements alone answers by what was measured, and says what it lacks."""
    location = str(tmp_path / "ledger")
    Store(location).create()
    put(location, [("quiet.example", n, NOON, False) for n in range(3)], "free", "RU")
    answer = gatewatch.open(location).check("quiet.example", valid_at=DAY)
    assert [(str(one.jurisdiction), one.wire) for one in answer.places] == [("RU", "reachable")]
    for words in (("check", "quiet.example"), ("check", "nothing.example", "-j", "RU")):
        done = invoked([*words, "--ledger", location])
        assert done.exit_code == 3
        assert "no register is held in this ledger" in done.output


def _told(location: str) -> set[str]:
    """What check and the reconciliation say of the network."""
    ledger = gatewatch.open(location)
    answer = ledger.check("quiet.example", jurisdiction="RU", valid_at=DAY)
    (place,) = answer.places
    found = {place.wire}
    rows = report(ledger, "RU", valid_at=DAY).rows.to_pylist()
    return found | {row["wire"] for row in rows if row["target"] == "quiet.example"}
