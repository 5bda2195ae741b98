"""Which states of a list are believed, on lists made for it: a bad one takes nobody off or on."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.asking import snapshots

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.model import selector as selectors
from gatewatch.model.moment import Moment
from gatewatch.model.register import Declared, Expectations, Redaction, Register
from gatewatch.pipeline.decide import decide
from gatewatch.query.health import examine
from gatewatch.query.resident import Resident

few = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))


def register(**how: Any) -> Register:
    """A declared list of days in Prague, of which no entry is too few."""
    return msgspec.structs.replace(
        catalogue.find("cz-mfcr"),
        id="xx-list",
        format="declared",
        silence="3650d",
        expectations=Expectations(),
        redaction=Redaction(withhold_paths=False),
        declared=msgspec.convert(how, Declared),
    )


HOSTS = register(layout="hosts")
COLUMNS = {"No": "id", "Site": "domain", "Page": "url", "Gone": "removed"}
TABLE = register(layout="table", delimiter=";", date_format="%d.%m.%Y", columns=COLUMNS)


def names(count: int, word: str = "h") -> list[str]:
    return [f"{word}{n:03}.example.com" for n in range(count)]


def lines(held: list[str]) -> bytes:
    return "".join(f"{name}\n" for name in held).encode()


def ledger(
    place: Path, declared: Register, states: list[bytes], *, examined: bool = False
) -> gatewatch.Ledger:
    """A ledger of states of successive days from 1 March 2024. `examined`: found sound by the
    doctor, which takes as long as the rest."""
    source = place / "states"
    source.mkdir(parents=True)
    for day, data in enumerate(states, 1):
        (source / f"2024-03-{day:02}.txt").write_bytes(data)
    pipeline.ingest(str(place / "ledger"), declared, str(source))
    if examined:
        assert not [f for f in examine(str(place / "ledger")) if f.level == "fault"]
    return gatewatch.open(str(place / "ledger"))


def state(of: gatewatch.Ledger, asked: str, day: str = "2024-03-20") -> str:
    return str(of.check(asked, valid_at=day).state)


def statuses(of: gatewatch.Ledger) -> list[str]:
    return [str(snapshot.status) for snapshot in snapshots(of)]


@few
@given(at=st.integers(150, 639))
def test_a_list_cut_within_a_line_is_set_aside(
    tmp_path_factory: pytest.TempPathFactory, at: int
) -> None:
    """Wherever it is cut, no host is taken off and no beginning of one is put on."""
    whole = lines(names(40))
    cut = whole[:at] if whole[at - 1 : at] != b"\n" else whole[: at - 1]
    held = ledger(tmp_path_factory.mktemp("cut"), HOSTS, [whole, cut])
    assert statuses(held) == ["accepted", "quarantined"]
    assert state(held, "h039.example.com") == "listed"
    assert state(held, cut.splitlines()[-1].decode() + "x") == "not_listed"


def test_a_list_that_never_closes_its_last_line_is_seen_to_be_cut(tmp_path: Path) -> None:
    """By a last line that is the beginning of one which is missing; one host fewer is no cut."""
    whole = lines(names(40))[:-1]
    held = ledger(
        tmp_path, HOSTS, [whole, whole[:-20], whole[: whole.rindex(b"\n")]], examined=True
    )
    assert statuses(held) == ["accepted", "quarantined", "accepted"]
    assert state(held, "h039.example.com") == "not_listed"
    assert state(held, "h038.example.com") == "listed"


def test_a_list_written_anew_without_its_last_line_end_is_believed(tmp_path: Path) -> None:
    """Its last record is whole and more came than went, which no cut does; a cut between two lines
    that loses the line end as well takes nobody off."""
    before, after = names(40), [*names(20, "new"), *names(40)[::-1][1:]]
    held = ledger(tmp_path / "anew", HOSTS, [lines(before), lines(after)[:-1]])
    assert statuses(held) == ["accepted", "accepted"]
    assert (state(held, "h039.example.com"), state(held, "new003.example.com")) == (
        "not_listed",
        "listed",
    )
    cut = ledger(tmp_path / "cut", HOSTS, [lines(before), lines(before[:30])[:-1]])
    assert statuses(cut) == ["accepted", "quarantined"]
    assert state(cut, "h039.example.com") == "listed"


def test_a_list_cut_within_a_row_of_a_known_id_is_set_aside(tmp_path: Path) -> None:
    """Its last row still names its entry, and another host; one that is only spelt otherwise, or
    whose line end alone is missing, is believed."""
    whole = b"No;Site;Page;Gone\n" + b"".join(
        f"{n};{name};;\n".encode() for n, name in enumerate(names(20))
    )
    cut, bare = whole[: whole.rindex(b"ple.com")], whole[:-1]
    held = ledger(tmp_path, TABLE, [whole, cut, bare])
    assert statuses(held) == ["accepted", "quarantined", "accepted"]
    assert state(held, "h019.example.com", "2024-03-02") == "listed"


def test_an_answer_says_how_many_entries_could_not_be_read(tmp_path: Path) -> None:
    """Of the state that it is answered from: none in the first, two in the next."""
    held = ledger(
        tmp_path, HOSTS, [lines(names(40)), lines([*names(40), "a,example.com", "b,example.com"])]
    )
    (of_first,) = held.check("h003.example.com", valid_at="2024-03-01").registers
    (of_next,) = held.check("h003.example.com", valid_at="2024-03-05").registers
    assert (of_first.unread, of_next.unread) == (0, 2)
    assert (of_first.state, of_next.state) == ("listed", "listed")


@pytest.mark.parametrize("factor", [3, 10, 150])
def test_a_swollen_state_is_set_aside_and_those_after_it_stand(tmp_path: Path, factor: int) -> None:
    """Growth is measured as collapse is, so that one bad state does not make the true ones bad."""
    true = lines(names(40))
    swollen = lines([*names(40), *names(40 * factor, "x")])
    held = ledger(tmp_path, HOSTS, [true, swollen, true], examined=True)
    assert statuses(held) == ["accepted", "quarantined", "accepted"]
    assert state(held, "x005.example.com") == "not_listed"


@pytest.mark.parametrize("count", [3, 30])
def test_a_column_of_sites_that_is_mostly_empty_takes_none_off(tmp_path: Path, count: int) -> None:
    """However few the entries are; whoever never had a site is none of them."""
    head = "No;Site;Page;Gone\n"
    rows = [f"{n};{name};;\n" for n, name in enumerate(names(count))]
    kept = count // 3
    emptied = rows[:kept] + [f"{n};;;\n" for n in range(kept, count)]
    told = ledger(tmp_path, TABLE, [(head + "".join(one)).encode() for one in (rows, emptied)])
    assert statuses(told) == ["accepted", "quarantined"]
    assert state(told, names(count)[-1]) == "listed"


def test_a_column_of_removals_that_is_empty_takes_none_back(tmp_path: Path) -> None:
    """Neither in the run that read it filled nor in a later one; one listed again is believed."""
    gone = dict.fromkeys(names(30), "01.02.2024")
    filled, one_back, emptied = (
        b"No;Site;Page;Gone\n"
        + b"".join(
            f"{n};{name};;{days.get(name, '')}\n".encode() for n, name in enumerate(names(40))
        )
        for days in (gone, gone | {"h003.example.com": ""}, {})
    )
    held = ledger(tmp_path / "at once", TABLE, [filled, emptied, one_back], examined=True)
    assert statuses(held) == ["accepted", "quarantined", "accepted"]
    asked = ("h001.example.com", "h003.example.com")
    assert [state(held, name) for name in asked] == ["not_listed", "listed"]
    later = tmp_path / "later"
    ledger(later, TABLE, [filled])
    (later / "states" / "2024-03-02.txt").write_bytes(emptied)
    pipeline.ingest(str(later / "ledger"), TABLE, str(later / "states"))
    before = later / "states" / "2024-02-20.txt"
    before.write_bytes(filled)
    pipeline.ingest(str(later / "ledger"), TABLE, str(before))
    held = gatewatch.open(str(later / "ledger"))
    assert statuses(held) == ["accepted", "accepted", "quarantined"]


def test_another_list_under_the_same_name_is_set_aside(tmp_path: Path) -> None:
    """As many hosts, but others: what it holds is measured, not how much."""
    held = ledger(tmp_path, HOSTS, [lines(names(40)), lines(names(40, "other"))], examined=True)
    assert statuses(held) == ["accepted", "quarantined"]


def test_a_person_s_word_stands_against_the_measure(tmp_path: Path) -> None:
    """A rebuilt list can be accepted, and what comes after is compared with it."""
    built = lines(names(12, "new"))
    held = ledger(tmp_path, HOSTS, [lines(names(40)), built], examined=True)
    _, aside = snapshots(held)
    decide(str(tmp_path / "ledger"), aside.id, accept=True)
    held.refresh()
    assert state(held, "new003.example.com") == "listed"
    assert state(held, "h003.example.com") == "not_listed"


@pytest.mark.parametrize("column", ["No", "Site", "Page", "Gone"])
def test_a_list_that_lost_a_column_of_its_names_is_set_aside(tmp_path: Path, column: str) -> None:
    """An id, a selector or a day of removal cannot be done without."""
    body = "".join(f"{n};h{n}.example.com;http://h{n}.example.com/p;\n" for n in range(40))
    whole = f"No;Site;Page;Gone\n{body}"
    held = ledger(tmp_path, TABLE, [whole.encode(), whole.replace(column, "Other", 1).encode()])
    assert statuses(held) == ["accepted", "quarantined"]
    assert state(held, "h3.example.com") == "listed"


@pytest.mark.parametrize(
    "data",
    [
        b'[{"domain":"h001.example.com"},{"domain":"h002.example.com"}]',
        b"<!DOCTYPE html>\n<html><body>\nh001.example.com\n</body></html>\n",
        b"%PDF-1.4\n1 0 obj\nh001.example.com\nendobj\n%%EOF\n",
        b"a, b, c\nh001,example.com\nh002 example com org.\n",
        b"\x00h\x000\x000\x001\n",
        b"nothing\nto\nsee\n",
    ],
    ids=["json", "html", "pdf", "misspelt", "zeros", "words"],
)
def test_what_is_no_list_of_hosts_is_not_believed(tmp_path: Path, data: bytes) -> None:
    """A small file that cannot be read is no list without entries: nothing is known of its
    hosts."""
    held = ledger(tmp_path, HOSTS, [data])
    assert statuses(held) == ["quarantined"]
    assert state(held, "h001.example.com") == "insufficient"


def test_utf_16_is_read_as_what_it_is(tmp_path: Path) -> None:
    """Its mark names it."""
    held = ledger(tmp_path, HOSTS, [lines(names(5)).decode().encode("utf-16")])
    assert state(held, "h004.example.com") == "listed"


@pytest.mark.parametrize("first", ["utf-8", "windows-1250"])
def test_a_change_of_encoding_is_no_change(tmp_path: Path, first: str) -> None:
    """A list that is published in another encoding than before says the same."""
    text = "".join(f"nelegální{n}.example\n" for n in range(40))
    second = "windows-1250" if first == "utf-8" else "utf-8"
    declared = register(layout="hosts", encoding="windows-1250")
    held = ledger(tmp_path, declared, [text.encode(first), text.encode(second)])
    assert [(s.added, s.changed, s.removed) for s in snapshots(held)] == [(40, 0, 0), (0, 0, 0)]
    assert state(held, "nelegální7.example") == "listed"


@pytest.mark.parametrize("form", ["ano", "02/28/2024", "28 Feb", "2024"])
def test_a_removal_that_cannot_be_read_is_no_listing(tmp_path: Path, form: str) -> None:
    """What was read before stands; where nothing was, nothing is concluded."""
    before = ["0;a.example.com;;28.02.2024", "1;b.example.com;;", "2;c.example.com;;"]
    after = [f"0;a.example.com;;{form}", f"1;b.example.com;;{form}", "2;c.example.com;;"]
    states = ["\n".join(["No;Site;Page;Gone", *rows, ""]).encode() for rows in (before, after)]
    held = ledger(tmp_path, TABLE, states)
    assert [state(held, f"{name}.example.com") for name in "abc"] == [
        "not_listed", "insufficient", "listed"
    ]  # fmt: skip
    assert state(held, "b.example.com", "2024-03-01") in {"listed", "insufficient"}


def test_an_unread_text_weighs_while_it_stands(tmp_path: Path) -> None:
    """Only on what it may name, only in its time, in the one answer and in the index alike."""
    good = names(40)
    held = ledger(
        tmp_path, HOSTS, [lines(good), lines([*good, "a,example.org"]), lines(good), lines(good)]
    )
    assert statuses(held) == ["accepted"] * 4
    asked = [
        "a.example.org",
        "example.org",
        "b.example.org",
        "http://a.example.org/x",
        "h001.example.com",
    ]
    for day, right in (
        ("2024-03-01T12:00", ["insufficient"] * 2 + ["not_listed", "insufficient", "listed"]),
        ("2024-03-02T12:00", ["insufficient"] * 2 + ["not_listed", "insufficient", "listed"]),
        ("2024-03-04", ["not_listed"] * 4 + ["listed"]),
    ):
        assert [str(a.state) for a in held.check(asked, valid_at=day)] == right
        quick = Resident(held, facts.load(), Moment.parse(day))
        kept = [quick.answer(one, selectors.parse(one), sideways=True) for one in asked]
        assert [one and str(one.state) for one in kept] == right


def test_a_row_that_cannot_be_parted_weighs_too(tmp_path: Path) -> None:
    """Nobody knows its entry; what stands in it may be asked about."""
    rows = [f"{n};h{n}.example.com;;" for n in range(60)]
    text = "\n".join(["No;Site;Page;Gone", *rows, "60;torn.example.com", ""])
    held = ledger(tmp_path, TABLE, [text.encode()])
    assert [state(held, f"{name}.example.com") for name in ("torn", "h5", "other")] == [
        "insufficient", "listed", "not_listed"
    ]  # fmt: skip


MIXED = (
    ("a.example.com, *.a.example.com", "x.a.example.com", "listed"),
    ("b.example.com, 192.0.2.1", "192.0.2.1", "listed"),
    ("c.example.com, https://d.example.com/x", "https://d.example.com/x", "listed"),
    ("e.example.com, https://f.example.com/x", "f.example.com", "listed_in_part"),
    ("198.51.100.0/24, g.example.com", "198.51.100.7", "listed"),
)


def test_a_mixed_row_lists_all_it_names(tmp_path: Path) -> None:
    """Whatever kinds of selectors stand in one row."""
    declared = register(
        layout="table", delimiter=";", columns={"No": "id", "Site": "selector"}, separator=","
    )
    rows = "".join(f"{n};{row}\n" for n, (row, _, _) in enumerate(MIXED))
    held = ledger(tmp_path, declared, [f"No;Site\n{rows}".encode()])
    answers = held.check([asked for _, asked, _ in MIXED], valid_at="2024-03-20")
    assert [str(one.state) for one in answers] == [right for _, _, right in MIXED]


CONTINUED = (
    ("net 198.18.0.0/15 or 198.51.100.0/24", ["198.19.5.5", "198.51.100.7"], "insufficient"),
    ("192.0.6.1, .2, .3", ["192.0.6.2"], "insufficient"),
    ("s.example.com, .net, .org", ["s.example.net", "s.example.org"], "insufficient"),
    ("t.example.com/.net", ["t.example.net"], "insufficient"),
    ("203.0.113.0/25 and 192.0.3.0/24", ["203.0.113.5", "192.0.3.5"], "listed"),
)


def test_networks_and_ends_of_names_in_an_unread_text_weigh(tmp_path: Path) -> None:
    """Not the letters of the asked name alone; two networks in one cell are two."""
    columns = {"No": "id", "Site": "selector"}
    declared = register(layout="table", delimiter=";", columns=columns)
    held = "".join(f"{n};{text}\n" for n, (text, _, _) in enumerate(CONTINUED))
    rows = "".join(f"9{n};{name}\n" for n, name in enumerate(names(40)))
    of = ledger(tmp_path, declared, [f"No;Site\n{held}{rows}".encode()])
    asked = [(one, right) for _, some, right in CONTINUED for one in some]
    answers = of.check([*(one for one, _ in asked), "198.20.0.1"], valid_at="2024-03-20")
    assert [str(one.state) for one in answers] == [*(right for _, right in asked), "not_listed"]
    quick = Resident(of, facts.load(), Moment.parse("2024-03-20"))
    kept = [quick.answer(one, selectors.parse(one), sideways=True) for one, _ in asked]
    assert [one and str(one.state) for one in kept] == [right for _, right in asked]


WITHIN = (
    ("198.51.100.0/24", "198.51.0.0/16"),
    ("203.0.113.7", "203.0.113.0/24"),
    ("192.0.2.7", "192.0.0.0/7"),
    ("2001:db8:1::/48", "2001:db8:1::/40"),
    ("2001:db8:2222::5", "2001:db8:2222::/64"),
    ("2001:db8:3333:5::1", "2001:db8:3333::/48"),
    ("sub.a.example.org", "*.a.example.org"),
    ("*.b.c.example.org", "*.c.example.org"),
    ("http://a.d.example.org/x", "*.d.example.org"),
)


def test_what_lies_within_is_found_from_above(tmp_path: Path) -> None:
    """An owner of a network or a domain learns that a part of it is listed."""
    held = ledger(tmp_path, HOSTS, [lines([listed for listed, _ in WITHIN])])
    elsewhere = ["*.example.test", "100.64.0.0/24", "2001:db8:4444::/48"]
    answers = held.check([*(asked for _, asked in WITHIN), *elsewhere], valid_at="2024-03-20")
    assert [str(one.state) for one in answers] == ["listed_in_part"] * 9 + ["not_listed"] * 3


def test_the_same_list_again_is_checked_and_not_published(tmp_path: Path) -> None:
    """A repository that holds the same bytes another time looked at the list. What came last of
    other bytes is what was published last, though it may list the same; the list stands on either
    day."""
    states = [lines(names(9)), lines(names(9)), lines([*names(9), "new.example"])]
    states += [states[-1], states[-1] + b"\n", states[-1] + b"\n"]
    held = ledger(tmp_path, register(), states)
    (fresh,) = held.registers()
    days = [one.published_at for one in snapshots(held)]
    assert fresh.first_published == days[0]
    assert (fresh.last_changed, fresh.last_published) == (days[2], days[4])
    assert fresh.last_checked >= days[5]
    assert held.registers(as_of=days[1])[0].last_published == days[0]
    assert held.check("new.example", valid_at=days[5]).state == "listed"
    (said,) = held.check("new.example", valid_at="2027-01-01").registers
    assert (said.known, said.published) == (date(2024, 3, 6), date(2024, 3, 5))
    listings = held.check("new.example", valid_at="2035-01-01").places[0].lanes[2]
    told = "when last published, on 2024-03-05 (unchanged when last checked, on 2024-03-06)"
    assert told in listings.summary.plain()


@pytest.mark.parametrize("late", [False, True])
def test_ids_that_are_numbers_of_rows_hide_no_exchange(tmp_path: Path, late: bool) -> None:
    """Other names under the same ids are another list, however it comes in; another spelling of the
    same names is a change."""

    def table(held: list[str]) -> bytes:
        rows = "".join(f"{n};{name};;\n" for n, name in enumerate(held))
        return f"No;Site;Page;Gone\n{rows}".encode()

    held = names(30)
    states = {
        "2024-03-01.txt": table(held),
        "2024-03-02.txt": table([f"www.{name}" for name in held]),
        "2024-03-03.txt": table(names(30, "other")),
    }
    place = tmp_path / "ledger"
    for number, part in enumerate([["2024-03-03.txt"], sorted(states)[:2]] if late else [states]):
        source = tmp_path / str(number)
        source.mkdir()
        for name in part:
            (source / name).write_bytes(states[name])
        pipeline.ingest(str(place), TABLE, str(source))
    opened = gatewatch.open(str(place))
    told = [(one.status, (one.reason or "")[:11]) for one in snapshots(opened, "xx-list")]
    assert told == [("accepted", ""), ("accepted", ""), ("quarantined", "other names")]
    assert opened.check("www.h003.example.com", valid_at="2024-03-03").state == "listed"


@pytest.mark.parametrize("late", [False, True])
def test_an_unreadable_row_hides_what_it_may_name_alone(tmp_path: Path, late: bool) -> None:
    """One row that names another site is no reason not to believe that a site is gone; one that may
    be the missing one, or that lost its name, is."""
    held = [f"{n};{name};;\n" for n, name in enumerate(names(30))]
    odd = {2: "x;new.example.com;\n", 3: "x;h003.exam\ufffdle.com;\n", 4: "4;\n"}
    states = {1: held} | {
        day: [*(row for n, row in enumerate(held) if n != day), text] for day, text in odd.items()
    }
    place = tmp_path / "ledger"
    for number, days in enumerate([[2, 3, 4], [1]] if late else [[1, 2, 3, 4]]):
        source = tmp_path / str(number)
        source.mkdir()
        for day in days:
            text = f"No;Site;Page;Gone\n{''.join(states[day])}"
            (source / f"2024-03-0{day}.txt").write_text(text, encoding="utf-8")
        pipeline.ingest(str(place), TABLE, str(source))
    opened = gatewatch.open(str(place))
    told = [str(one.status) for one in snapshots(opened, "xx-list")]
    assert told == ["accepted", "accepted", "quarantined", "quarantined"]
    asked = ["h002.example.com", "new.example.com"]
    assert [state(opened, one, "2024-03-02") for one in asked] == ["not_listed", "insufficient"]


@pytest.mark.parametrize("late", [False, True])
def test_rows_that_are_numbered_anew_are_no_other_list(tmp_path: Path, late: bool) -> None:
    """One row more at the top moves every number: each site stands as before, and the page of the
    ingest says that the ids are none, and what to declare. Sites that moved without the days beside
    them are not believed."""
    held = names(30)

    def table(sites: list[str], days: list[str]) -> bytes:
        rows = "".join(
            f"{n};{site};;{day}\n" for n, (site, day) in enumerate(zip(sites, days, strict=True), 1)
        )
        return f"No;Site;Page;Gone\n{rows}".encode()

    days = [f"{n + 1:02}.01.2031" for n in range(30)]
    states = {
        "2024-03-01.txt": table(held, days),
        "2024-03-02.txt": table(["new.example.com", *held], ["30.01.2031", *days]),
        "2024-03-03.txt": table(["new.example.com", *reversed(held)], ["30.01.2031", *days]),
    }
    place = tmp_path / "ledger"
    for number, part in enumerate([["2024-03-03.txt"], sorted(states)[:2]] if late else [states]):
        source = tmp_path / str(number)
        source.mkdir()
        for name in part:
            (source / name).write_bytes(states[name])
        done = pipeline.ingest(str(place), TABLE, str(source))
    opened = gatewatch.open(str(place))
    told = [(one.status, (one.reason or "")[:11]) for one in snapshots(opened, "xx-list")]
    assert told == [("accepted", ""), ("accepted", ""), ("quarantined", "other names")]
    asked = ["h000.example.com", "h029.example.com", "new.example.com"]
    assert [state(opened, one, "2024-03-02") for one in asked] == ["listed"] * 3
    if not late:
        (doubt,) = done.doubts
        assert "numbers of rows" in doubt
        assert '"No" = "ignore"' in doubt
        assert doubt in [one.reason for one in opened.history_of.set_aside()]
