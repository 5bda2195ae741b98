"""One client is one client, whatever its address looks like."""

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.model.clients import network_of


@pytest.mark.parametrize(
    ("written", "whom"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::cb00:7107", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("[2001:db8::2]:443", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1%eth0", "2001:db8::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_a_client_is_an_address_however_it_is_written(written: str, whom: str) -> None:
    """Ports, brackets and mapped forms make no new people."""
    assert network_of(written) == whom


@given(st.integers(min_value=1 << 64, max_value=(1 << 128) - 1), st.integers(0, (1 << 64) - 1))
def test_all_addresses_of_a_64_are_one_client(number: int, other: int) -> None:
    """A home has a whole /64, and with it 18 quintillion names."""
    first = IPv6Address(number)
    second = IPv6Address((number >> 64 << 64) | other)
    if first.ipv4_mapped is None and first.sixtofour is None:
        assert network_of(str(first)) == network_of(str(second))
