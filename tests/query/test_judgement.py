"""What each rule of judgement did in a ledger."""

from datetime import UTC, datetime
from pathlib import Path

from tests import situations as made

import gatewatch
from gatewatch.catalogue import rules
from gatewatch.ledger.firings import firings
from gatewatch.ledger.store import Store
from gatewatch.model.moment import Moment
from gatewatch.pipeline.measurements import ingest
from gatewatch.query.judgement import judgement


def held(tmp_path: Path) -> str:
    """Two sites that work, one that is reset, and a messenger that lost its endpoints."""
    reset = made.clear("cut.example", **made.cut_short("connection_reset", "cut.example"))
    lines = [
        made.secure("a.example", head={"measurement_uid": "20240301100100.000001_XX_web_a"}),
        made.secure("b.example", head={"measurement_uid": "20240305100100.000001_XX_web_b"}),
        reset,
        made.telegram("*"),
    ]
    (tmp_path / "lines.jsonl").write_bytes(b"\n".join(lines))
    ingest(str(tmp_path / "ledger"), str(tmp_path / "lines.jsonl"), processes=1)
    return str(tmp_path / "ledger")


def test_every_rule_is_told_with_what_it_did(tmp_path: Path) -> None:
    """All rules of the set, heaviest first; what decided and what merely held add up."""
    ledger = gatewatch.open(held(tmp_path))
    found = judgement(ledger, Moment.parse(None, None, None))
    kept = rules.load()
    assert found.version == kept.version
    assert {one.rule.id for one in found.rules} == {one.id for one in kept.rules}
    weights = [one.rule.weight for one in found.rules]
    assert weights == sorted(weights, reverse=True)
    used = {one.rule.id: one.now for one in found.rules}
    assert used["ok.proven"].decided == 3  # two sites, and the messenger's own
    assert used["service.partly"].decided == 1
    assert all(one.held >= one.decided for one in used.values())
    assert found.gone == ()


def test_what_was_published_later_had_not_decided(tmp_path: Path) -> None:
    """Counts are of the verdicts that were in force by the times asked about."""
    store = Store(held(tmp_path))
    then = datetime(2024, 3, 3, tzinfo=UTC)
    now = {one.name: one.decided for one in firings(store)}
    before = {one.name: one.decided for one in firings(store, as_of=then)}
    name = next(name for name in now if name.startswith("ok.proven@"))
    assert before[name] == now[name] - 1
    assert firings(store, recorded_by=datetime(2020, 1, 1, tzinfo=UTC)) == []


def test_a_ledger_without_measurements_has_no_firings(tmp_path: Path) -> None:
    """Rules are told all the same, each with nothing."""
    store = Store(str(tmp_path / "none"))
    assert firings(store) == []
