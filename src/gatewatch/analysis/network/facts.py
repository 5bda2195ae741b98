"""What rules may look at: the steps of one hop, boiled down to a few named facts.

"Here" is what the probe's own network and resolver did, "elsewhere" the control and, for names,
encrypted resolvers that the network cannot forge.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address

import msgspec

from gatewatch.model.observation import MET, NONE, DnsStep, HttpStep, TcpStep, TlsStep

_ENCRYPTED = frozenset({"doh", "dot", "doh3", "odoh", "doq"})
_SAME_LENGTH = 0.7
_MANY_SHARED = 0.5
_SLOW_BYTES_PER_SECOND = 4_000
_SLOW_SECONDS = 8.0
_BUSY = (429, 503)
_COMMON_HEADERS = frozenset(
    [
        "accept-ranges",
        "age",
        "alt-svc",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-security-policy",
        "content-type",
        "date",
        "etag",
        "expires",
        "keep-alive",
        "last-modified",
        "link",
        "location",
        "p3p",
        "pragma",
        "proxy-connection",
        "server",
        "set-cookie",
        "strict-transport-security",
        "transfer-encoding",
        "upgrade",
        "vary",
        "via",
        "x-cache",
        "x-content-type-options",
        "x-frame-options",
        "x-powered-by",
        "x-xss-protection",
    ]
)
_FAILURES = (
    ("nxdomain", ("nxdomain", "dns_name_error", "android_dns_cache_no_data", "host_not_found")),
    ("no_answer", ("no_answer", "dns_no_data")),
    ("servfail", ("servfail", "dns_server_misbehaving", "server_failure", "dns_bogon")),
    ("refused", ("refused",)),
    ("reset", ("reset", "aborted")),
    ("timeout", ("timeout", "timed_out", "deadline")),
    ("eof", ("eof", "closed", "response_never_received", "connection_already_closed")),
    ("unreachable", ("unreachable", "no_route", "network_down")),
    ("certificate", ("ssl_", "x509", "certificate")),
    ("redirect_loop", ("too many redirects", "redirects")),
    ("bad_redirect", ("invalid_redirect", "redirect_location")),
)


class Facts(msgspec.Struct, gc=False):
    """One hop. Each fact is a word or a flag; an empty word means that nothing is known."""

    first: bool = True
    last: bool = True
    control: str = NONE
    """What is known of the whole from elsewhere: met, failed or none."""
    control_page: bool = False
    """The control got a page for the input, at the end of its own redirects."""
    https: bool = False

    dns: str = ""
    """ok, or failed: what the network's own resolver gave."""
    dns_failure: str = ""
    dns_elsewhere: str = ""
    """ok: there are addresses; absent: the name has none; empty: nothing is known."""
    dns_bogon: bool = False
    dns_bogon_elsewhere: bool = False
    dns_loopback: bool = False
    """The answer is the asking machine itself: some services publish such answers on purpose."""
    dns_fingerprint: bool = False
    dns_agrees: bool = False
    """An address from here is also given elsewhere, or lies in the same network (AS)."""
    dns_differs: bool = False
    """There are addresses here and elsewhere, and none agrees."""
    dns_wrong: bool = False
    """They differ, their networks are known and differ too, and none is proven right."""
    dns_home: bool = False
    """They differ, and those from here lie in the probe's own network."""

    tcp: str = ""
    tcp_failure: str = ""
    tcp_elsewhere: str = ""
    """Of the endpoints that failed here: ok, failed, or empty."""
    tls: str = ""
    tls_failure: str = ""
    tls_elsewhere: str = ""
    http: str = ""
    http_failure: str = ""
    http_elsewhere: str = ""
    http_begun: bool = False
    """A status came, and then not all of the rest."""
    http_refused: bool = False
    """A status of 400 or more here, where the control got one below."""

    http_busy: bool = False
    """The refusal is 429 or 503: a server's word for too much, seldom a network's for never."""

    reached: bool = False
    """A response came by an address that the network's own resolver gave."""
    proven: bool = False
    """It came over TLS with a chain and a name that the probe verified."""
    handshake: bool = False
    """A handshake with a chain and a name that the probe verified, whatever followed."""
    peers: bool = False
    """Other targets of the same measurement were reached."""
    page_same: bool = False
    page_other: bool = False
    page_fingerprint: bool = False
    server_fingerprint: bool = False
    redirects: bool = False
    slow: bool = False


