"""What the cells of real lists hold, repaired where one reading is possible and kept where not."""

import ipaddress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gatewatch.model.selector import Kind, Selector
from gatewatch.model.unread import may_name
from gatewatch.sources.registers import cells

labels = st.from_regex(r"[a-z][a-z0-9]{1,9}", fullmatch=True)
hosts = st.tuples(labels, labels, st.sampled_from(["example", "test", "example.com"])).map(".".join)
words = st.from_regex(r"[A-Za-zÀ-ÿА-я]{1,12}[0-9]{0,3}", fullmatch=True)
paths = st.from_regex(r"[a-z0-9][a-z0-9/]{0,9}", fullmatch=True)
around = st.sampled_from(["{}", " {} ", "\u200b{}", "{}\xa0", "&nbsp;{}", '"{} "', "«{}»", "'{}'"])
schemes = st.sampled_from(
    [
        "http://",
        "https://",
        "http:\\\\",
        "http//",
        "http:/",
        "http:///",
        "http://http://",
        "hxxp://",
    ]
)
host_fields = st.sampled_from(["selector", "site", "host", "domain"])


def named(cell: cells.Cell) -> list[str]:
    return [str(one) for one in cell.found]


@given(host=hosts, wrapped=around, field=host_fields)
def test_typography_around_a_host_is_no_part_of_it(host: str, wrapped: str, field: str) -> None:
    """Blanks, hard and invisible ones, entities and quotes in pairs."""
    assert named(cells.read(wrapped.format(host), field)) == [f"domain:{host}"]


@given(host=hosts, scheme=schemes, end=st.sampled_from(["", "/"]), field=host_fields)
def test_the_address_of_a_site_s_root_names_the_site(
    host: str, scheme: str, end: str, field: str
) -> None:
    """However its scheme is misspelt; lists of hosts are often written so."""
    assert named(cells.read(f"{scheme}{host}{end}", field)) == [f"domain:{host}"]


@given(host=hosts, path=paths, scheme=schemes)
def test_a_page_is_a_page_and_not_its_host(host: str, path: str, scheme: str) -> None:
    """Unless the column holds hosts alone: then what stands behind them is not meant."""
    assert cells.read(f"{scheme}{host}/{path}", "site").found[0].kind == Kind.URL
    assert named(cells.read(f"{scheme}{host}/{path}", "domain")) == [f"domain:{host}"]


@given(host=st.tuples(labels, labels).map(".".join), blank=st.sampled_from([" .", ". ", "  ."]))
def test_a_blank_beside_the_last_dot_is_a_slip(host: str, blank: str) -> None:
    """Where what stands before it is no host by itself; else there may be two."""
    before, _, last = host.rpartition(".")
    slip = f"{host}-pay{blank}me"
    assert named(cells.read(slip, "site")) == [f"domain:{before}.{last}-pay.me"]
    two = f"{host}.com{blank}ua"
    assert cells.read(two, "site").hides
    assert not cells.read(two, "site").found


@given(host=hosts, port=st.integers(1, 65535))
def test_a_port_is_no_part_of_a_host(host: str, port: int) -> None:
    """A host with a port names the host."""
    assert named(cells.read(f"{host}:{port}", "site")) == [f"domain:{host}"]


@given(host=hosts, at=st.integers(0, 9))
def test_a_misspelt_host_is_put_right_only_where_a_host_must_stand(host: str, at: int) -> None:
    """A comma for a dot, a stroke at the end. Elsewhere it may as well be two values: it is kept
    unread, and what it may name is known."""
    labels_of = host.split(".")
    cut = 1 + at % (len(labels_of) - 1)
    misspelt = ".".join(labels_of[:cut]) + "," + ".".join(labels_of[cut:])
    for text in (misspelt, f"{host}\\"):
        unsure = cells.read(text, "selector")
        assert unsure.found == () or len(unsure.found) > 1
        assert unsure.found or host in may_name(text)
    assert named(cells.read(f"{host}\\", "domain")) == [f"domain:{host}"]


@given(held=st.lists(hosts, min_size=2, max_size=5, unique=True), mark=st.sampled_from(",;|\n"))
def test_several_values_in_a_cell_are_all_read(held: list[str], mark: str) -> None:
    """Whatever parts them, with blanks or without."""
    for between in (mark, f"{mark} ", f" {mark} "):
        for field in ("selector", "domain"):
            found = named(cells.read(between.join(held), field))
            assert sorted(found) == sorted(f"domain:{host}" for host in held)


@given(text=st.one_of(words, st.dates().map(lambda day: day.strftime("%d.%m.%Y")),
                      st.integers(0, 10**9).map(str), st.sampled_from(["-", "N/A", "n/a", "—", "№ 5"])),
       field=host_fields)  # fmt: skip
