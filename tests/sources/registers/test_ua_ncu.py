"""Ukraine's list of hosts and the orders beside it."""

import pytest
from tests.sources.samples import LAYOUTS, Parts, digests, raw

from gatewatch.model.entry import Decision
from gatewatch.model.unread import may_name
from gatewatch.sources.registers.reader import Reader, SnapshotReading

LAYOUT = LAYOUTS[2]
BLOCKS = "PRESCRIPT/100~1_1001 від 02.03.2023 про блокування.txt"
LIFTS = "PRESCRIPT/200~2_2002 від 04.05.2023 про розблокування.txt"
AGAIN = "PRESCRIPT/300~3_3003.txt"


def read(listed: str, orders: dict[str, str] | None = None) -> tuple[Reader, SnapshotReading]:
    parts: Parts = {
        "domains.list": listed.encode(),
        **{name: text.encode() for name, text in (orders or {}).items()},
    }
    return LAYOUT.read(parts)


def decision(reader: Reader, host: str) -> Decision | None:
    entry = reader.entry(host)
    assert entry is not None
    return entry.decision


def test_an_order_gives_its_decision_and_lists_nothing_itself() -> None:
    """Only the list lists; an order for a host that is not on it changes nothing."""
    reader, reading = read("a.example\nb.example\n", {BLOCKS: "a.example\nc.example\n"})
    assert set(reader.ids()) == {"a.example", "b.example"}
    assert decision(reader, "a.example") == Decision("НЦУ", "1/1001", "2023-03-02")
    assert decision(reader, "b.example") is None
    assert reading.entries == 2


def test_a_removal_names_the_order_that_lifts() -> None:
    """A host that left the list after a lifting order left by that order, and by no other."""
    reader, _ = read("a.example\n", {BLOCKS: "a.example\nb.example\n"})
    parts = {"domains.list": b"", BLOCKS: b"a.example\nb.example\n", LIFTS: b"a.example\n"}
    reading = reader.read(raw("domains.list", parts))
    assert "a.example" in reading.touched
    assert reader.removal("a.example") == Decision("НЦУ", "2/2002", "2023-05-04")
    assert reader.removal("b.example") is None


def test_a_host_that_comes_back_is_there_by_the_latest_order() -> None:
    """By document number, whatever order the files are read in."""
    orders = {AGAIN: "a.example", LIFTS: "a.example", BLOCKS: "a.example"}
    reader, _ = read("a.example\n", orders)
    assert decision(reader, "a.example") == Decision("НЦУ", "3/3003")
    assert digests(read("a.example\n", dict(reversed(orders.items())))[0]) == digests(reader)


def test_a_lifting_order_alone_takes_nobody_off() -> None:
    """While the list still has the host it is listed."""
    reader, _ = read("a.example\n", {BLOCKS: "a.example", LIFTS: "a.example"})
    assert set(reader.ids()) == {"a.example"}


@pytest.mark.parametrize(
    "line",
    [
        "a.example",
        "1. a.example;",
        "https://a.example/path",
        "a.example, b.example",
        "https:a.example",
        "A.EXAMPLE.",
        "a.examplehttps://b.example",
        "\ufeffa.example",
    ],
)
def test_hosts_are_found_in_sloppy_orders(line: str) -> None:
    """Numbers, marks, schemes and several hosts on one line."""
    reader, reading = read("a.example\n", {BLOCKS: f"{line}\n"})
    assert decision(reader, "a.example") == Decision("НЦУ", "1/1001", "2023-03-02")
    assert reading.set_aside == ()


def test_a_line_of_an_order_without_a_host_is_set_aside_and_not_vital() -> None:
    """It can list nothing, so it never counts against the snapshot."""
    _, reading = read("a.example\n", {BLOCKS: "Про блокування доменів\n"})
    assert [aside.reason for aside in reading.set_aside] == ["no host in this line of an order"]
    assert reading.unreadable == ()


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("192.0.2.7", ["192.0.2.7"]),
        ("2. 192.0.2.7;", ["192.0.2.7"]),
        ("192.0.2.7, 198.51.100.9", ["192.0.2.7", "198.51.100.9"]),
        ("198.51.100.0/24", ["198.51.100.0/24"]),
        ("2001:db8::7", ["2001:db8::7"]),
        ("http://192.0.2.7/page", ["http://192.0.2.7/page"]),
    ],
)
def test_an_address_that_an_order_names_is_listed_until_one_lifts_it(
    line: str, named: list[str]
) -> None:
    """The list names hosts alone: nobody else says it."""
    reader, reading = read("a.example\n", {BLOCKS: f"b.example\n{line}\n"})
    assert sorted(reader.ids()) == sorted([*named, "a.example"])
    assert decision(reader, named[0]) == Decision("НЦУ", "1/1001", "2023-03-02")
    assert reading.set_aside == ()
    reader, _ = read("a.example\n", {BLOCKS: line, LIFTS: line})
    assert set(reader.ids()) == {"a.example"}
    reader, _ = read("a.example\n", {BLOCKS: line, LIFTS: line, AGAIN: line})
    assert decision(reader, named[0]) == Decision("НЦУ", "3/3003")


@pytest.mark.parametrize(
    "line",
    [
        "a.example (192.0.2.7, 192.0.2.8)",
        "a.example, ІР адреса доменів: 192.0.2.7, 192.0.2.8;",
        "ІР адреси: 192.0.2.7 та 192.0.2.8 (сервери)",
    ],
)
def test_an_address_that_only_stands_in_an_order_hides_an_answer(line: str) -> None:
    """Whether it is restricted is not known; that of the host is."""
    reader, reading = read("a.example\n", {BLOCKS: f"{line}\n"})
    assert len(reading.unreadable) == len(reading.set_aside) == 1
    assert may_name(reading.set_aside[0].raw) == ("192.0.2.7", "192.0.2.8")
    assert "a.example" in set(reader.ids())


def test_an_order_that_is_taken_away_takes_its_decision_along() -> None:
    """The list's own entries stay."""
    reader, _ = read("a.example\n", {BLOCKS: "a.example"})
    reader.read(raw("domains.list", {"domains.list": b"a.example\n"}))
    assert decision(reader, "a.example") is None


def test_a_plus_sign_on_every_line_is_no_change() -> None:
    """As it stood for fourteen seconds; and a line of words is told and lists nothing."""
    reader, _ = read("a.example\nb.example\n")
    before = digests(reader)
    reader.read(raw("domains.list", {"domains.list": b"+a.example\n+b.example\n"}))
    assert digests(reader) == before
    reader, reading = read("not a host\n")
    assert set(reader.ids()) == set()
    assert [aside.raw for aside in reading.set_aside] == ["not a host"]
