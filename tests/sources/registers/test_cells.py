"""What the cells of real lists hold, repaired where one reading is possible and kept where not."""

import ipaddress

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gatewatch.analysis.registers.lookup import UNREAD_KEY, unread_probes
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.unread import may_name
from gatewatch.sources.registers import cells
from gatewatch.sources.registers import labels as labels_of

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
@example(host="telegram.org", path="0", scheme="http:\\\\")
@example(host="rt.com", path="0", scheme="http:\\")
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
    """A comma for a dot. Elsewhere it may as well be two values: it is kept unread, and what it may
    name is known. A stroke at the end parts nothing."""
    labels_of = host.split(".")
    cut = 1 + at % (len(labels_of) - 1)
    misspelt = ".".join(labels_of[:cut]) + "," + ".".join(labels_of[cut:])
    unsure = cells.read(misspelt, "selector")
    assert unsure.found == () or len(unsure.found) > 1
    assert unsure.found or host in may_name(misspelt)
    for field in ("domain", "selector"):
        assert named(cells.read(f"{host}\\", field)) == [f"domain:{host}"]


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


@pytest.mark.parametrize(
    "text",
    [
        "1. a.example.com",
        "12) a.example.com",
        "\u2022 a.example.com",
        "- a.example.com",
        "[a.example.com]",
        "<a.example.com>",
        "a.example.com [1]",
        "a.example.com**",
        "URL: https://a.example.com/",
        "\u0441\u0430\u0439\u0442: a.example.com",
        '<a href="https://a.example.com/">a.example.com</a>',
        '<a href="https://a.example.com/">here</a>',
        "a.example.com<br/>",
        "https%3A%2F%2Fa.example.com%2F",
        "a.example.com%20",
        "hxxps[://]a[.]example[.]com/",
        "https.//a.example.com",
        "a . example . com",
        "a .example.com",
    ],
)
def test_what_surrounds_a_value_is_no_part_of_it(text: str) -> None:
    """Marks of a list, tags of a page, a label, a footnote, brackets, blanks by the dots."""
    assert named(cells.read(text, "site")) == ["domain:a.example.com"]


@pytest.mark.parametrize(
    "text",
    [
        "a.example.com b.example.com",
        "a.example.com and b.example.com",
        "a.example.com & b.example.com",
        "a.example.com (b.example.com)",
        "a.example.com<br>b.example.com",
        "a.example.com \u0438 b.example.com",
        "a.example.com ir b.example.com",
        "a.example.com, info@a.example.com; hxxp://b.example.com",
        "http//a.example.com; https//b.example.com",
    ],
)
def test_names_side_by_side_are_all_read(text: str) -> None:
    """Joined by a blank, a word for *and*, brackets or a line of a page."""
    assert sorted(named(cells.read(text, "site"))) == [
        "domain:a.example.com",
        "domain:b.example.com",
    ]


@pytest.mark.parametrize(
    ("text", "field", "found"),
    [
        (
            "https://a.example.com/x b.example.com",
            "site",
            ["url:https://a.example.com/x", "domain:b.example.com"],
        ),
        ("https://a.example.com/x READ.md", "site", ["url:https://a.example.com/x%20READ.md"]),
        ("https://a.example.com,https://b.example.com/x", "host", None),
        ("//a.example.com/x", "host", ["domain:a.example.com"]),
        ("a.example.com/a path", "host", ["domain:a.example.com"]),
        ("a.example.com/x b.example.com", "host", []),
    ],
)
def test_a_page_ends_where_another_name_begins(
    text: str, field: str, found: list[str] | None
) -> None:
    """What may be the end of its path stays that; of two readings none is taken for a host."""
    two = ["domain:a.example.com", "domain:b.example.com"]
    assert named(cells.read(text, field)) == (two if found is None else found)


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
        ("a.example/*", ["domain:a.example"]),
        ("http://a.example/*, http://b.example/*", ["domain:a.example", "domain:b.example"]),
        ("a.example/b/*", ["url:http://a.example/b/*"]),
        ("\u0130D.\u0130d.example", ["domain:id.id.example"]),
        ("http://\u0130d.example/\u0130", ["url:http://id.example/%C4%B0"]),
        ("a.example info@a.example.com", ["domain:a.example"]),
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
        ("192.0.2.4\u2013192.0.2.7", ["cidr:192.0.2.4/30"]),
        ("192.0.2.0 netmask 255.255.255.128", ["cidr:192.0.2.0/25"]),
        ("http\uff1a\uff0f\uff0fa\uff0eexample\uff0fx", ["url:http://a.example/x"]),
        ("\u061ca.example\ufe0f", ["domain:a.example"]),
        ("a\u00b7b\u2024example", ["domain:a.b.example"]),
        ("_x000D_a.example_x000d_", ["domain:a.example"]),
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
        ("a{1,2}.example.com", "*.example.com"),
        ("w w w . a.example.com", "w.a.example.com"),
        ("a.example.com - mirror", "a.example.com"),
        ("3.a.example.com, see the order", "a.example.com"),
    ],
)
def test_what_stays_unread_may_name_something(text: str, may: str) -> None:
    """It is kept as published, with the reason, and what it may name is found."""
    cell = cells.read(text, "selector")
    assert (cell.found, cell.unread) == ((), (text,))
    assert cell.problems
    assert may in may_name(text)


