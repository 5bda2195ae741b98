"""Roskomnadzor's dump.xml with everything that years of it have shown."""

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.sources.samples import FIRST, LAYOUTS, Item, Parts, digests, raw, rkn

from gatewatch.model.entry import Decision, Entry, stands_for_unread
from gatewatch.sources.containers import git
from gatewatch.sources.containers.open import open_source
from gatewatch.sources.containers.parts import Wanted
from gatewatch.sources.containers.raw import Skipped
from gatewatch.sources.registers.reader import Reader, SnapshotReading

LAYOUT = LAYOUTS[0]
ROOT = (
    '<reg:register updateTime="2015-03-11T10:00:00+03:00" formatVersion="{version}" '
    'xmlns:reg="http://rsoc.example">'
)
DECISION = '<decision date="2015-01-02" number="7" org="Ведомство"/>'


def dump(
    *contents: str,
    version: str = "2.1",
    encoding: str = "windows-1251",
    doctype: str = "",
    end: str = "</reg:register>",
) -> Parts:
    """A dump.xml of contents written out."""
    head = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}{ROOT.format(version=version)}'
    return {"dump.xml": f"{head}{''.join(contents)}{end}".encode(encoding)}


def content(inside: str, attributes: str = 'id="1" includeTime="2015-01-03T04:05:06"') -> str:
    return f"<content {attributes}>{inside}</content>"


def read(parts: Parts) -> tuple[Reader, SnapshotReading]:
    return LAYOUT.read(parts)


def only(parts: Parts) -> Entry:
    """The one entry of a dump about which nothing is to report."""
    reader, reading = read(parts)
    assert (reading.set_aside, reading.unknown, reading.complete) == ((), (), True)
    (entry,) = (reader.entry(i) for i in reader.ids())
    assert entry is not None
    return entry


def kinds(entry: Entry) -> list[str]:
    return [str(selector) for selector in entry.selectors]


def test_version_2_0_has_no_block_type_and_means_the_url() -> None:
    """An entry without blockType prescribes its URL; domain and address stand beside it."""
    inside = (
        f"{DECISION}<url><![CDATA[http://a.example/b?c=1&d=2]]></url>"
        "<domain><![CDATA[a.example]]></domain><ip>192.0.2.1</ip><ip>192.0.2.2</ip>"
    )
    entry = only(dump(content(inside, 'id="1" entryType="1"'), version="2.0"))
    assert entry.block_type == "url"
    assert entry.decision == Decision("Ведомство", "7", "2015-01-02")
    assert kinds(entry) == [
        "domain:a.example",
        "ip:192.0.2.1",
        "ip:192.0.2.2",
        "url:http://a.example/b?c=1&d=2",
    ]
    assert [str(target) for target in entry.targets] == ["url:http://a.example/b?c=1&d=2"]


@pytest.mark.parametrize(
    ("block", "prescribed"),
    [
        ("default", ["url:http://a.example/"]),
        ("domain", ["domain:a.example"]),
        ("domain-mask", ["mask:*.b.example"]),
        ("ip", ["cidr:198.51.100.0/24", "cidr:2001:db8::/32", "ip:192.0.2.1", "ip:2001:db8::1"]),
    ],
)
def test_block_type_says_which_of_the_selectors_is_prescribed(
    block: str, prescribed: list[str]
) -> None:
    """From 2.1 on blockType chooses; address, IPv6 and networks of both kinds are addresses."""
    inside = (
        f"{DECISION}<url>http://a.example</url><domain>a.example</domain><domain>*.b.example</domain>"
        "<ip>192.0.2.1</ip><ipv6>2001:DB8:0::1</ipv6><ipSubnet>198.51.100.0/24</ipSubnet>"
        "<ipv6Subnet>2001:db8::/32</ipv6Subnet>"
    )
    entry = only(dump(content(inside, f'id="1" blockType="{block}"'), version="2.4"))
    assert sorted(map(str, entry.targets)) == prescribed


