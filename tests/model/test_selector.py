"""One canonical form for each thing on the network, however it is written."""

import ipaddress
import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE, PublicSuffixList

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.selector import Kind, Selector, from_key, like_an_app, parse

labels = st.from_regex(r"[a-z](?:[a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True).filter(
    lambda label: label[2:4] != "--"
)
hosts = st.tuples(labels, labels, st.sampled_from(["example", "test", "example.com"])).map(".".join)
paths = st.text("abz019/._~%-+=&?;:@!$'()*,[]{}|\\^` äя\t", max_size=20)
writings = st.one_of(
    st.text(max_size=40),
    st.text("a1.-_*:/[]@#?%xn äПß。．١\u200d\xad\ud800", max_size=30),
    hosts,
    st.builds(
        "{}://{}{}/{}".format,
        st.sampled_from(["http", "HTTPS", "ftp", "hxxp", "foo"]),
        hosts,
        st.sampled_from(["", ":80", ":443", ":8080", "."]),
        paths,
    ),
    st.ip_addresses().map(str),
    st.builds("{}/{}".format, st.ip_addresses(), st.integers(0, 140)),
    st.text(max_size=20).map(lambda text: f"app:{text}"),
)


def spelt(named: Selector) -> str:
    """How a canonical selector is given to `parse` again."""
    return str(named) if named.kind == Kind.APP else named.value


def canonical(text: str) -> Selector:
    """The selector; a text that is none is passed over by hypothesis."""
    try:
        return parse(text)
    except UsageError:
        assume(False)
        raise


def mixed(text: str, bits: int) -> str:
    """Some letters in upper case."""
    return "".join(c.upper() if bits >> n & 1 else c for n, c in enumerate(text))


@settings(max_examples=400)
@given(text=writings)
@example(text="app:a b%20c")
@example(text="１.２.３.４")
@example(text="example。com。")
@example(text="http://a.example/[[.]]")
@example(text="http://a.example/" + "я" * 4000)
@example(text="http://a.example?[[.]]")
@example(text="::ffff:192.0.2.1")
@example(text="*.*.example.com")
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    """Whatever is understood at all is understood the same when it is read again."""
    once = canonical(text)
    assert parse(spelt(once)) == once
    assert from_key(str(once)) == once


@settings(max_examples=400)
@given(text=writings)
@example(text="app:\ud800")
@example(text="")
@example(text="*.")
@example(text=".")
@example(text="http://")
@example(text="app:")
@example(text="fe80::1%eth0")
def test_every_way_in_gives_a_selector_or_a_usage_error(text: str) -> None:
    """No text raises anything else, and what comes out can be stored as UTF-8 on one line."""
    for way in (
        parse,
        selector.domain,
        selector.mask,
        selector.url,
        selector.address,
        selector.app,
    ):
        try:
            named = way(text)
        except UsageError:
            continue
        assert named.value.encode()
        assert not re.search(r"[\x00-\x20\x7f]", named.value)


@given(host=hosts, bits=st.integers(0, 2**40), dot=st.sampled_from(["", ".", ".."]))
def test_case_final_dots_and_white_space_do_not_matter(host: str, bits: int, dot: str) -> None:
    """A host name is one name however it is typed, also under a mask."""
    assert parse(f"  {mixed(host, bits)}{dot}\n") == Selector(Kind.DOMAIN, host)
    assert parse(f"*.{mixed(host, bits)}{dot}") == Selector(Kind.MASK, f"*.{host}")
    assert selector.mask(mixed(host, bits)) == selector.mask(f"*.{host}")


