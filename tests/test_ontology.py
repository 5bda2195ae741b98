"""The ontology of docs beside the code."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from gatewatch.analysis.registers.lookup import How
from gatewatch.analysis.registers.standing import Why
from gatewatch.ledger.schema import TABLES

TEXT = (Path(__file__).parents[1] / "docs" / "ontology.md").read_text(encoding="utf-8")
_ROOMS = ("model", "cases")
_NOUNS = sorted(set(re.findall(r"\*\* \(`([a-z_]+)\.([A-Z]\w+)`\)", TEXT)))


@pytest.mark.parametrize("noun", _NOUNS, ids=".".join)
def test_a_noun_is_a_class(noun: tuple[str, str]) -> None:
    """Each noun names the module and the class that it is."""
    module, name = noun
    room = next(r for r in _ROOMS if (_source() / r / f"{module}.py").exists())
    assert hasattr(import_module(f"gatewatch.{room}.{module}"), name)


@pytest.mark.parametrize("word", [*How, *Why], ids=str)
def test_every_way_and_reason_is_told(word: How | Why) -> None:
    """Whatever an answer says of how a listing met it, and why, has its line."""
    said = f" {word.said.plain()} |" if isinstance(word, Why) else ""
    assert f"| `{word}` |{said}" in TEXT


def test_every_kind_of_fact_has_its_noun() -> None:
    """What a ledger holds is told: nothing is denied that is built."""
    nouns = {name.lower() for _, name in _NOUNS}
    held = {"snapshots", "events", "registers", "measurements", "verdicts", "reports"}
    assert held <= TABLES.keys()
    assert {name.removesuffix("s") for name in held} - nouns <= {"event"}
    assert "not in this version" not in TEXT


def _source() -> Path:
    return Path(__file__).parents[1] / "src" / "gatewatch"
