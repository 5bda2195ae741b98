"""How a listing meets a question: keys, coverage, and the index against the full path."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.registers.lookup import How, MatchCoverage, covers, probes, stored
from gatewatch.model.selector import parse


def met(listed: str, asked: str) -> How | None:
    """How a listing of one meets a question about the other, nearest first."""
    filed = set(stored(parse(listed)))
    return next((how for key, how in probes(parse(asked)) if key in filed), None)


@pytest.mark.parametrize(
    ("listed", "asked", "how"),
    [
        ("http://example.com/a", "http://example.com/a", How.EXACT_URL),
        ("http://example.com/a", "https://example.com/a", How.EXACT_URL),
        ("http://example.com/a", "http://example.com/b", How.BESIDE),
        ("www.example.com", "example.com", None),  # shown beside it by the question, not by a key
        ("http://*.example.com/a", "http://b.example.com/a", How.EXACT_URL),
        ("http://*.example.com/a", "b.example.com", How.URL_ON_HOST),
        ("http://*.example.com/a", "http://b.example.com/b", None),
        ("http://example.com/a", "example.com", How.URL_ON_HOST),
        ("http://example.com/a", "a.example.com", None),
        ("example.com", "example.com", How.HOST),
        ("example.com", "https://example.com/a?b", How.HOST),
        ("example.com", "a.b.example.com", How.PARENT),
        ("example.com", "notexample.com", None),
        ("example.com", "com", None),
        ("*.example.com", "a.example.com", How.MASK),
        ("*.example.com", "https://a.b.example.com/x", How.MASK),
        ("*.example.com", "*.a.example.com", How.MASK),
        ("*.example.com", "*.example.com", How.MASK),
        ("*.example.com", "example.com", How.MASK_APEX),
        ("*.a.example.com", "*.example.com", None),
        ("192.0.2.7", "192.0.2.7", How.ADDRESS),
        ("192.0.2.7", "http://192.0.2.7/x", How.ADDRESS),
        ("192.0.2.0/24", "192.0.2.7", How.PREFIX),
        ("192.0.2.0/24", "192.0.2.128/25", How.PREFIX),
        ("192.0.2.0/25", "192.0.2.0/24", None),
        ("192.0.2.0/24", "192.0.3.1", None),
        ("2001:db8::/32", "2001:db8::1", How.PREFIX),
        ("http://192.0.2.7/x", "192.0.2.7", How.URL_ON_HOST),
        ("app:com.example.chat", "app:com.example.chat", How.APP),
    ],
)
def test_each_kind_meets_each_kind_as_the_ontology_says(
    listed: str, asked: str, how: How | None
) -> None:
    """Every row of the table in docs/ontology.md, and the near misses beside it."""
    assert met(listed, asked) == how


@pytest.mark.parametrize(
    ("how", "prescribed", "subdomains", "coverage"),
    [
        (How.HOST, True, False, MatchCoverage.WHOLE),
        (How.HOST, False, True, MatchCoverage.RELATED),
        (How.PARENT, True, False, MatchCoverage.RELATED),
        (How.PARENT, True, True, MatchCoverage.WHOLE),
        (How.MASK_APEX, True, True, MatchCoverage.RELATED),
        (How.URL_ON_HOST, True, False, MatchCoverage.PART),
        (How.URL_ON_HOST, False, False, MatchCoverage.RELATED),
    ],
)
def test_only_what_is_prescribed_and_covers_the_question_counts(
    how: How, prescribed: bool, subdomains: bool, coverage: MatchCoverage
) -> None:
    """A selector that is only named, or near, is shown and never makes an answer listed."""
    assert covers(how, prescribed=prescribed, covers_subdomains=subdomains) == coverage


addresses = st.ip_addresses().map(str)


@given(address=addresses, length=st.integers(0, 128))
def test_a_network_meets_exactly_the_addresses_within_it(address: str, length: int) -> None:
    """What the keys say is what the arithmetic of addresses says."""
    network = ipaddress.ip_network(
        (address, min(length, ipaddress.ip_address(address).max_prefixlen)), strict=False
    )
    listed = str(network)
    inside, outside = (
        network[-1],
        network.broadcast_address + 1 if network[-1] < _last(network) else None,
    )
    if network.prefixlen < network.max_prefixlen:
        assert met(listed, str(inside)) == How.PREFIX
        assert outside is None or met(listed, str(outside)) is None


def _last(network: ipaddress.IPv4Network | ipaddress.IPv6Network):
    return ipaddress.ip_address(
        "255.255.255.255" if network.version == 4 else "f" * 4 + ":ffff" * 7
    )


def test_an_ipv4_address_within_ipv6_meets_the_network_around_it() -> None:
    """Networks of the ::ffff: range are spelt one way, whichever Python is at work."""
    assert met("::ffff:0:0/96", "::ffff:192.0.2.1") == How.PREFIX
