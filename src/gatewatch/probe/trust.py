"""Whether a chain of certificates is right for a name, by OpenSSL and the system's own store.

A handshake is made without verification and its chain judged here, so that one connection gives
both: what was shown, and whether it may be believed. With verification inside the handshake the
chain is thrown away where it fails, which is where it matters.
"""

import os
import ssl
from datetime import datetime
from functools import lru_cache

from gatewatch.errors import needs
from gatewatch.model.ranges import parsed
from gatewatch.probe import clock, failing

with needs("probe"):
    from cryptography import x509
    from OpenSSL import crypto
    from service_identity import CertificateError, VerificationError
    from service_identity.cryptography import (
        verify_certificate_hostname,
        verify_certificate_ip_address,
    )

_DATES = frozenset({9, 10})
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""
_STRANGERS = frozenset({2, 18, 19, 20, 21, 27})
"""No issuer that is known, self-signed, or an authority that is not trusted."""


@lru_cache(maxsize=4)
def _store(files: tuple[str | None, str | None]) -> "crypto.X509Store":
    """The system's authorities; SSL_CERT_FILE and SSL_CERT_DIR name others, as for OpenSSL."""
    store = crypto.X509Store()
    file, folder = files
    store.load_locations(file, folder)
    return store


def _locations() -> tuple[str | None, str | None]:
    named = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if any(named):
        return named
    known = ssl.get_default_verify_paths()
    return known.cafile, known.capath


def fault_of(chain: list[bytes], name: str) -> str | None:
    """The field's name for what is wrong with a chain (DER, the leaf first) shown for a name or an
    address; None where it is right."""
    if not chain:
        return failing.FAILED_HANDSHAKE
    return _judged(tuple(chain), name, _locations(), clock.now().replace(second=0, microsecond=0))


@lru_cache(maxsize=256)
def _judged(
    chain: tuple[bytes, ...], name: str, files: tuple[str | None, str | None], at: datetime
) -> str | None:
    """Once a minute for what is shown again, as by a site with many addresses or URLs, and to a
    helper, which makes each handshake twice."""
    try:
        leaf, *rest = (crypto.load_certificate(crypto.FILETYPE_ASN1, one) for one in chain)
        store = _store(files)
        store.set_time(at)
        context = crypto.X509StoreContext(store, leaf, rest)
        context.verify_certificate()
    except crypto.X509StoreContextError as fault:
        code = int(fault.errors[0])
        if code in _DATES:
            return failing.INVALID_CERTIFICATE
        return failing.UNKNOWN_AUTHORITY if code in _STRANGERS else failing.INVALID_CERTIFICATE
    except (crypto.Error, ValueError):
        return failing.INVALID_CERTIFICATE
    try:
        held = x509.load_der_x509_certificate(chain[0])
        if parsed(name) is not None:
            verify_certificate_ip_address(held, name)
        else:
            verify_certificate_hostname(held, name)
    except (VerificationError, CertificateError, ValueError):
        return failing.INVALID_HOSTNAME
    return None
