"""The catalogue as a source with a history: what was held at a time stays what it was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import MappingProxyType

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.commands import invoked

from gatewatch.catalogue import facts as catalogues
from gatewatch.catalogue.bodies import digest
from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.versions import from_bodies
from gatewatch.ledger import facts
from gatewatch.ledger.store import Store
from gatewatch.model.moment import Moment
from gatewatch.pipeline.facts import record
from gatewatch.query.facts import known_facts

OURS = catalogues.load()
FEW = msgspec.structs.replace(
    OURS,
    services=MappingProxyType({name: OURS.services[name] for name in ("wechat", "line", "zello")}),
    instruments=MappingProxyType({}),
)
"""Enough of our catalogue to be one, and little enough to be written often."""
CLAIMS = sorted(OURS.claims)[:6]


def having(claims: dict[str, str]) -> Catalogue:
    """A catalogue with some of its claims, each with words of its own."""
    kept = {
        name: msgspec.structs.replace(OURS.claims[name], says=says) for name, says in claims.items()
    }
    return msgspec.structs.replace(FEW, claims=MappingProxyType(kept))


def last_recorded(location: str) -> Moment:
    """A question with `recorded_by` at the newest record of facts."""
    newest = max(v.recorded_at for v in facts.versions(Store(location)) if v.recorded_at)
    return Moment.parse(recorded_by=newest)


def test_recording_twice_records_once(demo_ledger: str) -> None:
    """What has not changed is not written again."""
    first = record(demo_ledger)
    commits = Store(demo_ledger).table("facts").version()
    assert first.added == len(OURS.bodies)
    again = record(demo_ledger)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert Store(demo_ledger).table("facts").version() == commits


def test_a_change_and_a_removal_keep_what_was(demo_ledger: str) -> None:
    """Each version stays, with what superseded it, from where, and why."""
    record(demo_ledger, having({CLAIMS[0]: "early", CLAIMS[1]: "to go"}))
    then = last_recorded(demo_ledger)
    found = record(
        demo_ledger, having({CLAIMS[0]: "late"}), origin="desk", why="the paper corrected itself"
    )
    assert (found.added, found.changed, found.removed) == (0, 1, 1)
    before, after = (
        known_facts(Store(demo_ledger), moment).catalogue.claims
        for moment in (then, last_recorded(demo_ledger))
    )
    assert before[CLAIMS[0]].says == "early"
    assert CLAIMS[1] in before
    assert after[CLAIMS[0]].says == "late"
    assert CLAIMS[1] not in after
    told = [(v.op, v.why, v.origin) for v in facts.versions(Store(demo_ledger)) if v.why]
    assert told == [
        ("changed", "the paper corrected itself", "desk"),
        ("removed", "the paper corrected itself", "desk"),
    ]


@settings(max_examples=6)
@given(
    worlds=st.lists(
        st.dictionaries(st.sampled_from(CLAIMS), st.sampled_from(["a", "b", "c"])),
        min_size=1,
        max_size=5,
    )
)
def test_with_recorded_by_fixed_no_later_record_changes_anything(
    worlds: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After any records, each earlier moment still has exactly the facts that it had."""
    location = str(tmp_path_factory.mktemp("facts") / "ledger")
    had = []
    for claims in worlds:
        record(location, having(claims))
        had.append((last_recorded(location), having(claims)))
    for moment, catalogue in had:
        found = known_facts(Store(location), moment)
        assert found.recorded
        assert found.catalogue == catalogue
        assert found.digest == catalogue.digest


def test_before_the_first_record_no_claim_and_no_law_was_held(demo_ledger: str) -> None:
    """Of a time when the ledger held no facts it is not told what was recorded later."""
    record(demo_ledger)
    first = facts.first_recorded(Store(demo_ledger))
    assert first
    early = known_facts(Store(demo_ledger), Moment.parse(recorded_by=first - timedelta(seconds=1)))
    assert not early.catalogue.claims
    assert not early.catalogue.instruments
    then = ["--recorded-by", "2020-01-01", "--ledger", demo_ledger]
    assert invoked(["rule", "-f", "json", *then]).stdout.strip() == "[]"
    assert invoked(["case", "wechat", "RU", *then]).exit_code in {0, 3}
    assert invoked(["obligations", "wechat", "-j", "RU", *then]).exit_code in {0, 3}
    assert early.catalogue.services
    assert early.recorded


def test_facts_that_no_ledger_holds_are_named_by_their_digest(demo_ledger: str) -> None:
    """Where nothing was recorded an answer rests on the program's own facts, which may change."""
    moment = Moment.parse(recorded_by="2020-01-01")
    found = known_facts(Store(demo_ledger), moment)
    assert (found.recorded, found.digest) == (False, OURS.digest)
    record(demo_ledger)
    assert known_facts(Store(demo_ledger), last_recorded(demo_ledger)).recorded


def test_facts_of_another_version_are_named_and_not_half_read() -> None:
    """A field that this program does not know sets that fact aside, and no other."""
    claim, other = CLAIMS[:2]
    bodies = {
        ("claim", claim): OURS.bodies["claim", claim].replace("{", '{"colour":"red",', 1),
        ("claim", other): OURS.bodies["claim", other],
        ("planet", "x"): "{}",
    }
    catalogue, unread = from_bodies(bodies)
    assert set(catalogue.claims) == {other}
    assert unread == (f"claim {claim}", "planet x")


def test_every_fact_survives_being_text() -> None:
    """Our whole catalogue as JSON and back is the same catalogue with the same digest."""
    catalogue, unread = from_bodies(OURS.bodies)
    assert not unread
    assert catalogue == OURS
    assert digest(catalogue.bodies) == OURS.digest


def test_two_that_record_at_once_double_nothing(demo_ledger: str) -> None:
    """The slower of two writers reads again; each fact has one version."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: record(demo_ledger), range(4)))
    found = facts.versions(Store(demo_ledger))
    assert len(found) == len(OURS.bodies) == len({(v.kind, v.fact) for v in found})
