"""What a person sees of a change, and how a run ends that believed nothing."""

from pathlib import Path

import msgspec
import pytest
from tests.commands import invoked
from tests.sources.samples import TABLE

import gatewatch
from gatewatch import pipeline
from gatewatch.cli.listing import attributes, differences
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.moment import Moment
from gatewatch.model.register import Declared, Expectations, Redaction
from gatewatch.model.selector import parse
from gatewatch.query.changes import befores

REGISTER = msgspec.structs.replace(TABLE, redaction=Redaction())
WAS = Entry(
    "1",
    selectors=(parse("a.example.com"),),
    decision=Decision("Office A", "7", "2024-01-01"),
    block_type="domain",
    ground="fraud",
    attributes=(("reason", "first"),),
)
OTHER = {
    "decision": (
        Decision("Office B", "8", "2024-01-02"),
        ["authority: Office A → Office B", "number: 7 → 8", "date: 2024-01-01 → 2024-01-02"],
    ),
    "ground": (None, ["ground: fraud → none"]),
    "block_type": ("ip", ["prescribes: domain → ip"]),
    "included_at": ("2024-01-03", ["entered: none → 2024-01-03"]),
    "removed_at": ("2024-01-04", ["removed: none → 2024-01-04"]),
    "urgent": (True, ["urgent: none → yes"]),
    "attributes": (
        (("reason", "see https://b.example.com/secret"),),
        ["reason: first → see hxxps://b[.]example[.]com/[path withheld by ground]"],
    ),
    "selectors": (
        (parse("b.example.com"),),
        ["+ b[.]example[.]com", "− a[.]example[.]com"],
    ),
    "unparsed": (("c,example.com",), ["+ unread c,example.com"]),
}


def test_every_field_of_an_entry_is_told_where_it_changes() -> None:
    """None can change without a word: each field of an entry stands here."""
    assert {*OTHER} | {"id"} == {*Entry.__struct_fields__}
    for field, (value, said) in OTHER.items():
        now = msgspec.structs.replace(WAS, **{field: value})
        assert differences(WAS, now, REGISTER, full=False) == said
    assert attributes(WAS, REGISTER, full=False) == {"reason": "first"}


def _states(folder: Path, *states: str) -> str:
    folder.mkdir()
    for day, text in enumerate(states, 1):
        (folder / f"2024-02-{day:02}.txt").write_text(text)
    return str(folder)


HOW = msgspec.structs.replace(
    TABLE,
    expectations=Expectations(),
    declared=Declared(layout="table", columns={"No": "id", "Site": "host", "Why": "ground"}),
)


def test_what_an_entry_was_is_known_of_each_change(tmp_path: Path) -> None:
    """Of what was removed too, which says nothing of itself any more."""
    head, more = "No,Site,Why\n", "2,b.example.com,x\n"
    source = _states(
        tmp_path / "states",
        f"{head}1,a.example.com,x\n{more}",
        f"{head}1,a.example.com,y\n{more}",
        f"{head}{more}",
    )
    ledger = str(tmp_path / "ledger")
    pipeline.ingest(ledger, HOW, source)
    opened = gatewatch.open(ledger)
    found = opened.changes()
    before = befores(opened, found, Moment.parse(None, None, None))
    told = [
        (str(e.change.op), was.ground)
        for e in found
        if (was := before.get((e.register, e.change.entry_id, e.snapshot)))
    ]
    assert told == [("changed", "x"), ("removed", "y")]


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["ledger", "dry run"])
def test_an_ingest_that_believed_nothing_fails(tmp_path: Path, more: tuple[str, ...]) -> None:
    """In a script too: whoever runs it at night has to learn of it."""
    declared = tmp_path / "xx.toml"
    declared.write_text(
        'id = "xx"\njurisdiction = "XX"\nauthority = "x"\ntitle = "x"\npublisher = "x"\n'
        'licence = "x"\nformat = "declared"\ntime_zone = "UTC"\ncadence = "1d"\nsilence = "3d"\n'
        '[declared]\nlayout = "table"\n[declared.columns]\nNo = "id"\nSite = "host"\n'
    )
    good, bad = "No,Site\n1,a.example.com\n", "Nothing of it\n1\n"
    ledger = ["--ledger", str(tmp_path / "ledger"), "--quiet", *more]
    broken = invoked(["ingest", str(declared), _states(tmp_path / "bad", bad, bad), *ledger])
    assert broken.exit_code == 1
    assert "nothing of xx was believed: every state was set aside" in broken.stderr
    mixed = invoked(["ingest", str(declared), _states(tmp_path / "mixed", good, bad), *ledger])
    assert mixed.exit_code == 0
