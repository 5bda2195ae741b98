"""Timestamps of RFC 3161: that an authority saw a signature at a time, so that whoever holds our
key cannot date a bundle back."""

from datetime import datetime
from pathlib import Path
from typing import Any

from gatewatch.errors import SourceError, UsageError, needs

_MOST = 1 << 20
_SECONDS = 20


def stamp(data: bytes, url: str) -> bytes:
    """The answer of the authority at an address about some bytes; it gets their digest alone.

    SourceError where it cannot be had; MissingExtraError without the extra `cite`.
    """
    with needs("cite"):
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is no address of an authority: write http:// or https://")
    asked = (
        TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True)
    ).build()
    answer = _post(url, asked.as_bytes())
    try:
        told = decode_timestamp_response(answer)
    except ValueError as fault:
        raise SourceError(f"{url} gave no timestamp: {fault}") from fault
    if told.tst_info.nonce != asked.nonce:
        raise SourceError(f"{url} answered another question: its nonce is not ours")
    return answer


def _post(url: str, body: bytes) -> bytes:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    asked = Request(url, body, {"Content-Type": "application/timestamp-query"})  # noqa: S310 - checked above
    try:
        with urlopen(asked, timeout=_SECONDS) as reply:  # noqa: S310
            answer = reply.read(_MOST + 1)
    except (URLError, OSError, ValueError) as fault:
        raise SourceError(f"no timestamp from {url}: {fault}") from fault
    if len(answer) > _MOST:
        raise SourceError(f"no timestamp from {url}: its answer is too long")
    return bytes(answer)


def told(answer: bytes, data: bytes, roots: Path | None) -> tuple[datetime, bool]:
    """When an authority saw some bytes, and whether its certificate leads to one of `roots` (a PEM
    file). SourceError where it is no timestamp of these bytes."""
    with needs("cite"):
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    import hashlib

    try:
        found = decode_timestamp_response(answer)
        info = found.tst_info
        seen = info.message_imprint.message
        at: datetime = info.gen_time
    except (ValueError, AttributeError) as fault:
        raise SourceError(f"the timestamp cannot be read: {fault}") from fault
    if bytes(seen) != hashlib.sha256(data).digest():
        raise SourceError("the timestamp is of other bytes")
    if roots is None:
        return at, False
    builder: Any = VerifierBuilder()
    for one in _certificates(roots):
        builder = builder.add_root_certificate(one)
    try:
        builder.build().verify_message(found, data)
    except (VerificationError, ValueError) as fault:
        raise SourceError(f"the timestamp does not hold: {fault}") from fault
    return at, True


def _certificates(file: Path) -> list[Any]:
    with needs("cite"):
        from cryptography import x509
    try:
        return list(x509.load_pem_x509_certificates(file.read_bytes()))
    except (OSError, ValueError) as fault:
        raise UsageError(f"{file} holds no certificates in PEM: {fault}") from fault
