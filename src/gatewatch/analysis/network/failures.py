"""One word for each of a probe's failure strings (catalogue/network/failures.toml)."""

from gatewatch.catalogue import nettests
from gatewatch.model.memo import memo

OWN = "own"
"""The probe's own machine, user or account: it says nothing of any network."""
UNREACHABLE = "unreachable"

CERTIFICATE = frozenset({"hostname", "authority", "validity", "certificate"})
"""Words for a certificate that the probe did not accept."""


@memo
def failure_class(failure: str | None) -> str:
    """One word for a failure; empty for success, `other` for what has no word."""
    if failure is None:
        return ""
    text = failure.lower()
    for word, marks in nettests.failures():
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
