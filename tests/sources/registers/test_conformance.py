"""What holds for every format alike: one suite, run over all of them."""

from collections.abc import Sequence
from datetime import UTC

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.sources.samples import (
    FIRST,
    LAYOUTS,
    Item,
    Items,
    Layout,
    Parts,
    digests,
    items,
    raw,
)

from gatewatch.errors import SourceError
from gatewatch.model.entry import stands_for_unread
from gatewatch.sources.containers.raw import Part, Raw, blob_id
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.reader import SnapshotReading

every = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


def described(reading: SnapshotReading) -> set[str]:
    """All that a reading reports beside entries."""
    return {*reading.unknown, *(aside.reason for aside in reading.set_aside)}


def sound(layout: Layout, parts: Parts) -> SnapshotReading:
    """Read bytes that may be anything: all that is promised of any reading holds."""
    reader, reading = layout.read(parts)
    assert len(set(reader.ids())) == len(digests(reader))
    assert sum(not stands_for_unread(i) for i in reader.ids()) <= reading.entries
    assert reading.published_at.astimezone(UTC)
    assert reading.fault is None or (not reading.complete and described(reading))
    return reading


@every
def test_reading_yields_each_entry_with_its_host_and_its_day(layout: Layout) -> None:
    """What was written is what is read: the hosts, and the day where the format gives one."""
    reader, reading = layout.read(layout.write(FIRST))
    entries = [entry for i in reader.ids() if (entry := reader.entry(i))]
    assert sorted({s.host for e in entries for s in e.selectors if s.host}) == [
        item.host for item in FIRST
    ]
    given_days = {e.decision.date for e in entries if e.decision} | {
        e.included_at for e in entries if layout.name == "cz-mfcr"
    }
    assert given_days - {None} in (set(), {item.day for item in FIRST})
    assert (reading.entries, reading.complete, described(reading)) == (3, True, set())


@pytest.mark.parametrize(
    ("layout", "style"),
    [(layout, style) for layout in LAYOUTS for style in layout.restyled],
    ids=lambda part: getattr(part, "name", part),
)
def test_another_way_of_writing_is_no_change(layout: Layout, style: str) -> None:
    """Order, white space, quotes and line ends change bytes and no entry's digest."""
    other = layout.restyled[style](FIRST)
    assert other != layout.write(FIRST)
    assert layout.digests(other) == layout.digests(layout.write(FIRST))


@every
@settings(max_examples=40)
@given(history=st.lists(st.tuples(items, st.integers(0, 8)), min_size=2, max_size=6))
def test_reading_by_difference_equals_reading_each_afresh(
    layout: Layout, history: Sequence[tuple[Items, int]]
) -> None:
    """However neighbours differ, one reader that moves on holds what a fresh one would."""
    styles = [layout.write, *layout.restyled.values()]
    reader = layout.reader()
    before: dict[str, str] = {}
    for rows, style in history:
        parts = styles[style % len(styles)](rows)
        reading = reader.read(raw(layout.main, parts))
        fresh, whole = layout.read(parts)
        after = digests(reader)
        assert after == digests(fresh)
        assert (reading.entries, reading.records, reading.unreadable, reading.unknown) == (
            whole.entries,
            whole.records,
            whole.unreadable,
            whole.unknown,
        )
        differing = {i for i in {*before, *after} if before.get(i) != after.get(i)}
        assert differing <= reading.touched
        before = after


@every
def test_bytes_that_did_not_change_need_not_be_handed_over_again(layout: Layout) -> None:
    """A part without bytes stands for the same part as before."""
    parts = layout.write(FIRST)
    reader, _ = layout.read(parts)
    again = {name: Part(blob_id(data), None) for name, data in parts.items()}
    reading = reader.read(Raw("again", again, layout.main, raw("", {}).committed_at))
    assert (reading.touched, reading.entries, reading.complete) == (frozenset(), 3, True)


@pytest.mark.parametrize(
    "layout", [one for one in LAYOUTS if one.strange], ids=lambda layout: layout.name
)
def test_a_field_that_nobody_knows_is_reported(layout: Layout) -> None:
    """A new column or attribute announces itself, for as long as it is there and no longer."""
    assert layout.strange is not None
    parts, report = layout.strange
    reader, reading = layout.read(parts)
    assert report in described(reading)
    assert described(reader.read(raw(layout.main, layout.write(FIRST)))) == set()


@every
def test_no_bytes_and_a_list_without_entries_hold_nothing(layout: Layout) -> None:
    """Neither is an error of ours and neither lists anything; whether it is believed is not ours to
    say."""
    for data in (b"", layout.empty, b"\n", b" \r\n"):
        assert sound(layout, {layout.main: data}).entries == 0