def test_an_entry_may_have_a_domain_and_no_url() -> None:
    """From 2.1 on a domain alone is enough, and is what is prescribed even if blockType is left
    out."""
    entry = only(dump(content(f"{DECISION}<domain>a.example</domain>")))
    assert list(map(str, entry.targets)) == ["domain:a.example"]


def test_urgency_is_kept_and_its_absence_is_none() -> None:
    """urgencyType 1 is urgent; 0 and nothing are not."""
    told = [
        only(dump(content(DECISION, f'id="1" {given}'))).urgent
        for given in ('urgencyType="1"', 'urgencyType="0"', "")
    ]
    assert told == [True, False, False]


def test_an_empty_body_is_no_body() -> None:
    """org="" on the prosecutor's entries says nothing, and white space in names says nothing
    either."""
    entry = only(dump(content('<decision date="2015-01-02" number=" 7  8 " org=""/>')))
    assert entry.decision == Decision(None, "7 8", "2015-01-02")


def test_a_new_hash_on_every_entry_changes_nothing() -> None:
    """Version 2.2 rewrote every block in one snapshot; no entry changed, though each was
    touched."""
    reader, _ = read(rkn(FIRST, head='formatVersion="2.1"'))
    before = digests(reader)
    reading = reader.read(
        raw("dump.xml", rkn(FIRST, extra='hash="A0"', head='formatVersion="2.2"'))
    )
    assert len(reading.touched) == len(FIRST)
    assert digests(reader) == before


def test_one_hash_does_not_hide_a_change() -> None:
    """The same id under the same hash with another decision is another version."""
    first, second = (rkn([Item("1", version)], extra='hash="A0"') for version in (0, 1))
    assert LAYOUT.digests(first) != LAYOUT.digests(second)


def test_one_hash_on_two_ids_is_two_entries() -> None:
    """Identity is the id."""
    assert len(LAYOUT.digests(rkn([Item("1"), Item("2")], extra='hash="A0"'))) == 2


@pytest.mark.parametrize(
    "stated", ["T", "2015-99-99T00:00:00", "0001-01-01T00:00:00", "3. 1. 2015"]
)
def test_an_include_time_that_is_no_time_is_set_aside_and_the_entry_stands(stated: str) -> None:
    """A time that no clock shows is reported, never passed on."""
    reader, reading = read(dump(content(DECISION, f'id="1" includeTime="{stated}"')))
    entry = reader.entry("1")
    assert entry is not None
    assert entry.included_at is None
    assert [aside.reason for aside in reading.set_aside] == [
        f"includeTime {stated!r} is not a time"
    ]


@pytest.mark.parametrize("stated", ["", "yesterday", "0001-01-01T00:00:00+04:00"])
def test_a_dump_whose_update_time_is_no_time_is_set_aside(stated: str) -> None:
    """It is never dated by the day of its copy, which would make an old state the last
    published."""
    parts = {"dump.xml": dump()["dump.xml"].replace(b"2015-03-11T10:00:00+03:00", stated.encode())}
    _, reading = read(parts)
    assert reading.fault == f"dump.xml: updateTime {stated!r} is no time"


def test_an_update_time_without_an_offset_is_moscow_s() -> None:
    """The register's own zone stands in for the offset."""
    parts = {
        "dump.xml": dump()["dump.xml"].replace(b"2015-03-11T10:00:00+03:00", b"2015-03-11T10:00:00")
    }
    _, reading = read(parts)
    assert reading.published_at == datetime(2015, 3, 11, 7, tzinfo=UTC)