@pytest.mark.parametrize("wrong", ["windows-1251", "windows-1252"])
def test_utf_8_that_was_read_in_single_bytes_is_read_anew(wrong: str) -> None:
    """Letter by letter, with what the wrong encoding lacks as controls or as escapes."""
    for name in ("\u043a\u0430\u0437\u0438\u043d\u043e.example", "\u8d4c\u573a.example"):
        damaged = name.encode().decode(wrong, "backslashreplace")
        assert cells.read(damaged, "selector") == cells.read(name, "selector")
    assert named(cells.read("b\u00fccher.example", "selector")) == ["domain:xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("text", "fitting", "others"),
    [
        ("*.a.example.*", ["x.a.example.net", "x.y.a.example.com"], ["a.example.com", "b.example.com"]),
        ("a.example.*", ["a.example.net", "a.example.co.uk"], ["b.example.net"]),
        ("shop*.a.example", ["shop1.a.example", "www.shop.a.example"], ["a.example", "x.a.example"]),
        ("a*b.example", ["axb.example"], ["xb.example"]),
        ("*bet.test", ["megabet.test", "www.bet.test"], ["mega.test"]),
        ("d.*.a.example", ["d.x.a.example"], ["d.x.b.example"]),
        ("b\\xfccher.example", ["xn--bcher-kva.example", "www.xn--bcher-kva.example"], ["bucher.example"]),
        ("???????.example", ["xn--80aswg.example"], ["abc.example"]),
        ("a-\nb.example.com", ["a-b.example.com", "ab.example.com"], ["a.example.com"]),
        ("a.example.c om", ["a.example.com"], ["a.example.org"]),
        ("a\u2027b.example.com", ["a.b.example.com", "b.example.com"], ["a.example.com"]),
    ],
)  # fmt: skip
def test_a_text_that_fits_a_name_in_part_may_name_it(
    text: str, fitting: list[str], others: list[str]
) -> None:
    """Stars anywhere, lost letters, names broken at the end of a line: whoever asks for a name that
    fits is told, and nobody else is."""
    cell = cells.read(text, "selector")
    keys = {f"{UNREAD_KEY}{name}" for held in cell.unread for name in may_name(held)}
    assert not cell.found

    def met(host: str) -> bool:
        return any(key in keys for key, _ in unread_probes(Selector(Kind.DOMAIN, host)))

    assert [host for host in fitting if not met(host)] == []
    assert [host for host in others if met(host)] == []


def test_addresses_that_nobody_has_are_no_listing() -> None:
    """The sink of a hosts file, a machine's own address, text that happens to look like IPv6."""
    for text in ("0.0.0.0", "127.0.0.1", "::1", "a83f:8110:2000:5000:7200:6f00:7600:6900"):
        assert cells.read(text, "selector").found == ()
    assert cells.read("::ffff:192.0.2.1", "ip").found == (Selector(Kind.IP, "192.0.2.1"),)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("a.example, b.example; c.example|d.example", ["a", "b", "c", "d"]),
        ("a.example&#10;b.example", ["a", "b"]),
        ("a.example&#13;&#10;b.example", ["a", "b"]),
    ],
)
def test_marks_between_values_may_differ_within_a_cell(text: str, right: list[str]) -> None:
    assert named(cells.read(text, "selector")) == [f"domain:{label}.example" for label in right]