@pytest.mark.parametrize(
    "layout",
    [one for one in LAYOUTS if one.name in {"rkn-xml", "zi-csv", "cz-mfcr", "fr-anj"}],
    ids=lambda layout: layout.name,
)
def test_a_format_is_known_by_its_marks(layout: Layout) -> None:
    """The first bytes name the format, and any other format refuses the file by that name."""
    parts = layout.write(FIRST)
    assert formats.sniff(parts[layout.main]) == layout.name
    undeclared = msgspec.structs.replace(layout.register, format="auto", default_path=layout.main)
    assert layout._replace(register=undeclared).digests(parts) == layout.digests(parts)
    for other in LAYOUTS:
        if other.name != layout.name:
            _, reading = other.read({other.main: parts[layout.main]})
            assert f"looks like {layout.name}" in (reading.fault or "")


@every
def test_terminal_escapes_are_data(layout: Layout) -> None:
    """Orders to a terminal within a record are kept or set aside as text, and raise nothing."""
    parts = layout.write([Item("alpha"), Item("\x1b[2Jbeta\x07\x1b]0;x"), Item("gamma")])
    reader, reading = layout.read(parts)
    held = {entry.id: entry for i in reader.ids() if (entry := reader.entry(i))}
    assert {s.host for e in held.values() for s in e.selectors} >= {
        "alpha.example",
        "gamma.example",
    }
    assert described(reading)


@every
def test_a_list_cut_anywhere_is_read_up_to_there(layout: Layout) -> None:
    """Cut at every single byte: no cut raises, none lists more than the whole."""
    parts = layout.write(FIRST)
    whole = parts[layout.main]
    for at in range(len(whole)):
        cut = {**parts, layout.main: whole[:at]}
        assert sound(layout, cut).entries <= len(FIRST)


@every
@settings(max_examples=50)
@given(data=st.binary(max_size=300))
@example(data=b"\0")
@example(data=b"\xff\xfe<\0r\0e\0g\0")
@example(data=b'"' * 301)
def test_any_bytes_are_read_or_set_aside(layout: Layout, data: bytes) -> None:
    """No bytes raise, neither alone nor behind what a file of this format begins with."""
    whole = layout.write(FIRST)[layout.main]
    for given_bytes in (data, whole[: len(whole) // 2] + data, whole + data):
        sound(layout, {**layout.write(FIRST), layout.main: given_bytes})


@every
@settings(max_examples=60)
@given(draw=st.data())
def test_flipped_bits_are_read_or_set_aside(layout: Layout, draw: st.DataObject) -> None:
    """A damaged file raises nothing, and a sound one after it reads as if it had never been."""
    parts = layout.write(FIRST)
    damaged = bytearray(parts[layout.main])
    for _ in range(draw.draw(st.integers(1, 4))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    sound(layout, {**parts, layout.main: bytes(damaged)})
    reader = layout.reader()
    reader.read(raw(layout.main, {**parts, layout.main: bytes(damaged)}))
    reader.read(raw(layout.main, parts))
    assert digests(reader) == layout.digests(parts)


SPLICES = (
    b"",
    b"\n",
    b'"',
    b";",
    b"x",
    b"<x/>",
    b"<x>",
    b"</content>",
    b"<!-- ",
    b" -->",
    b"<![CDATA[",
    b"]]>",
    b'<content id="alpha"/>',
    b'<content id="new"><url>http://new.example/</content></url></content>',
    b'<content id="odd"><url><![CDATA[http://odd.example/</content>]]></url></content>',
    b'"q;q\nq";',
    b"new.example;http://new.example/;\n",
    b"\xff\xfe",
    b"\0",
)


@every
@settings(max_examples=50)
@given(
    history=st.lists(
        st.tuples(
            items, st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(SPLICES)), max_size=3)
        ),
        min_size=2,
        max_size=5,
    )
)
def test_reading_damaged_neighbours_by_difference_equals_reading_each_afresh(
    layout: Layout, history: Sequence[tuple[Items, Sequence[tuple[int, bytes]]]]
) -> None:
    """Whatever damage comes and goes, what stands in the reader is what the last file says."""
    reader = layout.reader()
    for rows, splices in history:
        parts = dict(layout.write(rows))
        for at, splice in splices:
            data = parts[layout.main]
            cut = at % (len(data) + 1)
            parts[layout.main] = data[:cut] + splice + data[cut:]
        reading = reader.read(raw(layout.main, parts))
        fresh, whole = layout.read(parts)
        assert reading.fault == whole.fault
        if reading.fault is None:
            assert digests(reader) == digests(fresh)
            assert reader.withheld() == fresh.withheld()
            assert (reading.entries, reading.records, len(reading.unreadable), reading.unknown) == (
                whole.entries,
                whole.records,
                len(whole.unreadable),
                whole.unknown,
            )


@every
def test_a_list_that_is_missing_is_a_fault_with_a_reason(layout: Layout) -> None:
    """A snapshot without its list is set aside whole and names what is missing."""
    _, reading = layout.read({})
    assert layout.main in (reading.fault or "")


def test_a_list_without_a_time_must_have_one_from_its_container() -> None:
    """Where nothing says when it was published, the error says how to give it a time."""
    layout = next(one for one in LAYOUTS if one.name == "declared-hosts")
    timeless = Raw("here", {"list.txt": Part(blob_id(b"a.example"), b"a.example")}, "list.txt")
    with pytest.raises(SourceError, match="give the file a dated name"):
        layout.reader().read(timeless)