def test_entities_character_references_and_cdata_are_text() -> None:
    """However a character is written, the selector is the same."""
    spelt = [
        "<url>http://a.example/?a=1&amp;b=2</url>",
        "<url>http://a.example/?a=1&#38;b=2</url>",
        "<url><![CDATA[http://a.example/?a=1&b=2]]></url>",
        "<url>http://a.example/<![CDATA[?a=1&b=2]]></url>",
    ]
    assert {tuple(kinds(only(dump(content(url))))) for url in spelt} == {
        ("url:http://a.example/?a=1&b=2",)
    }


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8", "koi8-r", "iso-8859-5"])
def test_the_declared_encoding_is_used(encoding: str) -> None:
    """Cyrillic hosts and bodies come out the same from every encoding the declaration names."""
    entry = only(dump(content(f"{DECISION}<domain>пример.example</domain>"), encoding=encoding))
    assert kinds(entry) == ["domain:xn--e1afmkfd.example"]
    assert entry.decision is not None
    assert entry.decision.body == "Ведомство"


@pytest.mark.parametrize("broken", ["", "<x/>"])
def test_bytes_decide_where_a_tool_kept_the_declaration(broken: str) -> None:
    """UTF-8 under a declaration of windows-1251, also where the whole file has to be parsed."""
    text = dump(content(f"{DECISION}<domain>пример.example</domain>"), broken)["dump.xml"]
    reader, _ = read({"dump.xml": text.decode("cp1251").encode()})
    entry = reader.entry("1")
    assert entry is not None
    assert entry.decision is not None
    assert kinds(entry) == ["domain:xn--e1afmkfd.example"]
    assert entry.decision.body == "Ведомство"


def test_an_encoding_named_within_the_data_is_not_the_declared_one() -> None:
    """Only the XML declaration names the encoding; a URL that speaks of one does not."""
    url = content("<url>http://a.example/?encoding='idna'</url>")
    text = f'<?xml version="1.0"?>{ROOT.format(version="2.1")}{url}'
    assert kinds(only({"dump.xml": f"{text}</reg:register>".encode()})) == [
        "url:http://a.example/?encoding=%27idna%27"
    ]


@pytest.mark.parametrize(
    "name", ["none-such", "idna", "undefined", "utf-16", "unicode_escape", "hex"]
)
def test_an_encoding_that_cannot_be_is_a_fault_that_names_it(name: str) -> None:
    """Names that Python knows but cannot read text with are refused like unknown ones."""
    parts = {"dump.xml": dump()["dump.xml"].replace(b"windows-1251", name.encode())}
    _, reading = read(parts)
    assert name in (reading.fault or "")


def test_bytes_that_are_not_of_the_encoding_spoil_one_entry_only() -> None:
    """A byte windows-1251 does not have sets one record aside under its id; its neighbours
    stand."""
    first, second = content("<url>http://a.example/X</url>"), content("", 'id="2"')
    parts = {"dump.xml": dump(first, second)["dump.xml"].replace(b"/X<", b"/\x98\0<")}
    reader, reading = read(parts)
    assert {i for i in reader.ids() if not stands_for_unread(i)} == {"2"}
    assert reader.withheld() == {"1"}
    assert reading.entries == 2


def test_comments_and_instructions_between_entries_are_passed_over() -> None:
    """What may stand anywhere in XML is no entry and hides none, whatever it quotes."""
    parts = dump(
        "<!-- <content id='9'></content> -->",
        content(DECISION),
        "<?x y?>",
        content(DECISION, 'id="2"'),
        "<!-- end -->",
    )
    reader, reading = read(parts)
    assert (set(reader.ids()), reading.complete) == ({"1", "2"}, True)


def test_an_end_tag_within_cdata_does_not_cut_an_entry() -> None:
    """A URL may hold what looks like the end of an entry."""
    tricky = content("<url><![CDATA[http://a.example/</content><content id='9'>]]></url>")
    reader, reading = read(dump(tricky, content(DECISION, 'id="2"')))
    assert (set(reader.ids()), reading.set_aside) == ({"1", "2"}, ())


