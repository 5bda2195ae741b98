"""Over HTTP too, facts are those that the ledger held by the time asked about."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType

import msgspec
import pytest
from tests.site.served import Served, serve

from gatewatch.catalogue import facts as catalogues
from gatewatch.ledger import facts
from gatewatch.ledger.store import Store
from gatewatch.pipeline.facts import record

OURS = catalogues.load()
WHOLE = "valid_at=2017-05-12&as_of=2017-05-12"


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Served, datetime, datetime]]:
    """A site whose ledger held nothing of WeChat, and later all of it; with both times."""
    without = {n: claim for n, claim in OURS.claims.items() if claim.service != "wechat"}
    with tempfile.TemporaryDirectory() as place:
        location = f"{place}/ledger"
        record(location, msgspec.structs.replace(OURS, claims=MappingProxyType(without)))
        record(location)
        times = sorted({v.recorded_at for v in facts.versions(Store(location)) if v.recorded_at})
        with serve(location) as served:
            yield served, times[0], times[1]


def at(when: datetime) -> str:
    """A time as a parameter."""
    return f"recorded_by={when:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_claims_are_those_held_by_then(site: tuple[Served, datetime, datetime]) -> None:
    """By the first time there is none of WeChat, by the second there are many."""
    served, first, second = site
    counts = [
        served.get(f"/api/v1/claims?service=wechat&{at(when)}").json()["metadata"]["count"]
        for when in (first, second)
    ]
    assert counts[0] == 0
    assert counts[1] > 20


def test_a_case_is_that_of_then(site: tuple[Served, datetime, datetime]) -> None:
    """The same question, with another time of record, has another answer; each stays what it is."""
    served, first, second = site
    early = served.get(f"/api/v1/cases?{WHOLE}&{at(first)}&jurisdiction=RU").json()["results"]
    late = served.get(f"/api/v1/cases?{WHOLE}&{at(second)}&jurisdiction=RU").json()["results"]
    assert "wechat" not in {one["service"] for one in early}
    assert "wechat" in {one["service"] for one in late}


def test_an_answer_is_for_ever_only_where_the_ledger_has_its_facts(
    site: tuple[Served, datetime, datetime], demo_ledger: str
) -> None:
    """Facts of the program may change with it, and are not promised."""
    served, _, second = site
    fixed = served.get(f"/api/v1/cases?{WHOLE}&{at(second)}&jurisdiction=RU")
    assert "immutable" in fixed.headers["cache-control"]
    with serve(demo_ledger) as bare:
        loose = bare.get(f"/api/v1/cases?{WHOLE}&{at(second)}&jurisdiction=RU")
    assert "immutable" not in loose.headers["cache-control"]
