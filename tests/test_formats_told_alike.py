"""What a command tells in JSON it tells in CSV: a field that one format has and the other lacks is
a fact that half of the readers never see."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.commands import invoked

_DAY = "2017-05-08"
ROWS = {
    f"check wechat.com --valid-at {_DAY}": "registers",
    f"case wechat RU --valid-at {_DAY}": "steps",
    f"cases -j RU --valid-at {_DAY}": "",
    f"compare RU CN --valid-at {_DAY}": "",
    f"reconcile -j RU --valid-at {_DAY}": "",
    "episodes wechat": "",
    f"entries ru-demo --valid-at {_DAY}": "entries",
    "entry ru-demo wechat": "",
    "history wechat.com": "",
    "changes ru-demo": "",
    "orders ru-demo": "orders",
    "obligations wechat -j RU": "",
    "rule 242-FZ": "",
    "find wechat": "",
}
"""A command, and of its document the list that is told a row each."""
NAMED = {
    "kind": {"kind"},
    "number": {"step", "number"},
    "came": {"came_not_before", "came_not_after"},
    "went": {"went_not_before", "went_not_after"},
    "onset": {"onset_not_before", "onset_not_after"},
    "held": {"held_first", "held_last"},
}
"""What is nested, or named otherwise, in a flat row."""
OF_A_MATCH = {"state": "match_state", "why": "match_why", "why_code": "match_why_code"}


@pytest.mark.parametrize("words", ROWS)
def test_csv_has_every_field_of_json(words: str, demo_filled: str) -> None:
    asked = [*words.split(), "--ledger", demo_filled, "-f"]
    told = json.loads(invoked([*asked, "json"]).stdout)
    columns = set(next(csv.reader(io.StringIO(invoked([*asked, "csv"]).stdout))))
    for name in set(_names(told, ROWS[words])):
        wanted = NAMED.get(name, {name})
        assert wanted & columns, f"{name} is in JSON alone"
        assert wanted <= columns or name == "number", name


def test_csv_of_check_has_what_other_layers_say(demo_filled: str) -> None:
    """Of each jurisdiction: the case's state, paper, wire, whose the measurements are, what would
    lift it."""
    for name in ("wechat.com", "www.wechat.com", "weixin.qq.com", "open.example"):
        asked = ["check", name, "--valid-at", _DAY, "--ledger", demo_filled, "-f"]
        (one,) = json.loads(invoked([*asked, "json"]).stdout)
        rows = list(csv.DictReader(io.StringIO(invoked([*asked, "csv"]).stdout)))
        places = {place["jurisdiction"]: place for place in one["places"]}
        assert rows
        for row in rows:
            place = places[row["jurisdiction"]]
            network = next(lane for lane in place["lanes"] if lane["lane"] == "network")
            assert row["by_service"].casefold() == str(network["by_service"]).casefold()
            assert row["invented"].casefold() == str(network["invented"]).casefold()
            lift = place["would_lift"] or {"text": "", "rule": "", "done": ""}
            assert (row["would_lift"], row["would_lift_rule"]) == (lift["text"], lift["rule"])
            assert row["would_lift_done"].casefold() == str(lift["done"]).casefold()
            same = {
                "case_state": "state",
                "paper": "paper",
                "wire": "wire",
                "agreement": "agreement",
            }
            assert {key: row[key] for key in same} == {
                key: place[of] or "" for key, of in same.items()
            }


def _names(told: Any, part: str) -> Iterator[str]:
    for one in told if isinstance(told, list) else [told]:
        rows = one[part] if part else [one]
        for row in rows:
            for name, value in row.items():
                if name == "matches":
                    yield from (OF_A_MATCH.get(key, key) for match in value for key in match)
                else:
                    yield name


def test_no_name_that_is_asked_about_is_missing_from_a_table(demo_filled: str) -> None:
    """Of a jurisdiction of which no register is held a row says so, with the columns of others."""
    names = ["wechat.com", "open.example"]
    asked = ["check", *names, "--ledger", demo_filled, "-f", "csv"]
    other = csv.DictReader(io.StringIO(invoked(asked).stdout))
    held = list(csv.DictReader(io.StringIO(invoked([*asked, "-j", "IN"]).stdout)))
    assert [one["asked"] for one in held] == names
    assert list(held[0]) == other.fieldnames
    assert {(one["state"], one["jurisdiction"], one["register"]) for one in held} == {
        ("insufficient", "IN", "")
    }
    assert all("held are RU" in one["why"] for one in held)


def test_a_duty_by_law_alone_is_told_by_every_face(demo_filled: str) -> None:
    """No source tells of the service there, and no register lists it: the law does."""
    asked = invoked(["case", "vk", "RU", "--ledger", demo_filled, "-f", "json"])
    assert asked.exit_code == 0
    assert json.loads(asked.stdout)["state"] == "obligated"
    nothing = invoked(["case", "vk", "NZ", "--ledger", demo_filled, "-f", "json"])
    assert (nothing.exit_code, json.loads(nothing.stdout)["state"]) == (3, "unknown")