def test_a_rule_of_a_filter_names_its_host_whatever_it_is_limited_to() -> None:
    """But for one that makes an exception."""
    assert "domain:a.example" in named(cells.read("||a.example^$third-party,image", "selector"))
    assert not cells.read("@@||a.example^", "selector").found


def test_a_range_may_stand_beside_a_name() -> None:
    found = named(cells.read("192.0.2.1-192.0.2.3, a.example", "selector"))
    assert found == ["ip:192.0.2.1", "cidr:192.0.2.2/31", "domain:a.example"]


NAMES_OF_TWO = st.lists(
    st.sampled_from(["a.example.com", "b.example.net", "c-d.example.org", "e.example.de"]),
    min_size=2,
    max_size=3,
    unique=True,
)
FIELDS_OF_SITES = ["host", "domain", "site", "selector"]


@given(
    names=NAMES_OF_TWO,
    field=st.sampled_from(FIELDS_OF_SITES),
    between=st.sampled_from(
        ["\u00b7", " \u00b7 ", " \u2022 ", "\u22c5", "\\", "/", "\u2028", "\x0b"]
    ),
    schemes=st.booleans(),
)
def test_no_name_of_a_cell_is_lost_between_its_marks(
    names: list[str], field: str, between: str, schemes: bool
) -> None:
    """Dots, strokes and run-on addresses part values; what may be a page stays unread."""
    text = "".join(f"http://{name}" for name in names) if schemes else between.join(names)
    cell = cells.read(text, field)
    hosts = {one.host for one in cell.found}
    assert hosts <= {*names}
    assert {*names} <= hosts | {name for one in cell.unread for name in may_name(one)}


@given(names=NAMES_OF_TWO, mark=st.sampled_from([".", ")", ". ", ") "]))
def test_numbers_of_a_list_within_a_cell_are_no_labels(names: list[str], mark: str) -> None:
    """`1.a.example.com 2.b.example.com`; a number alone may well be one."""
    text = " ".join(f"{n}{mark}{name}" for n, name in enumerate(names, 1))
    assert named(cells.read(text, "host")) == [f"domain:{name}" for name in names]
    assert named(cells.read("1.a.example.com", "host")) == ["domain:1.a.example.com"]


@pytest.mark.parametrize("field", [*FIELDS_OF_SITES, "url", "mask"])
@pytest.mark.parametrize(
    "text",
    [
        *("order_7.pdf", "index.html", "list.xlsx", "view.php", "u.a", "i.d.R.", "т.е.", "и т.д."),
        *("~~.example.com", '=A2&".example.com"', "info@"),
    ],
)
def test_files_abbreviations_and_signs_are_no_hosts(text: str, field: str) -> None:
    """No top-level domain has one letter, and none is a kind of file that lists speak of."""
    assert cells.read(text, field).found == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a%2Eexample%2Ecom", {"a.example.com"}),
        ("http%3A%2F%2Fa.example.com%2Fx", {"a.example.com"}),
        ("a&#46;example&#46;com", {"a.example.com"}),
        ("a\u3002example\u3002com !", {"a.example.com"}),
        ("\uff41\uff0e\uff45\uff58.com !", {"a.ex.com"}),
        ("a.exa\u00admple.com !", {"a.example.com"}),
        ("a.example.{com,net}", {"a.example.com", "a.example.net"}),
        ("casino[1|2].example.com", {"casino1.example.com", "casino2.example.com"}),
        ("a.example.com(.net)", {"a.example.com", "a.example.net"}),
        ("a.example.com/.net/.org", {"a.example.com", "a.example.net", "a.example.org"}),
        ("http://user:word@a.example.com/ !", {"a.example.com"}),
        (".a.example.com !", {"a.example.com", "*.a.example.com"}),
    ],
)
def test_what_is_unread_is_weighed_in_every_spelling(text: str, names: set[str]) -> None:
    """Codes, wide letters, choices, logins: an answer that it may hide is not "not listed"."""
    assert names <= {*may_name(text)}


@pytest.mark.parametrize(
    "text",
    [
        "unblocked http://a.example.com",
        "see: https://a.example.com/x",
        "кроме http://a.example.com",
    ],
)
@pytest.mark.parametrize("field", FIELDS_OF_SITES)
def test_words_before_an_address_keep_it_unread(text: str, field: str) -> None:
    """They may say what became of it."""
    cell = cells.read(text, field)
    assert (cell.found, "a.example.com" in may_name(cell.unread[0])) == ((), True)