def test_what_one_broken_entry_hid_is_read_once_that_is_repaired() -> None:
    """A tricky entry that only a whole parse understands waits no longer than the damage lasts."""
    tricky = content("<url><![CDATA[http://a.example/</content>]]></url>")
    broken, repaired = content("<url>&none;</url>", 'id="2"'), content("", 'id="2"')
    reader, _ = read(dump(tricky, broken))
    assert reader.withheld() == {"1", "2"}
    reader.read(raw("dump.xml", dump(tricky, repaired)))
    assert digests(reader) == LAYOUT.digests(dump(tricky, repaired))
    assert set(reader.ids()) == {"1", "2"}


def test_an_entry_without_an_end_tag_of_its_own_counts() -> None:
    """`<content .../>` is an entry, alone and among others."""
    for others in ((), (content(DECISION, 'id="2"'),)):
        reader, _ = read(dump('<content id="1" includeTime="2015-01-03T04:05:06"/>', *others))
        assert "1" in set(reader.ids())


@pytest.mark.parametrize(
    ("parts", "report"),
    [
        (dump(content("<mirror>b.example</mirror>")), "content/mirror"),
        (dump(content('<decision court="1"/>')), "decision@court"),
        (dump(content('<domain ts="1" weight="2">a.example</domain>')), "domain@weight"),
        (dump(content(""), '<note about="x"/>'), "register/note is no content element"),
        (dump("<note/>", content("")), "register/note is no content element"),
        (
            dump(content(""), "<note><b/></note>", content("", 'id="2"')),
            "register/note is no content element",
        ),
        (dump("<note>x</note>"), "register/note is no content element"),
        (rkn((), head='formatVersion="3.0" signed="yes"'), "register@signed"),
    ],
)
def test_whatever_the_format_does_not_know_is_reported(parts: Parts, report: str) -> None:
    """A new attribute or element, at any depth, announces itself; it takes nothing off the list."""
    _, reading = read(parts)
    assert [*reading.unknown, *(aside.reason for aside in reading.set_aside)] == [report]
    assert reading.unreadable == ()


def test_an_entry_without_an_id_is_set_aside_as_vital() -> None:
    """Such a record might list something, so it counts against the snapshot."""
    _, reading = read(dump(content(DECISION, 'includeTime="2015-01-03T04:05:06"')))
    assert len(reading.unreadable) == 1


def test_a_selector_without_a_canonical_form_is_kept_as_published() -> None:
    """Nothing of an entry is lost because one of its selectors is broken."""
    reader, reading = read(dump(content("<domain>a b</domain><ip>192.0.2.256</ip><ip/>")))
    entry = reader.entry("1")
    assert entry is not None
    assert entry.unparsed == ("domain:a b", "ip:192.0.2.256")
    assert (len(reading.set_aside), reading.unparsed) == (2, 1)


def test_what_stands_beside_a_missing_kind_counts_names_before_addresses() -> None:
    """A shared address is not what is meant where a name is there; alone it is."""
    mixed = "<url>http://a.example/x</url><ip>192.0.2.1</ip>"
    entry = only(dump(content(mixed, 'id="1" blockType="domain"')))
    assert list(map(str, entry.targets)) == ["url:http://a.example/x"]
    alone = only(dump(content("<ip>192.0.2.1</ip>", 'id="1" blockType="domain"')))
    assert list(map(str, alone.targets)) == ["ip:192.0.2.1"]


def test_a_mask_without_its_star_is_the_name_and_all_below_it() -> None:
    """The block type says what was meant; an address beside it is not."""
    inside = "<domain>a.example</domain><ip>192.0.2.1</ip>"
    entry = only(dump(content(inside, 'id="1" blockType="domain-mask"')))
    assert list(map(str, entry.targets)) == ["domain:a.example", "mask:*.a.example"]


def test_an_address_that_names_no_host_may_lie_on_its_domain() -> None:
    """Nobody can say that a page of that host is not listed; an address beside it is not."""
    reader, _ = read(dump(content("<url>http://[x/</url><domain>a.example</domain><ip>x</ip>")))
    entry = reader.entry("1")
    assert entry is not None
    assert entry.targets == ()
    assert entry.unparsed == ("ip:x", "url:http://[x/ (a.example)")