def test_words_days_and_numbers_are_no_hosts_and_hide_none(text: str, field: str) -> None:
    """They neither become a listing nor cast doubt on an answer."""
    assume("." not in text or text.replace(".", "").isdigit())
    assert cells.read(text, field).found == ()
    assert may_name(text) == ()


@given(first=st.integers(0xC0000200, 0xC00002F0), more=st.integers(0, 15))
def test_a_range_is_the_networks_that_make_it_up(first: int, more: int) -> None:
    """All of its addresses and no other."""
    low, high = ipaddress.IPv4Address(first), ipaddress.IPv4Address(first + more)
    found = cells.read(f"{low} - {high}", "ip").found
    held = [a for one in found for a in ipaddress.ip_network(one.value)]
    assert [int(address) for address in held] == list(range(first, first + more + 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*://*.a.example/*", ["domain:a.example", "mask:*.a.example"]),
        ("||a.example^", ["domain:a.example", "mask:*.a.example"]),
        ("http://*.a.example/x", ["url:http://*.a.example/x"]),
        ("a.example#!", ["domain:a.example"]),
        ("a.example.", ["domain:a.example"]),
        ("надвор’е.example", ["domain:xn--80aeff0bjo6418c.example"]),
        ("http://login:secret@a.example/x", ["url:http://a.example/x"]),
        ("http://a.example/?q='x'", ["url:http://a.example/?q=%27x%27"]),
        ("\u200ea.example\u202c", ["domain:a.example"]),
        ("a\u200cb.example", ["domain:ab.example"]),
        ("a\u2011b.example", ["domain:a-b.example"]),
        ("a\u2013b.example", ["domain:a-b.example"]),
        ("a&#46;example", ["domain:a.example"]),
        ("i&#10084;.example", ["domain:xn--i-7iq.example"]),
        ("hxxp://a[.]example (dot) com", []),
        ("a[dot]example.com", ["domain:a.example.com"]),
        ("a.example;", ["domain:a.example"]),
        ("a.example ,", ["domain:a.example"]),
        (".a.example", ["domain:a.example"]),
        ("a..example", ["domain:a.example"]),
        ("htp://a.example/", ["domain:a.example"]),
        ("ttps://a.example/x", ["url:https://a.example/x"]),
        ("htttp://a.example", ["domain:a.example"]),
        ("http;//a.example/x", ["url:http://a.example/x"]),
        ("https//:a.example", ["domain:a.example"]),
        ("http ://a.example", ["domain:a.example"]),
        ("www.https://a.example", ["domain:a.example"]),
        (
            "http://a.example/x;http://b.example/y",
            ["url:http://a.example/x", "url:http://b.example/y"],
        ),
        ("http://a.example / https://b.example", ["domain:a.example", "domain:b.example"]),
        ("a.example\u3001b.example\uff0cc.example", [f"domain:{n}.example" for n in "abc"]),
        ("a.example\u00b9\u2070", ["domain:a.example"]),
        ("192.0.2.*", ["cidr:192.0.2.0/24"]),
        ("192.0.2.0/255.255.255.128", ["cidr:192.0.2.0/25"]),
        ("192.0.2.4-7", ["cidr:192.0.2.4/30"]),
        ("192.0.2.4 - 7", ["cidr:192.0.2.4/30"]),
    ],
)
def test_other_writings_of_real_lists_are_read(text: str, found: list[str]) -> None:
    """Renderings for browsers, masks in addresses, rests behind a host, names browsers accept."""
    assert named(cells.read(text, "selector")) == found


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("http://wrong", "wrong"),
        ("www.знаюкрым", "www.xn--80ankicu1fva"),
        ("site www.a.example", "www.a.example"),
        ("a.example (until May)", "a.example"),
        ("198.51.100.7 port 80", "198.51.100.7"),
        ("*.b.*.example.com", "*.example.com"),
        ("198.51.100.07", "198.51.100.7"),
        (r"^a\.example\.com$", "a.example.com"),
        ("*bet.a.example.com", "*.a.example.com"),
        ("a (dot) example.com", "a.example.com"),
        ("www. a.example.com", "www.a.example.com"),
        ("3.a.example.com, see the order", "a.example.com"),
    ],
)
def test_what_stays_unread_may_name_something(text: str, may: str) -> None:
    """It is kept as published, with the reason, and what it may name is found."""
    cell = cells.read(text, "selector")
    assert (cell.found, cell.unread) == ((), (text,))
    assert cell.problems
    assert may in may_name(text)


def test_addresses_that_nobody_has_are_no_listing() -> None:
    """The sink of a hosts file, a machine's own address, text that happens to look like IPv6."""
    for text in ("0.0.0.0", "127.0.0.1", "::1", "a83f:8110:2000:5000:7200:6f00:7600:6900"):
        assert cells.read(text, "selector").found == ()
    assert cells.read("::ffff:192.0.2.1", "ip").found == (Selector(Kind.IP, "192.0.2.1"),)
