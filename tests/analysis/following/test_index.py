"""Who is told of an event: looked up, and the same as asking each."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.following.index import WishIndex
from gatewatch.catalogue import facts
from gatewatch.errors import UsageError
from gatewatch.model.event import Event
from gatewatch.model.subscription import Wish
from gatewatch.query.wished import WishText, wished

NAMES = st.sampled_from(
    ["example.com", "a.example.com", "b.a.example.com", "com", "other.test", "xexample.com"]
)
ADDRESSES = st.sampled_from(
    [
        "192.0.2.0/24",
        "192.0.2.7/32",
        "192.0.0.0/16",
        "0.0.0.0/0",
        "2001:db8::/32",
        "2001:db8::1/128",
    ]
)
WISHES = st.builds(
    Wish,
    services=st.lists(st.sampled_from(["wechat", "line"]), max_size=1).map(tuple),
    domains=st.lists(NAMES, max_size=2).map(tuple),
    addresses=st.lists(ADDRESSES, max_size=2).map(tuple),
    networks=st.lists(st.sampled_from([1, 2]), max_size=1).map(tuple),
    registers=st.lists(st.sampled_from(["r", "s"]), max_size=1).map(tuple),
    jurisdictions=st.lists(st.sampled_from(["RU", "UA"]), max_size=1).map(tuple),
    authorities=st.lists(st.sampled_from(["rkn"]), max_size=1).map(tuple),
    laws=st.lists(st.sampled_from(["law"]), max_size=1).map(tuple),
    kinds=st.lists(st.sampled_from(["listing", "claim"]), max_size=1).map(tuple),
)
ABOUT = st.one_of(
    NAMES.map(lambda name: f"domain:{name}"),
    NAMES.map(lambda name: f"mask:*.{name}"),
    ADDRESSES.map(lambda net: f"cidr:{net}"),
    st.sampled_from(
        ["ip:192.0.2.7", "ip:2001:db8::1", "service:wechat", "as:1", "ip:198.51.100.1"]
    ),
)
EVENTS = st.builds(
    Event,
    id=st.just("e"),
    kind=st.sampled_from(["listing", "claim"]),
    at=st.just(datetime(2024, 1, 1, tzinfo=UTC)),
    title=st.just("t"),
    text=st.just("t"),
    path=st.just("/"),
    service=st.sampled_from([None, "wechat", "line"]),
    jurisdiction=st.sampled_from([None, "RU", "UA"]),
    register=st.sampled_from([None, "r", "s"]),
    about=st.lists(ABOUT, max_size=3).map(tuple),
    authorities=st.lists(st.just("rkn"), max_size=1).map(tuple),
    laws=st.lists(st.just("law"), max_size=1).map(tuple),
    one_of_many=st.booleans(),
)


@given(st.lists(WISHES, max_size=6), EVENTS)
def test_the_index_finds_whom_asking_each_would_find(wishes: list[Wish], event: Event) -> None:
    """For any subscriptions and any event."""
    named = {str(n): wish for n, wish in enumerate(wishes)}
    asked = sorted(name for name, wish in named.items() if wish.takes(event))
    assert WishIndex(named.items()).takers(event) == asked


def test_what_people_write_is_typed_once() -> None:
    """Services by any name, domains from addresses of pages, networks with and without AS."""
    given_ = WishText(
        things=("ВК", "https://shop.example.com/x", "*.example.org", "192.0.2.1", "AS12389", ""),
        addresses=("192.0.2.77/24", "198.51.100.0 - 198.51.100.130"),
        networks=("as7", 8),
        jurisdictions=("ru",),
        laws=("242-ФЗ",),
        authorities=("Roskomnadzor",),
        registers=("r",),
        kinds=("listing",),
    )
    found = wished(given_, facts.load(), ["r"])
    assert found.domains == ("shop.example.com", "example.org")
    assert found.addresses[0] == "192.0.2.1"
    ranged = ("198.51.100.0/25", "198.51.100.128/31", "198.51.100.130/32")
    assert found.addresses[2:] == ranged  # as registries write what one has
    assert found.networks == (12389, 7, 8)
    assert (found.jurisdictions, found.authorities) == (("RU",), ("rkn",))
    assert found.laws == ("ru-242fz",)
    assert len(found.services) == 1
    for wrong in (
        WishText(things=("nosuchservice",)),
        WishText(things=(" ", "")),  # nothing named is not everything
        WishText(things=("192.0.2.9-192.0.2.1",)),
        WishText(domains=("192.0.2.1",)),
        WishText(addresses=("example.com",)),
        WishText(networks=("AS99999999999",)),
        WishText(registers=("s",)),
        WishText(authorities=("nobody",)),
        WishText(laws=("nothing",)),
        WishText(kinds=("fun",)),
        WishText(jurisdictions=("XYZ",)),
    ):
        with pytest.raises(UsageError):
            wished(wrong, facts.load(), ["r"])
