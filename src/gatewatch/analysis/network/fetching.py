"""Facts of connects, handshakes and requests at one hop."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from urllib.parse import urlsplit

from gatewatch.analysis.network import pages
from gatewatch.analysis.network.certificates import MOST_NAMES, is_for
from gatewatch.analysis.network.facts import Facts
from gatewatch.analysis.network.failures import CERTIFICATE, OWN, class_at, failure_class
from gatewatch.analysis.network.measured import moment
from gatewatch.analysis.network.resolving import strength, stronger
from gatewatch.analysis.network.trust import interceptor, is_of_delivery, is_trusted_by_all
from gatewatch.catalogue import nettests
from gatewatch.model.fingerprint import CAPTIVE, SERVER, parse
from gatewatch.model.observation import MET, HttpStep, TcpStep, TlsStep
from gatewatch.model.ranges import is_own

_HIGHEST_SLOW = 4_000
_HIGHEST_THROTTLED = 20_000
"""Bytes a second. Russia's throttling of 2021 held connections at 128 to 150 kbit/s, which is up
to 19 kB/s (net4people/bbs#65)."""
_SLOW_SECONDS = 8.0
"""web_connectivity 0.5 stops reading after 10 s without calling it a failure (ooni/probe#2295)."""
_FIRST_WINDOW = 14_600
"""Bytes that a server sends at once (RFC 6928, 3): a whole page within it tells how long the way is
or how busy a machine, and nothing of a rate."""
_AS_SLOW = 1.5
_CUT_LEFT = 3
"""A page is cut when three times what was read had been there to read."""
_REFUSED, _TROUBLE = 400, 500
_BUSY = frozenset([429, 500, 502, 503, 504, *range(520, 531)])
"""A server's or a content network's word for trouble of its own."""
_SAME = (pages.EXACT, pages.SAME)
_ANOTHERS = frozenset({"other_name", "misnamed", "default"})
"""What a certificate is that was not made for the name."""
_CUT = frozenset({"reset", "eof", "timeout"})
_LEGAL, _AUTHENTICATE = 451, 511
_REFUSES_HELPER = frozenset({401, 403, 429, 451, 503})
"""Content networks answer helpers, which sit in data centres, with these (ooni/probe#2298). Any
other error that the helper alone met is no page to compare with either: of a site whose gateway
failed for the helper (502) the page itself was told as somebody's notice."""


def connect(facts: Facts, steps: Sequence[TcpStep], own: set[str] | None, port: int | None) -> None:
    """Facts of connects to the addresses from here, at the port that the page was asked for at if
    any was tried there. The machine itself is no peer."""
    steps = [step for step in steps if step.port == port] or steps
    for step in steps:
        mine = own is None or step.ip in own
        if step.failure is None and mine and not is_own(step.ip or ""):
            facts.tcp = "ok"
            return
    _unconnected(
        facts, [s for s in steps if (own is None or s.ip in own) and not is_own(s.ip or "")]
    )


def _unconnected(facts: Facts, mine: Sequence[TcpStep]) -> None:
    """What none of some connects came to."""
    tried = [step for step in mine if class_at(step.failure, step.ip) != OWN]
    facts.own = facts.own or len(tried) < len(mine)
    if not tried:
        return
    facts.tcp = "failed"
    facts.tcp_failure = class_at(tried[0].failure, tried[0].ip)
    facts.tcp_elsewhere = _elsewhere(tried)


def shake(
    facts: Facts,
    steps: Sequence[TlsStep],
    own: set[str] | None,
    at: str | None,
    *,
    any_name: bool = False,
) -> None:
    """Facts of handshakes; `at` is the probe's time as it wrote it. Where a test says `any_name` to
    a server, one for another name is what it has to answer with."""
    mine = [s for s in steps if own is None or s.ip is None or s.ip in own]
    for step in mine:
        if step.failure is None:
            facts.tls = "ok"
            facts.handshake = facts.handshake or step.verified
    if facts.tls:
        return
    tried = [step for step in mine if failure_class(step.failure) != OWN]
    facts.own = facts.own or len(tried) < len(mine)
    if not tried:
        return
    facts.tls = "failed"
    word = failure_class(tried[0].failure)
    facts.tls_failure = "certificate" if word in CERTIFICATE else word
    facts.tls_elsewhere = _elsewhere(tried)
    if word in CERTIFICATE:
        facts.certificate = _certificate(tried[0], word, at)
        if any_name and (word == "hostname" or facts.certificate in _ANOTHERS):
            facts.tls, facts.tls_failure, facts.certificate = "ok", "", ""


def datagrams(facts: Facts, steps: Sequence[TlsStep], page: HttpStep | None) -> None:
    """Facts of handshakes over QUIC beside those over TCP at the same addresses.

    Alone a failure says little: many networks let no UDP through, and many servers speak no QUIC.
    """
    reached = {s.ip for s in steps if not s.quic and s.failure is None}
    told = [s for s in steps if s.quic and class_at(s.failure, s.ip) != OWN]
    mine = [s for s in told if s.ip in reached]
    if told and all(s.quic and s.failure for s in steps):
        facts.quic, facts.quic_failure = "lone", _datagram(told[0])
        return
    if not mine:
        return
    if any(step.failure is None for step in mine):
        facts.quic = "ok"
        return
    facts.quic = "failed"
    facts.quic_failure = _datagram(mine[0])
    facts.quic_elsewhere = _elsewhere(mine)
    if page is not None:
        facts.quic_offered = "alt-svc" in (*page.header_names, *page.control_header_names)


def _datagram(step: TlsStep) -> str:
    """The word for a handshake over QUIC that failed."""
    word = failure_class(step.failure)
    return {"timeout": "drop"}.get(word, word)


def unrecorded_handshake(facts: Facts, page: HttpStep) -> None:
    """Facts of a handshake that was made and not kept, as in all years before 2020: where a
    connection stood and a page over TLS was cut before anything came, it was cut within TLS.

    What was wrong with a certificate is left out: only the certificate itself tells whose fault it
    was, and it was not kept.
    """
    if not page.tls or page.status is not None or "failed" in (facts.tcp, facts.dns):
        return
    word = class_at(page.failure, page.ip)
    # Silence alone may be that of a connect which was not kept either; a reset is none.
    if word in _CUT and (facts.tcp == "ok" or word != "timeout"):
        facts.tls, facts.tls_failure = "failed", word


def _certificate(step: TlsStep, word: str, at: str | None) -> str:
    """What the certificate itself says of why the probe did not accept it."""
    if not step.certificate_names or not step.host:
        return {"validity": "date", "hostname": "misnamed"}.get(word, "")
    if known := interceptor(step.certificate_issuer):
        return known
    # Older observations keep the first names alone, and the host's may be a later one.
    all_known = word == "hostname" or len(step.certificate_names) < MOST_NAMES
    if all_known and not any(is_for(name, step.host) for name in step.certificate_names):
        return "default" if is_of_delivery(step.certificate_names) else "other_name"
    starts, ends = moment(step.certificate_starts), moment(step.certificate_expires)
    now = moment(at)
    if word == "validity" and now and ((starts and now < starts) or (ends and now > ends)):
        return "clock"
    return "trust" if is_trusted_by_all(step.certificate_issuer) else "stranger"


def request(
    facts: Facts,
    page: HttpStep,
    own: set[str] | None,
    proven: AbstractSet[str | None],
    country: str | None,
) -> None:
    """Facts of the request that counts at a hop."""
    facts.https = page.tls
    facts.http = "ok"
    if page.failure is not None:
        word = class_at(page.failure, page.ip)
        if word == OWN:
            facts.own, facts.http = True, ""
            return
        facts.http = "failed"
        facts.http_failure = "certificate" if word in CERTIFICATE else word
        if facts.dns == "failed" and not facts.tcp:
            facts.http_failure = "unsent"  # the word is the resolver's: nobody was asked for a page
        facts.http_begun = page.status is not None
    by_own = page.ip is None or own is None or page.ip in own
    facts.reached = by_own and page.status is not None and page.failure is None
    facts.proven = facts.reached and page.tls and (page.ip is None or page.ip in proven)
    facts.redirects = page.location is not None and 300 <= (page.status or 0) < _REFUSED
    if page.control == MET and not facts.control_blind and not _helper_failed(page):
        facts.http_elsewhere = "failed" if page.control_failure else "ok"
    _compared(facts, page, by_own=by_own)
    facts.captive = page.status == _AUTHENTICATE
    if page.fingerprints:
        _marks(facts, page, country)
    if facts.redirects and not facts.proven:
        _redirect(facts, page)
    is_rate = page.body_truncated or (page.read or 0) > _FIRST_WINDOW
    if is_rate and page.read and page.seconds and page.seconds >= _SLOW_SECONDS:
        _rate(facts, page, page.read, page.seconds)


def _helper_failed(page: HttpStep) -> bool:
    """Whether the helper failed at its own resolver: "dns_lookup_error" and the like."""
    return failure_class(page.control_failure) == "servfail"


def _compared(facts: Facts, page: HttpStep, *, by_own: bool) -> None:
    """The page beside the control's."""
    facts.http_legal = page.status == _LEGAL
    facts.control_ill = (page.control_status or 0) >= _TROUBLE
    if page.status is None or page.control_status is None:
        return
    facts.control_refused = (
        page.control_status in _REFUSES_HELPER
        or _REFUSED <= page.control_status != page.status
        or any(parse(mark).scope == SERVER for mark in page.control_marks)
    )
    facts.http_refused = page.status >= _REFUSED > page.control_status
    facts.http_busy = facts.http_refused and page.status in _BUSY
    if page.failure is None:
        found = pages.likeness(page)
        # Beside a refusal every page is another one, and that says nothing.
        same = found in _SAME
        # Where a chain ends does not hang on who told the address.
        facts.page_end = pages.UNKNOWN if facts.control_refused and not same else found
        if by_own:
            facts.page = facts.page_end
            facts.vouched = facts.vouched or same


def _marks(facts: Facts, page: HttpStep, country: str | None) -> None:
    """What fingerprints met. A page that is the control's by status, title and length is that page
    whatever words it holds: a law site writes of protection measures (ooni/probe#2495)."""
    for mark in page.fingerprints:
        scope = parse(mark).scope
        if scope == SERVER:
            facts.server_fingerprint = True
        elif scope == CAPTIVE:
            known = facts.proven or facts.page == pages.EXACT or _leads_within(page)
            facts.captive = facts.captive or not known
        elif not (page.tls and facts.proven and facts.vouched) and facts.page != pages.EXACT:
            facts.page_fingerprint = stronger(facts.page_fingerprint, strength(mark, country))


def _redirect(facts: Facts, page: HttpStep) -> None:
    """Where a redirect in the clear leads: anybody on the way could have written it."""
    try:
        named = urlsplit(page.location or "").hostname
    except ValueError:
        return
    if named:
        facts.redirect_private = nettests.is_special(named)
        facts.redirect_off_site = not pages.same_site(named.rstrip("."), page.host)


def _leads_within(page: HttpStep) -> bool:
    """Whether a redirect names a host of the page's own site: a portal sends readers to its own."""
    try:
        named = urlsplit(page.location or "").hostname
    except ValueError:
        return False
    return named is not None and pages.same_site(named.rstrip("."), page.host)


def _rate(facts: Facts, page: HttpStep, read: int, seconds: float) -> None:
    """How fast the page came, and whether time cut it."""
    rate = read / seconds
    got = max(read, page.body_length or 0)
    there = page.control_length or 0
    # The control's reading was ended by time as well, at no more than came here: the server is as
    # slow to everybody.
    alike = page.body_truncated and 0 < there <= _AS_SLOW * got
    facts.slow = rate < _HIGHEST_SLOW and not alike
    facts.cut = rate < _HIGHEST_THROTTLED and there >= _CUT_LEFT * got


def _elsewhere(steps: Iterable[TcpStep | TlsStep]) -> str:
    """How the same endpoints fared for the control; one that worked is enough."""
    known = [step.control_failure for step in steps if step.control == MET]
    if not known:
        return ""
    return "ok" if None in known else "failed"
