"""Facts of name resolution: what the network's resolver gave beside what resolvers elsewhere
did."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import msgspec

from gatewatch.analysis.network.facts import Facts
from gatewatch.analysis.network.failures import OWN, failure_class, is_of_the_helper
from gatewatch.catalogue import nettests
from gatewatch.model.fingerprint import parse
from gatewatch.model.observation import MET, DnsStep
from gatewatch.model.ranges import is_own, low_half, plain

ENCRYPTED = frozenset({"doh", "dot", "doh3", "odoh", "doq"})
_IN_THE_CLEAR = frozenset({"udp", "tcp"})
"""Ways to a resolver elsewhere that the network can forge."""
_SURE = 3
"""The field's tables give 5 to a mark that is nobody else's, 3 to one that needs a second look."""
_NETWORKS = frozenset({"nat", "isp"})


class _Answers(msgspec.Struct, gc=False):
    """Addresses and their networks, as given here, by UDP from resolvers elsewhere, and as given
    where the network cannot forge them."""

    here: set[str] = msgspec.field(default_factory=set)
    here_asns: set[int] = msgspec.field(default_factory=set)
    udp: set[str] = msgspec.field(default_factory=set)
    udp_asns: set[int] = msgspec.field(default_factory=set)
    there: set[str] = msgspec.field(default_factory=set)
    there_asns: set[int] = msgspec.field(default_factory=set)
    sealed: bool = False
    """An encrypted resolver that the probe asked gave an address."""
    sealed_asns: set[int] = msgspec.field(default_factory=set)
    sealed_absent: bool = False
    own_asked: bool = False
    """The network's own resolver was asked, whatever it said."""
    udp_asked: bool = False
    absent: bool = False
    udp_absent: bool = False
    blind: bool = False
    """The control's own resolver failed."""
    doubled: bool = False
    marks: tuple[str, ...] = ()


def strength(mark: str, country: str | None) -> str:
    """What a fingerprint is worth at a probe in a country: strong, weak or vague.

    Products and institutions filter schools and offices as well, a notice of another country is
    seldom read here, and a vague one was only ever seen: none of them is a block by itself.
    """
    known = parse(mark)
    if known.scope == "vbw":
        return "vague"
    at_home = not known.countries or country is None or country in known.countries
    sure = known.confidence is None or known.confidence >= _SURE
    return "strong" if known.scope in _NETWORKS and at_home and sure else "weak"


def stronger(one: str, other: str) -> str:
    """The one of two strengths that says more."""
    order = ("strong", "weak", "vague", "")
    return min(one, other, key=order.index)


def resolve(
    facts: Facts,
    steps: Sequence[DnsStep],
    proven: AbstractSet[str | None],
    valid: Sequence[str],
    home: tuple[int | None, str | None],
) -> set[str] | None:
    """Facts of name resolution; the addresses that the network's own resolver gave, None where
    nobody asked it.

    `proven` are addresses that a handshake of the probe's proved, `valid` those that the control's
    did; `home` is the probe's network and country. What was forged on the way to a resolver
    elsewhere counts as given here, unless that resolver is all that led to the page.
    """
    found = _answers(steps)
    given = found.here if found.own_asked else found.udp
    asked = found.own_asked or found.udp_asked
    if given:
        facts.dns = "ok"
    else:
        _unanswered(facts, [s for s in steps if _is_of(s, by_udp=not found.own_asked)])
    if found.there:
        public = not all(map(nettests.is_special, found.there))
        facts.dns_elsewhere = "ok" if public else "absent"
        facts.dns_bogon_elsewhere = not public
    elif found.absent:
        facts.dns_elsewhere = "absent"
    facts.dns_sealed_absent = found.sealed_absent and not found.sealed
    facts.control_blind = found.blind
    if found.udp or found.udp_absent:
        facts.dns_udp = _over_udp(found)
    if found.doubled:
        facts.dns_doubled = _doubled(steps)
    _compare(facts, found, proven, valid, home=home[0])
    for mark in found.marks:
        facts.dns_fingerprint = stronger(facts.dns_fingerprint, strength(mark, home[1]))
    return given if asked else None


def _is_of(step: DnsStep, *, by_udp: bool) -> bool:
    """Whether the network's own resolver was asked, or one elsewhere over UDP."""
    told = step.engine not in ENCRYPTED and not step.duplicate
    return told and (step.engine in _IN_THE_CLEAR) == by_udp


def _unanswered(facts: Facts, asked: Sequence[DnsStep]) -> None:
    """What came of asking the network's own resolver, which gave no address."""
    words = [word for step in asked if step.failure and (word := failure_class(step.failure))]
    told = [word for word in words if word != OWN]
    facts.own = facts.own or len(told) < len(words)
    if not asked or (words and not told):
        return
    facts.dns = "failed"
    # Of A and AAAA the one that says more: "no AAAA" beside a SERVFAIL is the SERVFAIL.
    facts.dns_failure = next((word for word in told if word != "no_answer"), "no_answer")
    facts.dns_bogon = "bogon" in told


