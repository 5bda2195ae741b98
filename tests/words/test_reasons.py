"""No reason is a finished English sentence: whatever says why is a message, or a word with one."""

import dataclasses
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_args

import msgspec
import pytest

from gatewatch.analysis.registers.standing import Why
from gatewatch.cases.fold import NOTHING_MEASURED
from gatewatch.model.message import Message
from gatewatch.words.languages import catalogue

ROOMS = ("model", "catalogue", "analysis", "cases", "ledger", "query")
"""Below these nobody says anything to people; above them are faces and records."""
NAMES = {"why", "inferred", "summary", "headline", "would_lift", "note"}
WORDS_OF_PEOPLE = {
    "gatewatch.model.claim.Correction.why": "whoever corrected a claim says it",
    "gatewatch.ledger.facts.FactVersion.why": "whoever recorded facts says it",
    "gatewatch.ledger.salvage.Recalled.note": "what a person wrote with a decision",
    "gatewatch.query.difference.Cause.why": "the same, of a fact that came in between",
    "gatewatch.model.verdict.Verdict.why": "stored with the verdict: the comment of its rule",
    "gatewatch.ledger.selection.Picked.why": "the same, read from the ledger",
    "gatewatch.model.nettest.Nettest.why": "a line of the catalogue about a test of others",
    "gatewatch.model.nettest.Defect.why": "the same, of a version that erred",
    "gatewatch.model.fingerprint.Fingerprint.note": "a line of the catalogue",
    "gatewatch.model.service.Service.note": "a line of the catalogue",
    "gatewatch.model.service.Instrument.note": "a line of the catalogue",
    "gatewatch.model.history.Snapshot.note": "stored with the snapshot: why it was set aside",
}
"""Fields whose text is somebody's own, with whose."""


def _fields() -> Iterator[tuple[str, Any]]:
    """Every field of these names with its type, by its full name."""
    for room in ROOMS:
        package = import_module(f"gatewatch.{room}")
        for info in pkgutil.walk_packages(package.__path__, f"gatewatch.{room}."):
            module = import_module(info.name)
            for one in vars(module).values():
                if (
                    not isinstance(one, type)
                    or one.__module__ != info.name
                    or one.__name__[0] == "_"
                ):
                    continue
                if issubclass(one, msgspec.Struct) or dataclasses.is_dataclass(one):
                    told = inspect.get_annotations(one)
                    for name in NAMES & told.keys():
                        yield f"{info.name}.{one.__name__}.{name}", told[name]


FIELDS = dict(_fields())


def test_every_reason_is_a_message() -> None:
    """Or a word that has one; or the words of somebody, who is named."""
    texts = {
        name for name, kind in FIELDS.items() if str in {kind, *get_args(kind)} or kind == "str"
    }
    assert texts == WORDS_OF_PEOPLE.keys()
    assert FIELDS["gatewatch.query.standings.RegisterAnswer.why"] is Why
    assert FIELDS["gatewatch.cases.case.Network.why"] is Message


@pytest.mark.parametrize("language", ["ru", "zh"])
@pytest.mark.parametrize("said", [*(one.said for one in Why), NOTHING_MEASURED.why])
def test_a_reason_is_told_in_every_language(said: Message, language: str) -> None:
    """Each has its translation."""
    assert catalogue(language).gettext(said.id) != said.id
