"""The facts of a leaf certificate that an observation keeps.

Read by a walk over its DER (X.690, RFC 5280) that needs no library: a verdict rests on them, and
must not depend on what happens to be installed. Nothing is verified here; that the probe did.
"""

from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

import msgspec

from gatewatch.model.measurement import Binary

MOST_NAMES = 20
"""Names of a certificate that are kept with a handshake."""
_MOST_READ = 2_000
_LONGEST_ISSUER = 200
_SEQUENCE, _SET, _OID, _OCTETS, _UTC_TIME = 0x30, 0x31, 0x06, 0x04, 0x17
_VERSION, _EXTENSIONS, _DNS_NAME = 0xA0, 0xA3, 0x82
_BOOLEAN = 0x01
_ALT_NAMES = bytes.fromhex("551d11")
_NAMED = {bytes.fromhex("550403"): "CN", bytes.fromhex("55040a"): "O", bytes.fromhex("550406"): "C"}


class Leaf(msgspec.Struct, frozen=True):
    """SHA-256 of the DER, names, issuer (CN, O and C), first and last second of validity in ISO
    8601, UTC. Of what cannot be read only the digest is known."""

    digest: str
    names: tuple[str, ...] = ()
    issuer: str | None = None
    starts: str | None = None
    expires: str | None = None


def leaf(certificate: str | Binary | None) -> Leaf | None:
    """Facts of a certificate in base64 DER; None where there is none."""
    if certificate is None:
        return None
    return _facts(certificate if isinstance(certificate, str) else certificate.data)


def is_for(name: str, host: str) -> bool:
    """Whether a certificate's name is that of a host; a star stands for one label (RFC 6125)."""
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


def kept_names(names: tuple[str, ...], host: str | None) -> tuple[str, ...]:
    """The names to keep of a certificate that was met for a host: the one that is for it among
    them, which of a content network's hundred may be the last."""
    if len(names) <= MOST_NAMES:
        return names
    mine = next((name for name in names if host and is_for(name, host)), None)
    if mine is None or mine in names[:MOST_NAMES]:
        return names[:MOST_NAMES]
    return (mine, *names[: MOST_NAMES - 1])


@lru_cache(maxsize=4096)
def _facts(text: str) -> Leaf | None:
    try:
        der = b64decode(text)
    except ValueError:
        return None
    digest = sha256(der).hexdigest()
    try:
        return _parsed(der, digest)
    except (ValueError, IndexError, StopIteration, RuntimeError):
        return Leaf(digest)


def _parsed(der: bytes, digest: str) -> Leaf:
    (certificate,) = (value for _, value in _elements(der))
    body = next(_elements(certificate))[1]
    fields = [field for field in _elements(body) if field[0] != _VERSION]
    # serial number, algorithm, issuer, validity, subject, key, and what may follow
    issuer, validity, subject = fields[2][1], fields[3][1], fields[4][1]
    starts, expires = (_time(*field) for field in _elements(validity))
    extensions = next((value for tag, value in fields if tag == _EXTENSIONS), b"")
    names = tuple(_alternative_names(extensions))[:_MOST_READ]
    # Before RFC 6125 the common name was the host's; old inner boxes still write no other.
    common = _name(subject).get("CN")
    named = _name(issuer)
    told = ",".join(f"{key}={named[key]}" for key in ("CN", "O", "C") if key in named)
    return Leaf(
        digest=digest,
        names=names or ((common,) if common else ()),
        issuer=told[:_LONGEST_ISSUER] or None,
        starts=starts,
        expires=expires,
    )


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element; ValueError where a length goes beyond the data."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            if not 0 < size < 5:
                raise ValueError("a length that no certificate has")
            length = int.from_bytes(data[at : at + size])
            at += size
        if at + length > len(data):
            raise ValueError("cut short")
        yield tag, data[at : at + length]
        at += length


def _time(tag: int, value: bytes) -> str:
    """UTCTime has two digits of the year: 50 to 99 are of the last century (RFC 5280, 4.1.2.5)."""
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text >= "5" else "20") + text
    return datetime.strptime(text.removesuffix("Z") + "+0000", "%Y%m%d%H%M%S%z").isoformat()


def _name(value: bytes) -> dict[str, str]:
    """Common name, organisation and country of a distinguished name."""
    found: dict[str, str] = {}
    for _, group in _elements(value):
        for _, pair in _elements(group):
            (_, kind), (_, text) = _elements(pair)
            if kind in _NAMED:
                found.setdefault(_NAMED[kind], text.decode("utf-8", "replace"))
    return found


def _alternative_names(extensions: bytes) -> Iterator[str]:
    for _, listed in _elements(extensions):
        for _, extension in _elements(listed):
            parts = [part for part in _elements(extension) if part[0] != _BOOLEAN]
            if parts[0][1] == _ALT_NAMES:
                for _, names in _elements(parts[1][1]):
                    for tag, value in _elements(names):
                        if tag == _DNS_NAME:
                            yield value.decode("ascii", "replace").lower()
