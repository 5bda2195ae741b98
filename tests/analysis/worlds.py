"""Small invented worlds for the laws: snapshots of a register on an hour's grid."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from gatewatch.analysis.registers import timeline
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.history import RegisterEvent, Snapshot
from gatewatch.model.register import Expectations
from gatewatch.model.selector import parse

HOUR = timedelta(hours=1)
START = datetime(2020, 1, 1, tzinfo=UTC)
EXPECTED = Expectations(minimum_entries=1, largest_drop=0.5)

World = dict[int, dict[str, int]]
"""Hour to what the snapshot of that hour holds: entry id to the number of its version."""

worlds = st.dictionaries(
    st.integers(0, 60),
    st.dictionaries(st.sampled_from("abcde"), st.integers(0, 2), max_size=5),
    min_size=1,
    max_size=9,
)


def at(hour: float) -> datetime:
    return START + hour * HOUR


def entry(name: str, version: int = 0) -> Entry:
    """Version 2 also names another domain."""
    domains = [f"{name}.example"] + (["two.example"] if version == 2 else [])
    return Entry(
        name,
        tuple(parse(domain) for domain in domains),
        Decision("board", str(version), "2020-01-01"),
        block_type="domain",
    )


def late(hour: int, holds: Mapping[str, int]) -> timeline.Late:
    """A snapshot as it comes in."""
    snapshot = Snapshot(
        f"s{hour:02}", "xx", at(hour), content=f"{hour:x}", origin=str(hour), entries=len(holds)
    )
    return timeline.Late(snapshot, {name: entry(name, v) for name, v in holds.items()})


def woven(
    batches: Iterable[Iterable[timeline.Late]], expected: Expectations = EXPECTED
) -> dict[str, timeline.Recorded]:
    """What is recorded last of each snapshot once all batches have come in."""
    held: dict[str, timeline.Recorded] = {}
    for batch in batches:
        recorded = sorted(held.values(), key=lambda known: known.snapshot.order)
        held |= {row.snapshot.id: row for row in timeline.weave(recorded, batch, {}, expected)}
    return held


def events(held: Mapping[str, timeline.Recorded]) -> list[RegisterEvent]:
    """The events of believed snapshots, in order of time."""
    believed = [known for known in held.values() if known.snapshot.status == "accepted"]
    return [
        RegisterEvent("xx", s.id, s.published_at, s.base_at, change)
        for known in sorted(believed, key=lambda known: known.snapshot.order)
        for s in (known.snapshot,)
        for change in known.changes
    ]