def facts_of(
    names: Sequence[DnsStep],
    connects: Sequence[TcpStep],
    handshakes: Sequence[TlsStep],
    pages: Sequence[HttpStep],
    facts: Facts,
    valid: Sequence[str] = (),
    home_asn: int | None = None,
) -> Facts:
    """Complete the facts of one hop from its steps. `valid` are addresses that the control proved
    right for its name, `home_asn` is the probe's own network."""
    connects = [step for step in connects if not step.extra]
    handshakes = [step for step in handshakes if not (step.extra or step.quic)]
    proven = {step.ip for step in handshakes if step.verified}
    own = _names(facts, names, proven, valid, home_asn) if names else None
    if connects:
        _connects(facts, connects, own)
    if handshakes:
        _handshakes(facts, handshakes, own)
    if pages:
        sound = [page for page in pages if page.failure is None] if len(pages) > 1 else ()
        _page(facts, (sound or pages)[0], own, proven)
    else:
        facts.https = bool(handshakes) or any(step.port == 443 for step in connects)
    return facts


def _names(
    facts: Facts,
    steps: Sequence[DnsStep],
    proven: set[str | None],
    valid: Sequence[str],
    home: int | None,
) -> set[str]:
    """Facts of name resolution; the addresses that the network's own resolver gave. What was
    forged on the way to a resolver elsewhere counts as given here, unless that resolver is all
    that led to the page."""
    own, own_asns, there, there_asns = _answers(facts, steps)
    system = [step for step in steps if step.engine not in _ENCRYPTED and step.engine != "udp"]
    asked = system or [step for step in steps if step.engine not in _ENCRYPTED]
    given = {address for step in asked for address in step.addresses}
    if given:
        facts.dns = "ok"
    elif asked:
        facts.dns = "failed"
        facts.dns_failure = _worst(step.failure for step in asked)
    if own and there:
        facts.dns_agrees = not own.isdisjoint(there) or not own_asns.isdisjoint(there_asns)
        if not facts.dns_agrees:
            facts.dns_differs = True
            known = bool(own_asns) and bool(there_asns)
            facts.dns_wrong = known and own.isdisjoint(proven) and own.isdisjoint(valid)
            facts.dns_home = home is not None and home in own_asns
    for address in own:
        if is_bogon(address):
            facts.dns_bogon = True
            facts.dns_loopback = facts.dns_loopback or is_loopback(address)
    return given


def _answers(
    facts: Facts, steps: Sequence[DnsStep]
) -> tuple[set[str], set[int], set[str], set[int]]:
    """Addresses and their networks: as given here, and as given elsewhere."""
    own: set[str] = set()
    own_asns: set[int] = set()
    there: set[str] = set()
    there_asns: set[int] = set()
    absent = controlled = False
    for step in steps:
        if step.engine in _ENCRYPTED:
            there.update(step.addresses)
            there_asns.update(step.asns)
            absent = absent or failure_class(step.failure) == "nxdomain"
        elif step.addresses:
            own.update(step.addresses)
            own_asns.update(step.asns)
            facts.dns_fingerprint = facts.dns_fingerprint or bool(step.fingerprints)
        if not controlled and step.control == MET:
            controlled = True
            there.update(step.control_addresses)
            there_asns.update(step.control_asns)
            absent = absent or (step.control_failure is not None and not step.control_addresses)
    public = any(not is_bogon(address) for address in there)
    facts.dns_elsewhere = "ok" if public else "absent" if absent or there else ""
    facts.dns_bogon_elsewhere = bool(there) and not public
    return own, own_asns, there, there_asns


def _connects(facts: Facts, steps: Sequence[TcpStep], own: set[str] | None) -> None:
    """Facts of connects to the addresses from here."""
    tried = [step for step in steps if own is None or step.ip in own]
    if not tried:
        return
    if any(step.failure is None for step in tried):
        facts.tcp = "ok"
        return
    facts.tcp = "failed"
    facts.tcp_failure = _worst(step.failure for step in tried)
    facts.tcp_elsewhere = _elsewhere(tried)


