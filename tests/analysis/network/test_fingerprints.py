"""Fingerprints in bodies, with Hyperscan and without."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.network.fingerprints import AtOnce, InTurn, Matcher, expression
from gatewatch.catalogue import fingerprints
from gatewatch.model.fingerprint import Fingerprint, Fingerprints, parse

_BODIES = [one for one in fingerprints.load().all if one.location == "body"]
_MORE = [
    Fingerprint("a.start", "nat", "body", "prefix", "<html><!-- *"),
    Fingerprint("a.whole", "nat", "body", "full", "blocked"),
    Fingerprint("a.words", "nat", "body", "contains", "доступ ограничен"),
    Fingerprint("a.order", "nat", "body", "regexp", r"(?i)order.{0,40}no\.? ?\d{2,4}"),
]
_PAGES = {
    "gw.parked_sale": "<p>This domain name is for sale.</p>",
    "gw.parked_buy": "<title>example.com: domain for sale</title>",
    "gw.cloudflare_code": "error code: 1020",
    "gw.portal_page": "<title>Welcome to Grand Hotel Guest Network</title>",
    "gw.portal_credit": "<title>Your data bundle has run out</title>",
}
"""A page for each regular expression that does not match itself."""
_EXPRESSIONS = tuple(expression(one) for one in (*_BODIES, *_MORE))
_PIECES = st.sampled_from(
    [
        *(one.pattern.encode() for one in (*_BODIES, *_MORE) if one.kind != "regexp"),
        b"Order\nof the court No. 4711",
        b"\n",
        b"<html>",
        b"\x00\xff",
    ]
)


@given(st.lists(_PIECES | st.binary(max_size=6), max_size=6).map(b"".join))
def test_both_ways_find_the_same(body: bytes) -> None:
    """A verdict is the same on a machine that has Hyperscan and on one that has not."""
    assert InTurn(_EXPRESSIONS).scan(body) == AtOnce(_EXPRESSIONS).scan(body)


@pytest.mark.parametrize("one", [*_BODIES, *_MORE[:3]], ids=lambda one: str(one.name))
def test_each_is_found(one: Fingerprint) -> None:
    """Every fingerprint of a body that is shipped is found in a body that holds it."""
    matcher = Matcher(Fingerprints("made", (one,)))
    page = _PAGES.get(one.name, one.pattern).encode()
    assert matcher.in_body(page) == (one.mark,)
    assert parse(one.mark).name == one.name
    assert matcher.in_body(b"") == ()


def test_the_tables_of_the_field(shared: Path) -> None:
    """Over the field's 1,300 fingerprints both ways find the same in bodies made of them."""
    bodies = fingerprints.load(str(shared / "ooni/fingerprints")).all
    found = tuple(expression(one) for one in bodies if one.location == "body")
    in_turn, at_once = InTurn(found), AtOnce(found)
    for one in bodies:
        body = b"<html>" + one.pattern.encode() + b"</html>"
        assert in_turn.scan(body) == at_once.scan(body)