def test_a_dump_without_its_end_is_incomplete() -> None:
    """A file cut behind an entry reads well and says that its end is missing."""
    reader, reading = read(dump(content(DECISION), end=""))
    assert (set(reader.ids()), reading.complete) == ({"1"}, False)


@pytest.mark.parametrize("rest", ["\n", "\0\0\n", "<!-- made by 7 -->\n", " <!--a--> <!--b-->"])
def test_what_says_nothing_behind_the_end_mark_cuts_nothing(rest: str) -> None:
    """Zero bytes of a disk, a comment of the program that wrote it."""
    _, reading = read(dump(content(DECISION), end=f"</reg:register>{rest}"))
    assert (reading.complete, reading.entries) == (True, 1)


def test_pieces_of_a_split_dump_are_joined_in_order(tmp_path: Path) -> None:
    """dump.xml.00, .01, .. .10 are one file, cut anywhere; a signature beside them is no piece."""
    whole = rkn([Item(str(n)) for n in range(60)])["dump.xml"]
    step = len(whole) // 10
    pieces = {f"dump.xml.{n:02}": whole[n * step : (n + 1) * step] for n in range(11)}
    folder = tmp_path / "2020-05-04"
    folder.mkdir()
    for name, data in {**pieces, "dump.xml.sig": b"signature"}.items():
        (folder / name).write_bytes(data)
    (snapshot,) = open_source(str(folder), "dump.xml").snapshots(lambda _: True)
    assert not isinstance(snapshot, Skipped)
    assert snapshot.parts["dump.xml"].data == whole
    assert set(snapshot.parts) == {"dump.xml"}


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on the loopback, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"secret")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


HIDING = {"in the open": "", "behind 9 KiB": f"<!-- <register > {' ' * 9000} -->"}


@pytest.mark.parametrize("before", HIDING.values(), ids=HIDING)
def test_external_entities_are_never_fetched(
    tmp_path: Path, listener: tuple[str, list[str]], before: str
) -> None:
    """Neither a local file nor a server is asked for, wherever the document type is declared."""
    url, asked = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden.example", encoding="utf-8")
    doctype = (
        f'{before}<!DOCTYPE r SYSTEM "{url}/dtd" [<!ENTITY % p SYSTEM "{url}/parameter"> %p;'
        f'<!ENTITY f SYSTEM "{secret.as_uri()}"><!ENTITY h SYSTEM "{url}/entity">]>'
    )
    inside = "<domain>&f;</domain><domain>&h;</domain><url>http://a.example/&f;</url>"
    reader, _ = read(dump(content(inside), doctype=doctype))
    told = repr([reader.entry(i) for i in reader.ids()])
    assert "hidden" not in told
    assert "secret" not in told
    assert asked == []


@pytest.mark.parametrize("before", HIDING.values(), ids=HIDING)
def test_a_billion_laughs_are_not_expanded(before: str) -> None:
    """Entities of entities cost nothing, in text and in attributes."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'{before}<!DOCTYPE r [<!ENTITY l0 "ha">{levels}]>'
    for inside in (content("<domain>&l9;</domain>"), content("", 'id="&l9;"')):
        reader, _ = read(dump(inside, doctype=doctype))
        assert len(repr([reader.entry(i) for i in reader.ids()])) < 1000


@pytest.mark.slow
def test_real_dumps_read_by_difference_as_afresh(registers: Path) -> None:
    """Over snapshots far apart in the real history, difference and whole give the same entries."""
    source = git.GitSource(str(registers / "ru-rkn.git"), Wanted("dump.xml"), ZoneInfo("UTC"))
    chosen = set(source.origins()[::1250])
    reader = LAYOUT.reader()
    for snapshot in source.snapshots(chosen.__contains__):
        assert not isinstance(snapshot, Skipped)
        reader.read(snapshot)
        fresh = LAYOUT.reader()
        fresh.read(snapshot)
        assert digests(reader) == digests(fresh)