def test_a_dot_between_two_letters_l_is_a_letter() -> None:
    """As in Catalan (RFC 5892, appendix A.3)."""
    (found,) = cells.read("col\u00b7legi.example.com", "host").found
    assert found.value.startswith("xn--collegi-")


@pytest.mark.parametrize("word", ["\u548c", "\u4ee5\u53ca", "\u6216", "\u3068", "\uc640"])
@pytest.mark.parametrize("field", ["host", "site", "url"])
def test_names_in_a_language_without_blanks_are_parted(word: str, field: str) -> None:
    """A word for *and* between two names is no letter of a name."""
    both = cells.read(f"https://a.example.com/x{word}https://b.example.com/y", field)
    alone = cells.read(f"a.example.com{word}b.example.com", field)
    for cell in (both, alone):
        assert [one.host for one in cell.found] == ["a.example.com", "b.example.com"]


@pytest.mark.parametrize(
    "text",
    [
        "a.example.com\u7b49",
        "\u53caa.example.com",
        "\u7f51\u7ad9a.example.com",
        "a.example.com\u7b49\u7f51\u7ad9",
    ],
)
def test_words_that_hang_on_a_name_are_no_part_of_it(text: str) -> None:
    """They are no host of their own; what stands beside them may be meant."""
    for field in ("host", "site", "url"):
        cell = cells.read(text, field)
        assert cell.found == ()
        assert "a.example.com" in {name for one in cell.unread for name in may_name(one)}
    named_so = cells.read("qq\u7fa4.example", "site")
    assert [one.value for one in named_so.found] == ["xn--qq-5y3f.example"]


def test_a_network_in_a_column_of_hosts_is_a_network() -> None:
    """And not its first address with a page behind it; nor does a port make it one."""
    for text in ("198.51.100.0/24", "198.51.100.0/24:443"):
        for field in ("host", "site", "ip"):
            assert named(cells.read(text, field)) == ["cidr:198.51.100.0/24"]


def test_a_login_before_a_port_is_no_address() -> None:
    """The host stands between them."""
    for text in ("https://u:p@a.example.com:8443/", "u:p@a.example.com:8443"):
        assert named(cells.read(text, "host")) == ["domain:a.example.com"]


def test_a_blank_within_a_name_makes_no_two_of_it() -> None:
    """Where what stands before it ends in no top-level domain; it may be the name without it."""
    cell = cells.read("casino.exa mple.com", "host")
    assert cell.found == ()
    assert "casino.example.com" in may_name(cell.unread[0])


def test_a_text_in_utf_8_is_read_whatever_the_list_was_read_in() -> None:
    """Of a list that was put together from several encodings."""
    for encoding, name in (
        ("windows-1250", "p\u0159\u00edklad"),
        ("windows-1254", "\u015fans\u0131"),
    ):
        wrong = f"{name}.example".encode().decode(encoding)
        assert cells.read(wrong, "site") == cells.read(f"{name}.example", "site")


