"""The field's names for what goes wrong (OONI's df-007-errors), from what the system said.

A failure of the network is a value. What the probe's own machine refuses (no route of its own, an
interface that is down, a socket that is forbidden) has names of its own, by which judging knows
that it says nothing of any network.
"""

import errno
import re
import socket
import ssl
from asyncio import CancelledError
from asyncio import TimeoutError as AsyncTimeoutError

TIMEOUT = "generic_timeout_error"
EOF = "eof_error"
INTERRUPTED = "interrupted"
INVALID = "invalid_argument"
NXDOMAIN = "dns_nxdomain_error"
NO_ANSWER = "dns_no_answer"
REFUSED_BY_RESOLVER = "dns_refused_error"
SERVFAIL = "dns_server_misbehaving"
NOT_DNS = "dns_reply_with_wrong_query_id"
BOGON = "dns_bogon_error"
UNKNOWN_AUTHORITY = "ssl_unknown_authority"
INVALID_HOSTNAME = "ssl_invalid_hostname"
INVALID_CERTIFICATE = "ssl_invalid_certificate"
FAILED_HANDSHAKE = "ssl_failed_handshake"
MANY_REDIRECTS = "unknown_failure: stopped after 10 redirects"
BAD_REDIRECT = "http_invalid_redirect_location_host"

_NUMBERS = {
    errno.ECONNREFUSED: "connection_refused",
    errno.ECONNRESET: "connection_reset",
    errno.EPIPE: "connection_reset",
    errno.ECONNABORTED: "connection_aborted",
    errno.ETIMEDOUT: TIMEOUT,
    errno.EHOSTUNREACH: "host_unreachable",
    errno.ENETUNREACH: "network_unreachable",
    errno.ENETDOWN: "network_down",
    errno.ENETRESET: "network_reset",
    errno.EACCES: "permission_denied",
    errno.EPERM: "permission_denied",
    errno.EADDRNOTAVAIL: "address_not_available",
    errno.EAFNOSUPPORT: "address_family_not_supported",
    errno.ENOBUFS: "no_buffer_space",
    errno.EMFILE: "unknown_failure: too many open files",
    errno.ENFILE: "unknown_failure: too many open files",
    errno.EINVAL: INVALID,
    errno.ENOTCONN: EOF,
}
_NAMES = {
    socket.EAI_NONAME: NXDOMAIN,
    getattr(socket, "EAI_NODATA", None): NO_ANSWER,
    getattr(socket, "EAI_ADDRFAMILY", None): NO_ANSWER,
    socket.EAI_AGAIN: "dns_temporary_failure",
    socket.EAI_FAIL: "dns_non_recoverable_failure",
}
OWN = frozenset(
    {
        "network_unreachable",
        "network_down",
        "permission_denied",
        "address_not_available",
        "address_family_not_supported",
        "no_buffer_space",
        "unknown_failure: too many open files",
        INTERRUPTED,
        INVALID,
    }
)
"""Names for what fails on the probe's own machine."""
_FAILURE = re.compile(rb'"(?:control_)?failure":"([^"]+)"')


def failure_of(fault: BaseException) -> str:
    """The field's name for a fault of a socket, a handshake or the resolver of the system.

    What has no name is told in the system's own words behind `unknown_failure`.
    """
    if isinstance(fault, TimeoutError | AsyncTimeoutError):
        return TIMEOUT
    if isinstance(fault, CancelledError):
        return INTERRUPTED
    if isinstance(fault, socket.gaierror):
        return _NAMES.get(fault.errno, f"unknown_failure: {fault.strerror}")
    if isinstance(fault, ssl.SSLZeroReturnError | ssl.SSLEOFError | EOFError):
        return EOF
    if isinstance(fault, ssl.SSLError):
        return FAILED_HANDSHAKE
    if isinstance(fault, ConnectionResetError | BrokenPipeError):
        return "connection_reset"
    if isinstance(fault, OSError) and fault.errno is not None:
        return _NUMBERS.get(fault.errno, f"unknown_failure: {fault.strerror}")
    return f"unknown_failure: {fault}"


def own_failure(line: bytes) -> str:
    """The first failure of this machine's own in a measurement as written; empty without one."""
    found = (one.decode() for one in _FAILURE.findall(line))
    return next((one for one in found if one in OWN), "")
