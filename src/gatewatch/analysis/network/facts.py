"""What rules may look at: the steps of one hop, boiled down to a few named facts.

"Here" is what the probe's own network and resolver did, "elsewhere" the control and, for names,
encrypted resolvers that the network cannot forge. How they are found: resolving.py for names,
fetching.py for what follows, differing.py for two pages, measured.py for a measurement as a whole.
"""

from collections.abc import Callable

import msgspec

from gatewatch.model.observation import NONE


class Facts(msgspec.Struct, gc=False):
    """One hop. Each fact is a word or a flag; an empty word means that nothing is known."""

    first: bool = True
    last: bool = True
    control: str = NONE
    """What is known of the whole from elsewhere: met, failed or none."""
    control_page: bool = False
    """The control got a page for the input, at the end of its own redirects."""
    https: bool = False

    tunnel: bool = False
    """The steps went through a tunnel or a proxy and not through the access network."""
    defect: bool = False
    """The test outlived what it measures (catalogue/network/defects.toml)."""
    clock_off: bool = False
    """The probe's clock was ahead of the collector's, or more than a year behind it."""
    online: str = ""
    """seen: in this measurement a name resolved or an address was reached, so that the probe was on
    line; session: its network and resolver were found out when its session began."""
    expected: bool = False
    """The test is about a service or endpoint that is there: what fails is not a site that may be
    off or a name that may be gone."""
    resolver_foreign: bool = False
    """The resolver lies in another network than the probe."""
    own: bool = False
    """A step failed by the probe's own machine: no route, no permission, interrupted."""

    dns: str = ""
    """ok, or failed: what the network's own resolver gave."""
    dns_failure: str = ""
    dns_elsewhere: str = ""
    """ok: there are addresses; absent: the name has none; empty: nothing is known. A control whose
    own resolver failed knows nothing."""
    dns_udp: str = ""
    """What resolvers elsewhere said over UDP, which the network can forge on the way: agree with
    elsewhere, differ from it, or absent: no such name."""
    dns_doubled: bool = False
    """Two answers to one question, and they differ: one was injected on the way."""
    dns_bogon: bool = False
    dns_bogon_elsewhere: bool = False
    dns_loopback: bool = False
    """The answer is the asking machine itself: some services publish such answers on purpose."""
    dns_proxied: bool = False
    """All answers are ones that a proxy program makes up (catalogue/network/proxies.csv): what
    follows goes through it."""
    dns_off_network: bool = False
    """No answer lies in a network of the service's, where its test says that all do."""
    dns_fingerprint: str = ""
    """strong: an address that serves the notice of a network or country where the probe is; weak:
    that of a product, an institution or another country."""
    dns_agrees: bool = False
    """An address from here is also given elsewhere, or lies in the same network (AS)."""
    dns_differs: bool = False
    """There are addresses here and elsewhere, and none agrees."""
    dns_wrong: bool = False
    """They differ, their networks are known and differ too, and none is proven right."""
    dns_sealed: bool = False
    """They differ, and an encrypted resolver that the probe itself asked gave addresses, none of
    which lies in a network of those from here."""
    dns_sealed_absent: bool = False
    """An encrypted resolver that the probe itself asked says that there is no such name, and none
    gives an address."""
    dns_delivery: bool = False
    """All answers from here lie in content networks (catalogue/network/delivery.toml)."""
    dns_stranger: bool = False
    """All answers from here lie in networks that carry their owner's sites alone, and those from
    elsewhere do not."""
    dns_home: bool = False
    """They differ, and those from here lie in the probe's own network."""

    tcp: str = ""
    tcp_failure: str = ""
    tcp_elsewhere: str = ""
    """Of the endpoints that failed here: ok, failed, or empty."""
    tls: str = ""
    tls_failure: str = ""
    """As failures.toml says; `certificate` for any that the probe did not accept."""
    tls_elsewhere: str = ""
    certificate: str = ""
    """Of one that the probe did not accept. clock: it is for the name, and only the probe's clock
    puts it out of date; trust: it is for the name, by an issuer that every current system trusts;
    stranger: it is for the name, by an issuer that nobody trusts; state: by an authority by which a
    state is known to read its readers' traffic; other_name: it is not for the name; default: it is
    a content network's own; program, appliance: its issuer is one that programs on the reader's
    machine write, or boxes of offices and schools; date, misnamed: out of date, or not for the
    name, by the probe's word, and not kept. Empty: it was not kept."""
    quic: str = ""
    """ok, or failed: handshakes over QUIC, at addresses where one over TCP was completed as
    well; lone: all failed, and none over TCP was tried."""
    quic_failure: str = ""
    """As failures.toml says; `drop` where nothing came back."""
    quic_elsewhere: str = ""
    """Of the same endpoints for the control: ok, failed, or empty."""
    quic_offered: bool = False
    """The site said over TCP that it may be reached another way (Alt-Svc, RFC 7838)."""
    http: str = ""
    http_failure: str = ""
    http_elsewhere: str = ""
    http_begun: bool = False
    """A status came, and then not all of the rest."""
    http_refused: bool = False
    """A status of 400 or more here, where the control got one below."""
    http_busy: bool = False
    """The refusal is 429 or one of 500 and more that servers and content networks give for trouble
    of their own, seldom a network's word for never."""
    http_legal: bool = False
    """Status 451: refused for legal reasons (RFC 7725)."""
    control_ill: bool = False
    """The control got a status of 500 or more: the server was in trouble there too."""
    control_blind: bool = False
    """The helper's own resolver failed: what it says of the rest is of itself."""
    control_forged: bool = False
    """Another showed a certificate in the helper's place: something stands between the probe and
    every site, as a hotspot's login does."""
    control_refused: bool = False
    """The helper itself was refused: a challenge, 401, 403, 429, 451 or 503."""

    reached: bool = False
    """A response came by an address that the network's own resolver gave."""
    vouched: bool = False
    """The host is of the input's site, or a redirect over verified TLS led to it, or the control
    ended at the same page."""
    proven: bool = False
    """The response came over TLS with a chain and a name that the probe verified."""
    handshake: bool = False
    """A handshake with a chain and a name that the probe verified, whatever followed."""
    page: str = ""
    """Of a page beside the control's (pages.py): exact, same, alike, other, empty."""
    page_end: str = ""
    """The same of the page at the end of all redirects."""
    page_fingerprint: str = ""
    """strong: the notice of a network or country where the probe is; weak: of a product, an
    institution, another country; vague: a page that was seen, origin unknown."""
    server_fingerprint: bool = False
    """A page that no censor writes: a CAPTCHA, a refusal by country, a parked name."""
    captive: bool = False
    """A portal before the probe is on line, or status 511 (RFC 6585)."""
    redirects: bool = False
    redirect_off_site: bool = False
    """To a host of another site, written where nothing was encrypted."""
    redirect_private: bool = False
    """To an address that nobody has on the internet, written where nothing was encrypted."""
    slow: bool = False
    """It came at a rate at which nobody waits."""
    cut: bool = False
    """The reading ended by time, with most of the control's page still to come."""

    task: str = ""
    """ok or failed: what the test did as a whole, in a protocol of its own; partly: its tunnel
    stood and carried nothing."""
    task_protocol: str = ""
    task_failure: str = ""
    """As failures.toml says; `bootstrap` where a tunnel did not stand in time."""
    changed: str = ""
    """What came back otherwise than it was sent: header, request_line, or answer: not an echo."""

    trigger: str = ""
    """Of two handshakes at one address that differ in one thing: ok or failed with that thing."""
    trigger_base: str = ""
    """The same without it."""
    trigger_kind: str = ""
    """sni or ech: what they differ in."""
    trigger_failure: str = ""

    needs: str = ""
    """Of a test about several targets: met, partly, failed; unknown where an instrument that
    outlived its service says nothing of some; empty: nothing is known."""
    needs_sure: bool = False
    """Every target that failed was blocked by the network, for certain."""
    needs_mechanism: str = ""
    """The mechanism by which most of them failed."""


copied: Callable[[Facts], Facts] = Facts.__copy__  # type: ignore[attr-defined]
"""What copy.copy comes to, without its look-ups."""