@pytest.mark.parametrize(
    ("written", "ascii_form"),
    [
        ("пример.example", "xn--e1afmkfd.example"),
        ("ПРИМЕР.EXAMPLE", "xn--e1afmkfd.example"),
        ("пример。example", "xn--e1afmkfd.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("ＡＢＣ.example", "abc.example"),
        ("XN--E1AFMKFD.example", "xn--e1afmkfd.example"),
        ("xn--a.example", "xn--a.example"),
        ("_dmarc.a-.example", "_dmarc.a-.example"),
    ],
)
def test_a_name_in_letters_and_in_its_ascii_form_are_one(written: str, ascii_form: str) -> None:
    """In whatever script, case or composition, in a host, a mask and a URL."""
    assert parse(written) == parse(ascii_form) == Selector(Kind.DOMAIN, ascii_form)
    assert parse(f"*.{written}").host == ascii_form
    if "_" not in written and written != ascii_form:
        assert parse(f"http://{written}/").value == f"http://{ascii_form}/"


@given(host=hosts, bits=st.integers(0, 2**40))
def test_a_url_s_host_case_default_port_and_fragment_do_not_matter(host: str, bits: int) -> None:
    """What a browser would ask for is what counts; the path keeps its case."""
    for scheme, port in (("http", 80), ("https", 443)):
        plain = parse(f"{scheme}://{host}/Path?q=A")
        assert plain.value == f"{scheme}://{host}/Path?q=A"
        assert plain.host == host
        assert parse(f"{scheme.upper()}://{mixed(host, bits)}:{port}/Path?q=A#part") == plain
        assert parse(f"{scheme}://{host}:8{port}/Path?q=A") != plain


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("a.example/x", "http://a.example/x"),
        ("a.example:8080", "http://a.example:8080/"),
        ("a.example:80", "http://a.example/"),
        ("a.example?q", "http://a.example/?q"),
        ("http://a.example", "http://a.example/"),
        ("http://a.example/b/../c/./d", "http://a.example/c/d"),
        ("http://a.example/я", "http://a.example/%D1%8F"),
        ("http://a.example\\b", "http://a.example/b"),
        ("http:///a.example", "http://a.example/"),
        ("http://user:word@a.example/x", "http://a.example/x"),
        ("http://3221225985/", "http://192.0.2.1/"),
        ("http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/"),
        ("hxxps://a[.]example/b", "https://a.example/b"),
        ("hxxp[:]//a[.]example", "http://a.example/"),
    ],
)
def test_urls_follow_the_whatwg_rules(written: str, value: str) -> None:
    """A missing scheme is http, dots in paths are resolved, broken-up spelling is undone."""
    assert parse(written) == Selector(Kind.URL, value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a.example./x", "a.example"),
        ("http://user@a.example:8080/x@y", "a.example"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1"),
        ("https://a.example/?u=http://b.example/", "a.example"),
    ],
)
def test_the_host_of_a_url_is_its_name_alone(url: str, host: str) -> None:
    """Without user, port, brackets and final dot, so that it meets what is asked about the host."""
    assert parse(url).host == host


@given(address=st.ip_addresses(), upper=st.booleans())
def test_an_address_has_one_form(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, upper: bool
) -> None:
    """Exploded or short, in either case, alone or with the full prefix length."""
    written = address.exploded.upper() if upper else address.exploded
    named = parse(written)
    assert named.kind == Kind.IP
    within = getattr(address, "ipv4_mapped", None)
    assert ipaddress.ip_address(named.value) == (within or address)
    assert parse(f"{written}/{address.max_prefixlen}") == named
    assert parse(str(address)) == selector.domain(str(address)) == named


