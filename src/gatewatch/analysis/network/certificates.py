"""The facts of a leaf certificate that an observation keeps."""

from base64 import b64decode
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec

from gatewatch.model.measurement import Binary

Leaf = tuple[str, tuple[str, ...], str | None, str | None]
"""SHA-256 of the DER, names, issuer, end of validity (ISO day)."""

_MOST_NAMES = 20


def readable() -> bool:
    """Whether more than a certificate's digest can be known: the extra `network` brings what reads it."""
    return find_spec("cryptography") is not None


def leaf(certificate: str | Binary | None) -> Leaf | None:
    """Facts of a certificate in base64 DER; None where there is none."""
    if certificate is None:
        return None
    return _facts(certificate if isinstance(certificate, str) else certificate.data)


@lru_cache(maxsize=4096)
def _facts(text: str) -> Leaf | None:
    try:
        der = b64decode(text)
    except ValueError:
        return None
    digest = sha256(der).hexdigest()
    try:
        return _parsed(der, digest)
    except Exception:  # noqa: BLE001 - a hostile certificate makes the parser raise many things: keep the digest
        return digest, (), None, None


def _parsed(der: bytes, digest: str) -> Leaf:
    from cryptography import x509

    found = x509.load_der_x509_certificate(der)
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(extension.value.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        names = ()
    return (
        digest,
        names[:_MOST_NAMES],
        found.issuer.rfc4514_string()[:200],
        found.not_valid_after_utc.date().isoformat(),
    )