def _handshakes(facts: Facts, steps: Sequence[TlsStep], own: set[str] | None) -> None:
    tried = [step for step in steps if own is None or step.ip is None or step.ip in own]
    if not tried:
        return
    if any(step.failure is None for step in tried):
        facts.tls = "ok"
        facts.handshake = any(step.verified for step in tried)
        return
    facts.tls = "failed"
    facts.tls_failure = _worst(step.failure for step in tried)
    facts.tls_elsewhere = _elsewhere(tried)


def _page(facts: Facts, page: HttpStep, own: set[str] | None, proven: set[str | None]) -> None:
    facts.https = page.tls
    facts.http = "failed" if page.failure else "ok"
    facts.http_failure = failure_class(page.failure)
    facts.http_begun = page.failure is not None and page.status is not None
    if page.control == MET:
        facts.http_elsewhere = "failed" if page.control_failure else "ok"
    by_own = page.ip is None or own is None or page.ip in own
    facts.reached = by_own and page.status is not None and page.failure is None
    facts.proven = facts.reached and page.tls and (page.ip is None or page.ip in proven)
    facts.redirects = page.location is not None and 300 <= (page.status or 0) < 400
    for name in page.fingerprints:
        if name[:3] == "fp:":
            facts.server_fingerprint = True
        elif not (page.tls and facts.proven):
            facts.page_fingerprint = True
    if page.read and page.seconds and page.seconds >= _SLOW_SECONDS:
        facts.slow = page.read / page.seconds < _SLOW_BYTES_PER_SECOND
    if page.status is not None and page.control_status is not None:
        facts.http_refused = page.status >= 400 > page.control_status
        facts.http_busy = facts.http_refused and page.status in _BUSY
        if by_own:
            facts.page_same = page.failure is None and is_same_page(page)
            facts.page_other = page.failure is None and not facts.page_same


def is_same_page(page: HttpStep) -> bool:
    """Whether a page is the control's, as far as what was kept can tell.

    Another status is another page. Else one of title, length and uncommon headers must agree; a
    body that was not kept (length 0 where the control has one) is no sign either way.
    """
    if page.status != page.control_status:
        return False
    mine, theirs = page.title or "", page.control_title or ""
    if mine and mine.casefold() == theirs.casefold():
        return True
    theirs_only = _uncommon(page.control_header_names)
    shared = theirs_only & _uncommon(page.header_names) if theirs_only else ()
    if shared and len(shared) >= _MANY_SHARED * len(theirs_only):
        return True
    if not page.body_length and not mine:
        return True
    here, there = page.body_length or 0, page.control_length or 0
    return bool(there) and min(here, there) / max(here, there, 1) >= _SAME_LENGTH


@lru_cache(maxsize=4096)
def _uncommon(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset([name.lower() for name in names]) - _COMMON_HEADERS


def _elsewhere(steps: Iterable[TcpStep | TlsStep]) -> str:
    """How the same endpoints fared for the control; one that worked is enough."""
    known = [step.control_failure for step in steps if step.control == MET]
    if not known:
        return ""
    return "ok" if None in known else "failed"


def _worst(failures: Iterable[str | None]) -> str:
    """One word for several failures: that of the first that failed."""
    return next((failure_class(f) for f in failures if f), "no_answer")


@lru_cache(maxsize=4096)
def failure_class(failure: str | None) -> str:
    """One word for a probe's failure string; empty for success, `other` for what has no word."""
    if failure is None:
        return ""
    text = failure.lower()
    for word, marks in _FAILURES:
        if any(mark in text for mark in marks):
            return word
    return "other"


@lru_cache(maxsize=65_536)
def is_bogon(address: str) -> bool:
    """Whether an address can be nobody's on the public internet."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return not known.is_global or known.is_multicast


@lru_cache(maxsize=65_536)
def is_loopback(address: str) -> bool:
    """Whether an address is the asking machine itself, or none at all (0.0.0.0)."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return known.is_loopback or known.is_unspecified
