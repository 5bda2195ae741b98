"""The field's names for what goes wrong."""

import asyncio
import errno
import socket
import ssl

import pytest

from gatewatch.analysis.network.failures import failure_class
from gatewatch.probe import failing

KINDS = (
    (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "connection_refused", "refused"),
    (ConnectionResetError(errno.ECONNRESET, "reset"), "connection_reset", "reset"),
    (BrokenPipeError(errno.EPIPE, "pipe"), "connection_reset", "reset"),
    (TimeoutError(), "generic_timeout_error", "timeout"),
    (OSError(errno.ETIMEDOUT, "timed out"), "generic_timeout_error", "timeout"),
    (OSError(errno.EHOSTUNREACH, "no route"), "host_unreachable", "unreachable"),
    (OSError(errno.ENETUNREACH, "no network"), "network_unreachable", "own"),
    (OSError(errno.ENETDOWN, "down"), "network_down", "own"),
    (PermissionError(errno.EACCES, "forbidden"), "permission_denied", "own"),
    (PermissionError(errno.EPERM, "forbidden"), "permission_denied", "own"),
    (OSError(errno.EADDRNOTAVAIL, "none"), "address_not_available", "own"),
    (OSError(errno.EAFNOSUPPORT, "none"), "address_family_not_supported", "own"),
    (OSError(errno.EMFILE, "many"), "unknown_failure: too many open files", "own"),
    (EOFError(), "eof_error", "eof"),
    (ssl.SSLEOFError(), "eof_error", "eof"),
    (ssl.SSLError("alert"), "ssl_failed_handshake", "alert"),
    (asyncio.CancelledError(), "interrupted", "own"),
    (socket.gaierror(socket.EAI_NONAME, "no"), "dns_nxdomain_error", "nxdomain"),
    (socket.gaierror(socket.EAI_AGAIN, "later"), "dns_temporary_failure", "timeout"),
    (socket.gaierror(socket.EAI_FAIL, "no"), "dns_non_recoverable_failure", "servfail"),
)


@pytest.mark.parametrize(("fault", "name", "word"), KINDS, ids=lambda one: str(one)[:30])
def test_each_fault_has_a_name_that_judging_knows(
    fault: BaseException, name: str, word: str
) -> None:
    """What the system says becomes the field's name, and that the word by which it is judged."""
    assert failing.failure_of(fault) == name
    assert failure_class(name) == word


def test_what_is_the_probes_own_is_known_as_such() -> None:
    """Every name of the probe's own failures is judged as the probe's own."""
    assert {failure_class(name) for name in failing.OWN} == {"own"}


def test_what_has_no_name_keeps_its_words() -> None:
    """A fault that nobody thought of is told in the system's own words."""
    assert failing.failure_of(OSError(errno.EXDEV, "odd")) == "unknown_failure: odd"
