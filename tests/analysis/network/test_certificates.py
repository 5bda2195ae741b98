"""Certificates read by a walk of our own, held to what a library reads."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.network.certificates import MOST_NAMES, is_for, kept_names, leaf
from gatewatch.model.measurement import Binary

KEY = ec.generate_private_key(ec.SECP256R1())


def made(names: list[str], issuer: str, starts: datetime, ends: datetime) -> bytes:
    held = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer),
            x509.NameAttribute(NameOID.COMMON_NAME, "R1"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "common.example")]))
        .issuer_name(held)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if names:
        known = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(known, critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("names", [[], ["a.example"], ["*.a.example", "a.example"] * 20])
@pytest.mark.parametrize("year", [1971, 2024, 2051])
def test_what_is_read_is_what_was_written(names: list[str], year: int) -> None:
    """Names, issuer and both ends, before and after 2050, where the form of times changes."""
    starts = datetime(year, 3, 1, 4, 5, 6, tzinfo=UTC)
    der = made(names, "Ærlig CA", starts, starts + timedelta(days=90))
    found = leaf(Binary("base64", b64encode(der).decode()))
    assert found is not None
    assert found.names == (tuple(names) or ("common.example",))
    assert found.issuer == "CN=R1,O=Ærlig CA,C=XX"
    assert found.starts == starts.isoformat()
    assert found.expires == (starts + timedelta(days=90)).isoformat()


@pytest.mark.parametrize("place", [0, 3, 19, 20, 99])
@pytest.mark.parametrize("name", ["me.example", "*.example"])
def test_the_name_that_was_asked_for_is_among_those_kept(place: int, name: str) -> None:
    """Wherever it stands among a content network's hundred; else the certificate would be one for
    other names, and whoever showed it an interceptor."""
    names = [f"n{n}.other.example.org" for n in range(99)]
    names.insert(place, name)
    kept = kept_names(tuple(names), "me.example")
    assert len(kept) == MOST_NAMES
    assert any(is_for(one, "me.example") for one in kept)
    assert kept_names(tuple(names), None) == tuple(names[:MOST_NAMES])


@given(cut=st.integers(0, 400), turned=st.lists(st.integers(0, 8 * 300), max_size=8))
def test_no_certificate_makes_it_raise(cut: int, turned: list[int]) -> None:
    """Cut anywhere and with bits turned, the digest is left at the least."""
    starts = datetime(2024, 3, 1, tzinfo=UTC)
    spoilt = bytearray(made(["a.example"], "CA", starts, starts + timedelta(days=1)))
    for bit in turned:
        if bit // 8 < len(spoilt):
            spoilt[bit // 8] ^= 1 << bit % 8
    found = leaf(b64encode(bytes(spoilt[:cut])).decode())
    assert found is not None
    assert len(found.digest) == 64