def meant(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A network of IPv4 addresses within IPv6 is that network of IPv4."""
    first = getattr(network.network_address, "ipv4_mapped", None)
    if first is None or network.prefixlen < 96:
        return network
    return ipaddress.IPv4Network((first, network.prefixlen - 96))


@given(address=st.ip_addresses(), drawn=st.data())
def test_a_network_has_one_form(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, drawn: st.DataObject
) -> None:
    """Any address of it with the prefix length names the same network."""
    length = drawn.draw(st.integers(0, address.max_prefixlen - 1))
    named = parse(f"{address}/{length}")
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    assert named.kind == Kind.CIDR
    assert ipaddress.ip_network(named.value) == meant(network)
    assert parse(f"{network.broadcast_address.exploded}/{length}") == named


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("::FFFF:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("2001:0db8:0000::0001", "2001:db8::1"),
        ("192.0.2.77/255.255.255.0", None),
        ("1[.]2.3.4", "1.2.3.4"),
    ],
)
def test_addresses_are_spelt_alike_in_every_python(written: str, value: str | None) -> None:
    """Also IPv4 within IPv6, which one Python writes otherwise than the next."""
    if value is None:
        assert selector.address(written).value == "192.0.2.0/24"
    else:
        assert parse(written).value == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "a b.example",
        "a..example",
        ".example",
        "192.0.2.256",
        "001.2.3.4",
        "2001:db8::/129",
        "http://",
        "http://a b/",
        "fe80::1%eth0",
        "*.",
        "app: ",
        "a" * 300 + ".é",
        "http://a.example/" + "a" * 9000,
        "http://a.example/" + "я" * 8000,
        "xn--\u00e9.example",
        "\0",
    ],
)
def test_what_is_no_selector_is_refused_and_shown(text: str) -> None:
    """The error shows what was given, shortened, and never a path of thousands of characters."""
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert len(str(refused.value)) < 500


def test_an_app_is_its_identifier_in_lower_case() -> None:
    """What an identifier may not hold is escaped once."""
    assert parse("app:Com.Example.Chat") == Selector(Kind.APP, "com.example.chat")
    assert parse("app:a b") == parse("app:a%20b") == Selector(Kind.APP, "a%20b")
    assert parse("app:com.example.chat").host is None


_octets = st.one_of(st.integers(0, 300).map(str), st.sampled_from(["00", "01", "010", "", "1\n"]))


@given(st.lists(_octets, min_size=3, max_size=5))
def test_an_ipv4_address_is_taken_as_it_stands_only_if_that_is_its_one_spelling(
    octets: list[str],
) -> None:
    """Four numbers with points are that address where Python's own reading agrees, else refused."""
    text = ".".join(octets)
    try:
        known = str(ipaddress.IPv4Address(text.strip()))
    except ValueError:
        with pytest.raises(UsageError):
            selector.address(text)
    else:
        assert selector.address(text) == Selector(Kind.IP, known)


@pytest.mark.parametrize(
    ("whole", "host"),
    [
        ("http://www.example.com", "www.example.com"),
        ("http://www.example.com./a@b:c", "www.example.com"),
        ("http://user:secret@example.com/", "example.com"),
        ("http://example.com:8080?a=http://example.org/", "example.com"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("http://192.0.2.1#example.org", "192.0.2.1"),
    ],
)
def test_the_host_of_a_url_ends_where_its_port_or_page_begins(whole: str, host: str) -> None:
    """Neither a login before it nor a sign behind it is taken for a part of the host."""
    assert selector.url_host(whole) == host


@pytest.mark.parametrize("text", ["n/a", "2024-03-01", "01/02/2024", "12/2024", "a.2024-03", "3.5"])
def test_words_before_a_stroke_days_and_numbers_are_nobody_s_host(text: str) -> None:
    """Whoever types one is told so."""
    with pytest.raises(UsageError, match=r"a word|a number or a day"):
        selector.parse(text)


@pytest.mark.parametrize("text", ["localhost", "localhost.", "http://localhost/", "com", "рф/"])
def test_a_host_of_one_label_can_be_asked_about(text: str) -> None:
    assert selector.parse(text).host in {"localhost", "com", "xn--p1ai"}


@pytest.mark.parametrize("text", ["AS12389", "as12389", "AS 12389", "ASN12389", " as1 "])
def test_the_number_of_a_network_is_refused_with_where_to_ask(text: str) -> None:
    """It is no host of one label."""
    with pytest.raises(UsageError, match="the number of a network"):
        parse(text)


def test_names_of_apps_look_like_hosts_the_other_way_round() -> None:
    """They are looked up as hosts, and whoever asks is told of `app:`."""
    for app in ("com.vkontakte.android", "org.telegram.messenger", "ru.vtb24.mobilebanking"):
        assert like_an_app(parse(app))
    for host in ("ru.wikipedia.org", "vk.com", "me.example", "com.com", "app:com.vk.vkclient"):
        assert not like_an_app(parse(host))


def test_top_levels_are_those_of_the_public_suffix_list() -> None:
    """In their own letters and in xn--, in small letters and in capitals."""
    whole, text = PublicSuffixList(), Path(PSLFILE).read_text(encoding="utf-8")
    rules = (line.lstrip("!") for line in text.splitlines() if line and not line.startswith("//"))
    asked = {label for rule in rules for label in rule.split(".")}
    asked |= {label.upper() for label in asked} | {
        "xn--zz",
        "xn--p1ai",
        "XN--P1AI",
        "nodot",
        "a b",
    }
    asked |= {label.encode("idna").decode() for label in asked if not label.isascii()}
    assert {label for label in asked if selector.is_top_level(label)} == {
        label for label in asked if whole.publicsuffix(label, accept_unknown=False) is not None
    }


def test_the_public_suffix_list_is_read_once_for_however_many_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A look-up of thousands of names read it for each, a twentieth of a second a time."""
    read: list[object] = []
    opened = Path.open

    def counted(file: Path, *args: object, **options: object) -> object:
        read.append(file)
        return opened(file, *args, **options)  # type: ignore[call-overload] # handed on as it is

    monkeypatch.setattr(Path, "open", counted)
    monkeypatch.setattr(PublicSuffixList, "__init__", lambda *_: pytest.fail("read as rules"))
    for n in range(2000):
        like_an_app(parse(f"name{n}.com"))
    assert len(read) <= 1