@pytest.mark.parametrize(
    "joined",
    [
        *(
            "{}-{}",
            "{} - {}",
            "{} \u2013 {}",
            "{}...{}",
            "{} .. {}",
            "{} ~ {}",
            "{}\uff5e{}",
            "{}至{}",
        ),
        *("{} to {}", "from {} to {}", "between {} and {}", "{} bis {}", "von {} bis {}"),
        *("de {} à {}", "de {} a {}", "da {} a {}", "od {} do {}", "с {} по {}", "від {} до {}"),
        *("IP: {} - {}", "IP range {} - {}", "диапазон {} - {}", "从{}到{}", "{}から{}まで"),
    ],
)
@given(first=st.integers(0x0B000000, 0x7E000000), more=st.integers(1, 300))
def test_a_range_in_words_and_signs_is_its_networks(joined: str, first: int, more: int) -> None:
    """Those between are listed with the first and the last, in whatever language it is told."""
    low, high = ipaddress.IPv4Address(first), ipaddress.IPv4Address(first + more)
    cell = cells.read(joined.format(low, high), "selector")
    assert not cell.unread
    held = [a for one in cell.found for a in ipaddress.ip_network(one.value)]
    assert [int(address) for address in sorted(held)] == list(range(first, first + more + 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.x", ["cidr:192.0.2.0/24"]),
        ("192.0.2.[64-127]", ["cidr:192.0.2.64/26"]),
        ("192.0.2.0 / 26", ["cidr:192.0.2.0/26"]),
        ("192.0.2.0 255.255.255.192", ["cidr:192.0.2.0/26"]),
        ("192.0.2.0 (255.255.255.192)", ["cidr:192.0.2.0/26"]),
        ("192.0.2.0 0.0.0.63", ["cidr:192.0.2.0/26"]),
        ("192.0.2.0 subnet mask 255.255.255.192", ["cidr:192.0.2.0/26"]),
        ("192.0.2.1/198.51.100.1", ["ip:192.0.2.1", "ip:198.51.100.1"]),
        ("IP 192.0.2.1", ["ip:192.0.2.1"]),
        ("IP-адрес: 192.0.2.1", ["ip:192.0.2.1"]),
        ("239.1.2.3", []),
        ("255.255.255.0", []),
    ],
)
@pytest.mark.parametrize("field", ["selector", "host", "ip"])
def test_networks_are_read_as_engineers_write_them(text: str, found: list[str], field: str) -> None:
    """With stars, masks of bits and their reverse; what no host can have is none."""
    assert named(cells.read(text, field)) == found


@pytest.mark.parametrize("words", ["net {} up to and including {}", "{} (mirrors up to {})"])
def test_an_unread_text_with_two_addresses_may_mean_those_between(words: str) -> None:
    """Where no more than a comma or a word for *and* parts them, there are two."""
    text = words.format("192.0.2.16", "192.0.2.31")
    assert "192.0.2.16/28" in may_name(text)
    assert "192.0.2.16/28" not in may_name("the order of 192.0.2.16, 192.0.2.31 and others")


@given(first=st.integers(0, 9), more=st.integers(2, 15), name=labels)
@pytest.mark.parametrize(
    "form", ["{0}{1}.{3} - {0}{2}.{3}", "{0}{1}.{3} \u2026 {0}{2}.{3}", "{0}[{1}-{2}].{3}"]
)
def test_names_counted_from_one_to_another_may_be_meant(
    form: str, name: str, first: int, more: int
) -> None:
    """An answer about those between is not "not listed"."""
    assume(not name[-1].isdigit())
    cell = cells.read(form.format(name, first, first + more, "example.com"), "host")
    may = {one for text in cell.unread for one in may_name(text)} | {s.value for s in cell.found}
    assert {f"{name}{n}.example.com" for n in range(first, first + more + 1)} <= may


@pytest.mark.parametrize(
    "beside",
    [
        *(
            "; info@example.net",
            ", tel. +34 600 000 000",
            " / +48 600 000 000",
            "; Telegram: @casino",
        ),
        *(" (tel. 600 000 000)", "; WhatsApp: +34 600 000 000", "; E-mail: info@example.net"),
        *(
            "; support@example.net; +34 600 000 000",
            ", тел.: +7 (900) 000-00-00",
            " e-mail info@example.net",
        ),
    ],
)
@given(host=hosts)
def test_how_to_reach_somebody_is_no_site_and_hides_none(host: str, beside: str) -> None:
    """Securities lists write telephones and addresses of mail into the cell of the site."""
    assert cells.read(f"{host}{beside}", "host") == cells.read(host, "host")
    assert labels_of.names_no_site(beside)
    assert not labels_of.names_no_site(f"{host}{beside}")


@pytest.mark.parametrize(
    "words",
    [
        *(
            " and all subdomains",
            " (including subdomains)",
            " and all its subdomains",
            " + subdomains",
        ),
        *(
            " и все поддомены",
            " (включая поддомены)",
            " und alle Subdomains",
            " et tous ses sous-domaines",
        ),
        *(" y todos sus subdominios", " e tutti i sottodomini", " oraz wszystkie subdomeny"),
        *(" та всі піддомени", " ve tüm alt alan adları", " (all subdomains)"),
    ],
)
@given(host=hosts)
def test_a_name_with_all_below_it_may_be_told_in_words(host: str, words: str) -> None:
    """It is the name and its mask; exceptions in words leave the cell unread."""
    told = [f"domain:{host}", f"mask:*.{host}"]
    assert sorted(named(cells.read(f"{host}{words}", "site"))) == told
    assert sorted(named(cells.read(f"https://{host}/{words}", "host"))) == told
    assert sorted(named(cells.read(f"{host}, *.{host}", "site"))) == told
    but = cells.read(f"{host}{words} except shop.{host}", "site")
    assert (but.found, but.hides) == ((), True)


