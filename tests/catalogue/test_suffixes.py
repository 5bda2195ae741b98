"""The domain that a host was registered under, by the rules about it alone."""

import pytest

from gatewatch.catalogue import suffixes


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("www.example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("shop.s3.amazonaws.com", "shop.s3.amazonaws.com"),
        ("img.shop.s3.amazonaws.com", "shop.s3.amazonaws.com"),
        ("a.b.eu-west-1.compute.amazonaws.com", "b.eu-west-1.compute.amazonaws.com"),
        ("eu-west-1.compute.amazonaws.com", None),
        ("s3.amazonaws.com", None),
        ("co.uk", None),
        ("com", None),
        ("localhost", None),
    ],
)
def test_what_customers_register_is_theirs(host: str, registered: str | None) -> None:
    """A suffix is nobody's, be it a country's or a company's; what is beneath it is one owner's."""
    assert suffixes.registrable(host) == registered