def _answers(steps: Sequence[DnsStep]) -> _Answers:
    found = _Answers()
    there = found.there
    for step in steps:
        engine, addresses, failure = step.engine, step.addresses, step.failure
        if engine in ENCRYPTED:
            there.update(addresses)
            found.there_asns.update(step.asns)
            found.sealed_asns.update(step.asns)
            found.sealed = found.sealed or bool(addresses)
            if failure and failure_class(failure) == "nxdomain":
                found.absent = found.sealed_absent = True
        elif step.duplicate:
            found.doubled = True
        elif engine in _IN_THE_CLEAR:
            found.udp_asked = True
            if addresses:
                found.udp.update(addresses)
                found.udp_asns.update(step.asns)
                found.marks += step.fingerprints
            elif failure and failure_class(failure) == "nxdomain":
                found.udp_absent = True
        else:
            found.own_asked = True
            if addresses:
                found.here.update(addresses)
                found.here_asns.update(step.asns)
                found.marks += step.fingerprints
    _add_control(found, steps)
    return found


def _add_control(found: _Answers, steps: Sequence[DnsStep]) -> None:
    """What the control's resolver said, which every question about the name bears."""
    for step in steps:
        if step.control == MET:
            found.there.update(step.control_addresses)
            found.there_asns.update(step.control_asns)
            if step.control_failure is not None and not step.control_addresses:
                found.blind = is_of_the_helper(step.control_failure)
                found.absent = found.absent or not found.blind
            return


def _shared(addresses: set[str], there: set[str]) -> bool:
    """Whether an address, as it is or without translation, which only IPv6 has, is there too."""
    if not addresses.isdisjoint(there):
        return True
    return any(plain(one) in there for one in addresses if ":" in one)


def _over_udp(found: _Answers) -> str:
    """What resolvers elsewhere said over UDP. Where the name is gone, any address is a forgery."""
    if not found.udp:
        return "absent" if found.udp_absent else ""
    if not found.there:
        return "differ" if found.absent else ""
    if not found.udp_asns.isdisjoint(found.there_asns) or _shared(found.udp, found.there):
        return "agree"
    # Large services answer from everywhere: other addresses differ only by other networks.
    return "differ" if found.udp_asns and found.there_asns else ""


def _doubled(steps: Sequence[DnsStep]) -> bool:
    """Whether one question had two answers without an address in common, or one that there is no
    such name beside addresses. An injector is faster than the resolver, whose own answer comes
    second."""
    first: dict[tuple[str, str | None, str | None], set[str]] = {}
    for step in steps:
        if not step.duplicate and _is_answer(step):
            key = (step.host, step.query_type, step.resolver)
            first.setdefault(key, set()).update(step.addresses)
    for step in steps:
        known = first.get((step.host, step.query_type, step.resolver)) if step.duplicate else None
        if known is None or not _is_answer(step):
            continue
        if (known or step.addresses) and known.isdisjoint(step.addresses):
            return True
    return False


def _is_answer(step: DnsStep) -> bool:
    """Whether it gives addresses or says that there is no such name."""
    return bool(step.addresses) or failure_class(step.failure) == "nxdomain"


def _compare(
    facts: Facts,
    found: _Answers,
    proven: AbstractSet[str | None],
    valid: Sequence[str],
    home: int | None,
) -> None:
    """The answers given here beside those given elsewhere."""
    # Where the network's own resolver answered, that is what programs here use: the truth that
    # another told over UDP made its lie agree. A question that was answered to nobody's use, the
    # one to a resolver elsewhere, still shows a bogon on the way.
    own, asns, there = found.here, found.here_asns, found.there
    if found.udp and not own:
        own, asns = found.udp, found.udp_asns
    if own and there:
        facts.dns_agrees = (
            not asns.isdisjoint(found.there_asns)
            or _shared(own, there)
            # A network that translates under a prefix of its own shows only by how addresses end.
            or any(low_half(address) in there for address in own if ":" in address)
        )
        if not facts.dns_agrees:
            plainly = {plain(address) for address in own}
            facts.dns_differs = True
            known = bool(asns) and bool(found.there_asns)
            facts.dns_wrong = known and plainly.isdisjoint(proven) and plainly.isdisjoint(valid)
            facts.dns_home = home is not None and home in asns
            facts.dns_sealed = found.sealed and asns.isdisjoint(found.sealed_asns)
            facts.dns_delivery = bool(asns) and asns <= nettests.delivery()
            facts.dns_stranger = bool(asns) and asns <= nettests.owners()
    for address in found.here | found.udp:
        if nettests.is_special(address):
            facts.dns_bogon = True
            facts.dns_loopback = facts.dns_loopback or is_own(address)
    if facts.dns_bogon and found.here:
        facts.dns_proxied = all(map(nettests.is_proxied, found.here))