@pytest.mark.parametrize(
    "host", ["facebook.com", "t.me", "www.instagram.com", "https://m.facebook.com"]
)
@pytest.mark.parametrize("page", ["john.page", "casino.club", "a.b.live"])
def test_the_name_of_somebody_on_a_shared_site_is_no_host(host: str, page: str) -> None:
    """It may hold dots, and end like a name."""
    bare = host.removeprefix("https://")
    assert named(cells.read(f"{host}/{page}", "host")) == [f"domain:{bare}"]
    (found,) = cells.read(f"{host}/{page}", "site").found
    assert (found.kind, found.value.partition("://")[2]) == (Kind.URL, f"{bare}/{page}")


@pytest.mark.parametrize(
    "end", [" only", " (page only)", " uniquement", " nur", " только", " solo", " (only)"]
)
def test_a_word_for_only_is_no_part_of_a_page(end: str) -> None:
    """Other words behind a blank may be."""
    assert named(cells.read(f"http://a.example/x{end}", "site")) == ["url:http://a.example/x"]
    assert named(cells.read("http://a.example/x y", "site")) == ["url:http://a.example/x%20y"]


@pytest.mark.parametrize(
    "text",
    [
        "a&period;b.example",
        "a&#x2e;b&#46;example",
        "a.b&shy;.example",
        "a&ZeroWidthSpace;.b.example",
        "a (dot) b.example",
        "a[.]b.example (2), a.b.example",
    ],
)
def test_signs_by_their_names_are_read(text: str) -> None:
    """As pages have them, in lists that were made from pages."""
    assert named(cells.read(text, "host")) == ["domain:a.b.example"]


@pytest.mark.parametrize(
    "between",
    [
        *("\n", "\r\n", ", ", "; ", " | ", " / ", "|", ",\n", "\u3001", " and ", " \u0438 "),
        "\n\n",
        "\uff0c",
    ],
)
@given(first=hosts, then=hosts, page=st.sampled_from(["", "x", "x/y.html", "?a=1"]))
def test_a_name_behind_a_page_is_no_part_of_its_path(
    between: str, first: str, then: str, page: str
) -> None:
    """To browsers what parts them is a sign of a path; nothing of the second is lost."""
    assume(first != then)
    cell = cells.read(f"https://{first}/{page}{between}{then}", "site")
    may = {one for text in cell.unread for one in may_name(text)}
    assert f"domain:{then}" in named(cell) or then in may
    assert (page == "?a=1") or f"domain:{then}" in named(cell) or between in {"\u3001", "\uff0c"}
    hosts_alone = cells.read(f"https://{first}/{page}{between}{then}", "host")
    may = {one for text in hosts_alone.unread for one in may_name(text)}
    assert named(hosts_alone)[:1] == [f"domain:{first}"] or first in may
    assert f"domain:{then}" in named(hosts_alone) or then in may


@pytest.mark.parametrize(
    ("text", "found", "doubted"),
    [
        ("https://a.example/x,b.example", ["url:https://a.example/x,b.example"], True),
        ("https://a.example/x,y.html", ["url:https://a.example/x,y.html"], False),
        ("http://a.example/a file.pdf", ["url:http://a.example/a%20file.pdf"], False),
        ("http://a.example/x y", ["url:http://a.example/x%20y"], False),
        ("http://a.example/x (as b.example)", ["url:http://a.example/x%20(as%20b.example)"], True),
    ],
)
def test_the_end_of_a_path_may_be_another_name(
    text: str, found: list[str], *, doubted: bool
) -> None:
    """Then the page stands as it is written, and the answer about the name is `insufficient`."""
    cell = cells.read(text, "site")
    assert (named(cell), bool(cell.unread)) == (found, doubted)


def test_a_mask_of_bits_in_an_unread_text_is_no_end_of_a_range() -> None:
    """It may mean its network, and no wider one."""
    may = may_name("the net 192.0.2.64 with the mask 255.255.255.224")
    assert [one for one in may if "/" in one] == ["192.0.2.64/27"]
