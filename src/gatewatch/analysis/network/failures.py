"""One word for each of a probe's failure strings.

The strings are OONI's (github.com/ooni/spec, data-formats/df-007-errors.md), those of its older
programs, and what stands behind `unknown_failure`: the operating system's own text.
"""

from gatewatch.model.memo import memo

OWN = "own"
"""The probe's own machine, user or account: it says nothing of any network."""
UNREACHABLE = "unreachable"

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        OWN,
        (
            # ENETDOWN, ENETRESET, and no route of one's own: IPv6 asked for where there is none.
            # ooni/probe#2233 and #2456: each was told as a block by address.
            "network_down",
            "enetdown",
            "enetunreach",
            "ehostdown",
            "network is down",
            "network_reset",
            "network_unreachable",
            "network is unreachable",
            "network was unreachable",
            "unreachable network",
            "host is down",
            # EACCES, EPERM and WSAEACCES: the machine's own firewall forbade the socket.
            "permission",
            "eacces",
            "eperm",
            "not permitted",
            "access permissions",
            # The user or the program itself ended it.
            "interrupted",
            "canceled",
            "cancelled",
            "already_closed",
            "use of closed",
            # ECONNABORTED and WSAECONNABORTED: the system dropped its own connections, as when a
            # phone goes from Wi-Fi to its mobile network. No packet came.
            "connection_aborted",
            "connection abort",
            "econnaborted",
            "aborted by the software",
            "already_in_progress",
            # No socket, address, memory or file for it.
            "too many open files",
            "address_family",
            "address family",
            "address_not_available",
            "assign requested address",
            "requested address is not valid",
            "buffer space",
            "no_buffer_space",
            "not enough memory",
            "out of memory",
            "cannot allocate",
            "invalid_argument",
            "invalid argument",
            "bad_file_descriptor",
            "bad file descriptor",
            "executable",
            "binary-not-found",
            "binary not found",
            "no such file",
            "load system roots",
            # Tor's words for a machine whose clock is off: no relay's word can be verified there.
            "our clock is",
            "clock_skew",
            "clock skew",
            "socks",
        ),
    ),
    ("bogon", ("dns_bogon",)),
    (
        "nxdomain",
        (
            "nxdomain",
            "dns_name_error",
            "host_not_found",
            "no such host",
            "name or service not known",
            "eai_noname",
            "nodename nor servname",
        ),
    ),
    # Android says EAI_NODATA of whatever its cache has no address for, be the name there or not
    # (ooni/probe#2029).
    ("no_answer", ("no_answer", "dns_no_data", "android_dns_cache_no_data", "eai_nodata")),
    (
        "servfail",
        (
            "servfail",
            "dns_server_misbehaving",
            "server misbehaving",
            "server_failure",
            "dns_name_failure",
            "non_recoverable",
            "eai_fail",
            # Twisted's DNSLookupError, which programs of 2012 to 2019 and helpers wrote of a name
            # that is not there, of SERVFAIL and of silence alike: no more than that none came.
            "dns_lookup_error",
        ),
    ),
    # A frame of HTTP/2 or QUIC lies inside the encrypted connection: only its other end can write
    # one. "GOAWAY and closed the connection" was once told as a reset (ooni/probe#2306).
    # And a bridge whose key changed answers all the same: what it says does not fit the old one.
    (
        "server",
        ("goaway", "stream error", "h3_", "application error", "auth mismatch", "rejected ech"),
    ),
    # Something that is no HTTP came in its place (ooni/probe#2411: a middlebox's bare page).
    (
        "malformed",
        ("malformed", "invalid http", "bad status", "parse_error", "wrong_id", "wrong_query_id"),
    ),
    ("redirect_loop", ("too many redirects", "redirect_loop", "stopped after")),
    ("bad_redirect", ("invalid_redirect", "redirect_location", "redirect_url")),
    # The other side ended the handshake with an alert or with what is no TLS: it showed no
    # certificate, so nobody's can be wrong.
    (
        "alert",
        (
            "failed_handshake",
            "handshake failure",
            "remote error: tls",
            "first record",
            "incompatible_version",
            "response to https client",
            "oversized record",
            "unsupported protocol",
            "bad record mac",
            "unexpected message",
            "alert",
        ),
    ),
    (
        "hostname",
        (
            "invalid_hostname",
            "certificate is valid for",
            "doesn't contain any ip sans",
            "hostname mismatch",
        ),
    ),
    ("authority", ("unknown_authority", "unknown authority", "self signed", "self-signed")),
    ("validity", ("invalid_certificate", "expired", "not yet valid")),
    ("certificate", ("x509", "certificate", "ssl_")),
    ("refused", ("refused",)),
    ("reset", ("reset", "forcibly closed", "broken_pipe", "broken pipe", "epipe")),
    (
        "timeout",
        (
            "timeout",
            "timed_out",
            "timed out",
            "etimedout",
            "deadline",
            "did not properly respond",
            "temporary_failure",
            "temporary failure",
            "temporary error",
            "eai_again",
        ),
    ),
    (UNREACHABLE, ("unreachable", "no_route", "no route", "ehostunreach")),
    (
        "eof",
        (
            "eof",
            "closed",
            "response_never_received",
            "connection_done",
            "connection_lost",
            "connection broken",
        ),
    ),
)
CERTIFICATE = frozenset({"hostname", "authority", "validity", "certificate"})
"""Words for a certificate that the probe did not accept."""


@memo
def failure_class(failure: str | None) -> str:
    """One word for a failure; empty for success, `other` for what has no word."""
    if failure is None:
        return ""
    text = failure.lower()
    for word, marks in _WORDS:
        if any(mark in text for mark in marks):
            return word
    return "other"


def class_at(failure: str | None, ip: str | None) -> str:
    """As `failure_class`, of a step towards an address: that no host is there on IPv6 is mostly
    the probe's own lack of IPv6, which the system tells in the same words (EHOSTUNREACH)."""
    word = failure_class(failure)
    return OWN if word == UNREACHABLE and ip is not None and ":" in ip else word


def is_of_the_helper(failure: str | None) -> bool:
    """Whether a control's failure to resolve is its own: a SERVFAIL or a timeout there is not the
    word that a name does not exist (ooni/probe#2451)."""
    return failure is not None and failure_class(failure) not in {"nxdomain", "no_answer"}
