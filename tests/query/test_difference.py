"""Two answers to one question: what changed, and which source changed it."""

from datetime import datetime
from types import MappingProxyType

import msgspec
from tests.conftest import DEMO

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import facts as catalogues
from gatewatch.catalogue import registers as declarations
from gatewatch.ledger import facts
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message
from gatewatch.model.moment import Moment
from gatewatch.model.states import State
from gatewatch.pipeline.facts import record
from gatewatch.query.difference import AnswerDifference, of_case
from gatewatch.query.ledger import Ledger

OURS = catalogues.load()
RU = Jurisdiction.parse("RU")
LIFTS = {"delisted", "restored", "registered", "complied", "revoked"}


def without_the_lift() -> catalogues.Catalogue:
    """Our catalogue as it was before anybody knew that WeChat came back."""
    kept = {
        name: claim
        for name, claim in OURS.claims.items()
        if claim.service != "wechat" or claim.action not in LIFTS
    }
    return msgspec.structs.replace(OURS, claims=MappingProxyType(kept))


def recorded(ledger: Ledger) -> datetime:
    """When the newest facts came in."""
    return max(v.recorded_at for v in facts.versions(ledger.store) if v.recorded_at)


def between(ledger: Ledger, before: datetime, after: datetime) -> AnswerDifference:
    """WeChat's case on the day after its lift, as held by two times."""
    day = "2017-05-12"
    moments = [Moment.parse(day, day, at) for at in (before, after)]
    return of_case(ledger, "wechat", RU, moments[0], moments[1])


def test_a_claim_that_came_later_is_named_as_what_changed_the_answer(tmp_path: object) -> None:
    """Restricted becomes lifted, by claims whose names, origin and reason are told; with the
    earlier time fixed the earlier answer stays."""
    location = f"{tmp_path}/ledger"
    record(location, without_the_lift())
    ledger = gatewatch.open(location)
    first = recorded(ledger)
    before = ledger.case("wechat", "RU", valid_at="2017-05-12", recorded_by=first)
    record(location, origin="desk", why="the lift was reported")
    ledger.refresh()
    found = between(ledger, first, recorded(ledger))
    states = {change.what: (change.before, change.after) for change in found.changes}
    assert states["state"] == (State.RESTRICTED, State.LIFTED)
    named = {cause.what for cause in found.causes if cause.kind == "fact"}
    assert any("delisted" in OURS.claims[what.split()[1]].action for what in named)
    assert {(c.origin, c.why) for c in found.causes} == {("desk", "the lift was reported")}
    again = ledger.case("wechat", "RU", valid_at="2017-05-12", recorded_by=first)
    assert (again.state, again.steps) == (before.state, before.steps)


def test_a_register_that_came_later_is_named(tmp_path: object) -> None:
    """Snapshots read between the two times are a cause, with their number."""
    location = f"{tmp_path}/ledger"
    record(location)
    ledger = gatewatch.open(location)
    first = recorded(ledger)
    pipeline.ingest(
        location, declarations.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017")
    )
    ledger.refresh()
    last = max(s.recorded_at for s in ledger.history_of.snapshots("ru-demo") if s.recorded_at)
    found = between(ledger, first, last)
    assert [(c.kind, c.what) for c in found.causes] == [("snapshots", "ru-demo")]
    said = [one.after.plain() for one in found.changes if isinstance(one.after, Message)]
    assert any("register" in text for text in said)
    assert any(change.what.startswith("listing: ru-demo ") for change in found.changes)


def test_nothing_in_between_is_no_difference(demo_ledger: str) -> None:
    """The same question of the same state has one answer."""
    record(demo_ledger)
    ledger = gatewatch.open(demo_ledger)
    at = recorded(ledger)
    found = between(ledger, at, at)
    assert (found.changes, found.causes) == ((), ())
